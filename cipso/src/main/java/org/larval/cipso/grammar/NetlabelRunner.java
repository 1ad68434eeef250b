package org.larval.cipso.grammar;

import org.larval.cipso.Doi;
import org.larval.cipso.NetLabel;
import org.larval.packet.Errno;

/** Follows commands, with the answers of the kernel and the output of the tool. */
public final class NetlabelRunner {
  private final NetLabel netLabel;

  /** A runner for one guest. */
  public NetlabelRunner(NetLabel netLabel) {
    this.netLabel = netLabel;
  }

  /**
   * What came of a command.
   *
   * @param output what the tool prints, with its line ends; its error if there is one
   */
  public record Answer(Errno errno, String output) {
    private static Answer of(Errno errno) {
      return errno == Errno.OK
          ? new Answer(errno, "")
          : new Answer(errno, "netlabelctl: error, " + words(errno) + "\n");
    }

    /** nlctl_strerror. */
    private static String words(Errno errno) {
      return switch (errno) {
        case EINVAL -> "invalid argument or parameter";
        case ENOENT -> "entry does not exist";
        default -> errno.text();
      };
    }
  }

  /** Follows one line. */
  public Answer run(Netlabelctl.Line line) {
    NetlabelListing listing = new NetlabelListing(netLabel, line.pretty());
    return switch (line.command()) {
      case NetlabelCommand.Version _ -> listed(listing.version());
      case NetlabelCommand.Protocols _ -> listed(listing.protocols());
      case NetlabelCommand.MapAdd add -> Answer.of(mapAdd(add));
      case NetlabelCommand.MapDel del -> Answer.of(netLabel.unmap(del.domain()));
      case NetlabelCommand.MapList _ -> listed(listing.map());
      case NetlabelCommand.Accept accept -> {
        netLabel.acceptUnlabeled = accept.on();
        yield Answer.of(Errno.OK);
      }
      case NetlabelCommand.StaticAdd add ->
          Answer.of(netLabel.addStatic(add.device(), add.address(), add.label()));
      case NetlabelCommand.StaticDel del ->
          Answer.of(netLabel.removeStatic(del.device(), del.address()));
      case NetlabelCommand.StaticList _ -> listed(listing.staticLabels());
      case NetlabelCommand.CipsoAdd add -> Answer.of(netLabel.addCipso(add.doi()));
      case NetlabelCommand.CipsoDel del -> Answer.of(netLabel.removeCipso(del.doi()));
      case NetlabelCommand.CipsoList list -> {
        Integer number = list.doi();
        Doi doi = number == null ? null : netLabel.dois().find(number);
        yield number == null
            ? listed(listing.cipso())
            : doi == null ? Answer.of(Errno.EINVAL) : listed(listing.cipso(doi));
      }
      case NetlabelCommand.CalipsoAdd add -> Answer.of(netLabel.addCalipso(add.doi()));
      case NetlabelCommand.CalipsoDel del -> Answer.of(netLabel.removeCalipso(del.doi()));
      case NetlabelCommand.CalipsoList list -> {
        Integer number = list.doi();
        yield number == null
            ? listed(listing.calipso())
            : netLabel.calipsoDois().has(number)
                ? listed(listing.calipso(number))
                : Answer.of(Errno.EINVAL);
      }
    };
  }

  private static Answer listed(String text) {
    return new Answer(Errno.OK, text);
  }

  private Errno mapAdd(NetlabelCommand.MapAdd add) {
    return switch (add.protocol()) {
      case NetlabelCommand.Cipso cipso ->
          netLabel.mapCipso(add.domain(), add.address(), cipso.doi());
      case NetlabelCommand.Calipso calipso ->
          netLabel.mapCalipso(add.domain(), add.address(), calipso.doi());
      case NetlabelCommand.Unlabeled unlabeled ->
          netLabel.mapUnlabeled(add.domain(), add.address(), unlabeled.family());
    };
  }

  /**
   * Loads a file's text, as {@code netlabel-config load} does, but up to the first line that fails.
   *
   * @throws NetlabelException with its place if a line cannot be read or followed
   */
  public void load(String text) {
    for (NetlabelRules.Rule rule : NetlabelRules.parse(text)) {
      Answer answer = run(rule.content());
      if (answer.errno() != Errno.OK) {
        throw new NetlabelException(
            rule.line(),
            1,
            rule.content().command() + ": " + answer.errno() + ", " + Answer.words(answer.errno()),
            remedy(answer.errno()));
      }
    }
  }

  private static String remedy(Errno errno) {
    return switch (errno) {
      case EEXIST -> "it is there already: take it away first";
      case ENOENT -> "add it first";
      default ->
          "add the DOI before what uses it, take 'map del default' before a new default, and check"
              + " that the context means something";
    };
  }
}
