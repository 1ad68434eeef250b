package org.larval.xfrm.fuzz;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.larval.packet.EffectList;
import org.larval.xfrm.AssociationPolicy;
import org.larval.xfrm.PeerRoutes;
import org.larval.xfrm.SaMissPolicy;
import org.larval.xfrm.State;
import org.larval.xfrm.XfrmEngine;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.grammar.Devices;
import org.larval.xfrm.grammar.IpXfrm;
import org.larval.xfrm.grammar.IpXfrmCommand;
import org.larval.xfrm.grammar.IpXfrmException;
import org.larval.xfrm.grammar.IpXfrmQuery;
import org.larval.xfrm.grammar.IpXfrmRunner;
import org.larval.xfrm.grammar.IpXfrmWriter;
import org.larval.xfrm.grammar.ListingFormat;
import org.larval.xfrm.transform.StateMaker;

/** Any text as a line of {@code ip xfrm}: taken and written again, or refused at a place in it. */
public final class GrammarTarget {
  private static final int LONGEST = 4096;

  /** Longer than any number: somebody's key. */
  private static final Pattern KEY = Pattern.compile("0[xX]\\w{17}");

  private static final List<String> FILES =
      List.of("algorithms", "errors", "monitor", "policy-options", "state-options");
  private static final IpXfrm GRAMMAR = new IpXfrm(context -> 5, Devices.NONE);
  private static final StateMaker MAKER = new StateMaker(CryptoBackend.jce(), new Random(1));

  private GrammarTarget() {}

  /** What the fuzzer calls. */
  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length > LONGEST) {
      return;
    }
    String line = new String(data, StandardCharsets.UTF_8);
    IpXfrmCommand command;
    try {
      command = GRAMMAR.parse(line);
    } catch (IpXfrmException problem) {
      boolean within = problem.column() >= 1 && problem.column() <= line.length() + 1;
      require(within, problem.getMessage());
      require(!problem.problem().isBlank() && !problem.remedy().isBlank(), "nothing said");
      require(!KEY.matcher(problem.getMessage()).find(), "a key in an error");
      return;
    }
    require(!KEY.matcher(command.toString()).find(), "a key in a command's text");
    done(command);
    switch (command) {
      case IpXfrmCommand.StateAdd add -> writtenAgain(add);
      case IpXfrmCommand.PolicyAdd add -> {
        String written = IpXfrmWriter.line(add.policy(), add.lifetimes(), Devices.NONE);
        var again = (IpXfrmCommand.PolicyAdd) GRAMMAR.parse(written);
        require(again.policy().equals(add.policy()), written);
        require(again.lifetimes().equals(add.lifetimes()), written);
      }
      default -> {}
    }
  }

  /** Does it in an engine of its own, which may refuse it in words or with an error number. */
  private static void done(IpXfrmCommand command) {
    XfrmEngine engine =
        new XfrmEngine(
            "fuzz", SaMissPolicy.LINUX_DEFAULT, AssociationPolicy.ALLOW_ALL, PeerRoutes.ANY);
    try (EffectList out = new EffectList()) {
      new IpXfrmRunner(engine, MAKER, new Random(2)).run(0, command, out);
      if (command instanceof IpXfrmCommand.Query query) {
        new IpXfrmQuery(engine, ListingFormat.PLAIN).answer(query);
      }
    } catch (IllegalArgumentException refused) {
      require(!KEY.matcher(String.valueOf(refused.getMessage())).find(), "a key in a refusal");
    }
  }

  private static void writtenAgain(IpXfrmCommand.StateAdd add) {
    State state;
    try {
      state = add.state(MAKER);
    } catch (IllegalArgumentException refused) {
      require(!KEY.matcher(String.valueOf(refused.getMessage())).find(), "a key in a refusal");
      return;
    }
    String written = IpXfrmWriter.line(state, Devices.NONE);
    State again = ((IpXfrmCommand.StateAdd) GRAMMAR.parse(written)).state(MAKER);
    String twice = IpXfrmWriter.line(again, Devices.NONE);
    require(twice.equals(written), written + " became " + twice);
    require(again.lifetimes().equals(add.lifetimes()), written);
  }

  /** Lines that a real iproute2 was given. */
  static List<byte[]> seeds() {
    List<byte[]> seeds = new ArrayList<>();
    for (String file : FILES) {
      try (InputStream in = GrammarTarget.class.getResourceAsStream("/ip-xfrm/" + file + ".txt")) {
        if (in == null) {
          throw new IllegalStateException("no resource " + file);
        }
        new String(in.readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .filter(line -> line.startsWith("$ ip xfrm "))
            .forEach(line -> seeds.add(line.substring(2).getBytes(StandardCharsets.UTF_8)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return seeds;
  }

  private static void require(boolean held, String what) {
    if (!held) {
      throw new AssertionError(what);
    }
  }
}
