package org.larval.lab.bench;

import org.larval.lab.file.LabFile;
import org.larval.lab.file.LabFileReader;

/**
 * Two guests on one link whose stacks label, mark and check what the first sends the second, or do
 * nothing of all that.
 *
 * @param rules secmark rules at the sender's OUTPUT and as many at the receiver's INPUT; 0 for none
 * @param connections whether the marks of connections are saved and restored, too
 * @param cipso whether packets carry CIPSO, tag 1
 * @param esp whether packets go through ESP, AES-128-GCM in transport mode
 * @param labelled whether its policies and SAs have contexts
 * @param enforcing whether a policy that allows only this is in force
 */
record LabelledLabs(
    int rules,
    boolean connections,
    boolean cipso,
    boolean esp,
    boolean labelled,
    boolean enforcing) {
  /** No labels at all. */
  static final LabelledLabs NOTHING = new LabelledLabs(0, false, false, false, false, false);

  /** Everything together. */
  static final LabelledLabs ALL = new LabelledLabs(1000, true, true, true, true, true);

  private static final String SENDER = "system_u:system_r:sender_t:s0:c1,c5";
  private static final String RECEIVER = "system_u:system_r:receiver_t:s0:c1,c5";
  private static final int PORT = 5000;

  private static final String POLICY =
      """
      policy:
        enforcing: true
        rules:
          - allow { sender_t receiver_t } self:udp_socket { create connect bind write read };
          - allow receiver_t { node_t port_t }:udp_socket { node_bind name_bind };
          - allow sender_t { asked_packet_t sealed_packet_t }:packet { send };
          - allow receiver_t asked_packet_t:packet { recv };
          - allow sender_t netif_t:netif { ingress egress };
          - allow sender_t node_t:node { recvfrom sendto };
          - allow netlabel_peer_t netif_t:netif { ingress };
          - allow netlabel_peer_t node_t:node { recvfrom };
          - allow receiver_t { sender_t netlabel_peer_t }:peer recv;
          - allow kernel_t self:peer recv;
          - allow kernel_t { netif_t unlabeled_t }:netif { egress };
          - allow kernel_t { node_t unlabeled_t }:node { sendto };
          - allow { sender_t receiver_t } spd_t:association { polmatch };
          - allow { sender_t receiver_t } sender_t:association { sendto recvfrom };
      """;

  /** The same with secmark rules. */
  LabelledLabs rules(int count, boolean tracked) {
    return new LabelledLabs(count, tracked, cipso, esp, labelled, enforcing);
  }

  LabFile file() {
    return LabFileReader.parse("bench", text());
  }

  String text() {
    StringBuilder text = new StringBuilder("lab: labelled\n");
    if (enforcing) {
      text.append(POLICY);
    }
    text.append("guests:\n");
    guest(text, "a", 1, SENDER, "output", "out");
    guest(text, "b", 2, RECEIVER, "input", "in");
    text.append("links:\n  - {between: [a, b], delay: ");
    text.append(LabelledBench.DELAY).append("ns}\n");
    return text.toString();
  }

  private boolean labels() {
    return rules > 0 || cipso || labelled || enforcing;
  }

  private void guest(
      StringBuilder text, String name, int host, String label, String hook, String way) {
    text.append("  ").append(name).append(":\n    nic: 10.0.0.").append(host).append("/24\n");
    if (labels()) {
      text.append("    label: \"").append(label).append("\"\n");
    }
    if (cipso) {
      text.append("    netlabel:\n      - cipso add pass doi:16 tags:1\n");
      text.append("      - map del default\n      - map add default protocol:cipso,16\n");
    }
    if (esp) {
      xfrm(text, way);
    }
    if (rules > 0) {
      secmark(text, hook);
    }
  }

  private void xfrm(StringBuilder text, String way) {
    String context = labelled ? " ctx \"" + SENDER + "\"" : "";
    String ends = "src 10.0.0.1 dst 10.0.0.2";
    text.append("    xfrm:\n      - ip xfrm state add ").append(ends);
    text.append(" proto esp spi 0x1001 mode transport replay-window 64 aead rfc4106(gcm(aes))");
    text.append(" 0x000102030405060708090a0b0c0d0e0f10111213 128").append(context);
    text.append("\n      - ip xfrm policy add ").append(ends).append(" dir ").append(way);
    text.append(labelled ? " ctx \"system_u:object_r:spd_t:s0:c1,c5\"" : "");
    text.append(" tmpl ").append(ends).append(" proto esp mode transport\n");
  }

  private void secmark(StringBuilder text, String hook) {
    text.append("    secmark: |\n      table inet security {\n");
    for (String object : new String[] {"web", "mail", "other", "sealed", "asked"}) {
      text.append("        secmark ").append(object);
      text.append(" { \"system_u:object_r:").append(object).append("_packet_t:s0:c1,c5\" }\n");
    }
    text.append("        chain marks {\n          type filter hook ").append(hook);
    text.append(" priority security;\n");
    if (connections) {
      text.append("          ct state established,related meta secmark set ct secmark\n");
    }
    mark(text, "ip saddr 10.0.0.0/24", "other");
    mark(text, "meta l4proto esp", "sealed");
    int others = rules - (connections ? 5 : 3);
    for (int i = 0; i < others; i++) {
      service(text, i);
    }
    mark(text, "ip daddr 10.0.0.2 udp dport " + PORT, "asked");
    if (connections) {
      text.append("          ct state new ct secmark set meta secmark\n");
    }
    text.append("        }\n      }\n");
  }

  /** One of many rules about others: by port, by network, by both. */
  private static void service(StringBuilder text, int number) {
    int high = number >>> 8;
    int low = number & 0xff;
    String place = high + "." + low;
    switch (number % 5) {
      case 0 -> mark(text, "ip daddr 10.0.0.2 udp dport " + (10_000 + number), "other");
      case 1 -> mark(text, "ip saddr 10.77." + place + " tcp dport { 80, 443 }", "web");
      case 2 -> mark(text, "ip saddr 10." + (100 + high) + "." + low + ".0/24", "other");
      case 3 -> {
        int port = 20_000 + 10 * number;
        mark(text, "meta l4proto udp th dport " + port + "-" + (port + 9), "mail");
      }
      default -> mark(text, "tcp sport 25 ip daddr 10.99." + place, "mail");
    }
  }

  private static void mark(StringBuilder text, String match, String object) {
    text.append("          ").append(match).append(" meta secmark set \"").append(object);
    text.append("\"\n");
  }
}
