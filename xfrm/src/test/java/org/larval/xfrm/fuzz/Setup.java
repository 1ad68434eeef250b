package org.larval.xfrm.fuzz;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.larval.xfrm.GoldenCapture;
import org.larval.xfrm.grammar.IpXfrm;
import org.larval.xfrm.grammar.IpXfrmCommand;

/**
 * What an engine is set up with before it gets a packet.
 *
 * @param seal what makes a packet authentic that was thought up
 * @param captured packets of a real kernel for these SAs
 */
record Setup(
    List<IpXfrmCommand> commands,
    boolean encapsulated,
    UnaryOperator<byte[]> seal,
    List<byte[]> captured) {
  private static final IpXfrm GRAMMAR = new IpXfrm(context -> 0);

  /** SAs of our own, by lines of {@code ip xfrm} without these two words. */
  static Setup of(String... lines) {
    List<IpXfrmCommand> commands = new ArrayList<>();
    for (String line : lines) {
      commands.add(GRAMMAR.parse(line));
    }
    return new Setup(List.copyOf(commands), false, UnaryOperator.identity(), List.of());
  }

  /** The end named b of a capture: it opens what goes to address 2 and seals what goes to 1. */
  static Setup golden(String name) {
    GoldenCapture capture = GoldenCapture.read(name);
    List<IpXfrmCommand> commands = new ArrayList<>();
    for (String line : capture.commands()) {
      IpXfrmCommand command = line.contains(" xfrm ") ? GRAMMAR.parse(line) : null;
      if (command != null && command.namespace().equals("b")) {
        commands.add(command);
      }
    }
    List<byte[]> captured =
        capture.packets().stream()
            .filter(packet -> packet[packet[0] >>> 4 == 6 ? 39 : 19] == 2)
            .limit(2)
            .toList();
    return new Setup(
        List.copyOf(commands), name.contains("udpencap"), UnaryOperator.identity(), captured);
  }

  /** A policy in each direction for all of IPv4 or IPv6, with one template. */
  static String[] policies(String family, String template) {
    String all = family.equals("6") ? "src ::/0 dst ::/0" : "src 0.0.0.0/0 dst 0.0.0.0/0";
    return new String[] {
      "policy add " + all + " dir out tmpl " + template,
      "policy add " + all + " dir in tmpl " + template,
      "policy add " + all + " dir fwd tmpl " + template + " level use"
    };
  }

  Setup inUdp() {
    return new Setup(commands, true, seal, captured);
  }

  Setup sealedBy(UnaryOperator<byte[]> how) {
    return new Setup(commands, encapsulated, how, captured);
  }
}
