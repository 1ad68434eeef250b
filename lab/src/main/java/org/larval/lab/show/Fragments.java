package org.larval.lab.show;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts the fragments of a capture together. A capture has no clock that matters here, so fragments
 * wait until their datagram is whole or too many others wait; an overlap ends a datagram.
 */
final class Fragments {
  private static final int MAX_WAITING = 1024;
  private static final int MAX_DATAGRAM = 65_535;

  /**
   * What identifies a datagram.
   *
   * @param protocol of IPv4, 0 for IPv6, which does not compare it
   */
  record Key(String source, String target, int identification, int protocol) {}

  /**
   * One fragment.
   *
   * @param header what stands before the fragmented part; the first fragment's counts
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, compared by nobody
  record Piece(int frame, int offset, boolean more, byte[] header, byte[] data) {
    int end() {
      return offset + data.length;
    }
  }

  /**
   * A whole datagram.
   *
   * @param header of the first fragment
   * @param frames in the order of the offsets
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, compared by nobody
  record Whole(byte[] header, byte[] payload, List<Integer> frames) {}

  private final Map<Key, List<Piece>> waiting = new LinkedHashMap<>();

  /** Takes a fragment; answers its datagram if that is whole now. */
  @Nullable Whole add(Key key, Piece piece) {
    List<Piece> pieces = waiting.computeIfAbsent(key, k -> new ArrayList<>());
    for (Piece other : pieces) {
      if (piece.offset() < other.end() && other.offset() < piece.end()) {
        // a repetition is no more than that; anything else is no datagram to trust
        if (piece.offset() != other.offset() || piece.end() != other.end()) {
          waiting.remove(key);
        }
        return null;
      }
    }
    pieces.add(piece);
    pieces.sort(Comparator.comparingInt(Piece::offset));
    if (waiting.size() > MAX_WAITING) {
      Iterator<Key> oldest = waiting.keySet().iterator();
      oldest.next();
      oldest.remove();
    }
    int end = 0;
    for (Piece next : pieces) {
      if (next.offset() != end) {
        return null;
      }
      end = next.end();
    }
    if (pieces.getLast().more() || end > MAX_DATAGRAM) {
      return null;
    }
    waiting.remove(key);
    byte[] payload = new byte[end];
    for (Piece next : pieces) {
      System.arraycopy(next.data(), 0, payload, next.offset(), next.data().length);
    }
    return new Whole(
        pieces.getFirst().header(), payload, pieces.stream().map(Piece::frame).toList());
  }
}
