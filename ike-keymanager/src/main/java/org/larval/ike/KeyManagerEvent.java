package org.larval.ike;

import org.larval.packet.Event;

/** What a key manager wants done, or wants known. */
public sealed interface KeyManagerEvent extends Event {
  /** It hears acquires from now on. */
  record Listening() implements KeyManagerEvent {}

  /** It will answer; while it does, a policy that blocks stands where the trap stood. */
  record BlockMeanwhile(AcquireRequest request) implements KeyManagerEvent {}

  /** The SAs of both directions are agreed: install them at both ends. */
  record Install(AcquireRequest request) implements KeyManagerEvent {}

  /** After installing: put the trap back or install the same policy again (XFRM_MSG_UPDPOLICY). */
  record RewritePolicy(AcquireRequest request) implements KeyManagerEvent {}

  /** No SA can be made. */
  record Failed(AcquireRequest request) implements KeyManagerEvent {}
}
