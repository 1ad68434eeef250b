package org.larval.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** An authority and a certificate for each end, made by strongSwan's own tool. */
final class LivePki {
  final Path folder;

  private LivePki(Path folder) {
    this.folder = folder;
  }

  /**
   * Makes keys and certificates.
   *
   * @param type rsa, ecdsa or ed25519
   */
  static LivePki make(Path folder, String type) throws IOException {
    LivePki pki = new LivePki(folder);
    Files.createDirectories(folder);
    pki.key("ca", type);
    pki.write(
        "ca.crt",
        "--self",
        "--ca",
        "--lifetime",
        "30",
        "--in",
        pki.file("ca.key"),
        "--dn",
        "C=XX, O=Larval, CN=CA",
        "--outform",
        "pem");
    for (String name : List.of("dut.test", "peer.test")) {
      pki.key(name, type);
      pki.write(name + ".pub", "--pub", "--in", pki.file(name + ".key"), "--outform", "pem");
      pki.write(
          name + ".crt",
          "--issue",
          "--lifetime",
          "20",
          "--cacert",
          pki.file("ca.crt"),
          "--cakey",
          pki.file("ca.key"),
          "--in",
          pki.file(name + ".pub"),
          "--dn",
          "C=XX, O=Larval, CN=" + name,
          "--san",
          name,
          "--outform",
          "pem");
    }
    return pki;
  }

  String file(String name) {
    return folder.resolve(name).toString();
  }

  private void key(String name, String type) throws IOException {
    List<String> words = new ArrayList<>(List.of("--gen", "--type", type, "--outform", "pem"));
    if (!type.equals("ed25519")) {
      words.addAll(List.of("--size", type.equals("rsa") ? "2048" : "256"));
    }
    write(name + ".key", words.toArray(String[]::new));
  }

  private void write(String name, String... words) throws IOException {
    List<String> all = new ArrayList<>(List.of("pki"));
    all.addAll(List.of(words));
    Process process =
        new ProcessBuilder(all)
            .redirectOutput(folder.resolve(name).toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", all) + " fails");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }
}
