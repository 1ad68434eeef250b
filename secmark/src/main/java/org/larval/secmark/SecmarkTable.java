package org.larval.secmark;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.larval.labels.PolicyTextException;
import org.larval.labels.SecurityContext;
import org.larval.labels.Sids;

/**
 * A guest's rules, chain by chain, in a part of nft's grammar: one rule a line, each ending in the
 * statement that sets the mark.
 *
 * <pre>
 *   secmark http { "system_u:object_r:http_packet_t:s0" }
 *   tcp dport 80 meta secmark set "http"
 *   ip saddr 10.0.0.0/8 udp dport 1000-2000 meta secmark set "system_u:object_r:lan_packet_t:s0"
 *   meta mark &amp; 0xff == 0x10 ip6 daddr fd00::/64 meta secmark set "http"
 * </pre>
 *
 * <p>A quoted text with a colon is a context, one without is the name of a {@code secmark} object.
 */
public final class SecmarkTable {
  /** How many rules all chains of a table may have. */
  public static final int MAX_RULES = 10_000;

  private final Sids sids;
  private final Map<String, SecurityContext> objects = new LinkedHashMap<>();
  private final Map<SecmarkChain, List<SecmarkRule>> chains = new EnumMap<>(SecmarkChain.class);
  private int size;

  /** A table without rules; contexts get their SIDs from {@code sids}. */
  public SecmarkTable(Sids sids) {
    this.sids = sids;
    for (SecmarkChain chain : SecmarkChain.values()) {
      chains.put(chain, new ArrayList<>());
    }
  }

  /**
   * Adds the rules of a text to the end of a chain, and its objects to the table.
   *
   * @throws PolicyTextException if the text is wrong, with the place; rules before it were added
   */
  public SecmarkTable load(SecmarkChain chain, String text) {
    RuleScanner in = new RuleScanner(text);
    for (in.skipLineEnds(); !in.atEnd(); in.skipLineEnds()) {
      if (in.at("secmark")) {
        readObject(in);
      } else {
        if (size == MAX_RULES) {
          throw in.wrong("the table already has " + MAX_RULES + " rules", "fewer rules");
        }
        rulesOf(chain).add(new RuleReader(in, this).read(sids));
        size++;
      }
    }
    return this;
  }

  private void readObject(RuleScanner in) {
    in.take();
    String right = "the object's name after 'secmark'";
    if (in.quoted() || in.atLineEnd() || in.at("{")) {
      throw in.unexpected(right);
    }
    if (objects.containsKey(in.word())) {
      throw in.wrong("secmark '" + in.word() + "' is defined twice", "another name");
    }
    String name = in.take();
    in.expect("{", "'{' and a context in quotes");
    in.skipLineEnds();
    if (!in.quoted()) {
      throw in.unexpected("a context in quotes");
    }
    SecurityContext context = parsed(in);
    in.skipLineEnds();
    in.expect("}", "'}' after the context");
    objects.put(name, context);
  }

  /** The context that the quoted text in hand is or names. */
  SecurityContext context(RuleScanner in) {
    if (!in.quoted()) {
      throw in.unexpected("a context or a secmark's name in quotes");
    }
    if (in.word().indexOf(':') >= 0) {
      return parsed(in);
    }
    SecurityContext context = objects.get(in.word());
    if (context == null) {
      throw in.wrong(
          "no secmark '" + in.word() + "' is defined above",
          "a context, or one of the names " + objects.keySet());
    }
    in.take();
    return context;
  }

  private static SecurityContext parsed(RuleScanner in) {
    SecurityContext context;
    try {
      context = SecurityContext.parse(in.word());
    } catch (IllegalArgumentException e) {
      throw in.wrong(String.valueOf(e.getMessage()), "one like system_u:object_r:http_packet_t:s0");
    }
    in.take();
    return context;
  }

  /** The rules of a chain, in order. */
  public List<SecmarkRule> rules(SecmarkChain chain) {
    return List.copyOf(rulesOf(chain));
  }

  private List<SecmarkRule> rulesOf(SecmarkChain chain) {
    return chains.getOrDefault(chain, List.of());
  }

  /** Whether there is any rule: SELinux asks about packets only then (selinux_secmark_enabled). */
  public boolean active() {
    return size > 0;
  }

  /**
   * The gate of a chain as it is now.
   *
   * @param place what trails call it, such as the guest's name
   */
  public SecmarkGate gate(SecmarkChain chain, String place) {
    return new SecmarkGate(rules(chain), place);
  }
}
