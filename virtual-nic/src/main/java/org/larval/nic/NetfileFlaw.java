package org.larval.nic;

/** What is wrong with the header of a netfile. */
public enum NetfileFlaw {
  NOT_A_FILE("is not a regular file"),
  TOO_SHORT("is shorter than a netfile's header of 4096 bytes"),
  NOT_FORMATTED("is not formatted yet"),
  MAGIC("does not start with the magic of a netfile"),
  VERSION("is of a version that is not known here"),
  HEADER_LENGTH("has a header of another length than 4096 bytes"),
  FILE_LENGTH("has another length than its header says, or more than 8 GiB"),
  FEATURES_MISSING("lacks a feature that version 1 demands"),
  FEATURES_UNKNOWN("has a feature that is not known here"),
  MAC("has no Ethernet address of a single station"),
  MTU("has an MTU that is below 68 or does not fit its buffers"),
  QUEUE_SIZE("has a queue size that is no power of two from 2 to 32768"),
  BUFFER_SIZE("has a buffer size that is no multiple of 64 from 128 to 65536"),
  MISALIGNED("has a part that does not start at a multiple of 64"),
  OUTSIDE("has a part that lies outside of the file"),
  OVERLAP("has two parts that overlap"),
  RESERVED("has a reserved byte that is not zero");

  private final String sentence;

  NetfileFlaw(String sentence) {
    this.sentence = sentence;
  }

  /** The flaw in words, to follow the name of the file. */
  public String sentence() {
    return sentence;
  }
}
