package org.larval.lab.show;

import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.lab.show.ShowReport.Layer;
import org.larval.lab.show.ShowReport.Security;
import org.larval.packet.DropReason;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Malformed;
import org.larval.wire.UdpView;
import org.larval.xfrm.Mode;
import org.larval.xfrm.transform.Reseal;

/** Opens IPsec headers and builds packets again; keeps the verdict on the frame at hand. */
final class SecurityLayers {
  static final String VERIFIED = "verified";
  static final String FAILED = "failed";
  static final String UNOPENED = "unopened";
  static final String IDENTICAL = "identical";
  static final String DIFFERENT = "different";
  static final String IMPOSSIBLE = "impossible";

  private final @Nullable SaTable sas;
  private final @Nullable EspKeys keys;
  private final boolean reseal;
  private int esp;
  private int espDecrypted;
  private @Nullable String verdict;
  private @Nullable String resealed;
  private boolean cut;

  /**
   * An opener.
   *
   * @param sas null if none were given
   * @param keys of ESP that are no SAs; null if none were given. What nothing was given for is not
   *     opened and does not fail
   * @param reseal whether opened packets are built again
   */
  SecurityLayers(@Nullable SaTable sas, @Nullable EspKeys keys, boolean reseal) {
    this.sas = sas;
    this.keys = keys;
    this.reseal = reseal;
  }

  /** A new frame. */
  void begin(boolean isCut) {
    verdict = null;
    resealed = null;
    cut = isCut;
  }

  /** Of the frame: the worst of its layers, or null if nothing in it is protected. */
  @Nullable String verdict() {
    return verdict;
  }

  /** Of the frame: the worst of its layers, or null if nothing was tried. */
  @Nullable String resealed() {
    return FAILED.equals(verdict) ? null : resealed;
  }

  /** Whether there are no SAs at all. */
  boolean closed() {
    return sas == null;
  }

  /** Packets of ESP so far. */
  int esp() {
    return esp;
  }

  /** Those of them that were opened. */
  int espDecrypted() {
    return espDecrypted;
  }

  /** Whether an SA of this SPI is wrapped in UDP with these ports. */
  boolean hasInUdp(UdpView udp, IpAddress target, int spi) {
    return sas != null
        && sas.has(target, spi, IpProtocol.ESP)
        && sas.encapsulates(udp.sourcePort(), udp.targetPort());
  }

  /** Whether anything was given that opens this protocol. */
  private boolean given(int protocol) {
    return sas != null || keys != null && protocol == IpProtocol.ESP;
  }

  /** A packet with a broken IP header counts if that header names an IPsec protocol. */
  void malformed(int depth, int protocol, Malformed why, List<Layer> layers) {
    if (protocol == IpProtocol.ESP || protocol == IpProtocol.AH || protocol == IpProtocol.IPCOMP) {
      String reason = cut ? "the capture holds only a part of the frame" : why.sentence();
      fail(depth, protocol, "", null, null, reason, layers);
    }
  }

  /** What is inside. */
  @SuppressWarnings("ArrayRecordComponent") // handed over, compared by nobody
  record Opened(byte[] inner, Mode mode) {}

  /**
   * Opens one IPsec header.
   *
   * @param packet from its IP header on, without link padding
   * @param at of the IPsec header
   * @return null if it could not be opened
   */
  @Nullable Opened open(
      byte[] packet, int at, int protocol, IpAddress target, int depth, List<Layer> layers) {
    esp += protocol == IpProtocol.ESP ? 1 : 0;
    int least =
        switch (protocol) {
          case IpProtocol.ESP -> 8;
          case IpProtocol.AH -> 12;
          default -> 4;
        };
    if (packet.length - at < least) {
      fail(depth, protocol, "", null, null, "the data ends inside the header", layers);
      return null;
    }
    ByteBuffer data = ByteBuffer.wrap(packet);
    int spi =
        switch (protocol) {
          case IpProtocol.ESP -> data.getInt(at);
          case IpProtocol.AH -> data.getInt(at + 4);
          default -> data.getShort(at + 2) & 0xffff;
        };
    boolean numbered = protocol != IpProtocol.IPCOMP;
    int low = numbered ? data.getInt(at + (protocol == IpProtocol.ESP ? 4 : 8)) : 0;
    String hex = "0x" + HexFormat.of().toHexDigits(spi);
    String number = numbered ? Integer.toUnsignedString(low) : null;
    if (protocol == IpProtocol.ESP
        && keys != null
        && (sas == null || !sas.has(target, spi, protocol))) {
      return openWithKeys(keys, packet, at, target, depth, layers);
    }
    if (sas == null) {
      worse(UNOPENED);
      add(
          depth,
          protocol,
          new Security(hex, number, null, null, UNOPENED, null, null, null),
          layers);
      return null;
    }
    SaTable.Opening opening = sas.open(target, spi, protocol, low, packet);
    if (opening == null) {
      fail(depth, protocol, hex, number, null, "no SA of this destination, SPI, protocol", layers);
      return null;
    }
    DropReason refused = opening.refused();
    if (refused != null) {
      fail(depth, protocol, hex, number, opening.sa(), words(refused), layers);
      return null;
    }
    worse(VERIFIED);
    espDecrypted += protocol == IpProtocol.ESP ? 1 : 0;
    Sa sa = opening.sa();
    String whole = numbered ? Long.toUnsignedString(opening.sequence()) : null;
    String again = null;
    String why = null;
    Integer differs = null;
    if (reseal) {
      Reseal.Outcome made = opening.seal(packet);
      DropReason impossible = made.refused();
      int mismatch = Arrays.mismatch(made.packet(), packet);
      again = impossible != null ? IMPOSSIBLE : mismatch < 0 ? IDENTICAL : DIFFERENT;
      why = impossible == null ? null : words(impossible);
      differs = impossible == null && mismatch >= 0 ? mismatch : null;
      worseAgain(again);
    }
    add(
        depth,
        protocol,
        new Security(hex, whole, sa.line(), sa.words(), VERIFIED, why, again, differs),
        layers);
    return new Opened(opening.inner(), sa.add().mode());
  }

  private @Nullable Opened openWithKeys(
      EspKeys given, byte[] packet, int at, IpAddress target, int depth, List<Layer> layers) {
    ByteBuffer data = ByteBuffer.wrap(packet);
    String hex = "0x" + HexFormat.of().toHexDigits(data.getInt(at));
    boolean v6 = packet[0] >>> 4 == 6;
    IpAddress source = IpAddress.read(Unpooled.wrappedBuffer(packet), v6 ? 8 : 12, v6);
    EspKeys.Opened opened =
        given.open(source, target, Arrays.copyOfRange(packet, at, packet.length));
    if (opened == null) {
      String number = Integer.toUnsignedString(data.getInt(at + 4));
      String why =
          given.has(source, target, data.getInt(at))
              ? "no key of this SPI opens it"
              : "no key of this SPI";
      fail(depth, IpProtocol.ESP, hex, number, null, why, layers);
      return null;
    }
    worse(VERIFIED);
    espDecrypted++;
    boolean tunnel =
        opened.nextHeader() == IpProtocol.IPV4 || opened.nextHeader() == IpProtocol.IPV6;
    add(
        depth,
        IpProtocol.ESP,
        new Security(
            hex,
            Long.toUnsignedString(opened.sequence()),
            opened.line(),
            opened.words() + (tunnel ? " tunnel" : " transport"),
            VERIFIED,
            opened.verified() ? null : "no check value was looked at",
            null,
            null),
        layers);
    return tunnel
        ? new Opened(opened.inner(), Mode.TUNNEL)
        : new Opened(Transport.inner(packet, opened), Mode.TRANSPORT);
  }

  private static String words(DropReason reason) {
    String counter = reason.linuxCounter();
    return reason.sentence() + (counter == null ? "" : " (" + counter + ")");
  }

  private void fail(
      int depth,
      int protocol,
      String spi,
      @Nullable String sequence,
      @Nullable Sa sa,
      String why,
      List<Layer> layers) {
    String verdict = given(protocol) ? FAILED : UNOPENED;
    worse(verdict);
    add(
        depth,
        protocol,
        new Security(
            spi,
            sequence,
            sa == null ? null : sa.line(),
            sa == null ? null : sa.words(),
            verdict,
            why,
            null,
            null),
        layers);
  }

  private static void add(int depth, int protocol, Security security, List<Layer> layers) {
    StringBuilder text = new StringBuilder();
    if (!security.spi().isEmpty()) {
      text.append(protocol == IpProtocol.IPCOMP ? "cpi " : "spi ").append(security.spi());
    }
    if (security.sequence() != null) {
      text.append(" seq ").append(security.sequence());
    }
    if (security.sa() != null) {
      text.append(" (").append(security.sa()).append(')');
    }
    text.append(": ").append(security.verdict());
    if (security.resealed() != null) {
      text.append(", resealed ").append(security.resealed());
      if (security.differs() != null) {
        text.append(" from byte ").append(security.differs());
      }
    }
    if (security.why() != null) {
      text.append(": ").append(security.why());
    }
    layers.add(new Layer(depth, Upper.name(protocol), text.toString(), security));
  }

  private void worse(String next) {
    if (verdict == null || next.equals(FAILED)) {
      verdict = next;
    }
  }

  private void worseAgain(String next) {
    if (resealed == null
        || next.equals(IMPOSSIBLE)
        || next.equals(DIFFERENT) && resealed.equals(IDENTICAL)) {
      resealed = next;
    }
  }
}
