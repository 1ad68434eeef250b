package org.larval.lab.bench;

/** What live objects take. */
final class Heap {
  private static final int COLLECTIONS = 3;

  private Heap() {}

  /** Bytes of the heap in use after a full collection. */
  static long used() {
    Runtime runtime = Runtime.getRuntime();
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
    }
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
