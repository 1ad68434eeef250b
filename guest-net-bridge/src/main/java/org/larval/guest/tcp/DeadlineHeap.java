package org.larval.guest.tcp;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Connections by their next deadline, equal ones by their number, so that the order is fixed. */
final class DeadlineHeap {
  private @Nullable TcpConnection[] heap = new @Nullable TcpConnection[64];
  private int size;

  /** The earliest deadline, or {@link Long#MAX_VALUE}. */
  long deadline() {
    TcpConnection first = heap[0];
    return size == 0 || first == null ? Long.MAX_VALUE : first.queuedFor;
  }

  /** The connection with the earliest deadline, or null. */
  @Nullable TcpConnection first() {
    return heap[0];
  }

  /** Puts a connection where its deadline belongs; takes it out if that is never. */
  void update(TcpConnection c, long deadline) {
    if (c.heapIndex < 0) {
      if (deadline == Long.MAX_VALUE) {
        return;
      }
      if (size == heap.length) {
        heap = Arrays.copyOf(heap, size * 2);
      }
      c.queuedFor = deadline;
      place(c, size++);
      up(c.heapIndex);
      return;
    }
    if (deadline == Long.MAX_VALUE) {
      remove(c);
      return;
    }
    if (deadline != c.queuedFor) {
      c.queuedFor = deadline;
      up(c.heapIndex);
      down(c.heapIndex);
    }
  }

  private void remove(TcpConnection c) {
    int hole = c.heapIndex;
    TcpConnection last = at(--size);
    heap[size] = null;
    c.heapIndex = -1;
    if (last != c) {
      place(last, hole);
      up(hole);
      down(last.heapIndex);
    }
  }

  private void up(int from) {
    int i = from;
    TcpConnection c = at(i);
    while (i > 0 && earlier(c, at((i - 1) / 2))) {
      place(at((i - 1) / 2), i);
      i = (i - 1) / 2;
    }
    place(c, i);
  }

  private void down(int from) {
    int i = from;
    TcpConnection c = at(i);
    while (true) {
      int child = 2 * i + 1;
      if (child >= size) {
        break;
      }
      if (child + 1 < size && earlier(at(child + 1), at(child))) {
        child++;
      }
      if (!earlier(at(child), c)) {
        break;
      }
      place(at(child), i);
      i = child;
    }
    place(c, i);
  }

  private static boolean earlier(TcpConnection a, TcpConnection b) {
    return a.queuedFor != b.queuedFor ? a.queuedFor < b.queuedFor : a.number < b.number;
  }

  private void place(TcpConnection c, int index) {
    heap[index] = c;
    c.heapIndex = index;
  }

  private TcpConnection at(int index) {
    TcpConnection c = heap[index];
    if (c == null) {
      throw new IllegalStateException("the heap has a hole at " + index);
    }
    return c;
  }
}
