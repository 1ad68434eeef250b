package org.larval.secmark;

/** Tables by their family and name, where a command says them. */
final class NftTables {
  private final NftCursor in;
  private final RuleState state;

  NftTables(NftCursor in, RuleState state) {
    this.in = in;
    this.state = state;
  }

  int version() {
    NftToken token = in.peek();
    if (token.kind() == NftToken.Kind.WORD) {
      switch (token.text()) {
        case "ip" -> {
          in.take();
          return 4;
        }
        case "ip6" -> {
          in.take();
          return 6;
        }
        case "inet" -> {
          in.take();
          return 0;
        }
        case "arp", "bridge", "netdev" ->
            throw in.wrong(
                "tables of the " + token.text() + " family are not built", "use ip, ip6 or inet");
        default -> {}
      }
    }
    return 4;
  }

  static String key(int version, String name) {
    return version + " " + name;
  }

  NftTable existing() {
    int version = version();
    NftToken where = in.peek();
    String name = in.name("the name of a table");
    NftTable table = state.tables.get(key(version, name));
    if (table == null) {
      throw in.wrong(
          where,
          "there is no table " + new NftTable(version, name).title(),
          "add the table before");
    }
    return table;
  }
}
