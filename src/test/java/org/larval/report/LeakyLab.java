package org.larval.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A lab that sends in clear while it has no SA, and whose texts try to become markup. */
final class LeakyLab {
  static final String NAME = "<script>alert('x')</script> & \"co\"";

  private LeakyLab() {}

  static Path write(Path directory) throws IOException {
    return Files.writeString(
        directory.resolve("leaky.yaml"),
        """
        lab: "<script>alert('x')</script> & \\"co\\""
        description: "]]> --> <img onerror=x>"
        seed: 3
        until: 20s
        bridges: [br0]
        guests:
          a: {nic: 10.0.0.1/24, sa-miss: {like: linux-queue, outcome: pass}}
          b: {nic: 10.0.0.2/24}
          c: {nic: 10.0.0.3/24}
        links:
          - {between: [a, br0], delay: 10ms, jitter: 2ms}
          - {between: [b, br0], rate: 10mbit}
          - {between: [c, br0]}
        protect:
          - {between: [a, b]}
        keys:
          - {between: [a, b], by: script, answer-after: 500ms}
        traffic:
          - {from: a, to: b, udp: 5000, every: 20ms, count: 100}
          - {from: c, to: a, ping: yes, every: 200ms, count: 10}
        compare:
          presets: [linux-default, larval]
        """);
  }
}
