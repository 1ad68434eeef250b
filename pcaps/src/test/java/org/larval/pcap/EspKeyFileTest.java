package org.larval.pcap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.larval.wire.IpAddress;

class EspKeyFileTest {
  private static final IpAddress A = IpAddress.parse("10.213.1.1");
  private static final IpAddress B = IpAddress.parse("10.213.1.2");

  @TempDir Path folder = Path.of("");

  /** The first lines of tables that were made for strongSwan's SAs and that tshark accepted. */
  @Test
  void linesAsWiresharkReadsThem() throws IOException {
    Path file = folder.resolve("esp_sa");
    Files.writeString(file, "old");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));
    try (EspKeyFile keys = EspKeyFile.create(file)) {
      keys.add(
          B,
          A,
          0xa6f9431b,
          EspEncryption.AES_GCM_16,
          Samples.hex("5229bbed099f634071e586a754c9e5acd6404cca"),
          EspAuthentication.NULL,
          new byte[0]);
      keys.add(
          B,
          A,
          0x0c07b36b,
          EspEncryption.AES_CBC,
          Samples.hex("23c1d323733db241a5d87a94dfe792eea2c0dc7d11062126c78037f9165b9789"),
          EspAuthentication.HMAC_SHA256_128,
          Samples.hex("81047f5646a82fb7cd4091ad2a0edda1b46858cfc5336316f4f405962b232498"));
      assertThat(Files.readString(file))
          .as("readable while the lab runs")
          .isEqualTo(
              """
              "IPv4","10.213.1.2","10.213.1.1","0xa6f9431b","AES-GCM with 16 octet ICV [RFC4106]","0x5229bbed099f634071e586a754c9e5acd6404cca","NULL",""
              "IPv4","10.213.1.2","10.213.1.1","0x0c07b36b","AES-CBC [RFC3602]","0x23c1d323733db241a5d87a94dfe792eea2c0dc7d11062126c78037f9165b9789","HMAC-SHA-256-128 [RFC4868]","0x81047f5646a82fb7cd4091ad2a0edda1b46858cfc5336316f4f405962b232498"
              """);
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }
}
