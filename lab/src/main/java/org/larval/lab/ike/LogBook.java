package org.larval.lab.ike;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** The daemon's lines: printed where it runs, kept for a while, and told to who follows them. */
final class LogBook {
  private static final int KEPT = 1000;
  private static final int UNREAD = 4096;

  /**
   * A line.
   *
   * @param seconds since the daemon began
   * @param connection empty for the daemon itself
   */
  public record Line(double seconds, String connection, String line) {
    @Override
    public String toString() {
      return "%9.3f %s%s".formatted(seconds, connection.isEmpty() ? "" : connection + ": ", line);
    }
  }

  private final List<BlockingQueue<Line>> followers = new CopyOnWriteArrayList<>();
  private final List<Line> kept = new ArrayList<>();
  private final Consumer<String> printer;

  LogBook(Consumer<String> printer) {
    this.printer = printer;
  }

  synchronized void write(long now, String connection, String text) {
    Line line = new Line(now / 1e9, connection, text);
    if (kept.size() == KEPT) {
      kept.removeFirst();
    }
    kept.add(line);
    printer.accept(line.toString());
    for (BlockingQueue<Line> follower : followers) {
      // who reads too slowly loses lines, nobody waits for him
      boolean told = follower.offer(line);
      assert told || follower.size() > 0;
    }
  }

  /** The last lines, and those that come, for one more reader. */
  synchronized BlockingQueue<Line> follow() {
    BlockingQueue<Line> lines = new ArrayBlockingQueue<>(UNREAD);
    boolean all = lines.addAll(kept);
    assert all || kept.isEmpty();
    followers.add(lines);
    return lines;
  }

  void leave(BlockingQueue<Line> lines) {
    boolean followed = followers.remove(lines);
    assert followed;
  }
}
