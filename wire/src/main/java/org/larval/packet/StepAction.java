package org.larval.packet;

/** What a room did with a packet: the closed list of verbs in a {@link Trail}. */
public enum StepAction {
  BORN("made"),
  SENT_BY_APPLICATION("sent by"),
  ROUTED("routed"),
  RULE_MATCHED("rule"),
  MARKED("secmark"),
  LABELLED("label"),
  ALLOWED("allowed"),
  DENIED("denied"),
  POLICY_MATCHED("policy"),
  POLICY_SKIPPED("policy skipped"),
  NO_POLICY("no policy"),
  SA_CHOSEN("SA"),
  SA_SKIPPED("SA skipped"),
  SA_MISSING("no SA"),
  ACQUIRE_SENT("acquire"),
  ACQUIRE_PENDING("acquire pending"),
  HELD("held"),
  RELEASED("released"),
  LEAKED("LEFT IN CLEAR"),
  PROTECTED("protected"),
  OPENED("opened"),
  POLICY_SATISFIED("policy satisfied"),
  FRAGMENTED("fragmented"),
  REASSEMBLED("reassembled"),
  FORWARDED("forwarded"),
  NEIGHBOUR_WAIT("waits for neighbour"),
  NIC_OUT("NIC out"),
  NIC_IN("NIC in"),
  LINK("link"),
  IMPAIRED("impaired"),
  BRIDGED("bridge"),
  FLOODED("bridge floods"),
  REFUSED("refused"),
  DELIVERED("delivered"),
  ABSORBED("absorbed"),
  DROPPED("dropped");

  private final String verb;

  StepAction(String verb) {
    this.verb = verb;
  }

  /** The verb as printed. */
  public String verb() {
    return verb;
  }
}
