package org.larval.lab.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.larval.lab.file.Units;
import org.larval.xfrm.SaMissPolicy;
import org.larval.xfrm.SaMissPolicy.Release;

/** What each SA-miss policy does and where that was learnt. */
final class PresetTable {
  private PresetTable() {}

  static void draw(Markup page, Collection<String> names) {
    page.open("table", "class", "presets").leaf("caption", "What each policy does without an SA");
    page.open("thead").open("tr");
    for (String head :
        List.of(
            "SA-miss policy", "Behaviour", "Outcome", "Queue", "Tried again", "When it fails")) {
      page.leaf("th", head, "scope", "col");
    }
    page.close().close().open("tbody");
    for (String name : names) {
      SaMissPolicy policy = SaMissPolicy.named(name);
      if (policy != null) {
        row(page, policy);
      }
    }
    page.close().close();
  }

  private static void row(Markup page, SaMissPolicy policy) {
    boolean holds = policy.outcome() == SaMissPolicy.Outcome.HOLD;
    page.open("tr", "data-preset", policy.name());
    page.leaf("th", policy.name(), "scope", "row").leaf("td", policy.sentence());
    page.leaf("td", words(policy.outcome()));
    page.leaf("td", holds ? queue(policy) : "none");
    page.leaf("td", holds ? release(policy.release()) : "-");
    page.leaf("td", words(policy.onFailure())).close().line();
  }

  private static String queue(SaMissPolicy policy) {
    List<String> words = new ArrayList<>();
    SaMissPolicy.Limits limits = policy.limits();
    words.add(limits.packets() + " packets per " + words(policy.scope()));
    if (limits.bytes() != Long.MAX_VALUE) {
      words.add(limits.bytes() / 1024 + " KiB");
    }
    if (limits.age() != Long.MAX_VALUE) {
      words.add(Units.printDuration(limits.age()));
    }
    words.add("then " + words(policy.overflow()));
    return String.join(", ", words);
  }

  private static String release(Release release) {
    return switch (release) {
      case Release.OnInstall now -> "when an SA is installed";
      case Release.Poll poll ->
          "by polls: after "
              + Units.printDuration(poll.firstGap())
              + ", then at doubling gaps up to "
              + Units.printDuration(poll.lastGap());
    };
  }

  private static String words(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
