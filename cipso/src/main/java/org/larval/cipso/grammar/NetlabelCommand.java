package org.larval.cipso.grammar;

import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.larval.cipso.Doi;
import org.larval.cipso.DomainMap;
import org.larval.wire.Prefix;

/**
 * One command of netlabelctl. {@code toString} is a line of netlabelctl for it, without that word.
 */
public sealed interface NetlabelCommand {
  /** {@code mgmt version}. */
  record Version() implements NetlabelCommand {
    @Override
    public String toString() {
      return "mgmt version";
    }
  }

  /** {@code mgmt protocols}. */
  record Protocols() implements NetlabelCommand {
    @Override
    public String toString() {
      return "mgmt protocols";
    }
  }

  /** What a mapping of a domain asks for. */
  sealed interface Protocol {}

  /** {@code protocol:cipso,DOI}. */
  record Cipso(int doi) implements Protocol {
    @Override
    public String toString() {
      return "cipso," + Integer.toUnsignedString(doi);
    }
  }

  /** {@code protocol:calipso,DOI}. */
  record Calipso(int doi) implements Protocol {
    @Override
    public String toString() {
      return "calipso," + Integer.toUnsignedString(doi);
    }
  }

  /** {@code protocol:unlbl[,4|6]}. */
  record Unlabeled(DomainMap.Family family) implements Protocol {
    @Override
    public String toString() {
      return switch (family) {
        case V4 -> "unlbl,4";
        case V6 -> "unlbl,6";
        case BOTH -> "unlbl";
      };
    }
  }

  /**
   * {@code map add}.
   *
   * @param domain null for the default
   * @param address null for all
   */
  record MapAdd(@Nullable String domain, @Nullable Prefix address, Protocol protocol)
      implements NetlabelCommand {
    @Override
    public String toString() {
      return "map add "
          + domainWord(domain)
          + (address == null ? "" : " address:" + address)
          + " protocol:"
          + protocol;
    }
  }

  /**
   * {@code map del}.
   *
   * @param domain null for the default
   */
  record MapDel(@Nullable String domain) implements NetlabelCommand {
    @Override
    public String toString() {
      return "map del " + domainWord(domain);
    }
  }

  /** {@code map list}. */
  record MapList() implements NetlabelCommand {
    @Override
    public String toString() {
      return "map list";
    }
  }

  /** {@code unlbl accept}. */
  record Accept(boolean on) implements NetlabelCommand {
    @Override
    public String toString() {
      return "unlbl accept " + (on ? "on" : "off");
    }
  }

  /**
   * {@code unlbl add}.
   *
   * @param device null for the default
   */
  record StaticAdd(@Nullable String device, Prefix address, String label)
      implements NetlabelCommand {
    @Override
    public String toString() {
      return "unlbl add " + deviceWord(device) + " address:" + address + " label:" + label;
    }
  }

  /**
   * {@code unlbl del}.
   *
   * @param device null for the default
   */
  record StaticDel(@Nullable String device, Prefix address) implements NetlabelCommand {
    @Override
    public String toString() {
      return "unlbl del " + deviceWord(device) + " address:" + address;
    }
  }

  /** {@code unlbl list}. */
  record StaticList() implements NetlabelCommand {
    @Override
    public String toString() {
      return "unlbl list";
    }
  }

  /** {@code cipso add}. */
  record CipsoAdd(Doi doi) implements NetlabelCommand {
    @Override
    public String toString() {
      String number = " doi:" + Integer.toUnsignedString(doi.number());
      String tags =
          " tags:" + doi.tags().stream().map(String::valueOf).collect(Collectors.joining(","));
      return switch (doi) {
        case Doi.Pass _ -> "cipso add pass" + number + tags;
        case Doi.Local _ -> "cipso add local" + number;
        case Doi.Translated t ->
            "cipso add trans"
                + number
                + tags
                + " levels:"
                + t.levels()
                + (t.categories().pairs().isEmpty() ? "" : " categories:" + t.categories());
      };
    }
  }

  /** {@code cipso del}. */
  record CipsoDel(int doi) implements NetlabelCommand {
    @Override
    public String toString() {
      return "cipso del doi:" + Integer.toUnsignedString(doi);
    }
  }

  /**
   * {@code cipso list}.
   *
   * @param doi null for all
   */
  record CipsoList(@Nullable Integer doi) implements NetlabelCommand {
    @Override
    public String toString() {
      return "cipso list" + (doi == null ? "" : " doi:" + Integer.toUnsignedString(doi));
    }
  }

  /** {@code calipso add}. */
  record CalipsoAdd(int doi) implements NetlabelCommand {
    @Override
    public String toString() {
      return "calipso add pass doi:" + Integer.toUnsignedString(doi);
    }
  }

  /** {@code calipso del}. */
  record CalipsoDel(int doi) implements NetlabelCommand {
    @Override
    public String toString() {
      return "calipso del doi:" + Integer.toUnsignedString(doi);
    }
  }

  /**
   * {@code calipso list}.
   *
   * @param doi null for all
   */
  record CalipsoList(@Nullable Integer doi) implements NetlabelCommand {
    @Override
    public String toString() {
      return "calipso list" + (doi == null ? "" : " doi:" + Integer.toUnsignedString(doi));
    }
  }

  private static String domainWord(@Nullable String domain) {
    return domain == null ? "default" : "domain:" + domain;
  }

  private static String deviceWord(@Nullable String device) {
    return device == null ? "default" : "interface:" + device;
  }
}
