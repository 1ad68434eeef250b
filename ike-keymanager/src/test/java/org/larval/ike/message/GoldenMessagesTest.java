package org.larval.ike.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Messages of strongSwan and libreswan: read, written again, cut, damaged. */
class GoldenMessagesTest {
  @Test
  void writesWhatItRead() throws MalformedMessageException {
    assertThat(GoldenMessages.all()).hasSizeGreaterThan(50);
    assertThat(GoldenMessages.clear()).hasSizeGreaterThan(15);
    for (byte[] octets : GoldenMessages.all()) {
      Message message = MessageReader.read(octets);
      assertThat(MessageWriter.write(message)).as(message.toString()).isEqualTo(octets);
      assertThat(message.unsupportedCritical()).isZero();
    }
  }

  @Test
  void printsInitialMessages() throws MalformedMessageException {
    List<byte[]> messages = GoldenMessages.of("err-invalid-ke");
    Message offer = MessageReader.read(messages.get(0));
    assertThat(offer)
        .hasToString(
            "IKE_SA_INIT request 0 [SA KE Nonce N(NAT_DETECTION_SOURCE_IP)"
                + " N(NAT_DETECTION_DESTINATION_IP) N(IKEV2_FRAGMENTATION_SUPPORTED)"
                + " N(SIGNATURE_HASH_ALGORITHMS) N(REDIRECT_SUPPORTED)]");
    Message refusal = MessageReader.read(messages.get(1));
    assertThat(refusal).hasToString("IKE_SA_INIT response 0 [N(INVALID_KE_PAYLOAD)]");
    assertThat(MessageText.tree(refusal.payloads()))
        .map(TextLine::toString)
        .containsExactly("N INVALID_KE_PAYLOAD x25519");
    assertThat(MessageText.tree(MessageReader.read(messages.get(2)).payloads()))
        .map(TextLine::toString)
        .contains("N SIGNATURE_HASH_ALGORITHMS sha256 sha384 sha512 identity");
  }

  @Test
  void cutAnywhere() {
    for (byte[] octets : GoldenMessages.all()) {
      for (int size = 0; size < octets.length; size++) {
        byte[] cut = Arrays.copyOf(octets, size);
        assertThat(survives(cut)).as("a message longer than its datagram").isFalse();
        if (size >= Header.SIZE) {
          ByteBuffer.wrap(cut).putInt(24, size);
          survives(cut);
        }
      }
    }
  }

  @Test
  void damagedAnywhere() {
    int survivors = 0;
    for (byte[] octets : GoldenMessages.all()) {
      for (int bit = 0; bit < octets.length * 8; bit++) {
        byte[] damaged = octets.clone();
        damaged[bit / 8] ^= (byte) (1 << bit % 8);
        survivors += survives(damaged) ? 1 : 0;
      }
    }
    assertThat(survivors).isPositive();
  }

  /** Whether it was read; then what is written again says the same. */
  static boolean survives(byte[] octets) {
    Message message;
    try {
      message = MessageReader.read(octets);
    } catch (MalformedMessageException problem) {
      assertThat(problem.field()).isNotEmpty();
      assertThat(problem.offset()).isBetween(0, octets.length);
      return false;
    }
    byte[] again = MessageWriter.write(message);
    assertThat(again).hasSameSizeAs(octets);
    try {
      assertThat(MessageReader.read(again)).isEqualTo(message);
    } catch (MalformedMessageException problem) {
      throw new AssertionError("cannot read what it wrote", problem);
    }
    for (TextLine line : MessageText.tree(message.payloads())) {
      assertThat(line.toString()).isNotBlank().matches("[ -~]*");
    }
    return true;
  }
}
