package org.larval.secmark;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A table of iptables or ip6tables: its built-in chains and those that rules may jump to. */
final class XtTable {
  /** The tables that there are. */
  enum Kind {
    RAW(NfPriority.RAW),
    MANGLE(NfPriority.MANGLE),
    /** Without rules: addresses are not translated. */
    NAT(NfPriority.NAT_DST),
    FILTER(NfPriority.FILTER),
    SECURITY(NfPriority.SECURITY);

    private final int priority;

    Kind(int priority) {
      this.priority = priority;
    }

    private List<NfHook> hooks() {
      return switch (this) {
        case RAW -> List.of(NfHook.PREROUTING, NfHook.OUTPUT);
        case MANGLE -> List.of(NfHook.values());
        case NAT -> List.of(NfHook.PREROUTING, NfHook.INPUT, NfHook.OUTPUT, NfHook.POSTROUTING);
        case FILTER, SECURITY -> List.of(NfHook.INPUT, NfHook.FORWARD, NfHook.OUTPUT);
      };
    }

    static @Nullable Kind of(String name) {
      for (Kind kind : values()) {
        if (kind.toString().equals(name)) {
          return kind;
        }
      }
      return null;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  final Kind kind;

  /** 4 or 6. */
  final int version;

  final Map<String, Chain> chains = new LinkedHashMap<>();

  /** A table as it is at first: every packet passes. */
  XtTable(Kind kind, int version, RuleState state) {
    this.kind = kind;
    this.version = version;
    for (NfHook hook : kind.hooks()) {
      Chain chain = new Chain(title(), hook.name());
      chain.base(new Chain.Base(hook, kind.priority, version, state.nextOrder()));
      chains.put(hook.name(), chain);
    }
  }

  String title() {
    return (version == 6 ? "ip6tables " : "iptables ") + kind;
  }

  static String key(Kind kind, int version) {
    return version + " " + kind;
  }
}
