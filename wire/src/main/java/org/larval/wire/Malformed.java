package org.larval.wire;

/** Why bytes are not the format that they were taken for. */
public enum Malformed {
  TRUNCATED("the data ends inside the header"),
  BAD_VERSION("the version does not fit"),
  BAD_HEADER_LENGTH("the header length field is impossible"),
  BAD_TOTAL_LENGTH("the length field does not fit the data"),
  BAD_CHECKSUM("the checksum is wrong"),
  BAD_OPTION("an option's length is impossible"),
  BAD_TYPE("a type field does not fit"),
  BAD_FRAGMENT("offset and length of the fragment do not fit a datagram"),
  TOO_MANY_HEADERS("there are too many headers in the chain");

  private final String sentence;

  Malformed(String sentence) {
    this.sentence = sentence;
  }

  /** The reason in words. */
  public String sentence() {
    return sentence;
  }
}
