package org.larval.ike.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.larval.ike.golden.GoldenExchange;

/** What was inside of encrypted messages: read, and written again to the same octets. */
class GoldenPayloadsTest {
  @Test
  void everyChainComesBackAsItWas() throws MalformedMessageException {
    TreeSet<String> seen = new TreeSet<>();
    int chains = 0;
    for (String name : GoldenExchange.ALL) {
      for (GoldenExchange.Said said : new GoldenExchange(name).messages()) {
        List<GoldenExchange.Part> parts = said.parts();
        Octets plain = Octets.EMPTY;
        for (int i = 0; i < parts.size(); i++) {
          int next = i == parts.size() - 1 ? 0 : parts.get(i + 1).type();
          Octets body = parts.get(i).body();
          plain = plain.and(Octets.number((long) next << 24 | body.size() + 4, 4)).and(body);
        }
        int first = parts.isEmpty() ? 0 : parts.getFirst().type();
        List<Payload> payloads = MessageReader.payloads(first, plain.toArray());
        assertThat(MessageWriter.payloads(payloads)).as(name).isEqualTo(plain.toArray());
        payloads.forEach(one -> seen.add(PayloadType.name(one.type())));
        chains++;
      }
    }
    assertThat(chains).isGreaterThan(250);
    assertThat(seen)
        .contains("SA", "KE", "IDi", "IDr", "CERT", "CERTREQ", "AUTH", "Nonce", "N", "D", "TSi");
  }
}
