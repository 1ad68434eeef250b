package org.larval.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.larval.ike.ChildParameters;
import org.larval.ike.IkeEvent;
import org.larval.ike.Surroundings;
import org.larval.ike.auth.Identity;
import org.larval.ike.auth.Keyring;
import org.larval.ike.config.Authentication;
import org.larval.ike.config.Connection;
import org.larval.ike.config.Settings;
import org.larval.ike.crypto.Proposals;
import org.larval.ike.message.Protocol;
import org.larval.ike.sa.IkeEngine;
import org.larval.packet.EffectList;
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;

/** Somebody who begins an IKE SA and is not heard of again. */
final class HalfOpen {
  private HalfOpen() {}

  /** Sends one IKE_SA_INIT request out of a namespace. */
  static void send(String namespace, String target) throws IOException {
    IpAddress here = IpAddress.parse(TwoNamespaces.OURS);
    Authentication nobody = new Authentication(Authentication.Method.PSK, Identity.ANYBODY);
    Connection connection =
        Connection.named("gone", nobody, nobody)
            .between(List.of(Prefix.host(here)), List.of(Prefix.host(IpAddress.parse(target))))
            .proposals(Proposals.parse(Protocol.IKE, LiveCase.IKE))
            .build();
    IkeEngine engine =
        new IkeEngine(
            List.of(connection), Settings.DEFAULT, new Keyring(), new Random(1), new Nowhere(here));
    List<byte[]> datagrams = new ArrayList<>();
    try (EffectList out = new EffectList()) {
      boolean begun = engine.initiate(0, "gone", null, out);
      assert begun;
      for (IkeEvent.Send send : out.events(IkeEvent.Send.class)) {
        datagrams.add(send.datagram().toArray());
      }
    }
    Path file = Files.createTempFile("half-open", ".ike");
    Files.write(file, datagrams.getFirst());
    Commands.must(
        Commands.in(namespace, "bash", "-c", "cat " + file + " > /dev/udp/" + target + "/500"));
    Files.delete(file);
  }

  /** A machine that has one address. */
  private record Nowhere(IpAddress here) implements Surroundings {
    @Override
    public @Nullable IpAddress sourceFor(IpAddress peer) {
      return here;
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
    public long date(long now) {
      return 0;
    }
  }
}
