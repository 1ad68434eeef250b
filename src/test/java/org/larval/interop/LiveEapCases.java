package org.larval.interop;

import java.util.ArrayList;
import java.util.List;

/** Authentication by EAP (RFC 7296 section 2.16, RFC 5998) with a live peer. */
final class LiveEapCases {
  private static final String PROOF = "EAP method EAP_%s succeeded, MSK established";

  private LiveEapCases() {}

  static List<LiveCase> all(boolean initiator, String version) {
    List<LiveCase> cases = new ArrayList<>();
    boolean passwords = Strongswan.hasEap("mschapv2");
    if (passwords) {
      cases.add(one("EAP-MSCHAPv2", "mschapv2", "ecdsa", initiator, false, true));
      cases.add(
          one("EAP-MSCHAPv2, without an EAP identity", "mschapv2", "rsa", initiator, false, false));
    }
    for (String keys : List.of("rsa", "ecdsa", "ed25519")) {
      cases.add(one("EAP-TLS, " + keys, "tls", keys, initiator, false, true));
      cases.add(one("EAP-TLS only, " + keys, "tls", keys, initiator, true, false));
    }
    // TLS 1.3 as in RFC 9190 came with 5.9.10
    for (String tlsVersion : version.startsWith("5.9.8") ? List.of("1.2") : List.of("1.2", "1.3")) {
      LiveCase tls = one("EAP-TLS by TLS " + tlsVersion, "tls", "ecdsa", initiator, false, true);
      tls.charon.put("tls.version_max", tlsVersion);
      tls.charon.put("tls.version_min", tlsVersion);
      cases.add(tls);
    }
    if (initiator && passwords && Strongswan.hasEap("dynamic")) {
      LiveCase offered =
          one("EAP-MSCHAPv2 after EAP-TLS is declined", "mschapv2", "rsa", true, false, true);
      offered.theirRemote = offered.theirRemote.replace("eap-mschapv2", "eap-dynamic");
      offered.charon.put("plugins.eap-dynamic.preferred", "tls, mschapv2");
      cases.add(offered);
    }
    return cases;
  }

  /** The initiator proves itself by EAP, the responder by its certificate or by EAP alone. */
  private static LiveCase one(
      String name,
      String method,
      String keys,
      boolean initiator,
      boolean only,
      boolean askIdentity) {
    LiveCase one = new LiveCase(name, initiator);
    one.auth = keys;
    String eap = "eap-" + method;
    boolean tls = method.equals("tls");
    String user = tls ? (initiator ? "dut.test" : "peer.test") : "alice";
    String ours =
        "{auth: %s, id: dut.test" + (tls || !initiator ? ", certs: pki/dut.test.crt" : "");
    String theirs = "auth = %s\n      id = peer.test\n      certs = peer.test.crt\n";
    if (initiator) {
      one.ourLocal = ours.formatted(eap) + ", eap-id: " + user + "}";
      one.ourRemote = "{auth: %s, id: peer.test}".formatted(only ? eap : "pubkey");
      one.theirLocal = theirs.formatted(only ? eap : "pubkey");
      one.theirRemote =
          "auth = %s\n      id = dut.test\n%s"
              .formatted(eap, askIdentity ? "      eap_id = %any\n" : "");
    } else {
      one.ourLocal = ours.formatted(only ? eap : "pubkey") + "}";
      one.ourRemote =
          "{auth: %s, id: peer.test%s}".formatted(eap, askIdentity ? ", eap-id: \"%any\"" : "");
      one.theirLocal = theirs.formatted(eap) + "      eap_id = " + user + "\n";
      one.theirRemote = "auth = %s\n      id = dut.test\n".formatted(only ? eap : "pubkey");
    }
    if (!tls) {
      String asked = askIdentity ? "alice" : initiator ? "dut.test" : "peer.test";
      one.ourSections = "";
      one.theirSections =
          "secrets { eap-1 { id = %s\n secret = \"live-word\" } }\n".formatted(asked);
      one.ourPasswords = "{ids: [%s], secret: live-word}".formatted(asked);
      if (!askIdentity) {
        one.ourLocal = one.ourLocal.replace("eap-id: alice", "eap-id: dut.test");
        one.theirLocal = one.theirLocal.replace("eap_id = alice", "eap_id = peer.test");
      }
    }
    return one.proof(PROOF.formatted(tls ? "TLS" : "MSCHAPV2"));
  }
}
