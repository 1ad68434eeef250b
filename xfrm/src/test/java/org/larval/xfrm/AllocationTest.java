package org.larval.xfrm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.larval.xfrm.Bench.A;
import static org.larval.xfrm.Bench.B;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.larval.packet.EffectList;
import org.larval.packet.FlowKey;
import org.larval.wire.IpProtocol;

/** The policy step makes no garbage once warm, whatever it answers. */
class AllocationTest {
  private static final int LOOKUPS = 200_000;

  /** Less than a byte for each look-up: what the compiler's own doings may leave behind. */
  private static final long SOME = 100_000;

  /** What the look-ups answer. */
  enum Case {
    BUNDLE,
    BLACKHOLE,
    HOLD,
    BLOCK,
    CLEAR
  }

  @ParameterizedTest
  @EnumSource
  void lookUpsMakeNoGarbage(Case answer) {
    SaMissPolicy rules =
        answer == Case.HOLD ? SaMissPolicy.LINUX_QUEUE : SaMissPolicy.LINUX_DEFAULT;
    try (Bench bench = new Bench(rules);
        EffectList out = new EffectList()) {
      if (answer != Case.CLEAR) {
        bench.add(answer == Case.BLOCK ? Bench.block(Bench.udp(A, B), 0) : Bench.protect());
      }
      if (answer == Case.BUNDLE) {
        bench.install(bench.sa(A, B));
      }
      FlowKey flow = new FlowKey().addresses(A, B).ports(IpProtocol.UDP, 1, 7);
      Lookup first = bench.engine.lookup(0, flow, Who.LOCAL_NONBLOCKING, out);
      ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long best = Long.MAX_VALUE;
      for (int round = 0; round < 5; round++) {
        long before = thread.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < LOOKUPS; i++) {
          if (!bench.engine.lookup(i, flow, Who.LOCAL_NONBLOCKING, out).equals(first)) {
            throw new AssertionError("another answer");
          }
        }
        best = Math.min(best, thread.getCurrentThreadAllocatedBytes() - before);
      }
      assertThat(best).isLessThan(SOME);
    }
  }
}
