package org.larval.ike.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MalformedMessagesTest {
  private static final String HEADER = "1122334455667788" + "0000000000000000";

  private static MalformedMessageException refusal(String hex) {
    return catchThrowableOfType(
        MalformedMessageException.class, () -> MessageReader.read(HexFormat.of().parseHex(hex)));
  }

  @Test
  void headers() throws MalformedMessageException {
    assertThat(refusal(HEADER + "00202208" + "00000000" + "0000001d"))
        .hasMessage("length at octet 24: is 29, the datagram has 28");
    assertThat(refusal(HEADER + "00202208" + "00000000" + "8000001c").offset()).isEqualTo(24);
    assertThat(refusal("00".repeat(16) + "00202208" + "00000000" + "0000001c").field())
        .isEqualTo("initiator SPI");
    MalformedMessageException version = refusal(HEADER + "00302208" + "00000000" + "0000001c");
    assertThat(version.answer()).isEqualTo(NotifyType.INVALID_MAJOR_VERSION);
    byte[] minor = HexFormat.of().parseHex(HEADER + "002f22ff" + "00000000" + "0000001c");
    assertThat(MessageReader.read(minor).payloads()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "SA length, 33, 00000003",
    "SA body, 33, 00000005",
    "SA proposal last substructure, 33, 00000004",
    "SA proposal last substructure, 33, 0000000c 0100 0008 01030000",
    "SA proposal length, 33, 0000000c 0000 0007 01030000",
    "SA proposal, 33, 0000000c 0000 0009 01030000",
    "SA proposal SPI, 33, 0000000c 0000 0008 01030400",
    "SA proposal, 33, 0000000d 0000 0009 01030000 00",
    "SA transform last substructure, 33, 0000000c 0000 0008 01030001",
    "SA transform, 33, 00000014 0000 0010 01030002 0000 0008 01000001",
    "SA transform, 33, 00000014 0000 0010 01030001 0300 0008 01000001",
    "SA attribute value, 33, 00000018 0000 0014 01030001 0000 000c 01000001 00010001",
    "SA body, 33, 0000000d 0000 0008 01030000 00",
    "KE method, 34, 00000005 1f",
    "KE reserved, 34, 00000006 001f",
    "IDi reserved, 35, 00000006 0100",
    "CERT encoding, 37, 00000004",
    "AUTH reserved, 39, 00000005 02",
    "Nonce nonce, 40, 00000013 000102030405060708090a0b0c0d0e",
    "N SPI, 41, 00000009 00044000 01",
    "D SPI size, 42, 00000008 03080000",
    "D SPI size, 42, 00000008 01080000",
    "D number of SPIs, 42, 00000008 03040001",
    "D number of SPIs, 42, 0000000c 03040000 01020304",
    "D number of SPIs, 42, 00000008 010000ff",
    "TSi selector length, 44, 0000000c 01000000 0a000003",
    "TSi selector, 44, 0000000c 01000000 0a000005",
    "TSi selector length, 44, 0000000c 01000000 07000004",
    "TSr selector type, 45, 00000008 01000000",
    "TSr body, 45, 0000000c 00000000 0a000004",
    "SKF total fragments, 53, 00000006 0001",
    "SKF fragment number, 53, 00000008 00000001",
    "SKF fragment number, 53, 00000008 00020001",
    "CP attribute value, 47, 0000000c 01000000 00010004",
    "EAP packet, 48, 00000007 010000",
    "EAP length, 48, 00000008 01000005",
  })
  void payloads(String field, int type, String hex) {
    String octets = hex.replace(" ", "");
    int length = Header.SIZE + octets.length() / 2;
    MalformedMessageException why =
        refusal(
            HEADER + "%02x202208".formatted(type) + "00000000" + "%08x".formatted(length) + octets);
    assertThat(why).isNotNull();
    assertThat(why.field()).isEqualTo(field);
    assertThat(why.answer()).isEqualTo(NotifyType.INVALID_SYNTAX);
  }

  @Test
  void octetsBehindTheLast() {
    assertThat(refusal(HEADER + "00202208" + "00000000" + "0000001d" + "00").field())
        .isEqualTo("message");
    // whatever the next payload field says, nothing stands behind an encrypted payload
    String encrypted = HEADER + "2e202208" + "00000000" + "00000024" + "29000004" + "00000004";
    assertThat(refusal(encrypted).field()).isEqualTo("message");
  }

  @Test
  void nothingEncryptedInside() {
    byte[] plain = MessageWriter.payloads(List.of(new SkPayload(0, Octets.EMPTY)));
    assertThat(
            catchThrowableOfType(
                MalformedMessageException.class,
                () -> MessageReader.payloads(PayloadType.ENCRYPTED.number(), plain)))
        .isNotNull();
  }

  @Test
  void tooManyPayloads() throws MalformedMessageException {
    Payload one = new VendorIdPayload(Octets.EMPTY);
    byte[] most = MessageWriter.payloads(Collections.nCopies(MessageReader.MAX_PAYLOADS, one));
    assertThat(MessageReader.payloads(one.type(), most)).hasSize(255);
    byte[] more = MessageWriter.payloads(Collections.nCopies(MessageReader.MAX_PAYLOADS + 1, one));
    assertThat(
            catchThrowableOfType(
                    MalformedMessageException.class, () -> MessageReader.payloads(one.type(), more))
                .getMessage())
        .contains("limit is 255");
  }
}
