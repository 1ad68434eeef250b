package org.larval.ike.message;

import java.util.List;

/**
 * The traffic at one end (RFC 7296 section 3.13).
 *
 * @param critical whether a receiver that does not know it must refuse the message
 * @param ofInitiator TSi, otherwise TSr
 * @param selectors at most 255
 */
public record TsPayload(boolean critical, boolean ofInitiator, List<Selector> selectors)
    implements Payload {
  /** Keeps its own copy of the selectors. */
  public TsPayload {
    selectors = List.copyOf(selectors);
  }

  /** Not critical, as all that RFC 7296 defines. */
  public TsPayload(boolean ofInitiator, List<Selector> selectors) {
    this(false, ofInitiator, selectors);
  }

  @Override
  public int type() {
    return (ofInitiator
            ? PayloadType.TRAFFIC_SELECTOR_INITIATOR
            : PayloadType.TRAFFIC_SELECTOR_RESPONDER)
        .number();
  }

  /** Addresses only, in order. */
  public List<Selector.Range> ranges() {
    return selectors.stream()
        .filter(Selector.Range.class::isInstance)
        .map(Selector.Range.class::cast)
        .toList();
  }

  /** Labels only, in order. */
  public List<Octets> labels() {
    return selectors.stream()
        .filter(Selector.Label.class::isInstance)
        .map(one -> ((Selector.Label) one).label())
        .toList();
  }
}
