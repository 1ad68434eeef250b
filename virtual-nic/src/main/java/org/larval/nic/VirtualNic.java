package org.larval.nic;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.larval.packet.DropReason;
import org.larval.packet.Effects;
import org.larval.packet.PacketPool;
import org.larval.wire.MacAddress;

/**
 * One NIC: a pair of rings with a face at each end.
 *
 * <pre>
 *   guest                          memory                           lab
 *   transmit --> [driver]  sent ring, queue 1      [device] --> drain --> out.send(port, packet)
 *   out.forward(packet) &lt;-- receive &lt;-- [driver]  received ring, queue 0  [device] &lt;-- deliver
 * </pre>
 *
 * <p>With both ends in this process packets keep their flow, labels and trail; the faces must then
 * be used on the thread of the packets' pool. Over a {@link Netfile} the other end may be a process
 * of its own: its end polls, or is told by a doorbell that the caller provides.
 */
public final class VirtualNic {
  private final NicState state;
  private final @Nullable NicDriver driver;
  private final @Nullable NicDevice device;

  private VirtualNic(NicState state, @Nullable NicDriver driver, @Nullable NicDevice device) {
    this.state = state;
    this.driver = driver;
    this.device = device;
  }

  /**
   * A NIC within this process: the ring is real memory, packets cross as they are.
   *
   * @param lab asks for a turn of {@link LabFace#drain}
   * @param guest asks for a turn of {@link GuestFace#receive}
   */
  public static VirtualNic local(NicSettings settings, Doorbell lab, Doorbell guest) {
    int size = settings.queueSize();
    NicGeometry geometry = NicGeometry.of(size, settings.bufferSize());
    long bytes = NicGeometry.ringBytes(size);
    MemorySegment memory = Arena.ofAuto().allocate(2 * bytes, NicGeometry.ALIGNMENT);
    NicState state =
        new NicState(
            settings.name(),
            settings.mac(),
            new LocalFrames(size, settings.bufferSize()),
            new LocalFrames(size, settings.bufferSize()));
    // the same placing as in a netfile, without a header and buffers
    NicGeometry.RingPlace place = geometry.received();
    long shift = place.descriptors();
    Virtqueue received = ring(memory, place, -shift, size);
    Virtqueue sent = ring(memory, place, bytes - shift, size);
    return of(state, sent, received, Netfile.End.BOTH, true, settings, lab, guest);
  }

  /**
   * A NIC whose frames cross by copying, within this process: what a netfile does, without a file.
   *
   * @param pool where packets are made if the memory does not tell which one crossed
   */
  public static VirtualNic shared(
      NicSettings settings, PacketPool pool, Doorbell lab, Doorbell guest) {
    NicGeometry geometry = NicGeometry.of(settings.queueSize(), settings.bufferSize());
    MemorySegment memory = Arena.ofAuto().allocate(geometry.length(), NicGeometry.ALIGNMENT);
    return over(memory, geometry, Netfile.End.BOTH, true, settings, pool, lab, guest);
  }

  /**
   * A NIC over a netfile; sizes and Ethernet address are the file's. It has the faces of the ends
   * for which the file was opened and must not be used after the file is closed.
   *
   * @param name the place it writes into trails
   * @param port see {@link NicSettings#port}
   * @param interfaceIndex see {@link NicSettings#interfaceIndex}
   * @throws MalformedNetfile if somebody cut the file short since it was opened
   */
  public static VirtualNic over(
      Netfile file,
      String name,
      int port,
      int interfaceIndex,
      PacketPool pool,
      Doorbell lab,
      Doorbell guest)
      throws MalformedNetfile {
    NicGeometry geometry = file.geometry();
    NicSettings settings =
        new NicSettings(
            name, file.mac(), port, interfaceIndex, geometry.queueSize(), geometry.bufferSize());
    return over(file.memory(), geometry, file.end(), file.eventIndex(), settings, pool, lab, guest);
  }

  static VirtualNic over(
      MemorySegment memory,
      NicGeometry geometry,
      Netfile.End end,
      boolean eventIndex,
      NicSettings settings,
      PacketPool pool,
      Doorbell lab,
      Doorbell guest) {
    boolean both = end == Netfile.End.BOTH;
    NicState state =
        new NicState(
            settings.name(),
            settings.mac(),
            frames(memory, geometry, geometry.sent(), pool, both),
            frames(memory, geometry, geometry.received(), pool, both));
    Virtqueue sent = ring(memory, geometry.sent(), 0, geometry.queueSize());
    Virtqueue received = ring(memory, geometry.received(), 0, geometry.queueSize());
    return of(state, sent, received, end, eventIndex, settings, lab, guest);
  }

  private static VirtualNic of(
      NicState state,
      Virtqueue sent,
      Virtqueue received,
      Netfile.End end,
      boolean eventIndex,
      NicSettings settings,
      Doorbell lab,
      Doorbell guest) {
    NicDriver driver =
        end == Netfile.End.LAB
            ? null
            : new NicDriver(
                state,
                new DriverQueue(sent, false, eventIndex),
                new DriverQueue(received, true, eventIndex),
                settings.interfaceIndex(),
                lab,
                guest);
    NicDevice device =
        end == Netfile.End.GUEST
            ? null
            : new NicDevice(
                state,
                new DeviceQueue(sent, state.sent, false, eventIndex, sent.usedIndex()),
                new DeviceQueue(received, state.received, true, eventIndex, received.usedIndex()),
                settings.port(),
                guest,
                guest,
                lab,
                false,
                new NicCounters());
    state.settle();
    return new VirtualNic(state, driver, device);
  }

  private static Virtqueue ring(
      MemorySegment memory, NicGeometry.RingPlace place, long shift, int size) {
    return new Virtqueue(
        memory.asSlice(place.descriptors() + shift, Virtqueue.descriptorBytes(size)),
        memory.asSlice(place.available() + shift, Virtqueue.availableBytes(size)),
        memory.asSlice(place.used() + shift, Virtqueue.usedBytes(size)),
        size);
  }

  private static SharedFrames frames(
      MemorySegment memory,
      NicGeometry geometry,
      NicGeometry.RingPlace place,
      PacketPool pool,
      boolean both) {
    int count = geometry.queueSize();
    int bytes = geometry.bufferSize();
    MemorySegment buffers = memory.asSlice(place.buffers(), (long) count * bytes);
    return new SharedFrames(buffers, place.buffers(), count, bytes, pool, both);
  }

  /** The guest's end. */
  public GuestFace guest() {
    if (driver == null) {
      throw new IllegalStateException(state.name + ": the guest's end is in another process");
    }
    return driver;
  }

  /** The lab's end. */
  public LabFace lab() {
    if (device == null) {
      throw new IllegalStateException(state.name + ": the lab's end is in another process");
    }
    return device;
  }

  /** The place that this NIC writes into trails. */
  public String name() {
    return state.name;
  }

  /** The guest's Ethernet address. */
  public MacAddress mac() {
    return state.mac;
  }

  /** Which rule a ring broke, or null while the NIC works. */
  public @Nullable RingFault fault() {
    return state.fault;
  }

  /** Drops every packet that is under way in the NIC, when the lab ends. Returns how many. */
  public int end(Effects out, DropReason reason) {
    return state.end(out, reason);
  }
}
