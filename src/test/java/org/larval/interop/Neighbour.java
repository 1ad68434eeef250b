package org.larval.interop;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The only other machine on a guest's network: sends IPv4 packets as they are given and takes what
 * comes back. It answers ARP for every address but the guest's.
 */
final class Neighbour implements AutoCloseable {
  private static final byte[] MAC = HexFormat.of().parseHex("02bbbbbbbb01");
  private static final byte[] ALL = HexFormat.of().parseHex("ffffffffffff");
  private static final int POLL_MILLIS = 5;
  private static final int ETHERNET = 14;

  /** Lets time pass for a guest that has no clock of its own. */
  interface Pump {
    void run() throws IOException;
  }

  private final DatagramSocket socket;
  private final byte[] guest;
  private final Pump pump;
  private final byte[] mac;
  private final byte[] frame = new byte[65_536];

  /**
   * Joins.
   *
   * @param here what is bound
   * @param there where the guest's NIC is
   * @param guest its IPv4 address
   */
  Neighbour(InetSocketAddress here, InetSocketAddress there, byte[] guest, Pump pump)
      throws IOException {
    socket = new DatagramSocket(here);
    socket.connect(there);
    socket.setSoTimeout(POLL_MILLIS);
    this.guest = guest.clone();
    this.pump = pump;
    mac = resolve();
  }

  private byte[] resolve() throws IOException {
    byte[] request = arp(1, ALL, new byte[] {10, 9, 0, 1}, new byte[6], guest);
    for (int i = 0; i < 50; i++) {
      send(request);
      byte[] answer = next(200);
      if (answer != null && type(answer) == 0x0806 && answer[21] == 2) {
        return Arrays.copyOfRange(answer, 22, 28);
      }
    }
    throw new IOException("nobody answers ARP");
  }

  private static byte[] arp(int kind, byte[] to, byte[] from, byte[] target, byte[] address) {
    byte[] arp = new byte[42];
    System.arraycopy(to, 0, arp, 0, 6);
    System.arraycopy(MAC, 0, arp, 6, 6);
    byte[] head = HexFormat.of().parseHex("0806000108000604000" + kind);
    System.arraycopy(head, 0, arp, 12, head.length);
    System.arraycopy(MAC, 0, arp, 22, 6);
    System.arraycopy(from, 0, arp, 28, 4);
    System.arraycopy(target, 0, arp, 32, 6);
    System.arraycopy(address, 0, arp, 38, 4);
    return arp;
  }

  private static int type(byte[] frame) {
    return (frame[12] & 0xff) << 8 | frame[13] & 0xff;
  }

  private void send(byte[] bytes) throws IOException {
    socket.send(new DatagramPacket(bytes, bytes.length));
  }

  /** The next frame within a time, or null. */
  private byte @Nullable [] next(long millis) throws IOException {
    long end = System.nanoTime() + millis * 1_000_000L;
    while (System.nanoTime() - end < 0) {
      pump.run();
      DatagramPacket datagram = new DatagramPacket(frame, frame.length);
      try {
        socket.receive(datagram);
      } catch (SocketTimeoutException _) {
        continue;
      }
      if (datagram.getLength() >= ETHERNET + 20) {
        return Arrays.copyOf(frame, datagram.getLength());
      }
    }
    return null;
  }

  /** Sends an IPv4 packet and waits for one to its source; null if none comes. */
  byte @Nullable [] ask(byte[] packet, long millis) throws IOException {
    byte[] whole = new byte[ETHERNET + packet.length];
    System.arraycopy(mac, 0, whole, 0, 6);
    System.arraycopy(MAC, 0, whole, 6, 6);
    whole[12] = 8;
    System.arraycopy(packet, 0, whole, ETHERNET, packet.length);
    send(whole);
    byte[] source = Arrays.copyOfRange(packet, 12, 16);
    long end = System.nanoTime() + millis * 1_000_000L;
    while (System.nanoTime() - end < 0) {
      byte[] answer = next(Math.max(1, (end - System.nanoTime()) / 1_000_000L));
      if (answer == null) {
        return null;
      }
      if (type(answer) == 0x0806 && answer[21] == 1) {
        byte[] asked = Arrays.copyOfRange(answer, 38, 42);
        if (!Arrays.equals(asked, guest)) {
          send(arp(2, mac, asked, mac, guest));
        }
      } else if (type(answer) == 0x0800
          && Arrays.equals(Arrays.copyOfRange(answer, 30, 34), source)) {
        int length = (answer[16] & 0xff) << 8 | answer[17] & 0xff;
        return Arrays.copyOfRange(answer, ETHERNET, Math.min(answer.length, ETHERNET + length));
      }
    }
    return null;
  }

  @Override
  public void close() {
    socket.close();
  }
}
