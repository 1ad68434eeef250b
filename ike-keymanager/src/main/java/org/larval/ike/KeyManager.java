package org.larval.ike;

import org.larval.packet.Effects;

/**
 * Makes SAs on request. An engine: time comes in, {@link KeyManagerEvent}s go out. {@code now} is
 * nanoseconds since the lab began.
 */
public interface KeyManager {
  /** Whether it hears acquires at this moment. */
  boolean listening(long now);

  /** An engine has no SA for a packet. */
  void onAcquire(long now, AcquireRequest request, Effects out);

  /** The deadline has come. */
  void onDeadline(long now, Effects out);

  /** When it next wants to be called, or {@link Long#MAX_VALUE}. */
  long deadline();
}
