package org.larval.lab.bench;

/**
 * The text of a large lab: guests spread evenly over bridges, bridges over routers, the routers in
 * a row. Every guest pings the next one; the last of a bridge pings across its router, and the last
 * bridge of a router across two.
 *
 * <pre>
 *   g0 g1 ... g49   g50 ... g99
 *    \  |  /           \ | /
 *     br0              br1  br2  br3   br4 ...
 *       \_______________|____|___/       \___
 *                       r0 ----------------- r1 --- r2 ...
 * </pre>
 *
 * @param guests up to 240 for each bridge
 * @param bridges up to 200, as many for each router
 * @param routers at least 1
 */
public record ThousandLab(int guests, int bridges, int routers) {
  /** 1000 guests, 20 bridges, 5 routers. */
  public static final ThousandLab WHOLE = new ThousandLab(1000, 20, 5);

  private static final int FIRST_HOST = 10;

  /** Complains if the guests do not fit. */
  public ThousandLab {
    boolean even = routers > 0 && bridges % routers == 0 && bridges > 0 && guests % bridges == 0;
    if (!even || bridges > 200 || guests < 2 || guests / bridges > 240) {
      throw new IllegalArgumentException(
          guests + " guests, " + bridges + " bridges and " + routers + " routers do not fit");
    }
  }

  private int perBridge() {
    return guests / bridges;
  }

  private int perRouter() {
    return bridges / routers;
  }

  /** The lab file. */
  public String yaml() {
    StringBuilder text = new StringBuilder();
    text.append("# ").append(guests).append(" guests on ").append(bridges).append(" bridges and ");
    text.append(routers).append(" routers; every guest pings the next one.\n");
    text.append("# Made by: larval bench thousand --write FILE\n");
    text.append("lab: thousand\nseed: 1\nuntil: 10s\nbridges: [");
    for (int bridge = 0; bridge < bridges; bridge++) {
      text.append(bridge == 0 ? "br" : ", br").append(bridge);
    }
    text.append("]\nguests:\n");
    for (int router = 0; router < routers; router++) {
      router(text, router);
    }
    for (int guest = 0; guest < guests; guest++) {
      int bridge = guest / perBridge();
      text.append("  g").append(guest).append(": {nic: ").append(address(guest));
      text.append("/24, gateway: 10.1.").append(bridge).append(".1}\n");
    }
    links(text);
    text.append("traffic:\n");
    for (int guest = 0; guest < guests; guest++) {
      text.append("  - {from: g").append(guest).append(", to: g").append((guest + 1) % guests);
      text.append(", ping: yes, every: 1s, count: 3}\n");
    }
    text.append("expect:\n  - {delivered: ").append(3 * guests).append(", lost: 0}\n");
    return text.toString();
  }

  private String address(int guest) {
    return "10.1." + guest / perBridge() + "." + (FIRST_HOST + guest % perBridge());
  }

  private void router(StringBuilder text, int router) {
    text.append("  r").append(router).append(":\n    nics: {");
    for (int port = 0; port < perRouter(); port++) {
      int bridge = router * perRouter() + port;
      text.append(port == 0 ? "" : ", ").append("lan").append(port);
      text.append(": 10.1.").append(bridge).append(".1/24");
    }
    if (router > 0) {
      text.append(", left: 10.2.").append(router - 1).append(".2/24");
    }
    if (router < routers - 1) {
      text.append(", right: 10.2.").append(router).append(".1/24");
    }
    text.append("}\n    forward: true\n");
    if (routers > 1) {
      text.append("    routes:\n");
    }
    for (int bridge = 0; bridge < bridges; bridge++) {
      int behind = bridge / perRouter();
      if (behind != router) {
        text.append("      - 10.1.").append(bridge).append(".0/24 via 10.2.");
        text.append(behind > router ? router + ".2" : router - 1 + ".1").append('\n');
      }
    }
  }

  private void links(StringBuilder text) {
    text.append("links:\n");
    for (int router = 0; router < routers; router++) {
      for (int port = 0; port < perRouter(); port++) {
        int bridge = router * perRouter() + port;
        text.append("  - {between: [r").append(router).append(".lan").append(port);
        text.append(", br").append(bridge).append("], delay: 10us}\n");
      }
      if (router < routers - 1) {
        text.append("  - {between: [r").append(router).append(".right, r").append(router + 1);
        text.append(".left], delay: 1ms}\n");
      }
    }
    for (int guest = 0; guest < guests; guest++) {
      text.append("  - {between: [g").append(guest).append(", br").append(guest / perBridge());
      text.append("], delay: 10us}\n");
    }
  }
}
