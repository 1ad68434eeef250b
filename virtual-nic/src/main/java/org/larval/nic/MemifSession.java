package org.larval.nic;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Effects;

/**
 * What one memif client has told us; the server's side of memif 2.0.
 *
 * <pre>
 *   HELLO                      we: version 2.0, 16 regions, a ring each way of up to 2^14
 *   INIT                       the client: which interface, and the secret
 *   ADD_REGION, ADD_RING       its memory and where in it the rings are; each is acknowledged
 *   CONNECT, we: CONNECTED     the rings run
 *   DISCONNECT                 either, at any time, with the reason
 * </pre>
 *
 * <p>Each message is one of 128 bytes, in the order of bytes of the host. The client need not be
 * trusted: a message either does what it says or ends the connection with a {@link MemifFault}, and
 * every descriptor is closed on every way.
 */
final class MemifSession implements AutoCloseable {
  static final int MESSAGE = 128;

  private static final int ACK = 1;
  private static final int HELLO = 2;
  private static final int INIT = 3;
  private static final int ADD_REGION = 4;
  private static final int ADD_RING = 5;
  private static final int CONNECT = 6;
  private static final int CONNECTED = 7;
  private static final int DISCONNECT = 8;

  private static final short VERSION = 0x200;
  private static final int CLIENT_TO_SERVER = 1;
  private static final int MOST_REGIONS = 16;
  private static final long LARGEST_REGION = 1L << 32;
  private static final int NAME = 32;
  private static final int REASON = 96;
  private static final byte[] APPLICATION = {'l', 'a', 'r', 'v', 'a', 'l'};

  /** A doorbell that says it rang this often in a row, and had not, is none. */
  private static final int MOST_DEAF = 64;

  /** A ring in a region, and its doorbell. */
  private record Ring(int region, long offset, int log2, EventFd bell) {}

  private final int id;
  private final byte[] secret;
  private final MemifNic nic;
  private final VhostLoop loop;
  private final Doorbell lab;
  private final Effects out;
  private final Consumer<MemifFault> failed;
  private final Arena arena = Arena.ofShared();
  private final List<MemorySegment> regions = new ArrayList<>();
  private final @Nullable Ring[] rings = new @Nullable Ring[2];
  private VhostLoop.@Nullable Watch watch;
  private boolean shrinkable;
  private boolean known;
  private boolean connected;
  private int deaf;

  /**
   * A session about a NIC.
   *
   * @param secret filled up with zeros; if it is nothing else, anybody may come
   * @param failed asks for the end of the connection, outside of any message
   */
  MemifSession(
      int id,
      byte[] secret,
      MemifNic nic,
      VhostLoop loop,
      Doorbell lab,
      Effects out,
      Consumer<MemifFault> failed) {
    this.id = id;
    this.secret = secret;
    this.nic = nic;
    this.loop = loop;
    this.lab = lab;
    this.out = out;
    this.failed = failed;
  }

  private static ByteBuffer begin(byte[] message, int type) {
    return ByteBuffer.wrap(message).order(ByteOrder.nativeOrder()).putShort((short) type);
  }

  private static byte[] message(int type, byte[] body) {
    byte[] message = new byte[MESSAGE];
    begin(message, type).put(body);
    return message;
  }

  /** Our first message. Its numbers of regions and rings are the highest index of each. */
  static byte[] hello() {
    byte[] message = new byte[MESSAGE];
    begin(message, HELLO)
        .put(Arrays.copyOf(APPLICATION, NAME))
        .putShort(VERSION)
        .putShort(VERSION)
        .putShort((short) (MOST_REGIONS - 1))
        .putShort((short) 0)
        .putShort((short) 0)
        .put((byte) MemifRing.MOST_LOG2);
    return message;
  }

  /** Our last message: a code, which is 0, and the reason. */
  static byte[] goodbye(String reason) {
    byte[] body = new byte[Integer.BYTES + REASON];
    byte[] words = reason.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(words, 0, body, Integer.BYTES, Math.min(words.length, REASON - 1));
    return message(DISCONNECT, body);
  }

  /**
   * Does what a message asks for.
   *
   * @param length bytes of the message; -1 if the client is gone
   * @param descriptors what came with it; this closes all that it does not keep
   * @return the answer
   */
  byte[] handle(byte[] bytes, int length, int[] descriptors) throws MemifFault.Refused {
    try {
      if (length != MESSAGE) {
        throw refused(length < 0 ? MemifFault.GONE : MemifFault.MESSAGE_LENGTH);
      }
      ByteBuffer message = ByteBuffer.wrap(bytes, 0, length).order(ByteOrder.nativeOrder());
      int type = message.getShort();
      boolean due =
          switch (type) {
            case INIT -> !known;
            case ADD_REGION, ADD_RING, CONNECT -> known && !connected;
            default -> type == DISCONNECT;
          };
      if (!due) {
        throw refused(MemifFault.UNEXPECTED_MESSAGE);
      }
      if (descriptors.length != (type == ADD_REGION || type == ADD_RING ? 1 : 0)) {
        throw refused(MemifFault.DESCRIPTOR_COUNT);
      }
      switch (type) {
        case INIT -> init(message);
        case ADD_REGION -> region(message, descriptors[0]);
        case ADD_RING -> ring(message, descriptors);
        case CONNECT -> {
          connect();
          return message(CONNECTED, APPLICATION);
        }
        default -> throw refused(MemifFault.DISCONNECTED);
      }
      return message(ACK, new byte[0]);
    } finally {
      for (int descriptor : descriptors) {
        if (descriptor >= 0) {
          HostFile.close(descriptor);
        }
      }
    }
  }

  private static MemifFault.Refused refused(MemifFault fault) {
    return new MemifFault.Refused(fault);
  }

  private static void check(boolean fine, MemifFault otherwise) throws MemifFault.Refused {
    if (!fine) {
      throw refused(otherwise);
    }
  }

  private void init(ByteBuffer message) throws MemifFault.Refused {
    check(message.getShort() == VERSION, MemifFault.WRONG_VERSION);
    check(message.getInt() == id, MemifFault.WRONG_ID);
    check(message.get() == 0, MemifFault.WRONG_MODE);
    byte[] offered = new byte[secret.length];
    message.get(offered);
    boolean open = MessageDigest.isEqual(secret, new byte[secret.length]);
    check(open || MessageDigest.isEqual(secret, offered), MemifFault.WRONG_SECRET);
    known = true;
  }

  private void region(ByteBuffer message, int descriptor) throws MemifFault.Refused {
    int index = Short.toUnsignedInt(message.getShort());
    check(index == regions.size() && index < MOST_REGIONS, MemifFault.REGION_INDEX);
    long size = message.getLong();
    check(size > 0 && size <= LARGEST_REGION, MemifFault.REGION_SIZE);
    check(HostFile.readWrite(descriptor), MemifFault.REGION_READ_ONLY);
    Path file = Path.of("/proc/self/fd/" + descriptor);
    check(Files.isRegularFile(file), MemifFault.REGION_NOT_MAPPABLE);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      check(size <= channel.size(), MemifFault.REGION_OUTSIDE_FILE);
      shrinkable |= !HostFile.sealedAgainstShrinking(descriptor);
      regions.add(channel.map(FileChannel.MapMode.READ_WRITE, 0, size, arena));
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException problem) {
      throw refused(MemifFault.REGION_NOT_MAPPABLE);
    }
  }

  private void ring(ByteBuffer message, int[] descriptors) throws MemifFault.Refused {
    int direction = message.getShort() & CLIENT_TO_SERVER;
    check(message.getShort() == 0 && rings[direction] == null, MemifFault.RING_INDEX);
    int region = Short.toUnsignedInt(message.getShort());
    long offset = Integer.toUnsignedLong(message.getInt());
    int log2 = message.get();
    check(log2 >= 0 && log2 <= MemifRing.MOST_LOG2, MemifFault.RING_SIZE);
    check(
        region < regions.size()
            && offset % Long.BYTES == 0
            && offset + MemifRing.bytes(log2) <= regions.get(region).byteSize(),
        MemifFault.RING_ADDRESS);
    check(message.getShort() == 0, MemifFault.PRIVATE_HEADER);
    EventFd bell = new EventFd(descriptors[0]);
    descriptors[0] = -1; // kept
    rings[direction] = new Ring(region, offset, log2, bell);
  }

  private void connect() throws MemifFault.Refused {
    Ring up = rings[CLIENT_TO_SERVER];
    Ring down = rings[0];
    if (up == null || down == null) {
      throw refused(MemifFault.RING_MISSING);
    }
    try {
      watch = loop.watch(up.bell.descriptor(), () -> rung(up.bell));
    } catch (IOException problem) {
      throw refused(MemifFault.BAD_DOORBELL);
    }
    MemorySegment[] all = regions.toArray(MemorySegment[]::new);
    nic.start(
        new MemoryRegions(
            Arrays.stream(all).map(each -> new MemoryRegions.Region(0, 0, each)).toList()),
        placed(up, all),
        placed(down, all),
        down.bell,
        () -> failed.accept(MemifFault.RING_BROKEN));
    connected = true;
    out.emit(new NicNews.Started(nic.name(), 0, "memif 2.0", shrinkable));
  }

  private static MemifRing placed(Ring ring, MemorySegment[] all) {
    MemorySegment memory = all[ring.region];
    return new MemifRing(memory.asSlice(ring.offset, MemifRing.bytes(ring.log2)), all, ring.log2);
  }

  private void rung(EventFd bell) {
    if (bell.hear()) {
      deaf = 0;
      lab.ring();
    } else if (++deaf > MOST_DEAF) {
      failed.accept(MemifFault.BAD_DOORBELL);
    }
  }

  /** Stops the rings and lets go of the client's memory. */
  @Override
  public void close() {
    nic.stop(out);
    if (watch != null) {
      watch.close();
      watch = null;
    }
    for (Ring ring : rings) {
      if (ring != null) {
        ring.bell.close();
      }
    }
    arena.close();
  }
}
