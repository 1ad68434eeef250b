package org.larval.labels.source;

/**
 * The constraints on levels that policies usually have, for those who do not want to write them.
 * After refpolicy's {@code policy/mls} and {@code policy/mcs}, as far as networking goes.
 */
public enum UsualConstraints {
  /**
   * Multilevel security: nobody reads up, and packets, peers, associations, interfaces and
   * addresses keep to their ranges. Exempt are types with one of the attributes {@code mlsnetread},
   * {@code mlsnetreadtoclr}, {@code mlsnetwrite}, {@code mlsnetwritetoclr}, {@code mlsnetinbound}
   * and {@code mlsnetoutbound}.
   */
  MLS(
      "mlsnetread mlsnetreadtoclr mlsnetwrite mlsnetwritetoclr mlsnetinbound mlsnetoutbound",
      """
      mlsconstrain { tcp_socket udp_socket rawip_socket icmp_socket dccp_socket sctp_socket }
        { read getattr listen accept getopt recvfrom }
        ( l1 dom l2 or t1 == mlsnetreadtoclr and h1 dom l2 or t1 == mlsnetread );
      mlsconstrain { tcp_socket udp_socket rawip_socket icmp_socket dccp_socket sctp_socket }
        { write setattr relabelfrom connect setopt shutdown }
        ( l1 eq l2 or t1 == mlsnetwritetoclr and h1 dom l2 and l1 domby l2 or t1 == mlsnetwrite );
      mlsconstrain { packet peer } recv
        ( l1 dom l2 or t1 == mlsnetreadtoclr and h1 dom l2 or t1 == mlsnetread );
      mlsconstrain packet send
        ( l1 dom l2 and l1 domby h2 or t1 == mlsnetwrite );
      mlsconstrain packet relabelto ( h1 dom h2 );
      mlsconstrain packet forward_in
        ( l1 dom l2 and l1 domby h2 or t1 == mlsnetinbound or t1 == unlabeled_t );
      mlsconstrain packet forward_out
        ( l1 dom l2 and l1 domby h2 or t1 == mlsnetoutbound or t1 == unlabeled_t );
      mlsconstrain netif ingress
        ( l1 dom l2 and l1 domby h2 or t1 == mlsnetinbound or t1 == unlabeled_t );
      mlsconstrain netif egress
        ( l1 dom l2 and l1 domby h2 or t1 == mlsnetoutbound );
      mlsconstrain node recvfrom
        ( l1 dom l2 and l1 domby h2 or t1 == mlsnetinbound or t1 == unlabeled_t );
      mlsconstrain node sendto
        ( l1 dom l2 and l1 domby h2 or t1 == mlsnetoutbound );
      mlsconstrain association recvfrom
        ( l1 dom l2 or t1 == mlsnetreadtoclr and h1 dom l2 or t1 == mlsnetread
          or t2 == unlabeled_t );
      mlsconstrain association sendto
        ( l1 dom l2 and l1 domby h2 or t2 == unlabeled_t );
      mlsconstrain association polmatch
        ( l1 dom l2 and h1 domby h2 );
      """),
  /**
   * Categories that keep apart what is otherwise the same, such as guests (sVirt). Bound are only
   * types with the attribute {@code mcs_constrained_type}: such a one hears packets and peers whose
   * categories it has.
   */
  MCS(
      "mcs_constrained_type",
      """
      mlsconstrain { tcp_socket udp_socket rawip_socket icmp_socket dccp_socket sctp_socket }
        { create read write bind connect listen accept node_bind }
        ( h1 dom h2 or t1 != mcs_constrained_type );
      mlsconstrain node { recvfrom sendto }
        ( l1 dom l2 or t1 != mcs_constrained_type );
      mlsconstrain netif { ingress egress }
        ( l1 dom l2 or t1 != mcs_constrained_type );
      mlsconstrain { packet peer } recv
        ( l1 dom l2 or t1 != mcs_constrained_type and t2 != mcs_constrained_type );
      """);

  private final String attributes;
  private final String statements;

  UsualConstraints(String attributes, String statements) {
    this.attributes = attributes;
    this.statements = statements;
  }

  /** Declares the attributes that exempt or bind types; before types are given them. */
  public void declare(PolicyBuilder policy) {
    for (String attribute : attributes.split(" ")) {
      policy.attribute(attribute);
    }
    if (this == MCS) {
      policy.lowObjects();
    }
  }

  /** Adds the constraints on classes that are part of the policy; after all rules. */
  public void constrain(PolicyBuilder policy) {
    policy.constraints(statements);
  }

  /** As statements of the policy language. */
  public String statements() {
    return statements;
  }
}
