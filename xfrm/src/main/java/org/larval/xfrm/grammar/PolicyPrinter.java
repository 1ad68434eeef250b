package org.larval.xfrm.grammar;

import java.util.List;
import org.larval.xfrm.InstalledPolicy;
import org.larval.xfrm.Lifetimes;
import org.larval.xfrm.Mark;
import org.larval.xfrm.Policy;
import org.larval.xfrm.PolicyFlag;
import org.larval.xfrm.SecurityLabel;
import org.larval.xfrm.Template;

/** Prints one policy as {@code ip xfrm policy} does. */
final class PolicyPrinter {
  /**
   * Everything that is shown of one policy.
   *
   * @param socket whether it belongs to a socket
   * @param added whole seconds since the lab began
   * @param used the same of its last use, negative for never
   */
  record Shown(Policy policy, boolean socket, Lifetimes lifetimes, long added, long used) {
    /** A policy of the database. */
    static Shown of(InstalledPolicy installed) {
      return new Shown(
          installed.policy(),
          false,
          installed.lifetimes(),
          installed.addTime(),
          installed.useTime());
    }
  }

  private PolicyPrinter() {}

  /**
   * The policy under a title.
   *
   * @param prefix before every line but the first and a few that the tool forgets
   */
  static String print(String title, String prefix, Shown shown, ListingFormat format) {
    Sheet sheet = new Sheet(format, prefix);
    Policy policy = shown.policy;
    sheet.selector(title, policy.selector());
    SecurityLabel label = policy.label();
    if (label != null) {
      sheet.label(label);
    }
    sheet.line(head(shown, sheet.statistics()));
    if (sheet.statistics()) {
      sheet.lifetimes(shown.lifetimes, 0, 0, shown.added, shown.used);
    }
    sheet.marks(policy.mark(), Mark.NONE);
    templates(sheet, policy.templates());
    sheet.ifId(policy.ifId());
    return sheet.toString();
  }

  private static String head(Shown shown, boolean statistics) {
    Policy policy = shown.policy;
    StringBuilder text = new StringBuilder(shown.socket ? "socket " : "dir ");
    text.append(policy.direction().label()).append(' ');
    if (policy.action() == Policy.Action.BLOCK) {
      text.append("action block ");
    } else if (statistics) {
      text.append("action allow ");
    }
    if (statistics) {
      text.append("index ").append(Integer.toUnsignedString(policy.index())).append(' ');
    }
    text.append("priority ").append(Integer.toUnsignedString(policy.priority()));
    text.append(" ptype ").append(policy.type().label()).append(' ');
    if (statistics) {
      text.append("share any ");
    }
    int bits = 0;
    StringBuilder names = new StringBuilder();
    for (PolicyFlag flag : policy.flags()) {
      bits |= flag.bit();
      // Without a name in the tool: its bits in hexadecimal.
      String name = flag == PolicyFlag.CPU_ACQUIRE ? Integer.toHexString(flag.bit()) : flag.label();
      names.append(names.isEmpty() ? "" : " ").append(name);
    }
    if (statistics || bits != 0) {
      text.append("flag ").append(names);
    }
    if (statistics) {
      text.append(Sheet.mask8(bits));
    }
    return text.toString();
  }

  private static void templates(Sheet sheet, List<Template> templates) {
    for (Template template : templates) {
      sheet.raw(sheet.prefix() + "\ttmpl ");
      sheet.id(
          "\t\t",
          template.source(),
          template.target(),
          template.protocol(),
          template.spi(),
          false,
          template.reqid(),
          template.mode());
      boolean statistics = sheet.statistics();
      if (statistics || template.optional()) {
        String level = template.optional() ? "\tlevel use " : "\tlevel required ";
        sheet.line(level + (statistics ? "share any " : ""));
      }
      if (statistics) {
        sheet.line("\tenc-mask ffffffff auth-mask ffffffff comp-mask ffffffff");
      }
    }
  }
}
