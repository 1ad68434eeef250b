package org.larval.labeled;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.larval.lab.file.LabFileReader;
import org.larval.lab.run.LabRun;
import org.larval.lab.run.RunOptions;

/**
 * A client on {@code a} asks a server on {@code b}, under a policy that allows what that needs,
 * each permission by a rule of its own, and nothing else. Interfaces, addresses and the marks of
 * each hook have types of their own, so that every check has its rule.
 */
final class PermissionLab {
  static final String CLIENT = "u:r:a_t:s0";
  static final String SERVER = "u:r:b_t:s0";

  private PermissionLab() {}

  /** What the lab looks like. */
  enum Shape {
    /** One link, CIPSO on it. */
    DIRECT("10.0.0.2"),
    /** A router between two links, CIPSO on both. */
    ROUTED("10.0.1.1"),
    /** One link, labeled IPsec on it. */
    IPSEC("10.0.0.2"),
    /** One link, CIPSO on it, a policy without network_peer_controls. */
    COMPAT("10.0.0.2"),
    /** The same without any label on the link. */
    COMPAT_UNLABELED("10.0.0.2");

    final String server;

    Shape(String server) {
      this.server = server;
    }

    private boolean cipso() {
      return this != IPSEC && this != COMPAT_UNLABELED;
    }
  }

  private static final String SOCKETS =
      """
      a_t self:udp_socket create
      a_t self:udp_socket connect
      a_t self:udp_socket write
      a_t self:udp_socket read
      b_t self:udp_socket create
      b_t self:udp_socket bind
      b_t port_t:udp_socket name_bind
      b_t node_t:udp_socket node_bind
      b_t self:udp_socket read
      b_t self:udp_socket write
      a_t self:tcp_socket create
      a_t self:tcp_socket connect
      a_t port_t:tcp_socket name_connect
      a_t self:tcp_socket write
      a_t self:tcp_socket read
      b_t self:tcp_socket create
      b_t self:tcp_socket bind
      b_t port_t:tcp_socket name_bind
      b_t node_t:tcp_socket node_bind
      b_t self:tcp_socket listen
      b_t self:tcp_socket accept
      b_t self:tcp_socket read
      b_t self:tcp_socket write
      a_t out_a_t:packet send
      b_t in_b_t:packet recv
      b_t out_b_t:packet send
      a_t in_a_t:packet recv
      kernel_t out_a_t:packet send
      kernel_t out_b_t:packet send
      admin_t out_a_t:packet relabelto
      admin_t in_a_t:packet relabelto
      admin_t out_b_t:packet relabelto
      admin_t in_b_t:packet relabelto
      """;

  private static final String WAYS =
      """
      a_t if_a_t:netif egress
      a_t node_b_t:node sendto
      PA if_b_t:netif ingress
      PA node_a_t:node recvfrom
      b_t PA:peer recv
      b_t if_b_t:netif egress
      b_t node_a_t:node sendto
      PB if_a_t:netif ingress
      PB node_b_t:node recvfrom
      a_t PB:peer recv
      kernel_t if_a_t:netif egress
      kernel_t if_b_t:netif egress
      kernel_t node_a_t:node sendto
      kernel_t node_b_t:node sendto
      """;

  private static final String ROUTER =
      """
      netlabel_peer_t if_in_t:netif ingress
      netlabel_peer_t pass_t:packet forward_in
      netlabel_peer_t pass_t:packet forward_out
      netlabel_peer_t if_out_t:netif egress
      netlabel_peer_t node_b_t:node sendto
      netlabel_peer_t if_out_t:netif ingress
      netlabel_peer_t if_in_t:netif egress
      netlabel_peer_t node_a_t:node sendto
      kernel_t unlabeled_t:packet send
      kernel_t if_in_t:netif egress
      admin_t pass_t:packet relabelto
      """;

  private static final String ASSOCIATIONS =
      """
      a_t spd_t:association polmatch
      b_t spd_t:association polmatch
      a_t self:association sendto
      b_t self:association sendto
      admin_t spd_t:association setcontext
      admin_t a_t:association setcontext
      admin_t b_t:association setcontext
      unlabeled_t if_b_t:netif ingress
      unlabeled_t node_a_t:node recvfrom
      b_t unlabeled_t:peer recv
      """;

  private static final String COMPAT =
      """
      a_t unlabeled_t:association sendto
      b_t unlabeled_t:association recvfrom
      b_t unlabeled_t:association sendto
      a_t unlabeled_t:association recvfrom
      """;

  private static final String COMPAT_CIPSO =
      """
      b_t netlabel_peer_t:udp_socket recvfrom
      a_t netlabel_peer_t:udp_socket recvfrom
      b_t netlabel_peer_t:tcp_socket recvfrom
      a_t netlabel_peer_t:tcp_socket recvfrom
      """;

  /** What an exchange needs, one permission to a rule. */
  static List<String> rules(Shape shape) {
    String peers = WAYS.replace("PA", "netlabel_peer_t").replace("PB", "netlabel_peer_t");
    String text =
        SOCKETS
            + switch (shape) {
              case DIRECT -> peers;
              case ROUTED -> peers + ROUTER;
              case IPSEC -> WAYS.replace("PA", "a_t").replace("PB", "b_t") + ASSOCIATIONS;
              case COMPAT -> COMPAT + COMPAT_CIPSO;
              case COMPAT_UNLABELED -> COMPAT;
            };
    return text.lines().distinct().toList();
  }

  /** The lab under a policy with some rules of {@link #rules}. */
  static LabRun lab(Path directory, Shape shape, List<String> rules) {
    List<String> statements = new ArrayList<>();
    rules.forEach(rule -> statements.add("  allow " + rule + ";"));
    boolean compat = shape == Shape.COMPAT || shape == Shape.COMPAT_UNLABELED;
    String policy =
        """
        policy: permissions
        mls: bare
        unknown: deny
        capabilities: [%s]
        types:
          a_t: []
          b_t: []
          r_t: []
          admin_t: []
          spd_t: []
          out_a_t: []
          in_a_t: []
          out_b_t: []
          in_b_t: []
          pass_t: []
          if_a_t: []
          if_b_t: []
          if_in_t: []
          if_out_t: []
          node_a_t: []
          node_b_t: []
        roles: {r: '*'}
        users: {u: {roles: r, range: s0-s15:c0.c1023}}
        netifs:
          a0: "u:object_r:if_a_t:s0"
          b0: "u:object_r:if_b_t:s0"
          in0: "u:object_r:if_in_t:s0"
          out0: "u:object_r:if_out_t:s0"
        nodes:
          10.0.0.1/32: "u:object_r:node_a_t:s0"
          10.0.0.2/32: "u:object_r:node_b_t:s0"
          10.0.1.1/32: "u:object_r:node_b_t:s0"
        rules: |
        %s
        """
            .formatted(
                compat ? "open_perms" : "network_peer_controls", String.join("\n", statements));
    try {
      Files.writeString(directory.resolve("policy.yaml"), policy);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return LabRun.start(
        LabFileReader.parse(directory.resolve("lab.yaml").toString(), text(shape)),
        RunOptions.PLAIN);
  }

  private static String text(Shape shape) {
    boolean routed = shape == Shape.ROUTED;
    String guests =
        guest("a", shape, "10.0.0.1/24", routed ? "10.0.0.254" : "")
            + guest("b", shape, shape.server + "/24", routed ? "10.0.1.254" : "");
    String router =
        """
          r:
            nics: {in0: 10.0.0.254/24, out0: 10.0.1.254/24}
            forward: yes
            label: "u:r:r_t:s0"
            admin: "u:r:admin_t:s0"
            secmark: iptables -t mangle -A PREROUTING -j SECMARK --selctx u:object_r:pass_t:s0
        """
            + NETLABEL;
    return """
    lab: permissions
    until: 20s
    policy: {file: policy.yaml}
    guests:
    """
        + guests
        + (routed ? router : "")
        + "links:\n"
        + (routed
            ? "- {between: [a, r.in0]}\n- {between: [r.out0, b]}\n"
            : "- {between: [a, b]}\n");
  }

  private static final String NETLABEL =
      """
          netlabel: |
            cipso add pass doi:16 tags:1
            map del default
            map add default address:10.0.0.0/16 protocol:cipso,16
            map add default address:0.0.0.0/0 protocol:unlbl
            map add default address:::/0 protocol:unlbl
      """;

  private static final String XFRM =
      """
          xfrm: |
            state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x100 mode transport ctx u:r:a_t:s0 aead rfc4106(gcm(aes)) 0x000102030405060708090a0b0c0d0e0f10111213 128
            state add src 10.0.0.2 dst 10.0.0.1 proto esp spi 0x200 mode transport ctx u:r:b_t:s0 aead rfc4106(gcm(aes)) 0x101112131415161718191a1b1c1d1e1f20212223 128
            policy add src SRC dst DST dir out ctx u:object_r:spd_t:s0 tmpl proto esp mode transport level required
      """;

  private static String guest(String name, Shape shape, String address, String gateway) {
    boolean first = name.equals("a");
    String xfrm =
        XFRM.replace("SRC", first ? "10.0.0.1" : "10.0.0.2")
            .replace("DST", first ? "10.0.0.2" : "10.0.0.1");
    return """
      %1$s:
        nics: {%1$s0: %2$s}
        label: "u:r:%1$s_t:s0"
        admin: "u:r:admin_t:s0"
        secmark: |
          iptables -t security -A OUTPUT -j SECMARK --selctx u:object_r:out_%1$s_t:s0
          iptables -t security -A INPUT -j SECMARK --selctx u:object_r:in_%1$s_t:s0
    """
            .formatted(name, address)
        + (gateway.isEmpty() ? "" : "    gateway: " + gateway + "\n")
        + (shape.cipso() ? NETLABEL : "")
        + (shape == Shape.IPSEC ? xfrm : "");
  }
}
