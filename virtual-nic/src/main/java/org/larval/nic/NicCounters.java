package org.larval.nic;

/**
 * What one face of a NIC counted. Frames and bytes are as seen from that face: {@code Out} is what
 * it put into the ring, {@code In} what it took out. Bytes are of frames, without the ring's
 * header.
 */
public final class NicCounters {
  long framesOut;
  long bytesOut;
  long framesIn;
  long bytesIn;
  long ringFull;
  long badSize;
  long brokenDrops;
  long rings;
  long ringsSuppressed;

  NicCounters() {}

  void add(NicCounters other) {
    framesOut += other.framesOut;
    bytesOut += other.bytesOut;
    framesIn += other.framesIn;
    bytesIn += other.bytesIn;
    ringFull += other.ringFull;
    badSize += other.badSize;
    brokenDrops += other.brokenDrops;
    rings += other.rings;
    ringsSuppressed += other.ringsSuppressed;
  }

  /** Frames put into the ring. */
  public long framesOut() {
    return framesOut;
  }

  /** Bytes of the frames put into the ring. */
  public long bytesOut() {
    return bytesOut;
  }

  /** Frames taken out of the ring. */
  public long framesIn() {
    return framesIn;
  }

  /** Bytes of the frames taken out of the ring. */
  public long bytesIn() {
    return bytesIn;
  }

  /** Frames dropped because the ring had no free descriptor. */
  public long ringFull() {
    return ringFull;
  }

  /** Frames dropped because they are shorter than an Ethernet header or longer than a buffer. */
  public long badSize() {
    return badSize;
  }

  /** Frames dropped because the NIC was stopped, those under way at that moment included. */
  public long brokenDrops() {
    return brokenDrops;
  }

  /** How often the other end's doorbell was rung. */
  public long rings() {
    return rings;
  }

  /** How often it was not rung because the other end had asked for silence. */
  public long ringsSuppressed() {
    return ringsSuppressed;
  }

  @Override
  public String toString() {
    return "out "
        + framesOut
        + " frames "
        + bytesOut
        + " bytes, in "
        + framesIn
        + " frames "
        + bytesIn
        + " bytes, ring full "
        + ringFull
        + ", bad size "
        + badSize
        + ", broken "
        + brokenDrops
        + ", rings "
        + rings
        + " ("
        + ringsSuppressed
        + " suppressed)";
  }
}
