package org.larval.labeled;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.larval.guest.Alarm;
import org.larval.guest.UdpSocket;
import org.larval.guest.app.App;
import org.larval.guest.tcp.TcpListenerCallbacks;
import org.larval.guest.tcp.TcpSocket;
import org.larval.lab.run.Shell;
import org.larval.packet.Effects;
import org.larval.packet.Errno;
import org.larval.packet.Packet;
import org.larval.wire.IpAddress;

/**
 * The suite's client: connects, writes one byte, reads what the server calls it, and compares. It
 * ends with the suite's exit codes.
 */
final class SuiteClient implements App, UdpSocket.Listener, TcpListenerCallbacks {
  static final int RUNNING = -1;
  static final int OK = 0;
  static final int SOCKET = 3;
  static final int CONNECT = 5;
  static final int WRITE = 6;
  static final int NO_REPLY = 8;
  static final int READ = 9;
  static final int MISMATCH = 11;

  private static final long SECOND = 1_000_000_000L;
  private static final byte[] OCTET = {'x'};

  private final Shell shell;
  private final Protocol protocol;
  private final int sid;
  private final String expected;
  private final IpAddress target;
  private final Alarm alarm;
  private @Nullable TcpSocket tcp;
  private @Nullable UdpSocket udp;
  private boolean connected;
  private int exit = RUNNING;
  private Errno errno = Errno.OK;
  private String reply = "";

  /**
   * A client.
   *
   * @param context its own
   * @param expected what the server is to call it, null for its own context
   */
  SuiteClient(
      Shell shell, Protocol protocol, String context, @Nullable String expected, String target) {
    this.shell = shell;
    this.protocol = protocol;
    sid = shell.sid().applyAsInt(context);
    this.expected = expected == null ? shell.context().apply(sid) : expected;
    this.target = IpAddress.parse(target);
    alarm = shell.stack().alarm(this::onAlarm);
  }

  int exit() {
    return exit;
  }

  Errno errno() {
    return errno;
  }

  String reply() {
    return reply;
  }

  @Override
  public Errno start(long now, Effects out) {
    if (protocol == Protocol.TCP) {
      connect(now, out);
    } else {
      ask(now, out);
    }
    return errno;
  }

  private void end(int code, Errno why) {
    if (exit == RUNNING) {
      exit = code;
      errno = why;
      alarm.cancel();
    }
  }

  private void compare(ByteBuf data) {
    reply = data.toString(StandardCharsets.UTF_8);
    end(reply.equals(expected) ? OK : MISMATCH, Errno.OK);
  }

  // --- TCP ---

  private void connect(long now, Effects out) {
    TcpSocket socket = shell.tcp().socket(this).label(sid);
    tcp = socket;
    Errno error = socket.open();
    if (error != Errno.OK) {
      end(SOCKET, error);
      return;
    }
    alarm.set(now + 5 * SECOND); // SO_SNDTIMEO
    error = socket.connect(now, target, SuiteServer.PORT, false, out);
    if (error != Errno.ASLEEP) {
      end(CONNECT, error);
    }
  }

  @Override
  public void connected(long now, TcpSocket socket, Effects out) {
    connected = true;
    alarm.set(now + 10 * SECOND); // the suite's waits for ever
    if (socket.write(now, OCTET, 0, 1, out) < 0) {
      end(WRITE, socket.error());
    }
  }

  @Override
  public void failed(long now, TcpSocket socket, Errno error, Effects out) {
    end(connected ? READ : CONNECT, error);
  }

  @Override
  public void readable(long now, TcpSocket socket, Effects out) {
    byte[] answer = new byte[512];
    int count = socket.read(now, answer, 0, answer.length, out);
    if (count < 0) {
      end(READ, socket.error());
    } else if (count > 0) {
      compare(Unpooled.wrappedBuffer(answer, 0, count));
    }
    socket.close(now, out);
  }

  // --- UDP ---

  private void ask(long now, Effects out) {
    UdpSocket socket = shell.stack().udpSocket(this).label(sid).blocking(false);
    udp = socket;
    Errno error = socket.open();
    if (error != Errno.OK) {
      end(SOCKET, error);
      return;
    }
    error = socket.connect(now, target, SuiteServer.PORT, out);
    if (error != Errno.OK) {
      end(CONNECT, error);
      return;
    }
    error = socket.send(now, Unpooled.wrappedBuffer(OCTET), 0, 0, out);
    if (error == Errno.OK) {
      alarm.set(now + SECOND); // poll
    } else {
      end(WRITE, error);
    }
  }

  @Override
  public void onReadable(long now, UdpSocket socket, Effects out) {
    Packet answer = socket.receive();
    if (answer == null) {
      end(READ, socket.takeError());
    } else {
      compare(answer.buffer());
      out.deliver(answer);
    }
  }

  private void onAlarm(long now, Effects out) {
    UdpSocket asked = udp;
    if (asked != null) {
      Errno error = asked.takeError();
      end(error == Errno.OK ? NO_REPLY : READ, error);
    } else if (connected) {
      end(NO_REPLY, Errno.OK);
    } else {
      end(CONNECT, Errno.EINPROGRESS);
    }
    stop(out);
  }

  @Override
  public void stop(Effects out) {
    alarm.cancel();
    TcpSocket stream = tcp;
    if (stream != null) {
      stream.abort(0, out);
    }
    UdpSocket datagrams = udp;
    if (datagrams != null) {
      datagrams.close(out);
    }
  }
}
