package org.larval.labels.why;

/**
 * A boolean and how it stands, or should stand.
 *
 * @param name its name
 * @param on whether it is on
 */
public record BooleanState(String name, boolean on) {
  @Override
  public String toString() {
    return name + "=" + (on ? "on" : "off");
  }
}
