package org.larval.secmark;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.larval.wire.IpProtocol;

/** The matches icmp and icmp6: type and code. */
final class XtIcmpMatch implements XtExtension {
  private static final int ANY_TYPE = 255;

  private static final Map<String, String> TYPES =
      map(
          "any 255 echo-reply 0 pong 0 destination-unreachable 3 network-unreachable 3/0"
              + " host-unreachable 3/1 protocol-unreachable 3/2 port-unreachable 3/3"
              + " fragmentation-needed 3/4 source-route-failed 3/5 network-unknown 3/6"
              + " host-unknown 3/7 network-prohibited 3/9 host-prohibited 3/10"
              + " tos-network-unreachable 3/11 tos-host-unreachable 3/12"
              + " communication-prohibited 3/13 host-precedence-violation 3/14"
              + " precedence-cutoff 3/15 source-quench 4 redirect 5 network-redirect 5/0"
              + " host-redirect 5/1 tos-network-redirect 5/2 tos-host-redirect 5/3"
              + " echo-request 8 ping 8 router-advertisement 9 router-solicitation 10"
              + " time-exceeded 11 ttl-exceeded 11 ttl-zero-during-transit 11/0"
              + " ttl-zero-during-reassembly 11/1 parameter-problem 12 ip-header-bad 12/0"
              + " required-option-missing 12/1 timestamp-request 13 timestamp-reply 14"
              + " address-mask-request 17 address-mask-reply 18");

  private static final Map<String, String> TYPES6 =
      map(
          "destination-unreachable 1 no-route 1/0 communication-prohibited 1/1 beyond-scope 1/2"
              + " address-unreachable 1/3 port-unreachable 1/4 failed-policy 1/5 reject-route 1/6"
              + " packet-too-big 2 time-exceeded 3 ttl-exceeded 3 ttl-zero-during-transit 3/0"
              + " ttl-zero-during-reassembly 3/1 parameter-problem 4 bad-header 4/0"
              + " unknown-header-type 4/1 unknown-option 4/2 echo-request 128 ping 128"
              + " echo-reply 129 pong 129 router-solicitation 133 router-advertisement 134"
              + " neighbour-solicitation 135 neighbor-solicitation 135"
              + " neighbour-advertisement 136 neighbor-advertisement 136 redirect 137");

  private final boolean v6;
  private boolean given;
  private boolean inverted;
  private int type;
  private int code = -1;

  XtIcmpMatch(boolean v6) {
    this.v6 = v6;
  }

  private static Map<String, String> map(String text) {
    Map<String, String> map = new LinkedHashMap<>();
    String[] words = text.split(" ", -1);
    for (int i = 0; i < words.length; i += 2) {
      map.put(words[i], words[i + 1]);
    }
    return map;
  }

  @Override
  public List<String> options() {
    return List.of(v6 ? "icmpv6-type" : "icmp-type");
  }

  @Override
  public void option(XtLine in, XtWord word, String option, boolean negated) {
    if (given) {
      throw in.wrong(word, word + " stands twice in the rule", "use two rules");
    }
    given = true;
    inverted = negated;
    XtWord value = in.value(word, "a type such as echo-request");
    String text = named(in, value, value.text());
    int slash = text.indexOf('/');
    type = (int) XtValues.number(in, value, slash < 0 ? text : text.substring(0, slash), 255);
    if (slash >= 0) {
      code = (int) XtValues.number(in, value, text.substring(slash + 1), 255);
    }
  }

  /** Names may be cut short as long as only one begins so. */
  private String named(XtLine in, XtWord where, String text) {
    String name = text.toLowerCase(Locale.ROOT);
    String found = null;
    for (Map.Entry<String, String> each : (v6 ? TYPES6 : TYPES).entrySet()) {
      if (!name.isEmpty() && each.getKey().startsWith(name)) {
        if (found != null) {
          throw in.wrong(where, where + " may mean several types", "write the whole name");
        }
        found = each.getValue();
      }
    }
    return found == null ? text : found;
  }

  @Override
  public void finish(XtLine in, XtWord word, Scope scope, List<RuleStep> steps) {
    String option = "--" + options().getFirst();
    if (!given) {
      throw in.wrong(word, "the match " + word.text() + " lacks " + option, "add it");
    }
    if (!scope.only(v6 ? IpProtocol.ICMPV6 : IpProtocol.ICMP)) {
      String wanted = v6 ? "ipv6-icmp" : "icmp";
      throw in.wrong(word, option + " needs '-p " + wanted + "'", "add it");
    }
    steps.add(new Match.Header(8));
    Field typeField = v6 ? Field.ICMPV6_TYPE : Field.ICMP_TYPE;
    if (type == ANY_TYPE && !v6) {
      steps.add(Match.Compare.of(typeField, inverted, Ranges.of(0, 0, 0, 255)));
    } else if (code < 0) {
      steps.add(Match.Compare.of(typeField, inverted, Ranges.of(0, type)));
    } else {
      ValueSet both = new ValueSet(2);
      both.put(
          new ValueSet.Element(
              List.of(new Ranges.Range(0, type, 0, type, 0), new Ranges.Range(0, code, 0, code, 0)),
              null));
      Field codeField = v6 ? Field.ICMPV6_CODE : Field.ICMP_CODE;
      steps.add(new Match.Lookup(List.of(typeField, codeField), inverted, both));
    }
  }
}
