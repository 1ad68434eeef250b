package org.larval.lab.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.larval.lab.time.Randomness;
import org.larval.packet.DropReason;
import org.larval.packet.Packet;
import org.larval.packet.PacketPool;
import org.larval.wire.IpAddress;
import org.larval.wire.IpProtocol;
import org.larval.wire.Ipv4View;
import org.larval.xfrm.Mode;
import org.larval.xfrm.State;
import org.larval.xfrm.Transform;
import org.larval.xfrm.crypto.CryptoBackend;
import org.larval.xfrm.transform.SaParameters;
import org.larval.xfrm.transform.StateMaker;

/**
 * ESP in transport mode with AES-128-GCM: an IPv4 packet protected, and opened again. The reference
 * is the JDK's cipher on plain arrays, for as many bytes as ESP encrypts.
 */
final class EspBench {
  private static final int BATCH = 256;
  private static final int TRAILER = 2;
  private static final int TAG = 16;
  private static final int ICV_BITS = 128;
  private static final IpAddress A = IpAddress.parse("10.0.0.1");
  private static final IpAddress B = IpAddress.parse("10.0.0.2");

  private EspBench() {}

  static BenchReport run(Rounds rounds, Consumer<String> progress) {
    List<BenchReport.Table> tables = new ArrayList<>();
    for (int bytes : new int[] {64, 1420}) {
      tables.add(
          new BenchReport.Table(
              "sealing packets of " + bytes + " bytes",
              rounds.of(List.of(new Raw(bytes, true), new Esp(bytes, true)), progress)));
      tables.add(
          new BenchReport.Table(
              "opening packets of " + bytes + " bytes",
              rounds.of(List.of(new Raw(bytes, false), new Esp(bytes, false)), progress)));
    }
    return new BenchReport("esp", "packet", tables);
  }

  private static byte[] key(int length) {
    byte[] key = new byte[length];
    Arrays.fill(key, (byte) 7);
    return key;
  }

  /** Cipher alone, set up for each packet with its own nonce, as GCM demands. */
  private static final class Raw implements Contender {
    private final boolean seals;
    private final int clear;
    private final byte[] plain;
    private final byte[][] sealed = new byte[BATCH][];
    private final byte[][] nonces = new byte[BATCH][12];
    private final byte[] aad = new byte[8];
    private final SecretKey key = new SecretKeySpec(key(16), "AES");
    private final Cipher cipher;
    private long sequence;

    Raw(int bytes, boolean seals) {
      this.seals = seals;
      clear = bytes - Ipv4View.HEADER + TRAILER + 3 & -4;
      plain = new byte[clear + TAG];
      for (int i = 0; i < BATCH; i++) {
        sealed[i] = new byte[clear + TAG];
      }
      try {
        cipher = Cipher.getInstance("AES/GCM/NoPadding");
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
      sealAll();
    }

    private void sealAll() {
      for (int i = 0; i < BATCH; i++) {
        sequence++;
        for (int at = 0; at < 8; at++) {
          nonces[i][4 + at] = (byte) (sequence >>> 56 - 8 * at);
        }
        crypt(Cipher.ENCRYPT_MODE, nonces[i], plain, clear, sealed[i]);
      }
    }

    private void crypt(int mode, byte[] nonce, byte[] in, int length, byte[] out) {
      try {
        cipher.init(mode, key, new GCMParameterSpec(ICV_BITS, nonce));
        cipher.updateAAD(aad, 0, aad.length);
        cipher.doFinal(in, 0, length, out, 0);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public String name() {
      return "cipher of the JDK";
    }

    @Override
    public long run() {
      if (seals) {
        sealAll();
      } else {
        for (int i = 0; i < BATCH; i++) {
          crypt(Cipher.DECRYPT_MODE, nonces[i], sealed[i], clear + TAG, plain);
        }
      }
      return BATCH;
    }
  }

  /** An SA with a batch of packets, which are made anew before each run. */
  private static final class Esp implements Contender {
    private final PacketPool pool = new PacketPool(PooledByteBufAllocator.DEFAULT, false);
    private final Packet[] packets = new Packet[BATCH];
    private final boolean seals;
    private final int bytes;
    private final State out;
    private final State in;

    Esp(int bytes, boolean seals) {
      this.bytes = bytes;
      this.seals = seals;
      out = sa();
      in = sa();
      for (int i = 0; i < BATCH; i++) {
        packets[i] = pool.make(0, bytes);
      }
    }

    private static State sa() {
      StateMaker maker =
          new StateMaker(CryptoBackend.jce(), new Randomness(1, true).stream("bench"));
      return maker.state(
          State.of(A, B, 0x1000, IpProtocol.ESP).mode(Mode.TRANSPORT), SaParameters.gcm(key(20)));
    }

    @Override
    public String name() {
      return "ESP";
    }

    @Override
    public void prepare() {
      for (Packet packet : packets) {
        ByteBuf data = packet.buffer();
        data.setIndex(PacketPool.HEADROOM, PacketPool.HEADROOM + bytes);
        data.setZero(PacketPool.HEADROOM, bytes);
        Ipv4View.emit(
            data, PacketPool.HEADROOM, Ipv4View.HEADER, bytes, 0, 1, 0, 64, IpProtocol.UDP, A, B);
        packet.headers(PacketPool.HEADROOM, PacketPool.HEADROOM + Ipv4View.HEADER);
        if (!seals) {
          check(transform(out).protect(0, out, packet));
        }
      }
    }

    @Override
    public long run() {
      for (Packet packet : packets) {
        check(seals ? transform(out).protect(0, out, packet) : transform(in).open(0, in, packet));
      }
      return BATCH;
    }

    private static Transform transform(State sa) {
      Transform transform = sa.transform();
      if (transform == null) {
        throw new IllegalStateException("an SA without a transform");
      }
      return transform;
    }

    private static void check(@Nullable DropReason reason) {
      if (reason != null) {
        throw new IllegalStateException(reason.sentence());
      }
    }

    @Override
    public void close() {
      for (Packet packet : packets) {
        packet.release();
      }
    }
  }
}
