package org.larval.xfrm.grammar;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;
import org.larval.xfrm.Direction;
import org.larval.xfrm.Mode;
import org.larval.xfrm.Template;

/** The words after {@code tmpl}. One object reads one template. */
final class TemplateGrammar {
  private final Words words;
  private final int column;
  private @Nullable IpAddress source;
  private @Nullable IpAddress target;
  private int spi;
  private int protocol;
  private int reqid;
  private Mode mode = Mode.TRANSPORT;
  private boolean optional;

  /** Takes all that belongs to the template; the word tmpl was taken. */
  TemplateGrammar(Words words) {
    this.words = words;
    column = words.lastColumn();
    boolean more = true;
    while (more) {
      more = clause();
    }
    if (protocol == 0) {
      throw words.unknown("a template needs proto esp, proto ah or proto comp");
    }
  }

  private boolean clause() {
    if (words.take("src")) {
      source = words.address("src");
    } else if (words.take("dst")) {
      target = words.address("dst");
    } else if (words.take("proto")) {
      protocol = ProtocolNames.sa(words, true);
    } else if (words.take("spi")) {
      spi = words.u32("the SPI");
    } else if (words.take("reqid")) {
      reqid = words.u32("reqid");
    } else if (words.take("mode")) {
      mode = IdGrammar.mode(words);
    } else if (words.take("level")) {
      optional = words.choice("level", List.of("required", "use"), word -> word).equals("use");
    } else {
      return false;
    }
    return true;
  }

  /** The family of the packets behind it, given that of the packets before it. */
  boolean outer(boolean family) {
    IpAddress known = target != null ? target : source;
    return known == null ? family : known.v6();
  }

  /**
   * The template, checked as the kernel does (validate_tmpl).
   *
   * @param family that of the packets before it
   */
  Template template(boolean family, Direction direction) {
    IpAddress from = source;
    IpAddress to = target;
    boolean outer = outer(family);
    IpAddress any = IpAddress.any(outer);
    if (from != null && from.v6() != outer) {
      throw new IpXfrmException(
          column, "src and dst of the template are of different families", "expected one");
    }
    if (outer != family && !mode.isTunnel()) {
      throw new IpXfrmException(
          column,
          "a transport template of another family than the selector",
          "expected mode tunnel, or addresses of the selector's family");
    }
    if (optional && mode.isTunnel() && direction == Direction.OUT) {
      throw new IpXfrmException(
          column,
          "an optional tunnel for outbound packets",
          "expected level required, or mode transport");
    }
    return new Template(
        from == null ? any : from, to == null ? any : to, spi, protocol, reqid, mode, optional);
  }
}
