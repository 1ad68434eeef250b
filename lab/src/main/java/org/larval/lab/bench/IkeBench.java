package org.larval.lab.bench;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.function.Consumer;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;
import org.larval.ike.ChildParameters;
import org.larval.ike.Endpoint;
import org.larval.ike.IkeEvent;
import org.larval.ike.Surroundings;
import org.larval.ike.auth.Certificate;
import org.larval.ike.auth.CredentialException;
import org.larval.ike.auth.Credentials;
import org.larval.ike.auth.Identity;
import org.larval.ike.auth.Keyring;
import org.larval.ike.config.Authentication;
import org.larval.ike.config.Child;
import org.larval.ike.config.Connection;
import org.larval.ike.config.Settings;
import org.larval.ike.config.TrafficSpec;
import org.larval.ike.crypto.Proposals;
import org.larval.ike.crypto.Secret;
import org.larval.ike.message.Octets;
import org.larval.ike.message.Protocol;
import org.larval.ike.sa.IkeEngine;
import org.larval.lab.time.Randomness;
import org.larval.packet.Event;
import org.larval.packet.EventsOnly;
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;

/**
 * IKE SAs with a child each, set up and deleted again by two engines on one processor: IKE_SA_INIT,
 * IKE_AUTH, deletion. The time of each end is measured around every call into it.
 */
final class IkeBench {
  private static final IpAddress A = IpAddress.parse("10.0.0.1");
  private static final IpAddress B = IpAddress.parse("10.0.0.2");
  private static final int BURST = 20;

  /** strongSwan 6.1.0's own figures on two loaded cores, for the eye (its load tester). */
  private static final List<BenchReport.Figure> STRONGSWAN =
      List.of(
          new BenchReport.Figure("strongSwan, x25519 psk, both ends", 800, "IKE SAs/s"),
          new BenchReport.Figure("strongSwan, x25519 psk, responder", 400, "us CPU/IKE SA"),
          new BenchReport.Figure("strongSwan, x25519 certificates", 423, "IKE SAs/s"),
          new BenchReport.Figure("strongSwan, MODP-2048 psk", 110, "IKE SAs/s"));

  private IkeBench() {}

  static BenchReport run(Rounds rounds, Consumer<String> progress) {
    List<Contender> contenders = new ArrayList<>();
    contenders.add(new Pair("x25519, psk", "aes128gcm16-prfsha256-x25519", null));
    contenders.add(new Pair("x25519, ECDSA certificates", "aes128gcm16-prfsha256-x25519", "EC"));
    contenders.add(new Pair("x25519, RSA certificates", "aes128gcm16-prfsha256-x25519", "RSA"));
    contenders.add(new Pair("modp2048, psk", "aes256-sha256-modp2048", null));
    contenders.add(
        new Pair("x25519 + mlkem768, psk", "aes128gcm16-prfsha256-x25519-ke1_mlkem768", null));
    List<BenchReport.Row> rows = rounds.of(contenders, progress);
    List<BenchReport.Figure> figures = new ArrayList<>();
    for (Contender one : contenders) {
      figures.addAll(((Pair) one).figures());
    }
    figures.addAll(STRONGSWAN);
    return new BenchReport(
        "ike",
        "IKE SA",
        List.of(new BenchReport.Table("IKE SA with a child, set up and deleted", rows)),
        figures);
  }

  /** Two engines that know each other. */
  private static final class Pair implements Contender {
    private final String name;
    private final End a;
    private final End b;
    private final ArrayDeque<Runnable> wire = new ArrayDeque<>();
    private long now;
    private long count;

    Pair(String name, String ike, @Nullable String keys) {
      this.name = name;
      Keyring ringA = new Keyring();
      Keyring ringB = new Keyring();
      if (keys == null) {
        Secret secret = Secret.of("bench".getBytes(StandardCharsets.UTF_8));
        ringA.shared(List.of(), secret);
        ringB.shared(List.of(), secret);
      } else {
        certify(keys, ringA, ringB);
      }
      Authentication.Method method =
          keys == null ? Authentication.Method.PSK : Authentication.Method.PUBKEY;
      a = new End(A, connection(method, ike, true), ringA, 1);
      b = new End(B, connection(method, ike, false), ringB, 2);
      a.peer = b;
      b.peer = a;
    }

    private static void certify(String algorithm, Keyring ringA, Keyring ringB) {
      try {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
        generator.initialize(algorithm.equals("RSA") ? 2048 : 256);
        KeyPair authority = generator.generateKeyPair();
        Certificate anchor = certificate("authority", authority, authority, algorithm, true);
        for (String end : List.of("a.test", "b.test")) {
          KeyPair key = generator.generateKeyPair();
          Keyring.Own own =
              new Keyring.Own(
                  end,
                  Credentials.signingKey(key.getPrivate().getEncoded(), null),
                  List.of(certificate(end, key, authority, algorithm, false)));
          (end.equals("a.test") ? ringA : ringB).own(own).anchor(anchor);
        }
      } catch (GeneralSecurityException
          | CredentialException
          | OperatorCreationException
          | java.io.IOException e) {
        throw new IllegalStateException("no certificates for the benchmark", e);
      }
    }

    private static Certificate certificate(
        String name, KeyPair key, KeyPair authority, String algorithm, boolean isAuthority)
        throws OperatorCreationException,
            CredentialException,
            java.io.IOException,
            CertIOException {
      Instant from = Instant.EPOCH.plus(20_000, ChronoUnit.DAYS);
      X509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              new X500Name("CN=authority"),
              BigInteger.valueOf(name.hashCode() & 0x7fff_ffff),
              Date.from(from),
              Date.from(from.plus(3_650, ChronoUnit.DAYS)),
              new X500Name("CN=" + name),
              key.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isAuthority));
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(new GeneralName(GeneralName.dNSName, name)));
      String signer = algorithm.equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
      return Certificate.of(
          Octets.of(
              builder
                  .build(new JcaContentSignerBuilder(signer).build(authority.getPrivate()))
                  .getEncoded()));
    }

    private static Connection connection(Authentication.Method method, String ike, boolean ofA) {
      Authentication own = new Authentication(method, Identity.parse(ofA ? "a.test" : "b.test"));
      Authentication other = new Authentication(method, Identity.parse(ofA ? "b.test" : "a.test"));
      Prefix here = Prefix.host(ofA ? A : B);
      Prefix there = Prefix.host(ofA ? B : A);
      return Connection.named("bench", own, other)
          .between(List.of(here), List.of(there))
          .proposals(Proposals.parse(Protocol.IKE, ike))
          .children(
              List.of(
                  Child.named("net")
                      .local(List.of(TrafficSpec.of(here)))
                      .remote(List.of(TrafficSpec.of(there)))
                      .proposals(Proposals.parse(Protocol.ESP, "aes128gcm16"))
                      .reqid(1)
                      .build()))
          .mobike(false)
          .build();
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public long run() {
      for (int one = 0; one < BURST; one++) {
        now += 1_000_000;
        a.timed(() -> a.engine.initiate(now, "bench", "net", a));
        drain();
        if (b.up != count + 1) {
          throw new IllegalStateException(name + ": no IKE SA");
        }
        a.timed(() -> a.engine.terminate(now, "bench", a));
        drain();
        count++;
      }
      return BURST;
    }

    private void drain() {
      for (Runnable next = wire.poll(); next != null; next = wire.poll()) {
        next.run();
      }
    }

    List<BenchReport.Figure> figures() {
      return List.of(
          new BenchReport.Figure(name + ", initiator", a.time / 1e3 / count, "us CPU/IKE SA"),
          new BenchReport.Figure(name + ", responder", b.time / 1e3 / count, "us CPU/IKE SA"));
    }

    /** One engine and what it spends. */
    private final class End implements EventsOnly, Surroundings {
      private final IpAddress address;
      private final IkeEngine engine;
      private @Nullable End peer;
      private long time;
      private long up;

      End(IpAddress address, Connection connection, Keyring keyring, int seed) {
        this.address = address;
        engine =
            new IkeEngine(
                List.of(connection),
                Settings.DEFAULT,
                keyring,
                new Randomness(seed, true).secure("ike"),
                this);
      }

      void timed(Runnable work) {
        long began = Rounds.cpuTime();
        work.run();
        time += Rounds.cpuTime() - began;
      }

      @Override
      public void emit(Event event) {
        End to = peer;
        if (event instanceof IkeEvent.Send send && to != null) {
          Endpoint here = send.remote();
          Endpoint there = send.local();
          Octets octets = send.datagram();
          wire.add(() -> to.timed(() -> to.engine.onDatagram(now, here, there, octets, to)));
        } else if (event instanceof IkeEvent.IkeUp) {
          up++;
        }
      }

      @Override
      public IpAddress sourceFor(IpAddress to) {
        return address;
      }

      @Override
      public boolean polmatch(String flow, String policy) {
        return false;
      }

      @Override
      public long lastInbound(ChildParameters child) {
        return Long.MIN_VALUE;
      }

      @Override
      public long date(long at) {
        return Instant.EPOCH.plus(21_000, ChronoUnit.DAYS).toEpochMilli();
      }
    }
  }
}
