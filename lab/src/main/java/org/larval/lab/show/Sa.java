package org.larval.lab.show;

import java.util.ArrayList;
import java.util.List;
import org.larval.wire.IpProtocol;
import org.larval.xfrm.State;
import org.larval.xfrm.crypto.Protection;
import org.larval.xfrm.grammar.IpXfrmCommand;
import org.larval.xfrm.transform.Reseal;
import org.larval.xfrm.transform.SaParameters;

/**
 * An SA of the file.
 *
 * @param line where it stands, from 1
 */
record Sa(int line, IpXfrmCommand.StateAdd add, Reseal reseal) {
  State.Id id() {
    return new State.Id(add.target(), add.spi(), add.protocol());
  }

  /** Algorithms, mode and what is special about it; never a key. */
  String words() {
    SaParameters parameters = add.parameters();
    List<String> words = new ArrayList<>(algorithms(parameters.protection()));
    words.add(add.mode().label());
    if (parameters.extended()) {
      words.add("esn");
    }
    if (parameters.tfcPad() != 0) {
      words.add("tfcpad " + parameters.tfcPad());
    }
    if (parameters.encap() != null) {
      words.add(parameters.encap().type().label());
    }
    return String.join(" ", words);
  }

  private static List<String> algorithms(Protection protection) {
    return switch (protection) {
      case Protection.Combined combined ->
          List.of(combined.algorithm().label(), Integer.toString(combined.icvBits()));
      case Protection.Separate separate -> {
        List<String> words = new ArrayList<>(List.of(separate.algorithm().label()));
        Protection.Authentication auth = separate.auth();
        if (auth != null) {
          words.addAll(algorithms(auth));
        }
        yield words;
      }
      case Protection.Authentication auth ->
          List.of(auth.algorithm().label(), Integer.toString(auth.icvBits()));
      case Protection.Compression compression -> List.of(compression.algorithm().label());
    };
  }

  @Override
  public String toString() {
    return IpProtocol.name(add.protocol()) + " " + words();
  }
}
