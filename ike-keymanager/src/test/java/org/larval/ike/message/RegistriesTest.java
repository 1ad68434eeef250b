package org.larval.ike.message;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RegistriesTest {
  @Test
  void numbersLeadBack() {
    for (NotifyType one : NotifyType.values()) {
      assertThat(NotifyType.of(one.number())).isEqualTo(one);
      assertThat(NotifyType.isError(one.number())).isEqualTo(one.number() < 16_384);
    }
    for (PayloadType one : PayloadType.values()) {
      assertThat(PayloadType.of(one.number())).isEqualTo(one);
    }
    for (ExchangeType one : ExchangeType.values()) {
      assertThat(ExchangeType.of(one.number())).isEqualTo(one);
    }
    assertThat(NotifyType.of(16_446)).isEqualTo(NotifyType.PPK_IDENTITY_KEY);
    assertThat(NotifyType.of(3)).isNull();
  }

  @Test
  void unknownNumbersHaveNames() {
    assertThat(NotifyType.name(40_000)).isEqualTo("notify-40000");
    assertThat(PayloadType.name(1)).isEqualTo("payload-1");
    assertThat(ExchangeType.name(250)).isEqualTo("exchange-250");
    assertThat(new Transform(Transform.ENCR, 999, 64)).hasToString("encr-999/64");
    assertThat(new Transform(Transform.ENCR, 28)).hasToString("chacha20poly1305");
    assertThat(new Transform(Transform.ADDKE1 + 6, 37)).hasToString("ke7_mlkem1024");
    assertThat(new Transform(13, 1)).hasToString("transform-13-1");
  }
}
