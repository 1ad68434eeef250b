package org.larval.ike.message;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * Puts the opened fragments of one message together (RFC 7383 section 2.6). Only contents whose
 * check value was right may come here. The limits of strongSwan are 255 fragments and 10,000
 * octets.
 */
public final class Fragments {
  /** Most fragments of a message in strongSwan. */
  public static final int MAX_FRAGMENTS = 255;

  /** Most octets of a message that came in fragments in strongSwan ({@code charon.max_packet}). */
  public static final int MAX_OCTETS = 10_000;

  /** What became of a fragment. */
  public sealed interface Outcome {}

  /** Kept; others are missing. */
  public record Waiting() implements Outcome {}

  /** Not kept, and nothing changed. */
  public record Ignored(String why) implements Outcome {}

  /**
   * The message is whole.
   *
   * @param firstType number of the first payload, 0 if there is none
   * @param parts their contents in order
   */
  public record Whole(int firstType, List<Octets> parts) implements Outcome {
    /** Keeps its own copy of the parts. */
    public Whole {
      parts = List.copyOf(parts);
    }

    /** All contents. */
    public byte[] plain() {
      byte[] plain = new byte[parts.stream().mapToInt(Octets::size).sum()];
      int at = 0;
      for (Octets part : parts) {
        part.copyTo(plain, at);
        at += part.size();
      }
      return plain;
    }
  }

  private final int maxFragments;
  private final int maxOctets;
  private final TreeMap<Integer, Octets> parts = new TreeMap<>();
  private int firstType;
  private int total;
  private int octets;

  /** With strongSwan's limits. */
  public Fragments() {
    this(MAX_FRAGMENTS, MAX_OCTETS);
  }

  /**
   * With limits of one's own.
   *
   * @param maxFragments a message in more fragments is ignored
   * @param maxOctets of all contents together; what would go beyond is ignored
   */
  public Fragments(int maxFragments, int maxOctets) {
    this.maxFragments = maxFragments;
    this.maxOctets = maxOctets;
  }

  /** Whether nothing waits. */
  public boolean isEmpty() {
    return parts.isEmpty();
  }

  /**
   * Takes a fragment. A larger total means that the peer sends all anew in smaller fragments: those
   * that wait are forgotten. A smaller one is late and ignored, as is a number that was there. Once
   * the message is whole this begins anew.
   */
  public Outcome add(SkfPayload header, Octets content) {
    if (header.total() > maxFragments) {
      return new Ignored(header.total() + " fragments are too many");
    }
    if (header.number() < 1 || header.number() > header.total()) {
      return new Ignored("there is no fragment " + header.number() + " of " + header.total());
    }
    if (header.total() < total) {
      return new Ignored("fragment of " + header.total() + " after fragments of " + total);
    }
    if (header.total() == total && parts.containsKey(header.number())) {
      return new Ignored("fragment " + header.number() + " was there already");
    }
    int before = header.total() > total ? 0 : octets;
    if (before + content.size() > maxOctets) {
      return new Ignored("more than " + maxOctets + " octets");
    }
    if (header.total() > total) {
      clear();
      total = header.total();
    }
    parts.put(header.number(), content);
    octets += content.size();
    if (header.number() == 1) {
      firstType = header.inner();
    }
    if (parts.size() < total) {
      return new Waiting();
    }
    Whole whole = new Whole(firstType, new ArrayList<>(parts.values()));
    clear();
    return whole;
  }

  /** Forgets what waits. */
  public void clear() {
    parts.clear();
    total = 0;
    octets = 0;
    firstType = 0;
  }
}
