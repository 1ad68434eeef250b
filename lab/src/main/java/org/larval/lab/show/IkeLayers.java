package org.larval.lab.show;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.larval.ike.message.ExchangeType;
import org.larval.ike.message.Header;
import org.larval.ike.message.MalformedMessageException;
import org.larval.ike.message.Message;
import org.larval.ike.message.MessageReader;
import org.larval.ike.message.MessageText;
import org.larval.ike.message.SkPayload;
import org.larval.ike.message.SkfPayload;
import org.larval.ike.message.TextLine;
import org.larval.lab.show.IkeDecoder.Decoded;
import org.larval.lab.show.IkeDecoder.Opened;
import org.larval.lab.show.ShowReport.Ike;
import org.larval.lab.show.ShowReport.Layer;

/** Shows IKE messages and counts them. */
final class IkeLayers {
  private static final int FLAGS = 0x38;

  private final IkeDecoder decoder;
  private final IkeHistory history;
  private int messages;
  private int encrypted;
  private int decrypted;

  IkeLayers(IkeDecoder decoder, IkeHistory history) {
    this.decoder = decoder;
    this.history = history;
  }

  int messages() {
    return messages;
  }

  int encrypted() {
    return encrypted;
  }

  int decrypted() {
    return decrypted;
  }

  /**
   * Whether octets between any two ports can only be a message of IKEv2: whole and well-formed,
   * version 2.0, no reserved flag, of a known exchange, its first message with a zero responder SPI
   * and id, everything behind IKE_SA_INIT encrypted.
   */
  static boolean clearly(byte[] octets) {
    if (octets.length < Header.SIZE || (octets[19] & ~FLAGS) != 0) {
      return false;
    }
    try {
      Message message = MessageReader.read(octets);
      Header header = message.header();
      if (header.version() != Header.IKEV2 || ExchangeType.of(header.exchange()) == null) {
        return false;
      }
      if (header.is(ExchangeType.IKE_SA_INIT)) {
        return header.messageId() == 0
            && header.fromInitiator() != header.response()
            && (header.response() || header.responderSpi() == 0)
            && !message.payloads().isEmpty();
      }
      return header.responderSpi() != 0
          && (message.first(SkPayload.class) != null || message.first(SkfPayload.class) != null);
    } catch (MalformedMessageException none) {
      return false;
    }
  }

  /** One message without a marker. */
  void show(int frame, long nanos, byte[] octets, int depth, List<Layer> layers) {
    if (octets.length >= Header.SIZE && octets[17] >>> 4 == 1) {
      layers.add(new Layer(depth, "ikev1", octets.length + " bytes", null));
      return;
    }
    messages++;
    Decoded decoded = decoder.decode(frame, nanos, octets);
    history.add(decoded);
    if (decoded.encrypted()) {
      encrypted++;
      decrypted += decoded.verdict() == IkeDecoder.Verdict.DECRYPTED ? 1 : 0;
    }
    layers.add(new Layer(depth, "ike", words(decoded), null, null, ike(decoded)));
  }

  private static String words(Decoded decoded) {
    StringBuilder text = new StringBuilder();
    Header header = decoded.header();
    if (header != null) {
      text.append(IkeSpis.of(header)).append(' ');
    }
    Message outer = decoded.outer();
    text.append(outer != null ? outer : decoded.octets().length + " bytes");
    String verdict = verdict(decoded);
    Opened opened = decoded.opened();
    if (decoded.verdict() != IkeDecoder.Verdict.CLEAR) {
      text.append(": ").append(verdict);
    }
    if (opened != null) {
      text.append(" [").append(MessageText.names(opened.message().payloads())).append(']');
    }
    if (decoded.why() != null) {
      text.append(": ").append(decoded.why());
    }
    return text.toString();
  }

  private static String verdict(Decoded decoded) {
    return decoded.verdict().name().toLowerCase(Locale.ROOT);
  }

  private static Ike ike(Decoded decoded) {
    Header header = decoded.header();
    HexFormat hex = HexFormat.of();
    return new Ike(
        header == null ? null : hex.toHexDigits(header.initiatorSpi()),
        header == null ? null : hex.toHexDigits(header.responderSpi()),
        header == null ? null : ExchangeType.name(header.exchange()),
        header != null && header.response(),
        header != null && header.fromInitiator(),
        header == null ? 0 : header.messageId() & 0xffff_ffffL,
        decoded.octets().length,
        verdict(decoded),
        decoded.keys() == null ? null : decoded.keys().label(),
        decoded.why(),
        tree(decoded.outer(), decoded.opened()));
  }

  private static List<TextLine> tree(@Nullable Message outer, @Nullable Opened opened) {
    List<TextLine> lines = new ArrayList<>();
    if (outer != null) {
      lines.addAll(MessageText.tree(outer.payloads()));
    }
    if (opened != null) {
      for (TextLine line : MessageText.tree(opened.message().payloads())) {
        lines.add(new TextLine(line.depth() + 1, line.name(), line.text()));
      }
    }
    return lines;
  }
}
