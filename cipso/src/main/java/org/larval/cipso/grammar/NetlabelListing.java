package org.larval.cipso.grammar;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.larval.cipso.Doi;
import org.larval.cipso.DomainMap;
import org.larval.cipso.Mapping;
import org.larval.cipso.NetLabel;
import org.larval.cipso.StaticLabels;
import org.larval.cipso.TagType;
import org.larval.cipso.Translation;

/** What netlabelctl prints, letter by letter, plain or with {@code -p}. */
final class NetlabelListing {
  private final NetLabel netLabel;
  private final boolean pretty;

  NetlabelListing(NetLabel netLabel, boolean pretty) {
    this.netLabel = netLabel;
    this.pretty = pretty;
  }

  private static String unsigned(int number) {
    return Integer.toUnsignedString(number);
  }

  String version() {
    return pretty
        ? "Supported NetLabel protocol versions\n  kernel : 3\n  netlabelctl : 3\n"
        : "3\n";
  }

  String protocols() {
    return pretty
        ? "NetLabel protocols : UNLABELED CIPSO CALIPSO\n"
        : "UNLABELED,CIPSOv4,CALIPSO\n";
  }

  String map() {
    List<DomainMap.Entry> entries = new ArrayList<>(netLabel.map().entries());
    DomainMap.Entry v4 = netLabel.map().defaultEntry(false);
    DomainMap.Entry v6 = netLabel.map().defaultEntry(true);
    if (v4 != null
        && v6 != null
        && v4.mapping() instanceof Mapping.Unlabeled
        && v6.mapping() instanceof Mapping.Unlabeled) {
      entries.add(new DomainMap.Entry(null, DomainMap.Family.BOTH, Mapping.UNLABELED));
    } else {
      if (v4 != null) {
        entries.add(v4);
      }
      if (v6 != null) {
        entries.add(v6);
      }
    }
    if (!pretty) {
      return entries.stream().map(NetlabelListing::plain).collect(Collectors.joining(" ")) + "\n";
    }
    StringBuilder text = new StringBuilder();
    text.append("Configured NetLabel domain mappings (").append(entries.size()).append(")\n");
    for (DomainMap.Entry entry : entries) {
      text.append(" domain: ")
          .append(entry.domain() == null ? "DEFAULT" : '"' + entry.domain() + '"')
          .append(
              switch (entry.family()) {
                case V4 -> " (IPv4)\n";
                case V6 -> " (IPv6)\n";
                case BOTH -> " (IPv4/IPv6)\n";
              });
      if (entry.mapping() instanceof Mapping.Selectors selectors) {
        for (Mapping.Selector selector : selectors.list()) {
          text.append("   address: ").append(selector.prefix());
          text.append("\n    protocol: ").append(prettyProtocol(selector.mapping()));
        }
      } else {
        text.append("   protocol: ").append(prettyProtocol(entry.mapping()));
      }
    }
    return text.toString();
  }

  private static String plain(DomainMap.Entry entry) {
    String domain = entry.domain() == null ? "DEFAULT" : '"' + entry.domain() + '"';
    String what =
        switch (entry.mapping()) {
          case Mapping.Unlabeled _ ->
              switch (entry.family()) {
                case V4 -> "UNLABELED,4";
                case V6 -> "UNLABELED,6";
                case BOTH -> "UNLABELED";
              };
          case Mapping.Labeled labeled -> labeled.toString();
          case Mapping.Selectors selectors ->
              selectors.list().stream()
                  .map(
                      selector ->
                          "address:"
                              + selector.prefix()
                              + ",protocol:"
                              + (selector.mapping() instanceof Mapping.Labeled labeled
                                  ? labeled.toString()
                                  : "UNLABELED"))
                  .collect(Collectors.joining(","));
        };
    return "domain:" + domain + "," + what;
  }

  private static String prettyProtocol(Mapping mapping) {
    return mapping instanceof Mapping.Labeled labeled
        ? (labeled.v6() ? "CALIPSO" : "CIPSO") + ", DOI = " + unsigned(labeled.number()) + "\n"
        : "UNLABELED\n";
  }

  String staticLabels() {
    List<StaticLabels.Entry> entries = netLabel.staticLabels().entries();
    String accept = netLabel.acceptUnlabeled ? "on" : "off";
    if (!pretty) {
      StringBuilder text = new StringBuilder("accept:" + accept);
      for (StaticLabels.Entry entry : entries) {
        text.append(" interface:")
            .append(entry.device() == null ? "DEFAULT" : entry.device())
            .append(",address:")
            .append(entry.sources())
            .append(",label:\"")
            .append(netLabel.labels().context(entry.sid()))
            .append('"');
      }
      return text.append('\n').toString();
    }
    StringBuilder text = new StringBuilder("Accept unlabeled packets : " + accept + "\n");
    text.append("Configured NetLabel address mappings (").append(entries.size()).append(")\n");
    for (int i = 0; i < entries.size(); i++) {
      StaticLabels.Entry entry = entries.get(i);
      String device = entry.device();
      // The tool repeats the heading of the default table for each address.
      if (i == 0 || device == null || !Objects.equals(entries.get(i - 1).device(), device)) {
        text.append(" interface: ").append(device == null ? "DEFAULT" : device).append('\n');
      }
      text.append("   address: ").append(entry.sources());
      text.append("\n    label: \"").append(netLabel.labels().context(entry.sid())).append("\"\n");
    }
    return text.toString();
  }

  String cipso() {
    List<Doi> dois = netLabel.dois().all();
    if (!pretty) {
      return dois.stream()
              .map(doi -> unsigned(doi.number()) + "," + doi.title())
              .collect(Collectors.joining(" "))
          + "\n";
    }
    StringBuilder text = new StringBuilder("Configured CIPSO mappings (" + dois.size() + ")\n");
    for (Doi doi : dois) {
      text.append(" DOI value : ").append(unsigned(doi.number()));
      text.append("\n   mapping type : ").append(doi.title()).append('\n');
    }
    return text.toString();
  }

  String cipso(Doi doi) {
    Doi.Translated tables = doi.translated();
    if (!pretty) {
      String tags = doi.tags().stream().map(String::valueOf).collect(Collectors.joining(","));
      return "tags:"
          + tags
          + (tables == null
              ? ""
              : " levels:"
                  + tables.levels().listed()
                  + " categories:"
                  + tables.categories().listed())
          + "\n";
    }
    StringBuilder text = new StringBuilder();
    text.append("Configured CIPSO mapping (DOI = ").append(unsigned(doi.number())).append(")\n");
    text.append(" tags (").append(doi.tags().size()).append("): \n");
    for (int tag : doi.tags()) {
      TagType type = Objects.requireNonNull(TagType.of(tag), "checked when the DOI was made");
      text.append("   ").append(type.title()).append('\n');
    }
    if (tables != null) {
      table(text, "levels", tables.levels());
      table(text, "categories", tables.categories());
    }
    return text.toString();
  }

  private static void table(StringBuilder text, String name, Translation table) {
    List<Translation.Pair> pairs = table.pairs();
    text.append(' ').append(name).append(" (").append(pairs.size()).append("): \n");
    for (Translation.Pair pair : pairs) {
      text.append("   ").append(pair.local()).append(" = ").append(pair.remote()).append('\n');
    }
  }

  String calipso() {
    List<Integer> dois = netLabel.calipsoDois().all();
    if (!pretty) {
      return dois.stream()
              .map(doi -> unsigned(doi) + ",PASS_THROUGH")
              .collect(Collectors.joining(" "))
          + "\n";
    }
    StringBuilder text = new StringBuilder("Configured CALIPSO mappings (" + dois.size() + ")\n");
    for (int doi : dois) {
      text.append(" DOI value : ").append(unsigned(doi));
      text.append("\n   mapping type : PASS_THROUGH\n");
    }
    return text.toString();
  }

  String calipso(int doi) {
    return pretty
        ? "Configured CALIPSO mapping (DOI = " + unsigned(doi) + ")\n type: PASS_THROUGH\n"
        : "type:PASS_THROUGH\n";
  }
}
