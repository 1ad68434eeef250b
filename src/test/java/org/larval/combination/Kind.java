package org.larval.combination;

import java.util.ArrayList;
import java.util.List;

/**
 * One way of protecting what two guests, A and B, send each other: what {@code ip xfrm state add}
 * gets beside the addresses.
 *
 * @param name algorithms and encapsulation
 * @param mode of the innermost SA; the others are in transport mode
 * @param outerV6 family of the SAs' addresses
 * @param innerV6 family of the traffic
 * @param layers innermost first, the order of templates
 * @param esn 64-bit sequence numbers
 */
public record Kind(
    String name, String mode, boolean outerV6, boolean innerV6, List<Layer> layers, boolean esn) {

  /**
   * One SA of a bundle.
   *
   * @param algorithm with its keys, the same both ways
   * @param encap empty, or the words for UDP encapsulation
   */
  public record Layer(String protocol, String algorithm, String encap) {}

  /** The guests. */
  public enum End {
    A,
    B;

    /** The one that it talks to. */
    public End other() {
      return this == A ? B : A;
    }
  }

  /**
   * What the lines of a test have beyond the addresses and algorithms.
   *
   * @param spi of A's innermost SA; the others follow, B's 0x1000 later
   * @param sent more words for the states by which an end sends, such as where numbers begin
   * @param received more words for those by which it receives
   */
  public record Extras(int spi, String sent, String received) {
    /** None. */
    public static final Extras NONE = new Extras(0x1000, "", "");
  }

  private static final int WAY = 0x1000;

  /** IPComp's SPIs have 16 bits. */
  private static final int CPI = 0xffff;

  /** An address of an SA. */
  public String outer(End end) {
    return (outerV6 ? "fd00::" : "10.0.0.") + number(end);
  }

  /** An address of the traffic. */
  public String inner(End end) {
    return isTransport() ? outer(end) : (innerV6 ? "fd01::" : "10.1.0.") + number(end);
  }

  private static int number(End end) {
    return end == End.A ? 1 : 2;
  }

  /** Whether the traffic has the SA's addresses. */
  public boolean isTransport() {
    return mode.equals("transport");
  }

  /** The mode of a layer, counted from the innermost. */
  public String mode(int place) {
    return place == 0 ? mode : "transport";
  }

  /** The SPI of a layer by which an end sends. */
  public static int spi(Extras extras, End sender, Layer layer, int place) {
    int spi = extras.spi() + (sender == End.A ? 0 : WAY) + place;
    return layer.protocol().equals("comp") ? spi & CPI : spi;
  }

  /** All lines for one guest, states first. */
  public List<String> lines(End at, Extras extras) {
    List<String> lines = new ArrayList<>();
    for (End sender : End.values()) {
      for (int place = 0; place < layers.size(); place++) {
        lines.add(state(at, sender, place, extras));
      }
    }
    lines.add(policy(at, "out"));
    lines.add(policy(at.other(), "in"));
    return lines;
  }

  private String state(End at, End sender, int place, Extras extras) {
    Layer layer = layers.get(place);
    String mode = mode(place);
    boolean comp = layer.protocol().equals("comp");
    String selector =
        !mode.equals("transport")
            ? " sel src " + inner(sender) + " dst " + inner(sender.other())
            // another family than the SA's own goes through it only if the SA says so
            : outerV6 != innerV6 ? " flag af-unspec" : "";
    return "ip xfrm state add src %s dst %s proto %s spi %d reqid %d mode %s %s %s %s %s %s %s"
        .formatted(
            outer(sender),
            outer(sender.other()),
            layer.protocol(),
            spi(extras, sender, layer, place),
            place + 1,
            mode,
            layer.algorithm(),
            comp ? "" : "replay-window 64",
            esn ? "flag esn" : "",
            comp ? "" : at == sender ? extras.sent() : extras.received(),
            layer.encap(),
            selector);
  }

  private String policy(End sender, String direction) {
    StringBuilder templates = new StringBuilder();
    for (int place = 0; place < layers.size(); place++) {
      Layer layer = layers.get(place);
      boolean use = layer.protocol().equals("comp") && direction.equals("in");
      templates.append(
          " tmpl src %s dst %s proto %s reqid %d mode %s%s"
              .formatted(
                  outer(sender),
                  outer(sender.other()),
                  layer.protocol(),
                  place + 1,
                  mode(place),
                  use ? " level use" : ""));
    }
    return "ip xfrm policy add src %s dst %s dir %s%s"
        .formatted(inner(sender), inner(sender.other()), direction, templates);
  }

  @Override
  public String toString() {
    return name
        + " "
        + mode
        + (outerV6 ? " 6" : " 4")
        + (isTransport() ? "" : innerV6 ? "/6" : "/4")
        + (esn ? " esn" : "");
  }
}
