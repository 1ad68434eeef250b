package org.larval.labeled;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.larval.guest.UdpSocket;
import org.larval.guest.app.App;
import org.larval.guest.tcp.TcpListener;
import org.larval.guest.tcp.TcpListenerCallbacks;
import org.larval.guest.tcp.TcpSocket;
import org.larval.lab.run.Shell;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.wire.IpAddress;

/**
 * The suite's server: answers each byte with the context that it saw the sender have (SO_PEERSEC of
 * a connection, SCM_SECURITY of a datagram), or with {@code nopeer} if it is not to look.
 */
final class SuiteServer implements App, UdpSocket.Listener, TcpListenerCallbacks {
  static final int PORT = 65535;

  private final Shell shell;
  private final Protocol protocol;
  private final int sid;
  private final boolean looks;
  private @Nullable UdpSocket udp;
  private @Nullable TcpListener listener;

  SuiteServer(Shell shell, Protocol protocol, String context, boolean looks) {
    this.shell = shell;
    this.protocol = protocol;
    sid = shell.sid().applyAsInt(context);
    this.looks = looks;
  }

  @Override
  public Errno start(long now, Effects out) {
    if (protocol == Protocol.TCP) {
      TcpListener listening = shell.tcp().listen(null, PORT, sid, this);
      listener = listening;
      return listening.error();
    }
    UdpSocket socket = shell.stack().udpSocket(this).label(sid).blocking(false);
    udp = socket;
    return socket.bind(IpAddress.ANY4, PORT);
  }

  private byte[] answer(int peer) {
    String text = !looks ? "nopeer" : peer == 0 ? "no label" : shell.context().apply(peer);
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void readable(long now, TcpSocket socket, Effects out) {
    int count = socket.read(now, new byte[16], 0, 16, out);
    if (count > 0) {
      byte[] answer = answer(socket.peerLabel());
      if (socket.write(now, answer, 0, answer.length, out) < 0) {
        socket.abort(now, out);
      }
    } else if (count < 0) {
      socket.close(now, out);
    }
  }

  @Override
  public void onReadable(long now, UdpSocket socket, Effects out) {
    Packet question = socket.receive();
    if (question == null) {
      return;
    }
    ByteBuf answer = Unpooled.wrappedBuffer(answer(socket.peerLabel(question)));
    IpAddress asker = UdpSocket.sender(question);
    int port = UdpSocket.senderPort(question);
    out.deliver(question);
    Errno unused = socket.sendTo(now, asker, port, answer, 0, 0, out);
    assert unused != Errno.ASLEEP : "the socket does not block";
  }

  @Override
  public void stop(Effects out) {
    TcpListener listening = listener;
    if (listening != null) {
      shell.tcp().unlisten(listening);
    }
    UdpSocket bound = udp;
    if (bound != null) {
      bound.close(out);
    }
  }
}
