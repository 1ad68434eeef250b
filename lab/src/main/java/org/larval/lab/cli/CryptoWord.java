package org.larval.lab.cli;

import org.larval.xfrm.crypto.CryptoChoice;
import picocli.CommandLine.Option;

/** The option that says which crypto library to use. */
final class CryptoWord {
  @Option(
      names = "--crypto",
      paramLabel = "auto|jce|ipsec-mb",
      description = {
        "The crypto library: the fastest that is there (the default), the JDK's,",
        "or Intel's libIPSec_MB. Results are the same."
      })
  private String word = CryptoChoice.AUTO.word();

  /** The library, which is there. */
  CryptoChoice choice() {
    CryptoChoice choice = CryptoChoice.named(word);
    if (choice == null) {
      throw new BadInputException(
          "there is no crypto library '" + word + "'",
          "there are " + String.join(", ", CryptoChoice.words()));
    }
    String missing = choice.missing();
    if (missing != null) {
      throw new BadInputException(
          "--crypto " + word + ": " + missing,
          "install libIPSec_MB (libipsec-mb1 on Debian), or leave --crypto out");
    }
    return choice;
  }
}
