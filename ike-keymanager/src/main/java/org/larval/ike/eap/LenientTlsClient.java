package org.larval.ike.eap;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import org.bouncycastle.tls.ExtensionType;
import org.bouncycastle.tls.TlsClientProtocol;

/**
 * A TLS client that does not look at the authorities in a certificate request of TLS 1.3 (RFC 8446
 * section 4.2.4): there is one certificate to show anyway, and strongSwan's server writes the list
 * without the length in front of it.
 */
final class LenientTlsClient extends TlsClientProtocol {
  private static final int SHORT = 0xffff;

  @Override
  protected void receive13CertificateRequest(ByteArrayInputStream message, boolean afterHandshake)
      throws IOException {
    byte[] octets = message.readAllBytes();
    super.receive13CertificateRequest(
        new ByteArrayInputStream(withoutAuthorities(octets)), afterHandshake);
  }

  /** The message as it came if its extensions cannot be told apart. */
  static byte[] withoutAuthorities(byte[] message) {
    ByteArrayOutputStream kept = new ByteArrayOutputStream(message.length);
    try {
      ByteBuffer from = ByteBuffer.wrap(message);
      int context = from.get() & 0xff;
      from.position(1 + context);
      int all = from.getShort() & SHORT;
      if (all != from.remaining()) {
        return message;
      }
      while (from.hasRemaining()) {
        int start = from.position();
        int type = from.getShort() & SHORT;
        int size = from.getShort() & SHORT;
        from.position(from.position() + size);
        if (type != ExtensionType.certificate_authorities) {
          kept.write(message, start, 4 + size);
        }
      }
      ByteBuffer to = ByteBuffer.allocate(3 + context + kept.size());
      to.put(message, 0, 1 + context).putShort((short) kept.size()).put(kept.toByteArray());
      return to.array();
    } catch (BufferUnderflowException | IllegalArgumentException malformed) {
      return message;
    }
  }
}
