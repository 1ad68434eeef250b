package org.larval.packet;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A packet on its walk: one buffer with spare room in front, and what Linux keeps in an sk_buff
 * beside the bytes.
 *
 * <pre>
 *   | spare room | frame or datagram ........ | spare room |
 *   0            readerIndex        writerIndex     capacity
 *                      ^ network()   ^ transport()
 * </pre>
 *
 * <p>{@code readerIndex} stands at the layer that the current room works on: the Ethernet header on
 * the street, the IP header in a guest's stack. {@link #network()} and {@link #transport()} are
 * absolute indexes that the stack keeps up to date.
 *
 * <p><b>Ownership.</b> A packet owns exactly one reference of its buffer. Whoever takes the packet
 * owns it, until it is given to {@link Effects}, to another room, or {@link #release() released}.
 * Packets are recycled: after giving one away, keep no reference to it.
 *
 * <p>Two labels stay apart: {@link #label} is the flow's (what xfrm and CIPSO use), {@link
 * #secmark} the packet's (what packet class checks use). Both are SIDs of the labels room, 0 for
 * none.
 */
public final class Packet {
  /** How many transforms one packet may have gone through (XFRM_MAX_DEPTH). */
  public static final int MAX_TRANSFORMS = 6;

  private final PacketPool pool;
  private @Nullable ByteBuf buffer;

  /** The buffer that an ended packet kept for its next life; the pool's. */
  @Nullable ByteBuf spare;

  private @Nullable Trail trail;
  private final @Nullable Object[] transforms = new @Nullable Object[MAX_TRANSFORMS];
  private int transformCount;

  /**
   * How many of the transforms, outermost first, an inbound policy has been found to demand
   * (sec_path's verified_cnt); a later check may pass over them.
   */
  public int verifiedTransforms;

  long id;
  long parent;
  long bornAt;

  /** The ledger's flow, or 0 for packets that belong to none (ARP, control). */
  public int flow;

  /** The number of the application's message within its flow, from 0; -1 for none. */
  public int sequence;

  /** SID of the flow, 0 for none. */
  public int label;

  /** SID of the packet, 0 for none. */
  public int secmark;

  /** Who made it. */
  public Origin origin = Origin.KERNEL;

  /** The netfilter mark. */
  public int mark;

  /** The NIC that it came in by, or -1 for one made here. */
  public int inPort;

  /** The NIC that it leaves by, or -1 while that is not known and for the loopback. */
  public int outPort;

  /**
   * The connection that it belongs to (nfct), or null: conntrack's, see {@link #connectionState}.
   */
  public @Nullable Object connection;

  /** What conntrack said of it: one of its state bits; 0 while it was not asked. */
  public int connectionState;

  /** Nanoseconds spent in hold queues so far. */
  public long heldNanos;

  /** When it entered the queue that now holds it; meaningful only while held. */
  public long heldSince;

  /** Whether it left a guest in clear although a policy asked for protection. */
  public boolean leaked;

  /** Whether it left a guest under an SA. */
  public boolean protectedByXfrm;

  /** Whether nobody asked the security path yet because it is the security path's own output. */
  public boolean noXfrm;

  /**
   * Not 0 for a TCP segment with data or SYN: equal for every transmission of one segment. A hold
   * queue keeps at most one of them, as Linux does through fclones.
   */
  public long segment;

  /** The absolute index of the IP header, or -1 while unknown. */
  private int network;

  /** The absolute index of the header after IP, or -1 while unknown. */
  private int transport;

  /** What the room that now owns the packet wants to remember about it, such as its route. */
  public @Nullable Object companion;

  Packet(PacketPool pool) {
    this.pool = pool;
  }

  void begin(ByteBuf bytes, long newId, long newParent, long now, @Nullable Trail newTrail) {
    buffer = bytes;
    id = newId;
    parent = newParent;
    bornAt = now;
    trail = newTrail;
    flow = 0;
    sequence = -1;
    label = 0;
    secmark = 0;
    origin = Origin.KERNEL;
    mark = 0;
    inPort = -1;
    outPort = -1;
    connection = null;
    connectionState = 0;
    heldNanos = 0;
    heldSince = 0;
    leaked = false;
    protectedByXfrm = false;
    noXfrm = false;
    segment = 0;
    network = -1;
    transport = -1;
    companion = null;
  }

  /** Copies everything but bytes, identity, trail and companion: for fragments and duplicates. */
  public void inherit(Packet from) {
    flow = from.flow;
    sequence = from.sequence;
    label = from.label;
    secmark = from.secmark;
    origin = from.origin;
    mark = from.mark;
    inPort = from.inPort;
    outPort = from.outPort;
    connection = from.connection;
    connectionState = from.connectionState;
    heldNanos = from.heldNanos;
    leaked = from.leaked;
    protectedByXfrm = from.protectedByXfrm;
    noXfrm = from.noXfrm;
    segment = from.segment;
    transformCount = from.transformCount;
    verifiedTransforms = from.verifiedTransforms;
    System.arraycopy(from.transforms, 0, transforms, 0, MAX_TRANSFORMS);
  }

  /** The bytes. */
  public ByteBuf buffer() {
    ByteBuf bytes = buffer;
    if (bytes == null) {
      throw new IllegalStateException("packet " + id + " was given away or released");
    }
    return bytes;
  }

  /** Replaces the bytes and releases the old ones. Offsets must be set anew. */
  public void replaceBuffer(ByteBuf bytes) {
    pool.end(buffer());
    buffer = bytes;
    network = -1;
    transport = -1;
  }

  /** Unique within the lab, from 1, in order of birth. */
  public long id() {
    return id;
  }

  /** The packet of which this is a fragment or duplicate, or 0. */
  public long parent() {
    return parent;
  }

  /** Nanoseconds since the lab began. */
  public long bornAt() {
    return bornAt;
  }

  /** Bytes from the reader index on. */
  public int length() {
    return buffer().readableBytes();
  }

  /** The absolute index of the IP header, or -1. */
  public int network() {
    return network;
  }

  /** The absolute index of the header after IP, or -1. */
  public int transport() {
    return transport;
  }

  /** Remembers where the headers are. */
  public void headers(int networkIndex, int transportIndex) {
    network = networkIndex;
    transport = transportIndex;
  }

  /** Makes room for a header of {@code bytes} in front and moves the reader index to its start. */
  public void push(int bytes) {
    ByteBuf data = buffer();
    int at = data.readerIndex() - bytes;
    if (at < 0) {
      throw new IllegalStateException("no room for a header of " + bytes + " bytes");
    }
    data.readerIndex(at);
  }

  /** Takes {@code bytes} of header off the front. */
  public void pull(int bytes) {
    buffer().skipBytes(bytes);
  }

  /** Adds an SA (or another transform) to the security path, innermost last. */
  public boolean addTransform(Object transform) {
    if (transformCount == MAX_TRANSFORMS) {
      return false;
    }
    transforms[transformCount++] = transform;
    return true;
  }

  /** How many transforms an inbound packet went through. */
  public int transformCount() {
    return transformCount;
  }

  /** The transform at a place; 0 is the outermost. */
  public Object transform(int place) {
    Object transform = place < transformCount ? transforms[place] : null;
    if (transform == null) {
      throw new IndexOutOfBoundsException("no transform " + place + " of " + transformCount);
    }
    return transform;
  }

  /** Forgets its connection: the packet changed into another (nf_reset_ct). */
  public void forgetConnection() {
    connection = null;
    connectionState = 0;
  }

  /** Forgets the security path: a new journey begins. */
  public void clearTransforms() {
    if (transformCount > 0) {
      Arrays.fill(transforms, 0, transformCount, null);
      transformCount = 0;
    }
    verifiedTransforms = 0;
  }

  /** The trail, or null where the lab writes none. */
  public @Nullable Trail trail() {
    return trail;
  }

  /** Writes a step, if a trail is kept. */
  public void step(long now, String place, StepAction action, @Nullable Object detail) {
    step(now, place, action, detail, Trail.NO_NUMBER);
  }

  /** Writes a step with a number, if a trail is kept. */
  public void step(
      long now, String place, StepAction action, @Nullable Object detail, long number) {
    Trail steps = trail;
    if (steps != null) {
      steps.add(now, place, action, detail, number);
    }
  }

  /** Takes the trail away to keep it beyond the packet's life. */
  public @Nullable Trail takeTrail() {
    Trail taken = trail;
    trail = null;
    return taken;
  }

  /** Ends the packet: its buffer is released and it may be used again. Only once. */
  public void release() {
    ByteBuf bytes = buffer();
    buffer = null;
    companion = null;
    connection = null;
    clearTransforms();
    pool.end(this, bytes);
  }

  @Override
  public String toString() {
    return "packet " + id;
  }
}
