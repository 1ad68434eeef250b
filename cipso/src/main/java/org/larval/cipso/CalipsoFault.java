package org.larval.cipso;

/** Why a CALIPSO option is not acceptable. The packet is dropped and nobody is told. */
public enum CalipsoFault {
  /** Its length goes beyond the header. */
  TRUNCATED("the header ends inside the option"),
  /** No room for level and CRC. */
  TOO_SHORT("the option is shorter than 10 bytes"),
  /** More compartments than bytes. */
  COMPARTMENTS_CUT("the option ends inside the compartments"),
  /** Changed on the way, or made by somebody else. */
  BAD_CRC("the checksum is wrong"),
  /** Also DOI 0. */
  DOI_UNKNOWN("nobody configured the DOI");

  private final String sentence;

  CalipsoFault(String sentence) {
    this.sentence = sentence;
  }

  /** The reason in words. */
  public String sentence() {
    return sentence;
  }
}
