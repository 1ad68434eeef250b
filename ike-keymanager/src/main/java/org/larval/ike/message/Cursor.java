package org.larval.ike.message;

/** A place in octets that nobody vouches for; every step is checked against the end. */
final class Cursor {
  private final byte[] octets;
  private final String name;
  private final int end;
  private int at;

  /** From {@code at} up to {@code end}, both inside of the array. */
  Cursor(byte[] octets, int at, int end, String name) {
    this.octets = octets;
    this.at = at;
    this.end = end;
    this.name = name;
  }

  int at() {
    return at;
  }

  int left() {
    return end - at;
  }

  /** The next octets, as a cursor of their own. */
  Cursor part(int size, String field) throws MalformedMessageException {
    need(size, field);
    at += size;
    return new Cursor(octets, at - size, at, name);
  }

  int octet(String field) throws MalformedMessageException {
    need(1, field);
    return octets[at++] & 0xff;
  }

  int number16(String field) throws MalformedMessageException {
    return octet(field) << 8 | octet(field);
  }

  int number24(String field) throws MalformedMessageException {
    return number16(field) << 8 | octet(field);
  }

  int number32(String field) throws MalformedMessageException {
    need(4, field);
    return number16(field) << 16 | number16(field);
  }

  long number64(String field) throws MalformedMessageException {
    need(8, field);
    return (long) number32(field) << 32 | number32(field) & 0xffff_ffffL;
  }

  Octets take(int size, String field) throws MalformedMessageException {
    need(size, field);
    at += size;
    return Octets.of(octets, at - size, size);
  }

  Octets rest() {
    Octets rest = Octets.of(octets, at, end - at);
    at = end;
    return rest;
  }

  void need(int size, String field) throws MalformedMessageException {
    if (size < 0 || size > left()) {
      throw wrong(field, "needs " + size + " octets and there are " + left());
    }
  }

  /** A complaint about what was just read or comes next. */
  MalformedMessageException wrong(String field, String why) {
    return new MalformedMessageException(name.isEmpty() ? field : name + " " + field, at, why);
  }
}
