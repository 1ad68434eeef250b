package org.larval.lab.ike;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.larval.ike.Endpoint;
import org.larval.wire.IpAddress;

/**
 * The daemon's UDP sockets: one for each address of the machine and each of the two ports, so that
 * it is known where a datagram came to. Others have ports 500 and 4500 in mind even if the real
 * ones differ.
 */
final class UdpPorts {
  private static final int LARGEST = 65_535;
  private static final int SOCKET_BUFFER = 4 << 20;
  private static final int KNOWN_PEERS = 1024;
  private static final int SOL_SOCKET = 1;
  private static final int SO_MARK = 36;

  /** Takes what arrives; the bytes stay the socket's. */
  @FunctionalInterface
  interface Receiver {
    void onDatagram(Endpoint local, Endpoint remote, ByteBuf payload);
  }

  private final Bootstrap bootstrap;
  private final int port;
  private final int natPort;
  private final Map<Endpoint, Channel> channels = new LinkedHashMap<>();
  private final Map<Endpoint, InetSocketAddress> peers = new LinkedHashMap<>();

  /**
   * None yet.
   *
   * @param mark of the packets that they send (SO_MARK), 0 for none; it needs CAP_NET_ADMIN
   */
  UdpPorts(
      EventLoop loop,
      int port,
      int natPort,
      int mark,
      Receiver receiver,
      Consumer<Throwable> mishaps) {
    this.port = port;
    this.natPort = natPort;
    boolean epoll = loop instanceof IoEventLoop io && io.isIoType(EpollIoHandler.class);
    bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(epoll ? EpollDatagramChannel.class : NioDatagramChannel.class)
            .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(LARGEST))
            .option(ChannelOption.SO_RCVBUF, SOCKET_BUFFER)
            .option(ChannelOption.SO_SNDBUF, SOCKET_BUFFER)
            .handler(new Arrivals(this, receiver, mishaps));
    if (mark != 0 && epoll) {
      bootstrap.option(new IntegerUnixChannelOption("SO_MARK", SOL_SOCKET, SO_MARK), mark);
    }
  }

  /** The addresses of this machine that are up, loopback last. */
  static List<IpAddress> machine() {
    List<IpAddress> addresses = new ArrayList<>();
    List<IpAddress> loopback = new ArrayList<>();
    try {
      for (NetworkInterface one : NetworkInterface.networkInterfaces().toList()) {
        if (one.isUp()) {
          one.inetAddresses()
              .filter(address -> !address.isLinkLocalAddress())
              .forEach(
                  address -> (address.isLoopbackAddress() ? loopback : addresses).add(of(address)));
        }
      }
    } catch (SocketException e) {
      // a machine without devices
    }
    addresses.addAll(loopback);
    return addresses;
  }

  static IpAddress of(InetAddress address) {
    String text = address.getHostAddress();
    int zone = text.indexOf('%');
    return IpAddress.parse(zone < 0 ? text : text.substring(0, zone));
  }

  static InetAddress of(IpAddress address) {
    try {
      return InetAddress.getByName(address.toString());
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  private int real(int logical) {
    return logical == Endpoint.IKE ? port : logical == Endpoint.NAT ? natPort : logical;
  }

  /**
   * Binds both ports of an address; from another thread than the loop's.
   *
   * @return null, or why it cannot be
   */
  @Nullable String open(IpAddress address) {
    for (int logical : new int[] {Endpoint.IKE, Endpoint.NAT}) {
      Endpoint local = new Endpoint(address, logical);
      ChannelFuture bound = bind(local).awaitUninterruptibly();
      if (!bound.isSuccess()) {
        return "UDP port %d of %s cannot be bound: %s"
            .formatted(real(logical), address, bound.cause().getMessage());
      }
      channels.put(local, bound.channel());
    }
    return null;
  }

  private ChannelFuture bind(Endpoint local) {
    return bootstrap.bind(new InetSocketAddress(of(local.address()), real(local.port())));
  }

  /** The addresses that have sockets. */
  List<IpAddress> addresses() {
    return channels.keySet().stream().map(Endpoint::address).distinct().toList();
  }

  /** Binds an address that is new, and drops sockets of those that are gone; on the loop. */
  void follow(List<IpAddress> machine) {
    for (IpAddress address : machine) {
      for (int logical : new int[] {Endpoint.IKE, Endpoint.NAT}) {
        Endpoint local = new Endpoint(address, logical);
        if (!channels.containsKey(local)) {
          bind(local)
              .addListener(
                  future -> {
                    if (future.isSuccess()) {
                      channels.put(local, ((ChannelFuture) future).channel());
                    }
                  });
        }
      }
    }
    channels
        .entrySet()
        .removeIf(
            one -> {
              boolean gone = !machine.contains(one.getKey().address());
              if (gone) {
                one.getValue().close();
              }
              return gone;
            });
  }

  /** Sends bytes, whose reference it takes; false if there is no socket of that address. */
  boolean send(Endpoint local, Endpoint remote, ByteBuf payload) {
    Channel channel = channels.get(local);
    if (channel == null || !channel.isWritable()) {
      payload.release();
      return false;
    }
    channel.writeAndFlush(
        new DatagramPacket(payload, socketAddress(remote)), channel.voidPromise());
    return true;
  }

  /** The same with bytes on the heap. */
  boolean send(Endpoint local, Endpoint remote, byte[] payload) {
    return send(local, remote, Unpooled.wrappedBuffer(payload));
  }

  private InetSocketAddress socketAddress(Endpoint remote) {
    InetSocketAddress known = peers.get(remote);
    if (known == null) {
      if (peers.size() == KNOWN_PEERS) {
        peers.clear();
      }
      known = new InetSocketAddress(of(remote.address()), remote.port());
      peers.put(remote, known);
    }
    return known;
  }

  private Endpoint logical(InetSocketAddress local) {
    int real = local.getPort();
    int logical = real == port ? Endpoint.IKE : real == natPort ? Endpoint.NAT : real;
    return new Endpoint(of(local.getAddress()), logical);
  }

  void close() {
    channels.values().forEach(channel -> channel.close().awaitUninterruptibly());
  }

  /** One for all sockets. */
  @ChannelHandler.Sharable
  private static final class Arrivals extends SimpleChannelInboundHandler<DatagramPacket> {
    private final UdpPorts ports;
    private final Receiver receiver;
    private final Consumer<Throwable> mishaps;
    private @Nullable InetSocketAddress lastSender;
    private @Nullable Endpoint lastRemote;
    private @Nullable InetSocketAddress lastOwn;
    private @Nullable Endpoint lastLocal;

    Arrivals(UdpPorts ports, Receiver receiver, Consumer<Throwable> mishaps) {
      this.mishaps = mishaps;
      this.ports = ports;
      this.receiver = receiver;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, DatagramPacket datagram) {
      InetSocketAddress sender = datagram.sender();
      Endpoint remote = lastRemote;
      if (remote == null || !sender.equals(lastSender)) {
        remote = new Endpoint(of(sender.getAddress()), sender.getPort());
        lastRemote = remote;
        lastSender = sender;
      }
      InetSocketAddress own = (InetSocketAddress) context.channel().localAddress();
      Endpoint local = lastLocal;
      if (local == null || !own.equals(lastOwn)) {
        local = ports.logical(own);
        lastLocal = local;
        lastOwn = own;
      }
      receiver.onDatagram(local, remote, datagram.content());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable problem) {
      // an ICMP error means that the peer does not listen, which IKE finds out by itself
      if (!(problem instanceof IOException)) {
        mishaps.accept(problem);
      }
    }
  }
}
