package org.larval.lab.bench;

import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileReader;

/**
 * The labs that the timeline is measured with: pairs of guests, each pair at a bridge of its own.
 *
 * <pre>
 *   a0 --- br0 --- b0      a1 --- br1 --- b1      ...
 * </pre>
 */
final class StreetLabs {
  private StreetLabs() {}

  /** Of each link of a segment: no two segments work in the same instants. */
  static long delay(int segment) {
    return 10_000 + 137L * segment;
  }

  /** The street, without traffic. */
  static LabFile street(int segments) {
    return LabFileReader.parse("bench", text(segments).toString());
  }

  /** The same with flows of datagrams from each a to its b, all flows of a pair in bursts. */
  static LabFile guests(int segments, int flows, int datagrams) {
    StringBuilder text = text(segments).append("traffic:\n");
    for (int i = 0; i < segments; i++) {
      for (int flow = 0; flow < flows; flow++) {
        text.append("  - {from: a").append(i).append(", to: b").append(i);
        text.append(", udp: 7, size: 58, connected: true, every: ");
        text.append(2 * delay(i)).append("ns, count: ").append(datagrams).append("}\n");
      }
    }
    return LabFileReader.parse("bench", text.toString());
  }

  private static StringBuilder text(int segments) {
    StringBuilder text = new StringBuilder("lab: bench\nbridges: [");
    for (int i = 0; i < segments; i++) {
      text.append(i == 0 ? "br" : ", br").append(i);
    }
    text.append("]\nguests:\n");
    for (int i = 0; i < segments; i++) {
      text.append("  a").append(i).append(": {nic: 10.0.").append(i).append(".1/24}\n");
      text.append("  b").append(i).append(": {nic: 10.0.").append(i).append(".2/24}\n");
    }
    text.append("links:\n");
    for (int i = 0; i < segments; i++) {
      for (char end : new char[] {'a', 'b'}) {
        text.append("  - {between: [").append(end).append(i).append(", br").append(i);
        text.append("], delay: ").append(delay(i)).append("ns}\n");
      }
    }
    return text;
  }
}
