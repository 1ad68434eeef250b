package org.larval.cipso;

/** Why bytes are not an acceptable CIPSO option. */
public enum CipsoFault {
  TRUNCATED("the data ends inside the option"),
  NOT_CIPSO("the option's type is not 134"),
  OPTION_TOO_SHORT("the option is shorter than 8 bytes"),
  OPTION_TOO_LONG("the option is longer than the 40 bytes that IPv4 has for options"),
  DOI_ZERO("the DOI is 0"),
  DOI_UNKNOWN("nobody configured the DOI"),
  TAG_NOT_IN_DOI("the DOI does not use tags of this type"),
  TAG_UNKNOWN("tags of this type are not known"),
  TAG_TRUNCATED("the option ends inside a tag"),
  TAG_TOO_SHORT("the tag is shorter than its fixed part"),
  LOCAL_LENGTH("a local tag is not 6 bytes long"),
  CATEGORIES_CUT("the tag ends inside a category number"),
  CATEGORIES_NOT_ASCENDING("the enumerated categories do not ascend"),
  RANGES_NOT_DESCENDING("the category ranges do not descend");

  private final String sentence;

  CipsoFault(String sentence) {
    this.sentence = sentence;
  }

  /** The reason in words. */
  public String sentence() {
    return sentence;
  }
}
