package org.larval.ike.message;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Datagram4500Test {
  @ParameterizedTest
  @CsvSource({
    "ff, KEEPALIVE",
    "fe, NOTHING",
    "'', NOTHING",
    "000000, NOTHING",
    "00000000, IKE",
    "000000001122, IKE",
    "0000000100000001, NOTHING",
    "000000010000000100, ESP",
    "ffffffffffffffffff, ESP",
  })
  void tells(String hex, Datagram4500 kind) {
    assertThat(Datagram4500.of(Octets.hex(hex))).isEqualTo(kind);
  }
}
