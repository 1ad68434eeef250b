package org.larval.guest.tcp;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.packet.Effects;
import org.larval.packet.Errno;

/** An application that writes what it is told, reads what comes, and remembers its callbacks. */
final class Endpoint implements TcpListenerCallbacks {
  final List<String> told = new ArrayList<>();
  final ByteArrayOutputStream received = new ByteArrayOutputStream();
  final List<Errno> failures = new ArrayList<>();
  @Nullable TcpSocket socket;
  byte[] toSend = new byte[0];
  int sentBytes;
  boolean closeWhenSent;
  boolean closeOnEnd = true;
  boolean reading = true;

  @Override
  public void accepted(long now, TcpSocket child, Effects out) {
    socket = child;
    told.add("accepted");
    writable(now, child, out);
  }

  @Override
  public void connected(long now, TcpSocket s, Effects out) {
    told.add("connected");
    writable(now, s, out);
  }

  @Override
  public void failed(long now, TcpSocket s, Errno error, Effects out) {
    told.add("failed " + error);
    failures.add(error);
  }

  @Override
  public void closed(long now, TcpSocket s, Effects out) {
    told.add("closed");
  }

  @Override
  public void writable(long now, TcpSocket s, Effects out) {
    while (sentBytes < toSend.length) {
      int taken = s.write(now, toSend, sentBytes, toSend.length - sentBytes, out);
      if (taken <= 0) {
        return;
      }
      sentBytes += taken;
    }
    if (told.contains("end")) {
      s.close(now, out);
    } else if (closeWhenSent) {
      s.shutdown(now, out);
    }
  }

  @Override
  public void readable(long now, TcpSocket s, Effects out) {
    if (reading) {
      drain(now, s, out);
    }
  }

  void drain(long now, TcpSocket s, Effects out) {
    byte[] buffer = new byte[4096];
    while (true) {
      int count = s.read(now, buffer, 0, buffer.length, out);
      if (count < 0) {
        told.add("end");
        if (closeOnEnd && sentBytes == toSend.length) {
          s.close(now, out);
        }
        return;
      }
      if (count == 0) {
        return;
      }
      received.write(buffer, 0, count);
    }
  }
}
