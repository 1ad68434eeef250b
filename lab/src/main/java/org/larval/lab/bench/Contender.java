package org.larval.lab.bench;

/** Something whose speed is compared with another's. */
interface Contender {
  /** What it does, for the table. */
  String name();

  /** What must be done before each {@link #run} and is not measured. */
  default void prepare() {}

  /**
   * Does some work, a few milliseconds at most.
   *
   * @return how many operations that were
   */
  long run();

  /** Ends what it began. */
  default void close() {}
}
