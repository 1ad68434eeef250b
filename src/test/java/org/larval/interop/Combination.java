package org.larval.interop;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * One way of protecting the traffic between a guest of ours and a Linux kernel, as the same {@code
 * ip xfrm} lines for both. Inner and outer addresses are the same in tunnel and BEET mode, or of
 * the other family.
 *
 * @param layers innermost first, the order of templates
 * @param outer IP version of the outer header, 4 or 6
 * @param inner IP version of the traffic
 * @param esn 64-bit sequence numbers, which begin shortly before the low half wraps
 * @param encap in UDP, port 4500 at both ends
 * @param options more words for each SA
 */
record Combination(
    String name,
    List<Layer> layers,
    int outer,
    int inner,
    boolean esn,
    boolean encap,
    String options) {
  static final String OURS_4 = "10.9.0.1";
  static final String KERNEL_4 = "10.9.0.2";
  static final String OURS_6 = "fd09::1";
  static final String KERNEL_6 = "fd09::2";

  /**
   * One transform.
   *
   * @param algorithm of {@link Algorithm}; ignored for IPComp
   */
  record Layer(String protocol, String mode, Algorithm algorithm) {}

  /**
   * Words for {@code ip xfrm state add}, with {@code #N} where a key of N bytes goes.
   *
   * @param name short, for the table
   */
  record Algorithm(String name, String words) {
    /** With keys that depend on the seed and on nothing else. */
    String keyed(String seed) {
      StringBuilder made = new StringBuilder();
      int number = 0;
      for (String word : words.split(" ", -1)) {
        if (!made.isEmpty()) {
          made.append(' ');
        }
        made.append(
            word.startsWith("#")
                ? "0x" + key(seed + "/" + number++, Integer.parseInt(word.substring(1)))
                : word);
      }
      return made.toString();
    }

    private static String key(String seed, int bytes) {
      try {
        byte[] digest =
            MessageDigest.getInstance("SHA-512").digest(seed.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest, 0, bytes);
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Which of the two ends. */
  enum End {
    OURS,
    KERNEL
  }

  private static String address(End end, int version) {
    return version == 4 ? end == End.OURS ? OURS_4 : KERNEL_4 : end == End.OURS ? OURS_6 : KERNEL_6;
  }

  /** Where our traffic goes. */
  String target() {
    return address(End.KERNEL, inner);
  }

  /** Where the kernel's traffic goes. */
  String ours() {
    return address(End.OURS, inner);
  }

  /** The lines for one end, states first. */
  List<String> lines(End end) {
    List<String> lines = new ArrayList<>();
    for (End sender : End.values()) {
      for (int i = 0; i < layers.size(); i++) {
        lines.add(state(end, sender, i));
      }
    }
    for (End sender : End.values()) {
      for (String selected : selections()) {
        lines.add(policy(end, sender, selected));
      }
    }
    return lines;
  }

  private static End other(End end) {
    return end == End.OURS ? End.KERNEL : End.OURS;
  }

  private String state(End at, End sender, int number) {
    Layer layer = layers.get(number);
    boolean comp = layer.protocol().equals("comp");
    StringBuilder line = new StringBuilder("ip xfrm state add");
    line.append(" src ").append(address(sender, outer));
    line.append(" dst ").append(address(other(sender), outer));
    line.append(" proto ").append(layer.protocol());
    int spi = (comp ? 0x2000 : 0xc0000100) + (sender == End.OURS ? 0x10 : 0x20) + number;
    line.append(String.format(" spi 0x%08x", spi));
    line.append(" reqid ").append(number + 1);
    line.append(" mode ").append(layer.mode()).append(' ');
    line.append(comp ? "comp deflate" : layer.algorithm().keyed(name + sender + number));
    if (!comp) {
      if (esn) {
        line.append(" flag esn replay-window 64");
        line.append(at == sender ? " replay-oseq 0xfffffff5" : " replay-seq 0xfffffff0");
      } else {
        line.append(" replay-window 32");
      }
      if (!options.isEmpty()) {
        line.append(' ').append(options);
      }
    }
    if (inner != outer && layer.mode().equals("tunnel")) {
      line.append(" flag af-unspec");
    }
    if (encap && number == layers.size() - 1) {
      line.append(" encap espinudp 4500 4500 ").append(outer == 4 ? "0.0.0.0" : "::");
    }
    if (layer.mode().equals("beet")) {
      line.append(" sel src ").append(address(sender, inner));
      line.append(" dst ").append(address(other(sender), inner));
    }
    return line.toString();
  }

  /** Neighbour discovery must stay in clear, so protocols are named for IPv6. */
  private List<String> selections() {
    return inner == 4
        ? List.of("")
        : List.of(
            " proto udp", " proto tcp", " proto ipv6-icmp type 128", " proto ipv6-icmp type 129");
  }

  private String policy(End at, End sender, String selected) {
    StringBuilder line = new StringBuilder("ip xfrm policy add");
    line.append(" src ").append(address(sender, inner));
    line.append(" dst ").append(address(other(sender), inner));
    line.append(selected);
    line.append(" dir ").append(at == sender ? "out" : "in");
    for (int i = 0; i < layers.size(); i++) {
      Layer layer = layers.get(i);
      line.append(" tmpl src ").append(address(sender, outer));
      line.append(" dst ").append(address(other(sender), outer));
      line.append(" proto ").append(layer.protocol());
      line.append(" reqid ").append(i + 1);
      line.append(" mode ").append(layer.mode());
      // what is too short to be worth it travels without the header
      boolean optional = layer.protocol().equals("comp") && at != sender;
      line.append(optional ? " level use" : "");
    }
    return line.toString();
  }
}
