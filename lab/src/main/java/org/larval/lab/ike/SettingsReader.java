package org.larval.lab.ike;

import org.larval.ike.config.Retransmission;
import org.larval.ike.config.Settings;
import org.larval.lab.file.Fields;
import org.larval.lab.file.LabFileException;
import org.larval.lab.file.YamlNode;

/** What holds for all connections of a file. */
final class SettingsReader {
  private static final long MAX_COUNT = 1_000_000;
  private static final int SMALLEST_FRAGMENT = 576;
  private static final int LARGEST_FRAGMENT = 65_535;

  private SettingsReader() {}

  static Settings read(Fields fields) {
    Settings.Builder settings = Settings.with();
    Settings like = Settings.DEFAULT;
    return settings
        .retransmission(retransmission(fields))
        .cookieThreshold(count(fields, "cookie-threshold", like.cookieThreshold()))
        .cookieThresholdPerSource(
            count(fields, "cookie-threshold-per-source", like.cookieThresholdPerSource()))
        .blockThresholdPerSource(count(fields, "block-threshold", like.blockThresholdPerSource()))
        .halfOpenLimit(count(fields, "half-open-limit", like.halfOpenLimit()))
        .halfOpenTimeout(fields.duration("half-open-timeout", like.halfOpenTimeout()))
        .fragmentSize(
            (int)
                fields.number(
                    "fragment-size", like.fragmentSize(), SMALLEST_FRAGMENT, LARGEST_FRAGMENT))
        .keepalive(fields.duration("keepalive", like.keepalive()))
        .rekeyedDelay(fields.duration("rekeyed-delay", like.rekeyedDelay()))
        .retryInterval(fields.duration("retry-interval", like.retryInterval()))
        .makeBeforeBreak(fields.flag("make-before-break", like.makeBeforeBreak()))
        .window((int) fields.number("window", like.window(), 1, 64))
        .build();
  }

  private static int count(Fields fields, String key, int otherwise) {
    return (int) fields.number(key, otherwise, 0, MAX_COUNT);
  }

  private static Retransmission retransmission(Fields fields) {
    YamlNode node = fields.node("retransmission");
    if (node == null) {
      return Retransmission.STRONGSWAN;
    }
    if (node instanceof YamlNode.Scalar) {
      return fields
              .choice("retransmission", "strongswan", "strongswan", "libreswan")
              .equals("libreswan")
          ? Retransmission.LIBRESWAN
          : Retransmission.STRONGSWAN;
    }
    Fields own = Fields.of(node, "'retransmission'");
    Retransmission like = Retransmission.STRONGSWAN;
    long first = own.duration("first", like.first());
    double base = own.parsed("base", like.base(), SettingsReader::decimal);
    long limit = own.duration("limit", like.limit());
    int tries = (int) own.number("tries", like.tries(), 0, 100);
    long giveUp = own.duration("give-up", like.giveUp());
    own.finish();
    try {
      return new Retransmission(first, base, limit, tries, giveUp);
    } catch (IllegalArgumentException problem) {
      throw new LabFileException(
          node.where(),
          String.valueOf(problem.getMessage()),
          "write first: 4s, base: 1.8, tries: 5");
    }
  }

  private static double decimal(String text) {
    try {
      double value = Double.parseDouble(text);
      if (value >= 1 && value <= 100) {
        return value;
      }
    } catch (NumberFormatException e) {
      // the complaint below fits this too
    }
    throw new IllegalArgumentException("'" + text + "' is no base; write a number from 1 to 100");
  }
}
