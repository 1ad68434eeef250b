package org.larval.lab.bench;

import java.io.IOException;
import java.nio.file.Path;

/** One end of a ring in a file that another process has mapped, too. One thread. */
interface RingEnd extends AutoCloseable {
  /** How many frames a turn moves at most. */
  int BURST = 32;

  /** Which ring, and who sends. */
  enum Kind {
    /** Our netfile; the guest's end sends. */
    netfileUp,
    /** Our netfile; the lab's end sends. */
    netfileDown,
    /** Agrona's one-to-one ring. */
    agrona
  }

  /**
   * Moves up to {@link #BURST} frames without waiting; how many.
   *
   * @throws IllegalStateException if one is not as long as it should be, or the ring is broken
   */
  int turn();

  @Override
  void close() throws IOException;

  /**
   * An end of a ring that was {@link #format}ted.
   *
   * @param bytes of each frame
   */
  static RingEnd open(Kind kind, boolean sends, Path path, int bytes) throws IOException {
    return switch (kind) {
      case netfileUp -> new NetfileEnd(path, sends, sends, bytes);
      case netfileDown -> new NetfileEnd(path, !sends, sends, bytes);
      case agrona -> new AgronaEnd(path, sends, bytes);
    };
  }

  /** Makes the file; both rings hold as many frames. */
  static void format(Kind kind, Path path, int bytes) throws IOException {
    switch (kind) {
      case netfileUp, netfileDown -> NetfileEnd.format(path);
      case agrona -> AgronaEnd.format(path, bytes);
    }
  }
}
