package org.larval.cipso;

/** Why a CIPSO option is refused, in the order in which the kernel looks. */
public enum CipsoFault {
  /** The generic parser of options stops here. */
  OPTION_LENGTH("the option's length is below 2 or beyond the header"),
  /** Only one option may be there. */
  SECOND_OPTION("a second CIPSO option in one header"),
  /** No room for a DOI and a tag. */
  OPTION_TOO_SHORT("the option is shorter than 8 bytes"),
  /** Also DOI 0, which nobody can configure. */
  DOI_UNKNOWN("nobody configured the DOI"),
  /** Known here, but not to this DOI. */
  TAG_NOT_IN_DOI("the DOI does not use tags of this type"),
  /** Not known to the kernel, so that no DOI can use it. */
  TAG_UNKNOWN("no DOI can use tags of this type"),
  /** Only the type octet is there. */
  TAG_CUT("the option ends after the tag's type"),
  /** Its length goes beyond the option. */
  TAG_TOO_LONG("the tag's length goes beyond the option"),
  /** Its length leaves no room for a level. */
  TAG_TOO_SHORT("the tag is shorter than its fixed part"),
  /** The DOI's table has no such remote level. */
  LEVEL_UNMAPPED("the DOI does not translate the level"),
  /** The DOI's table has no such remote category. */
  CATEGORY_UNMAPPED("the DOI does not translate a category"),
  /** An odd number of octets where each category has two. */
  CATEGORIES_CUT("the tag ends inside a category number"),
  /** Each category of tag 2 must be above the one before. */
  CATEGORIES_NOT_ASCENDING("the enumerated categories do not ascend"),
  /** A range of tag 5 must not begin above the end of the one before. */
  RANGES_NOT_DESCENDING("the category ranges do not descend"),
  /** Tag 128 means something on one machine only. */
  LOCAL_NOT_ON_LOOPBACK("a local tag did not come by the loopback device"),
  /** Tag 128 has one length. */
  LOCAL_LENGTH("a local tag is not 6 bytes long");

  private final String sentence;

  CipsoFault(String sentence) {
    this.sentence = sentence;
  }

  /** The reason in words. */
  public String sentence() {
    return sentence;
  }
}
