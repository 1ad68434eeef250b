package org.larval.ike.message;

/** Octets that are no message of IKEv2: which field, where and why. */
public final class MalformedMessageException extends Exception {
  private static final long serialVersionUID = 1;

  private final String field;
  private final int offset;
  private final NotifyType answer;

  MalformedMessageException(String field, int offset, String why, NotifyType answer) {
    // made by anybody who sends a datagram, so without the cost of a stack trace
    super(field + " at octet " + offset + ": " + why, null, false, false);
    this.field = field;
    this.offset = offset;
    this.answer = answer;
  }

  MalformedMessageException(String field, int offset, String why) {
    this(field, offset, why, NotifyType.INVALID_SYNTAX);
  }

  /** The field, its payload first. */
  public String field() {
    return field;
  }

  /** Where the field begins, in octets from the start of what was read. */
  public int offset() {
    return offset;
  }

  /** What to tell a peer that is authenticated, or that may be told without. */
  public NotifyType answer() {
    return answer;
  }
}
