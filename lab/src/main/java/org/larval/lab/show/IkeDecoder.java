package org.larval.lab.show;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.Fragments;
import org.larval.ike.message.Header;
import org.larval.ike.message.MalformedMessageException;
import org.larval.ike.message.Message;
import org.larval.ike.message.MessageReader;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Payload;
import org.larval.ike.message.Proposal;
import org.larval.ike.message.Protocol;
import org.larval.ike.message.SaPayload;
import org.larval.ike.message.SkPayload;
import org.larval.ike.message.SkfPayload;
import org.larval.pcap.IkeKeyTable;

/** Reads IKE messages, opens them with the keys that were given, puts fragments together. */
final class IkeDecoder {
  /** What came of a message. */
  enum Verdict {
    /** Nothing in it is encrypted. */
    CLEAR,
    /** Opened. */
    DECRYPTED,
    /** Keys were given, but none opens it. */
    FAILED,
    /** No keys were given. */
    UNOPENED,
    /** No message. */
    MALFORMED
  }

  /**
   * Keys that may open messages of an IKE SA.
   *
   * @param label where they are from
   * @param set of the key file; null if they are from a table
   */
  record Keys(
      String label,
      PacketCipher initiator,
      PacketCipher responder,
      IkeKeyFile.@Nullable IkeSet set) {
    PacketCipher of(Header header) {
      return header.fromInitiator() ? initiator : responder;
    }
  }

  /**
   * The contents of an encrypted message, all fragments of it.
   *
   * @param message with the payloads that were inside
   * @param plain those payloads
   * @param first octets of the message, or of its first fragment
   * @param content where the payload with the encrypted content begins in there
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, compared by nobody
  record Opened(Message message, byte[] plain, byte[] first, int content, Keys keys) {}

  /**
   * A message.
   *
   * @param header null if there is none
   * @param outer as it is on the wire; null if it is malformed
   * @param why it is malformed or was not opened, or null
   * @param opened null if nothing was encrypted, or not all fragments were there
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, compared by nobody
  record Decoded(
      int frame,
      long nanos,
      byte[] octets,
      @Nullable Header header,
      @Nullable Message outer,
      Verdict verdict,
      @Nullable String why,
      @Nullable Keys keys,
      @Nullable Opened opened) {
    /** What there is to read: what was inside, otherwise what is outside. */
    @Nullable Message message() {
      return opened != null ? opened.message() : outer;
    }

    boolean encrypted() {
      return outer != null
          && (outer.first(SkPayload.class) != null || outer.first(SkfPayload.class) != null);
    }
  }

  private record FragmentKey(IkeSpis spis, int id, boolean initiator, boolean response) {}

  /** Fragments of a message and the octets of the first. */
  private static final class Pending {
    private final Fragments fragments = new Fragments(Fragments.MAX_FRAGMENTS, 1 << 20);
    private byte[] first = new byte[0];
    private int content;
  }

  private static final int MAX_PENDING = 1024;
  private static final byte[] NOTHING = new byte[0];

  private final List<IkeKeyTable.Entry> table;
  private final List<IkeKeyFile.IkeSet> sets;
  private final boolean given;
  private final Map<Object, List<Keys>> ciphers = new LinkedHashMap<>();
  private final Set<CipherSpec> negotiated = new LinkedHashSet<>();
  private final Map<FragmentKey, Pending> pending =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<FragmentKey, Pending> eldest) {
          return size() > MAX_PENDING;
        }
      };

  /**
   * With keys.
   *
   * @param given whether keys were given at all, be they none
   */
  IkeDecoder(List<IkeKeyTable.Entry> table, List<IkeKeyFile.IkeSet> sets, boolean given) {
    this.table = table;
    this.sets = sets;
    this.given = given;
  }

  /** One message without a marker. */
  Decoded decode(int frame, long nanos, byte[] octets) {
    Header header = null;
    try {
      header = MessageReader.header(octets);
      Message outer = MessageReader.read(octets);
      negotiated(outer);
      Payload last = outer.payloads().isEmpty() ? null : outer.payloads().getLast();
      if (last instanceof SkPayload sk) {
        return whole(frame, nanos, octets, outer, sk);
      }
      if (last instanceof SkfPayload skf) {
        return fragment(frame, nanos, octets, outer, skf);
      }
      return new Decoded(frame, nanos, octets, header, outer, Verdict.CLEAR, null, null, null);
    } catch (MalformedMessageException problem) {
      String why = problem.getMessage();
      return new Decoded(frame, nanos, octets, header, null, Verdict.MALFORMED, why, null, null);
    }
  }

  /** Remembers algorithms for sets that do not name theirs. */
  private void negotiated(Message message) {
    SaPayload sa = message.first(SaPayload.class);
    if (message.header().response() && sa != null && sa.proposals().size() == 1) {
      Proposal answer = sa.proposals().getFirst();
      CipherSpec spec = answer.protocol() == Protocol.IKE.id() ? CipherSpec.of(answer) : null;
      if (spec != null) {
        negotiated.add(spec);
      }
    }
  }

  private Decoded whole(int frame, long nanos, byte[] octets, Message outer, SkPayload sk) {
    int content = octets.length - sk.body().size();
    Header header = outer.header();
    for (Keys keys : candidates(IkeSpis.of(header))) {
      byte[] plain = open(keys.of(header), octets, content);
      if (plain == null) {
        continue;
      }
      try {
        Message inner = outer.with(MessageReader.payloads(sk.inner(), plain));
        negotiated(inner);
        Opened opened = new Opened(inner, plain, octets, content - Payload.HEADER, keys);
        return new Decoded(
            frame, nanos, octets, header, outer, Verdict.DECRYPTED, null, keys, opened);
      } catch (MalformedMessageException problem) {
        if (keys.of(header).spec().verifies()) {
          String why = "inside: " + problem.getMessage();
          return new Decoded(
              frame, nanos, octets, header, outer, Verdict.DECRYPTED, why, keys, null);
        }
      }
    }
    return closed(frame, nanos, octets, outer);
  }

  private Decoded fragment(int frame, long nanos, byte[] octets, Message outer, SkfPayload skf) {
    int content = octets.length - skf.body().size();
    Header header = outer.header();
    for (Keys keys : candidates(IkeSpis.of(header))) {
      byte[] part = open(keys.of(header), octets, content);
      if (part == null) {
        continue;
      }
      FragmentKey key =
          new FragmentKey(
              IkeSpis.of(header), header.messageId(), header.fromInitiator(), header.response());
      Pending waiting = pending.computeIfAbsent(key, k -> new Pending());
      if (skf.number() == 1) {
        waiting.first = octets;
        waiting.content = content - Payload.HEADER - 4;
      }
      String why = null;
      Opened opened = null;
      switch (waiting.fragments.add(skf, Octets.of(part))) {
        case Fragments.Waiting wait -> {}
        case Fragments.Ignored ignored -> why = ignored.why();
        case Fragments.Whole whole -> {
          pending.remove(key);
          byte[] plain = whole.plain();
          try {
            Message inner = outer.with(MessageReader.payloads(whole.firstType(), plain));
            negotiated(inner);
            opened = new Opened(inner, plain, waiting.first, waiting.content, keys);
          } catch (MalformedMessageException problem) {
            why = "inside: " + problem.getMessage();
          }
        }
      }
      return new Decoded(frame, nanos, octets, header, outer, Verdict.DECRYPTED, why, keys, opened);
    }
    return closed(frame, nanos, octets, outer);
  }

  private Decoded closed(int frame, long nanos, byte[] octets, Message outer) {
    boolean known = !candidates(IkeSpis.of(outer.header())).isEmpty();
    return new Decoded(
        frame,
        nanos,
        octets,
        outer.header(),
        outer,
        given ? Verdict.FAILED : Verdict.UNOPENED,
        !given ? null : known ? "no key opens it" : "no key of these SPIs",
        null,
        null);
  }

  private static byte @Nullable [] open(PacketCipher cipher, byte[] octets, int content) {
    byte[] padded = cipher.open(octets, content, Arrays.copyOf(octets, content), NOTHING, NOTHING);
    if (padded == null || padded.length == 0) {
      return null;
    }
    int size = padded.length - 1 - (padded[padded.length - 1] & 0xff);
    return size < 0 ? null : Arrays.copyOf(padded, size);
  }

  /** Keys of these SPIs, those of the file first and the latest of them before the others. */
  private List<Keys> candidates(IkeSpis spis) {
    List<Keys> candidates = new ArrayList<>();
    for (IkeKeyFile.IkeSet set : sets.reversed()) {
      if (set.spis() == null || set.spis().equals(spis)) {
        candidates.addAll(ciphers(set));
      }
    }
    for (IkeKeyTable.Entry entry : table) {
      if (entry.initiatorSpi() == spis.initiator() && entry.responderSpi() == spis.responder()) {
        candidates.addAll(ciphers.computeIfAbsent(entry, e -> ciphers(entry)));
      }
    }
    return candidates;
  }

  private static List<Keys> ciphers(IkeKeyTable.Entry entry) {
    CipherSpec spec = CipherSpec.of(entry.encryption(), entry.integrity());
    try {
      return List.of(
          new Keys(
              "line " + entry.line(),
              new PacketCipher(spec, entry.initiatorKey(), entry.initiatorIntegrityKey()),
              new PacketCipher(spec, entry.responderKey(), entry.responderIntegrityKey()),
              null));
    } catch (IllegalArgumentException tooShort) {
      return List.of();
    }
  }

  private List<Keys> ciphers(IkeKeyFile.IkeSet set) {
    CipherSpec named = CipherSpec.named(set.proposal());
    if (named != null) {
      return ciphers.computeIfAbsent(set, s -> ciphers(set, List.of(named)));
    }
    return ciphers(set, List.copyOf(negotiated));
  }

  private static List<Keys> ciphers(IkeKeyFile.IkeSet set, List<CipherSpec> specs) {
    return specs.stream().flatMap(spec -> cipher(set, spec).stream()).toList();
  }

  private static List<Keys> cipher(IkeKeyFile.IkeSet set, CipherSpec spec) {
    try {
      return List.of(
          new Keys(
              "set " + set.number(),
              cipher(spec, set.key("SK_ei"), set.key("SK_ai")),
              cipher(spec, set.key("SK_er"), set.key("SK_ar")),
              set));
    } catch (IllegalArgumentException tooShort) {
      return List.of();
    }
  }

  private static PacketCipher cipher(CipherSpec spec, Secret key, Secret integrity) {
    return new PacketCipher(spec, key.toArray(), integrity.toArray());
  }
}
