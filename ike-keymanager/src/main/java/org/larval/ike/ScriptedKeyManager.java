package org.larval.ike;

import java.util.ArrayDeque;
import java.util.Iterator;
import org.larval.packet.Effects;

/**
 * A key manager without a protocol: it answers each acquire after a fixed time, or fails, or never
 * answers. Acquires for the same SA that come while one is pending are the same negotiation.
 */
public final class ScriptedKeyManager implements KeyManager {
  private static final int MAX_PENDING = 65_536;

  private final Script script;
  private final ArrayDeque<Pending> pending = new ArrayDeque<>();
  private boolean announced;

  private record Pending(long due, AcquireRequest request) {}

  /** A key manager that follows a script. */
  public ScriptedKeyManager(Script script) {
    this.script = script;
  }

  @Override
  public boolean listening(long now) {
    return now >= script.listensFrom();
  }

  @Override
  public void onAcquire(long now, AcquireRequest request, Effects out) {
    long wait = Math.min(script.answerAfter(), script.failAfter());
    boolean answered =
        script.onlyLabels().isEmpty() || script.onlyLabels().contains(request.label());
    if (!listening(now) || !answered || wait == Long.MAX_VALUE || isPending(request)) {
      return;
    }
    if (pending.size() == MAX_PENDING) {
      out.emit(new KeyManagerEvent.Failed(request));
      return;
    }
    pending.addLast(new Pending(now + wait, request));
    if (script.blockMeanwhile()) {
      out.emit(new KeyManagerEvent.BlockMeanwhile(request));
    }
  }

  private boolean isPending(AcquireRequest request) {
    for (Pending one : pending) {
      AcquireRequest other = one.request();
      if (other.guest().equals(request.guest()) && other.sequence() == request.sequence()) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void onDeadline(long now, Effects out) {
    if (!announced && now >= script.listensFrom()) {
      announced = true;
      out.emit(new KeyManagerEvent.Listening());
    }
    // every wait is the same, so the queue is in the order of its due times
    for (Iterator<Pending> due = pending.iterator(); due.hasNext(); ) {
      Pending one = due.next();
      if (one.due() > now) {
        return;
      }
      due.remove();
      finish(one.request(), out);
    }
  }

  private void finish(AcquireRequest request, Effects out) {
    if (script.failAfter() < script.answerAfter()) {
      out.emit(new KeyManagerEvent.Failed(request));
    } else {
      out.emit(new KeyManagerEvent.Install(request));
    }
    if (script.rewritePolicy() || script.blockMeanwhile()) {
      out.emit(new KeyManagerEvent.RewritePolicy(request));
    }
  }

  @Override
  public long deadline() {
    long start = announced ? Long.MAX_VALUE : script.listensFrom();
    Pending first = pending.peekFirst();
    return first == null ? start : Math.min(start, first.due());
  }
}
