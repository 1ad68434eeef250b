package org.larval.lab.bench;

import java.util.function.Consumer;

/** The benchmarks by name. */
public enum Bench {
  /** Hops through links, bridges and guests, beside a bare Netty loop. */
  timeline {
    @Override
    public BenchReport run(Rounds rounds, Consumer<String> progress) {
      return TimelineBench.run(rounds, progress);
    }
  },
  /** Frames through a NIC's rings, beside copying their bytes. */
  ring {
    @Override
    public BenchReport run(Rounds rounds, Consumer<String> progress) {
      return RingBench.run(rounds, progress);
    }
  },
  /** State look-ups in small and large databases. */
  sad {
    @Override
    public BenchReport run(Rounds rounds, Consumer<String> progress) {
      return SadBench.run(rounds, progress);
    }
  },
  /** Policy look-ups among few and among many. */
  spd {
    @Override
    public BenchReport run(Rounds rounds, Consumer<String> progress) {
      return SpdBench.run(rounds, progress);
    }
  },
  /** IKE SAs set up and deleted, by algorithms and ways to authenticate. */
  ike {
    @Override
    public BenchReport run(Rounds rounds, Consumer<String> progress) {
      return IkeBench.run(rounds, progress);
    }
  };

  /**
   * Runs it.
   *
   * @param progress is told what is being measured
   */
  public abstract BenchReport run(Rounds rounds, Consumer<String> progress);
}
