package org.larval.lab.ike;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.larval.ike.message.Selector;
import org.larval.wire.IpAddress;
import org.larval.wire.Prefix;

/**
 * Addresses and routes of the TUN device, by the tool {@code ip}: one command after the other, on a
 * thread of their own, so that packets need not wait for them.
 */
final class Roads implements AutoCloseable {
  private static final int MTU = 1400;
  private static final int PATIENCE = 5;

  /** Hears what a command says against itself. */
  @FunctionalInterface
  interface Complaints {
    void say(String line);
  }

  private final String device;
  private final Complaints complaints;
  private final ExecutorService commands =
      Executors.newSingleThreadExecutor(
          task -> Thread.ofPlatform().daemon().name("ip").unstarted(task));

  /** How many children want a route. */
  private final Map<Prefix, Integer> wanted = new LinkedHashMap<>();

  private final Map<IpAddress, Integer> detours = new LinkedHashMap<>();

  Roads(String device, Complaints complaints) {
    this.device = device;
    this.complaints = complaints;
  }

  void begin() {
    run("link", "set", "dev", device, "mtu", Integer.toString(MTU), "up");
  }

  /** An address that the peer has given, or taken back. */
  void address(IpAddress address, boolean given) {
    run("address", given ? "replace" : "del", Prefix.host(address).toString(), "dev", device);
  }

  /** Traffic of a child goes through the device. */
  void open(List<Selector.Range> local, List<Selector.Range> remote, IpAddress peer) {
    for (Prefix target : prefixes(remote)) {
      if (wanted.merge(target, 1, Integer::sum) == 1) {
        if (target.contains(peer)) {
          detour(peer, true);
        }
        // the device may get its address first
        commands.execute(
            () -> {
              IpAddress source = within(local, target.address().v6());
              List<String> words = new ArrayList<>(List.of("route", "replace"));
              words.addAll(List.of(target.toString(), "dev", device));
              if (source != null) {
                words.addAll(List.of("src", source.toString()));
              }
              perform(words);
            });
      }
    }
  }

  /** It does not any more. */
  void close(List<Selector.Range> remote, IpAddress peer) {
    for (Prefix target : prefixes(remote)) {
      Integer left = wanted.merge(target, -1, Integer::sum);
      if (left <= 0) {
        wanted.remove(target);
        run("route", "del", target.toString(), "dev", device);
        if (target.contains(peer)) {
          detour(peer, false);
        }
      }
    }
  }

  /** The way to the peer must not lead into the tunnel that leads to it. */
  private void detour(IpAddress peer, boolean needed) {
    int count = detours.merge(peer, needed ? 1 : -1, Integer::sum);
    if (needed && count == 1) {
      commands.execute(
          () -> {
            String[] way = said(List.of("route", "get", peer.toString())).split("\\s+");
            List<String> words = new ArrayList<>(List.of("route", "replace"));
            words.add(Prefix.host(peer).toString());
            for (int at = 0; at + 1 < way.length; at++) {
              if (way[at].equals("via") || way[at].equals("dev")) {
                words.addAll(List.of(way[at], way[at + 1]));
              }
            }
            perform(words);
          });
    } else if (!needed && count <= 0) {
      detours.remove(peer);
      run("route", "del", Prefix.host(peer).toString());
    }
  }

  /** Halves stand for the default route, so that the one that is there stays. */
  private static List<Prefix> prefixes(List<Selector.Range> ranges) {
    List<Prefix> all = new ArrayList<>();
    for (Selector.Range range : ranges) {
      for (Prefix prefix : SelectorCover.prefixes(range.first(), range.last())) {
        if (prefix.length() > 0) {
          all.add(prefix);
        } else if (prefix.address().v6()) {
          all.add(Prefix.parse("::/1"));
          all.add(Prefix.parse("8000::/1"));
        } else {
          all.add(Prefix.parse("0.0.0.0/1"));
          all.add(Prefix.parse("128.0.0.0/1"));
        }
      }
    }
    return all.stream().distinct().toList();
  }

  /** An address of this machine that may use the child, or null. */
  private static @Nullable IpAddress within(List<Selector.Range> local, boolean v6) {
    for (IpAddress address : UdpPorts.machine()) {
      for (Selector.Range range : local) {
        if (address.v6() == v6
            && range.first().v6() == v6
            && address.compareTo(range.first()) >= 0
            && address.compareTo(range.last()) <= 0) {
          return address;
        }
      }
    }
    return null;
  }

  private void run(String... words) {
    commands.execute(() -> perform(List.of(words)));
  }

  private void perform(List<String> words) {
    said(words);
  }

  private String said(List<String> words) {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(words);
    String line = String.join(" ", command);
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(PATIENCE, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        complaints.say("'" + line + "' does not end");
      } else if (process.exitValue() != 0) {
        complaints.say("'" + line + "' fails: " + text.strip());
      }
      return text;
    } catch (IOException e) {
      complaints.say("'" + line + "' cannot be run; install iproute2 or set it by hand");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return "";
  }

  @Override
  public void close() {
    commands.shutdown();
    try {
      if (!commands.awaitTermination(PATIENCE, TimeUnit.SECONDS)) {
        complaints.say("some commands of ip are still under way");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
