package org.larval.lab.ike;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.larval.ike.ChildParameters;
import org.larval.ike.Endpoint;
import org.larval.ike.IkeEvent;
import org.larval.ike.crypto.Encryption;
import org.larval.ike.crypto.IkeSuite;
import org.larval.ike.crypto.Integrity;
import org.larval.lab.time.RealTimeline;
import org.larval.pcap.EspAuthentication;
import org.larval.pcap.EspEncryption;
import org.larval.pcap.EspKeyFile;
import org.larval.pcap.FrameDirection;
import org.larval.pcap.IkeEncryption;
import org.larval.pcap.IkeIntegrity;
import org.larval.pcap.IkeKeyFile;
import org.larval.pcap.LinkType;
import org.larval.pcap.PcapngWriter;
import org.larval.wire.Checksum;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv6View;
import org.larval.wire.UdpView;

/** What is written down while the daemon runs: its datagrams, and keys if they are asked for. */
final class Traces implements AutoCloseable {
  private static final int MOST_HEADERS = Ipv6View.HEADER + UdpView.HEADER;

  private final @Nullable PcapngWriter capture;
  private final @Nullable IkeKeyFile ikeKeys;
  private final @Nullable EspKeyFile espKeys;
  private final ByteBuf frame = Unpooled.buffer(2048);

  private Traces(
      @Nullable PcapngWriter capture, @Nullable IkeKeyFile ikeKeys, @Nullable EspKeyFile espKeys) {
    this.capture = capture;
    this.ikeKeys = ikeKeys;
    this.espKeys = espKeys;
  }

  /**
   * Makes the files.
   *
   * @param now nanoseconds since the daemon's beginning
   */
  static Traces open(long now, @Nullable Path capture, @Nullable Path keys) throws IOException {
    PcapngWriter writer = null;
    if (capture != null) {
      OutputStream stream = Files.newOutputStream(capture);
      writer =
          new PcapngWriter(
              stream, capture.toString(), null, RealTimeline.date() * 1_000_000L - now);
      int number = writer.addInterface("ike", LinkType.RAW);
      assert number == 0;
    }
    if (keys == null) {
      return new Traces(writer, null, null);
    }
    Files.createDirectories(keys);
    return new Traces(
        writer,
        IkeKeyFile.create(keys.resolve("ikev2_decryption_table")),
        EspKeyFile.create(keys.resolve("esp_sa")));
  }

  /** A datagram that came or goes. */
  void datagram(long now, Endpoint from, Endpoint to, ByteBuf payload, boolean inbound) {
    PcapngWriter writer = capture;
    if (writer == null) {
      return;
    }
    int length = payload.readableBytes();
    frame.clear().ensureWritable(MOST_HEADERS + length);
    frame.writerIndex(DataPath.udpHeaders(frame, 0, from, to, length));
    frame.writeBytes(payload, payload.readerIndex(), length);
    if (to.address().v6()) {
      // where a checksum of zero is not allowed (RFC 8200 section 8.1)
      int udp = UdpView.HEADER + length;
      long pseudo = Checksum.pseudoHeader(from.address(), to.address(), IpProtocol.UDP, udp);
      UdpView.emit(frame, Ipv6View.HEADER, from.port(), to.port(), udp, pseudo);
    }
    write(writer, now, frame, inbound);
  }

  /** An IP packet that came or goes without UDP. */
  void packet(long now, ByteBuf packet, boolean inbound) {
    PcapngWriter writer = capture;
    if (writer != null) {
      write(writer, now, packet, inbound);
    }
  }

  private static void write(PcapngWriter writer, long now, ByteBuf packet, boolean inbound) {
    writer.write(now, 0, packet, inbound ? FrameDirection.INBOUND : FrameDirection.OUTBOUND, null);
  }

  /** Everything so far is in the file. */
  void flush() {
    if (capture != null) {
      capture.flush();
    }
  }

  /** Keys of an IKE SA. */
  void keys(IkeEvent.Keys event) throws IOException {
    IkeKeyFile file = ikeKeys;
    IkeEncryption encryption = encryption(event.suite());
    IkeIntegrity integrity = integrity(event.suite().integrity());
    if (file != null && encryption != null && integrity != null) {
      file.add(
          event.initiatorSpi(),
          event.responderSpi(),
          event.keys().ei().toArray(),
          event.keys().er().toArray(),
          encryption,
          event.keys().ai().toArray(),
          event.keys().ar().toArray(),
          integrity);
    }
  }

  private static @Nullable IkeEncryption encryption(IkeSuite suite) {
    String family =
        switch (suite.encryption()) {
          case AES_CBC -> "AES_CBC_%d";
          case AES_CTR -> "AES_CTR_%d";
          case AES_GCM_8 -> "AES_GCM_%d_8";
          case AES_GCM_12 -> "AES_GCM_%d_12";
          case AES_GCM_16 -> "AES_GCM_%d_16";
          case AES_CCM_8 -> "AES_CCM_%d_8";
          case AES_CCM_12 -> "AES_CCM_%d_12";
          case AES_CCM_16 -> "AES_CCM_%d_16";
          case CHACHA20_POLY1305 -> "CHACHA20_POLY1305";
          default -> null;
        };
    return family == null
        ? null
        : IkeEncryption.valueOf(String.format(Locale.ROOT, family, suite.keyBits()));
  }

  private static @Nullable IkeIntegrity integrity(Integrity integrity) {
    return switch (integrity) {
      case NONE -> IkeIntegrity.NONE;
      case HMAC_SHA1_96 -> IkeIntegrity.HMAC_SHA1_96;
      case HMAC_SHA2_256_128 -> IkeIntegrity.HMAC_SHA2_256_128;
      case HMAC_SHA2_384_192 -> IkeIntegrity.HMAC_SHA2_384_192;
      case HMAC_SHA2_512_256 -> IkeIntegrity.HMAC_SHA2_512_256;
      case AES_XCBC_96, AES_CMAC_96 -> IkeIntegrity.ANY_96;
      default -> null;
    };
  }

  /** Keys of one half of a pair. */
  void keys(ChildParameters child, boolean inbound) throws IOException {
    EspKeyFile file = espKeys;
    Encryption algorithm = child.suite().encryption();
    EspEncryption encryption = algorithm == null ? null : encryption(algorithm);
    EspAuthentication authentication = authentication(child.suite().integrity());
    if (file == null || encryption == null || authentication == null) {
      return;
    }
    boolean initiatorSends = child.initiator() != inbound;
    file.add(
        inbound ? child.remote().address() : child.local().address(),
        inbound ? child.local().address() : child.remote().address(),
        inbound ? child.inboundSpi() : child.outboundSpi(),
        encryption,
        (initiatorSends ? child.keys().initiatorEncryption() : child.keys().responderEncryption())
            .toArray(),
        authentication,
        (initiatorSends ? child.keys().initiatorIntegrity() : child.keys().responderIntegrity())
            .toArray(),
        child.suite().extendedSequence());
  }

  private static @Nullable EspEncryption encryption(Encryption algorithm) {
    return switch (algorithm) {
      case NULL -> EspEncryption.NULL;
      case AES_CBC -> EspEncryption.AES_CBC;
      case AES_CTR -> EspEncryption.AES_CTR;
      case AES_GCM_8 -> EspEncryption.AES_GCM_8;
      case AES_GCM_12 -> EspEncryption.AES_GCM_12;
      case AES_GCM_16 -> EspEncryption.AES_GCM_16;
      case CHACHA20_POLY1305 -> EspEncryption.CHACHA20_POLY1305;
      default -> null;
    };
  }

  private static @Nullable EspAuthentication authentication(Integrity integrity) {
    return switch (integrity) {
      case NONE -> EspAuthentication.NULL;
      case HMAC_SHA1_96 -> EspAuthentication.HMAC_SHA1_96;
      case HMAC_SHA2_256_128 -> EspAuthentication.HMAC_SHA256_128;
      case HMAC_SHA2_384_192 -> EspAuthentication.HMAC_SHA384_192;
      case HMAC_SHA2_512_256 -> EspAuthentication.HMAC_SHA512_256;
      case AES_XCBC_96, AES_CMAC_96 -> EspAuthentication.ANY_96;
      default -> null;
    };
  }

  @Override
  public void close() throws IOException {
    frame.release();
    if (capture != null) {
      capture.close();
    }
    if (ikeKeys != null) {
      ikeKeys.close();
    }
    if (espKeys != null) {
      espKeys.close();
    }
  }
}
