package org.larval.interop;

import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Two network namespaces with a wire between: ours has 10.213.1.1, the peer's 10.213.1.2. */
final class TwoNamespaces implements AutoCloseable {
  static final String OURS = "10.213.1.1";
  static final String THEIRS = "10.213.1.2";
  static final String OUR_NET = "10.214.1.1";
  static final String THEIR_NET = "10.214.2.1";

  private static final Pattern PINGED =
      Pattern.compile("(\\d+) packets transmitted, (\\d+) received");

  final String a;
  final String b;

  TwoNamespaces() throws IOException {
    String stem = "lvl" + ProcessHandle.current().pid() % 100_000;
    a = stem + "a";
    b = stem + "b";
    close();
    Commands.must("ip netns add " + a);
    Commands.must("ip netns add " + b);
    Commands.must("ip link add e0 netns " + a + " type veth peer name e0 netns " + b);
    for (String ns : new String[] {a, b}) {
      boolean ours = ns.equals(a);
      Commands.must("ip -n " + ns + " link set lo up");
      Commands.must("ip -n " + ns + " addr add " + (ours ? OURS : THEIRS) + "/24 dev e0");
      Commands.must("ip -n " + ns + " link set e0 up");
    }
  }

  /** Gives both sides the addresses that they protect. */
  void nets(boolean ours, boolean theirs) throws IOException {
    if (ours) {
      Commands.must("ip -n " + a + " addr add " + OUR_NET + "/32 dev lo");
    }
    if (theirs) {
      Commands.must("ip -n " + b + " addr add " + THEIR_NET + "/32 dev lo");
    }
  }

  /** Sent and received. */
  record Pinged(int sent, int received) {
    boolean all() {
      return sent > 0 && sent == received;
    }

    @Override
    public String toString() {
      return received + "/" + sent;
    }
  }

  /** Pings from a namespace. */
  static Pinged ping(String namespace, String target, int count, double interval)
      throws IOException {
    Commands.Said said =
        Commands.run(
            Commands.in(
                namespace,
                "ping",
                "-q",
                "-n",
                "-c",
                "" + count,
                "-i",
                "" + interval,
                "-W",
                "2",
                target));
    Matcher matcher = PINGED.matcher(said.text());
    return matcher.find()
        ? new Pinged(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)))
        : new Pinged(0, 0);
  }

  @Override
  public void close() throws IOException {
    for (String ns : new String[] {a, b}) {
      Commands.Said unused = Commands.run("ip", "netns", "del", ns);
      assert unused.status() >= 0;
    }
  }
}
