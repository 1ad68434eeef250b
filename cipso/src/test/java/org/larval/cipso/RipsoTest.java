package org.larval.cipso;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RipsoTest {
  private static ByteBuf hex(String digits) {
    return Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(digits));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "8203ab     | Unclassified",
        "82045a80   | Secret, GENSER",
        "82043dd8   | Top Secret, GENSER SIOP-ESI NSA DOE",
        "8205962180 | Confidential, SCI authority 7",
        "82035b     | classification 0x5b",
        "850307     | format 7",
        "85060701ff | format 7, 01ff",
      })
  void readsPrintsAndWrites(String digits, String words) {
    if (digits.equals("85060701ff")) {
      // its length says one octet more than there is
      assertThat(Ripso.parse(hex(digits), 0, 5)).isNull();
      return;
    }
    ByteBuf data = hex(digits);
    Ripso option = Ripso.parse(data, 0, data.readableBytes());
    assertThat(option).isNotNull().hasToString(words);
    ByteBuf out = Unpooled.buffer(40);
    option.emit(out, 0);
    assertThat(ByteBufUtil.hexDump(out, 0, option.length())).isEqualTo(digits);
  }

  @ParameterizedTest
  @ValueSource(strings = {"8202", "82025a", "82045a", "82045a01", "82055a8000", "8403ab", "8502"})
  void refusesWhatIsNone(String digits) {
    ByteBuf data = hex(digits);
    assertThat(Ripso.parse(data, 0, data.readableBytes())).isNull();
  }

  /** RFC 1108: any two differ in at least four bits. */
  @Test
  void classificationsAreFarApart() {
    for (Ripso.Classification one : Ripso.Classification.values()) {
      assertThat(Ripso.Classification.of(one.octet())).isEqualTo(one);
      assertThat(one.rank()).isEqualTo(one.ordinal());
      for (Ripso.Classification other : Ripso.Classification.values()) {
        if (one != other) {
          assertThat(Integer.bitCount(one.octet() ^ other.octet())).isGreaterThanOrEqualTo(4);
        }
      }
    }
  }

  @Test
  void limitsAreChecked() {
    assertThatIllegalArgumentException().isThrownBy(() -> new Ripso.Basic(256, List.of()));
    assertThatIllegalArgumentException().isThrownBy(() -> new Ripso.Basic(1, List.of(259)));
    assertThatIllegalArgumentException().isThrownBy(() -> new Ripso.Extended(1, "00".repeat(38)));
    assertThat(new Ripso.Extended(1, "00".repeat(37)).length()).isEqualTo(40);
  }
}
