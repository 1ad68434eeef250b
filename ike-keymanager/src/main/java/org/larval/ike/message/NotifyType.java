package org.larval.ike.message;

import org.jspecify.annotations.Nullable;

/** Notifications, by the names of IANA's registry; errors are below 16384. */
public enum NotifyType {
  /** A critical payload is not known; its number is in the data. */
  UNSUPPORTED_CRITICAL_PAYLOAD(1),
  /** There is no IKE SA of these SPIs. */
  INVALID_IKE_SPI(4),
  /** The major version is not spoken here. */
  INVALID_MAJOR_VERSION(5),
  /** A length, a type or a value is out of its range. */
  INVALID_SYNTAX(7),
  /** The message id is outside of the window. */
  INVALID_MESSAGE_ID(9),
  /** A packet came for an SA that does not exist. */
  INVALID_SPI(11),
  /** None of the proposals is acceptable. */
  NO_PROPOSAL_CHOSEN(14),
  /** Another key exchange method is wanted; its number is in the data. */
  INVALID_KE_PAYLOAD(17),
  /** The peer could not be authenticated. */
  AUTHENTICATION_FAILED(24),
  /** Selectors of a single pair of addresses are wanted. */
  SINGLE_PAIR_REQUIRED(34),
  /** No more child SAs on this IKE SA. */
  NO_ADDITIONAL_SAS(35),
  /** No address can be given. */
  INTERNAL_ADDRESS_FAILURE(36),
  /** A configuration payload was expected. */
  FAILED_CP_REQUIRED(37),
  /** None of the selectors is acceptable. */
  TS_UNACCEPTABLE(38),
  /** A packet does not fit its SA. */
  INVALID_SELECTORS(39),
  /** The addresses of an update are not accepted (RFC 4555). */
  UNACCEPTABLE_ADDRESSES(40),
  /** Addresses were translated although that was forbidden (RFC 4555). */
  UNEXPECTED_NAT_DETECTED(41),
  /** Another home address is to be used (RFC 5026). */
  USE_ASSIGNED_HOA(42),
  /** Try again later. */
  TEMPORARY_FAILURE(43),
  /** The child SA to rekey does not exist. */
  CHILD_SA_NOT_FOUND(44),
  /** The group is not known (RFC 9838). */
  INVALID_GROUP_ID(45),
  /** The peer may not join (RFC 9838). */
  AUTHORIZATION_FAILED(46),
  /** Nothing is known of this follow-up (RFC 9370). */
  STATE_NOT_FOUND(47),
  /** No more SAs for these selectors (RFC 9611). */
  TS_MAX_QUEUE(48),
  /** The only IKE SA between these identities. */
  INITIAL_CONTACT(16384),
  /** How many requests may be under way. */
  SET_WINDOW_SIZE(16385),
  /** More selectors would be accepted in another SA. */
  ADDITIONAL_TS_POSSIBLE(16386),
  /** Packets may be compressed. */
  IPCOMP_SUPPORTED(16387),
  /** Hash of the address and port the sender used. */
  NAT_DETECTION_SOURCE_IP(16388),
  /** Hash of the address and port the sender aimed at. */
  NAT_DETECTION_DESTINATION_IP(16389),
  /** To be returned before anything is done. */
  COOKIE(16390),
  /** Transport mode instead of tunnel mode. */
  USE_TRANSPORT_MODE(16391),
  /** Certificates may be given by hash and URL. */
  HTTP_CERT_LOOKUP_SUPPORTED(16392),
  /** The SA that the new one replaces. */
  REKEY_SA(16393),
  /** No padding against traffic analysis, please. */
  ESP_TFC_PADDING_NOT_SUPPORTED(16394),
  /** Fragments go through the same SA. */
  NON_FIRST_FRAGMENTS_ALSO(16395),
  /** Addresses may change (RFC 4555). */
  MOBIKE_SUPPORTED(16396),
  /** One more IPv4 address of the sender (RFC 4555). */
  ADDITIONAL_IP4_ADDRESS(16397),
  /** One more IPv6 address of the sender (RFC 4555). */
  ADDITIONAL_IP6_ADDRESS(16398),
  /** The sender has only this address (RFC 4555). */
  NO_ADDITIONAL_ADDRESSES(16399),
  /** The SAs move to the addresses of this message (RFC 4555). */
  UPDATE_SA_ADDRESSES(16400),
  /** To be returned to prove that a path works (RFC 4555). */
  COOKIE2(16401),
  /** The addresses must not be translated (RFC 4555). */
  NO_NATS_ALLOWED(16402),
  /** Seconds until authentication must be repeated (RFC 4478). */
  AUTH_LIFETIME(16403),
  /** Several authentications in a row are possible (RFC 4739). */
  MULTIPLE_AUTH_SUPPORTED(16404),
  /** One more authentication comes (RFC 4739). */
  ANOTHER_AUTH_FOLLOWS(16405),
  /** The sender can be sent elsewhere (RFC 5685). */
  REDIRECT_SUPPORTED(16406),
  /** Go elsewhere (RFC 5685). */
  REDIRECT(16407),
  /** Who sent the sender here (RFC 5685). */
  REDIRECTED_FROM(16408),
  /** A ticket with its lifetime (RFC 5723). */
  TICKET_LT_OPAQUE(16409),
  /** A ticket is wanted (RFC 5723). */
  TICKET_REQUEST(16410),
  /** A ticket will come (RFC 5723). */
  TICKET_ACK(16411),
  /** No ticket will come (RFC 5723). */
  TICKET_NACK(16412),
  /** The ticket to resume with (RFC 5723). */
  TICKET_OPAQUE(16413),
  /** A name of the link (RFC 5739). */
  LINK_ID(16414),
  /** Wrapped ESP (RFC 5840). */
  USE_WESP_MODE(16415),
  /** Headers may be compressed (RFC 5857). */
  ROHC_SUPPORTED(16416),
  /** EAP authenticates both ends (RFC 5998). */
  EAP_ONLY_AUTHENTICATION(16417),
  /** IKE_AUTH may go without a child SA (RFC 6023). */
  CHILDLESS_IKEV2_SUPPORTED(16418),
  /** A token that proves a restart (RFC 6290). */
  QUICK_CRASH_DETECTION(16419),
  /** Message ids can be aligned (RFC 6311). */
  IKEV2_MESSAGE_ID_SYNC_SUPPORTED(16420),
  /** Sequence numbers can be aligned (RFC 6311). */
  IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED(16421),
  /** Message ids to go on with (RFC 6311). */
  IKEV2_MESSAGE_ID_SYNC(16422),
  /** By how much sequence numbers jump (RFC 6311). */
  IPSEC_REPLAY_COUNTER_SYNC(16423),
  /** Password methods that are known (RFC 6467). */
  SECURE_PASSWORD_METHODS(16424),
  /** The key of the password is to be kept (RFC 6631). */
  PSK_PERSIST(16425),
  /** The key of the password is kept (RFC 6631). */
  PSK_CONFIRM(16426),
  /** EAP may be abbreviated (RFC 6867). */
  ERX_SUPPORTED(16427),
  /** Flows may move between interfaces (3GPP). */
  IFOM_CAPABILITY(16428),
  /** The sender will send to the group (RFC 9838). */
  GROUP_SENDER(16429),
  /** Messages may come in fragments (RFC 7383). */
  IKEV2_FRAGMENTATION_SUPPORTED(16430),
  /** Hashes that signatures may use (RFC 7427). */
  SIGNATURE_HASH_ALGORITHMS(16431),
  /** The IKE SA may be cloned (RFC 7791). */
  CLONE_IKE_SA_SUPPORTED(16432),
  /** This is a clone, no rekeying (RFC 7791). */
  CLONE_IKE_SA(16433),
  /** Work to be done first (RFC 8019). */
  PUZZLE(16434),
  /** Post-quantum pre-shared keys can be used (RFC 8784). */
  USE_PPK(16435),
  /** Which of those keys (RFC 8784). */
  PPK_IDENTITY(16436),
  /** The proof without that key, for a peer that lacks it (RFC 8784). */
  NO_PPK_AUTH(16437),
  /** IKE_INTERMEDIATE may come (RFC 9242). */
  INTERMEDIATE_EXCHANGE_SUPPORTED(16438),
  /** Only an IPv4 address can be given (RFC 8983). */
  IP4_ALLOWED(16439),
  /** Only an IPv6 address can be given (RFC 8983). */
  IP6_ALLOWED(16440),
  /** Ties a follow-up to its exchange (RFC 9370). */
  ADDITIONAL_KEY_EXCHANGE(16441),
  /** Packets may be aggregated and fragmented (RFC 9347). */
  USE_AGGFRAG(16442),
  /** How the peer may authenticate (RFC 9593). */
  SUPPORTED_AUTH_METHODS(16443),
  /** The resource, such as a CPU, of this SA (RFC 9611). */
  SA_RESOURCE_INFO(16444),
  /** Such keys can be used in IKE_INTERMEDIATE (RFC 9867). */
  USE_PPK_INT(16445),
  /** Which keys there are, with a proof (RFC 9867). */
  PPK_IDENTITY_KEY(16446);

  private final int number;

  NotifyType(int number) {
    this.number = number;
  }

  /** Its number on the wire. */
  public int number() {
    return number;
  }

  /** The notification of a number, or null. */
  public static @Nullable NotifyType of(int number) {
    for (NotifyType one : values()) {
      if (one.number == number) {
        return one;
      }
    }
    return null;
  }

  /** The name of a number, known or not. */
  public static String name(int number) {
    NotifyType one = of(number);
    return one == null ? "notify-" + number : one.name();
  }

  /** Whether a number is that of an error, known or not. */
  public static boolean isError(int number) {
    return number < INITIAL_CONTACT.number;
  }
}
