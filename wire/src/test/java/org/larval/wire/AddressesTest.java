package org.larval.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.math.BigInteger;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** IpAddress, Prefix and MacAddress as java.net and the RFCs see them. */
class AddressesTest {
  private static byte[] bytes(IpAddress address) {
    ByteBuf out = Unpooled.buffer(16);
    address.write(out, 0);
    byte[] bytes = new byte[address.v6() ? 16 : 4];
    out.getBytes(0, bytes);
    return bytes;
  }

  private static Random random(String test) {
    long seed = Long.getLong("larval.seed", test.hashCode());
    System.out.println(test + ": -Dlarval.seed=" + seed);
    return new Random(seed);
  }

  private static IpAddress any(Random random) {
    // words that are often zero, so that text has runs to shorten
    long mask = 0;
    for (int word = 0; word < 4; word++) {
      mask |= random.nextBoolean() ? 0xffffL << word * 16 : 0;
    }
    return random.nextBoolean()
        ? IpAddress.ofV4(random.nextInt())
        : IpAddress.ofV6(random.nextLong() & mask, random.nextLong() & ~mask);
  }

  @Test
  void javaReadsWhatWePrint() throws UnknownHostException {
    Random random = random("javaReadsWhatWePrint");
    for (int round = 0; round < 5000; round++) {
      IpAddress address = any(random);
      byte[] theirs =
          address.v6()
              ? Inet6Address.getByName(address.toString()).getAddress()
              : InetAddress.getByName(address.toString()).getAddress();
      if (theirs.length == bytes(address).length) {
        assertThat(theirs).isEqualTo(bytes(address));
      }
      assertThat(IpAddress.parse(address.toString())).isEqualTo(address);
    }
  }

  @Test
  void weReadWhatJavaPrints() throws UnknownHostException {
    Random random = random("weReadWhatJavaPrints");
    for (int round = 0; round < 5000; round++) {
      IpAddress address = any(random);
      InetAddress theirs =
          address.v6()
              ? Inet6Address.getByAddress(null, bytes(address), -1)
              : InetAddress.getByAddress(bytes(address));
      assertThat(IpAddress.parse(theirs.getHostAddress())).isEqualTo(address);
    }
  }

  /** The examples and rules of RFC 5952 section 4. */
  @ParameterizedTest
  @CsvSource({
    "2001:0db8::0001, 2001:db8::1",
    "2001:db8:0:0:0:0:2:1, 2001:db8::2:1",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
    "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "2001:DB8::AAAA, 2001:db8::aaaa",
    "0:0:0:0:0:0:0:0, ::",
    "::1, ::1",
    "fe80::, fe80::",
    "1::8, 1::8",
    "10.9.0.1, 10.9.0.1"
  })
  void printedAsRfc5952(String text, String printed) {
    assertThat(IpAddress.parse(text)).hasToString(printed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"::ffff:10.9.0.1", "::ffff:a09:1"})
  void mappedIpv4AddressesStayIpv6(String text) {
    IpAddress address = IpAddress.parse(text);
    assertThat(address).isEqualTo(IpAddress.ofV6(0, 0xffff_0a09_0001L));
    assertThat(address).hasToString("::ffff:10.9.0.1");
    assertThat(IpAddress.parse(address.toString())).isEqualTo(address);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "10.0.0",
        "10.0.0.256",
        "10.0.0.1.2",
        "::g",
        "1::2::3",
        ":::",
        "fe80::1%eth0",
        "[::1]",
        "10.0.0.1/8",
        "host",
        "1:2:3:4:5:6:7:8:9",
        "12345::"
      })
  void textThatIsNoAddress(String text) {
    assertThatThrownBy(() -> IpAddress.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + text + "'");
  }

  @Test
  void kindsOfAddressesAsJava() throws UnknownHostException {
    Random random = random("kindsOfAddressesAsJava");
    for (int round = 0; round < 5000; round++) {
      IpAddress address = any(random);
      if (address.v6() && random.nextBoolean()) {
        address = IpAddress.ofV6(0xfe80L << 48 | random.nextInt(9) << 20, address.low());
      }
      InetAddress theirs =
          address.v6()
              ? Inet6Address.getByAddress(null, bytes(address), -1)
              : InetAddress.getByAddress(bytes(address));
      assertThat(address.isMulticast()).isEqualTo(theirs.isMulticastAddress());
      assertThat(address.isLoopback()).isEqualTo(theirs.isLoopbackAddress());
      assertThat(address.isAny()).isEqualTo(theirs.isAnyLocalAddress());
      assertThat(address.isLinkLocal6()).isEqualTo(address.v6() && theirs.isLinkLocalAddress());
    }
  }

  @Test
  void orderedAsUnsignedNumbers() {
    assertThat(IpAddress.parse("255.0.0.0")).isGreaterThan(IpAddress.parse("1.0.0.0"));
    assertThat(IpAddress.parse("ff00::")).isGreaterThan(IpAddress.parse("1::"));
    assertThat(IpAddress.parse("::ffff:0:0:0")).isGreaterThan(IpAddress.parse("::1"));
    assertThat(IpAddress.parse("::")).isGreaterThan(IpAddress.parse("255.255.255.255"));
  }

  @Test
  void solicitedNodeOfRfc4291() {
    assertThat(IpAddress.parse("4037::01:800:200e:8c6c").solicitedNode())
        .hasToString("ff02::1:ff0e:8c6c");
  }

  /** Membership, network and broadcast against arithmetic on big numbers. */
  @Test
  void prefixesAsBigNumbers() {
    Random random = random("prefixesAsBigNumbers");
    for (int round = 0; round < 5000; round++) {
      IpAddress address = any(random);
      int length = random.nextInt(address.bits() + 1);
      Prefix prefix = new Prefix(address, length);
      BigInteger base = new BigInteger(1, bytes(address));
      int host = address.bits() - length;
      BigInteger network = base.shiftRight(host).shiftLeft(host);
      assertThat(new BigInteger(1, bytes(prefix.network().address()))).isEqualTo(network);
      assertThat(prefix.network().length()).isEqualTo(length);
      BigInteger other = base.flipBit(random.nextInt(address.bits()));
      byte[] otherBytes = new byte[address.v6() ? 16 : 4];
      byte[] raw = other.toByteArray();
      for (int i = 0; i < Math.min(raw.length, otherBytes.length); i++) {
        otherBytes[otherBytes.length - 1 - i] = raw[raw.length - 1 - i];
      }
      IpAddress near = IpAddress.read(Unpooled.wrappedBuffer(otherBytes), 0, address.v6());
      assertThat(prefix.contains(near))
          .isEqualTo(other.shiftRight(host).equals(base.shiftRight(host)));
      assertThat(prefix.contains(address)).isTrue();
      assertThat(Prefix.parse(prefix.toString())).isEqualTo(prefix);
      if (!address.v6()) {
        BigInteger last = network.add(BigInteger.ONE.shiftLeft(host)).subtract(BigInteger.ONE);
        assertThat(new BigInteger(1, bytes(prefix.broadcast()))).isEqualTo(last);
        assertThat(prefix.contains(IpAddress.ANY6)).isFalse();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.0/33", "10.0.0.0/-1", "fd00::/129", "10.0.0.0/", "10.0.0.0/a"})
  void textThatIsNoPrefix(String text) {
    assertThatThrownBy(() -> Prefix.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void bareAddressIsAHost() {
    assertThat(Prefix.parse("10.0.0.1")).hasToString("10.0.0.1/32");
    assertThat(Prefix.parse("fd00::1")).hasToString("fd00::1/128");
    assertThat(Prefix.any(false).contains(IpAddress.BROADCAST4)).isTrue();
  }

  @Test
  void macAddresses() {
    MacAddress mac = MacAddress.parse("02:00:00:aB:cD:eF");
    assertThat(mac.bits()).isEqualTo(0x0200_00ab_cdefL);
    assertThat(mac).hasToString("02:00:00:ab:cd:ef");
    assertThat(MacAddress.BROADCAST).hasToString("ff:ff:ff:ff:ff:ff");
    assertThat(MacAddress.isGroup(MacAddress.BROADCAST.bits())).isTrue();
    assertThat(MacAddress.isGroup(mac.bits())).isFalse();
    ByteBuf out = Unpooled.buffer(8).writeZero(8);
    MacAddress.write(out, 1, 0xfedc_ba98_7654L);
    assertThat(MacAddress.read(out, 1)).isEqualTo(0xfedc_ba98_7654L);
    assertThat(out.getByte(0)).isZero();
    assertThat(out.getByte(7)).isZero();
    // RFC 1112 6.4 and RFC 2464 7
    assertThat(new MacAddress(MacAddress.ofMulticast(IpAddress.parse("224.128.0.251"))))
        .hasToString("01:00:5e:00:00:fb");
    assertThat(new MacAddress(MacAddress.ofMulticast(IpAddress.parse("ff02::1:ff0e:8c6c"))))
        .hasToString("33:33:ff:0e:8c:6c");
    for (String text :
        new String[] {"", "02:00:00:00:00", "02-00-00-00-00-01", "0200:00:00:00:1"}) {
      assertThatThrownBy(() -> MacAddress.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> new MacAddress(1L << 48)).isInstanceOf(IllegalArgumentException.class);
  }
}
