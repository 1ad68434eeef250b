package org.larval.ike.config;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.larval.ike.message.Proposal;

/**
 * A child SA that a connection may have, in the words of swanctl.conf.
 *
 * @param name of its own within the connection
 * @param local traffic of this side
 * @param remote traffic of the other side
 * @param proposals ESP or AH, in order of preference
 * @param tunnel tunnel mode, otherwise transport mode if the peer agrees
 * @param label a security context, or null for traffic without labels
 * @param labelMode what the label means
 * @param lifetime how long its SAs live
 * @param start what is done with it when the connection is loaded
 * @param onClose what is done when the peer closes it
 * @param onDead what is done when the peer is dead
 * @param reqid of its policies and states, 0 to have one chosen
 * @param replayWindow packets, 0 for no replay protection
 * @param perResource SAs for single processors at most, 0 for none (RFC 9611)
 */
public record Child(
    String name,
    List<TrafficSpec> local,
    List<TrafficSpec> remote,
    List<Proposal> proposals,
    boolean tunnel,
    @Nullable String label,
    LabelMode labelMode,
    Lifetime lifetime,
    Action start,
    Action onClose,
    Action onDead,
    int reqid,
    int replayWindow,
    int perResource) {
  /** What a label means (RFC 9478; the modes are strongSwan's). */
  public enum LabelMode {
    /** It is proposed as it stands and must come back equal. */
    SIMPLE,
    /**
     * It stands on policies; the label of the packet is proposed, and one that comes is taken if
     * the policy allows {@code association polmatch} to it.
     */
    SELINUX
  }

  /** What is done without being asked by the peer. */
  public enum Action {
    /** Nothing. */
    NONE,
    /** A policy waits for traffic. */
    TRAP,
    /** It is negotiated. */
    START
  }

  /** Keeps its own copies of the lists. */
  public Child {
    local = List.copyOf(local);
    remote = List.copyOf(remote);
    proposals = List.copyOf(proposals);
  }

  /** A child in tunnel mode with strongSwan's defaults. */
  public static Builder named(String name) {
    return new Builder(name);
  }

  /** Collects what differs from the defaults. */
  public static final class Builder {
    private final String name;
    private List<TrafficSpec> local = List.of(TrafficSpec.DYNAMIC);
    private List<TrafficSpec> remote = List.of(TrafficSpec.DYNAMIC);
    private List<Proposal> proposals = List.of();
    private boolean tunnel = true;
    private @Nullable String label;
    private LabelMode labelMode = LabelMode.SIMPLE;
    private Lifetime lifetime = Lifetime.CHILD;
    private Action start = Action.NONE;
    private Action onClose = Action.NONE;
    private Action onDead = Action.NONE;
    private int reqid;
    private int replayWindow = 32;
    private int perResource;

    private Builder(String name) {
      this.name = name;
    }

    /** See {@link Child#local}. */
    public Builder local(List<TrafficSpec> specs) {
      local = specs;
      return this;
    }

    /** See {@link Child#remote}. */
    public Builder remote(List<TrafficSpec> specs) {
      remote = specs;
      return this;
    }

    /** See {@link Child#proposals}. */
    public Builder proposals(List<Proposal> offered) {
      proposals = offered;
      return this;
    }

    /** Transport mode. */
    public Builder transport() {
      tunnel = false;
      return this;
    }

    /** See {@link Child#label} and {@link Child#labelMode}. */
    public Builder label(@Nullable String context, LabelMode mode) {
      label = context;
      labelMode = mode;
      return this;
    }

    /** See {@link Child#lifetime}. */
    public Builder lifetime(Lifetime life) {
      lifetime = life;
      return this;
    }

    /** See {@link Child#start}. */
    public Builder start(Action action) {
      start = action;
      return this;
    }

    /** See {@link Child#onClose}. */
    public Builder onClose(Action action) {
      onClose = action;
      return this;
    }

    /** See {@link Child#onDead}. */
    public Builder onDead(Action action) {
      onDead = action;
      return this;
    }

    /** See {@link Child#reqid}. */
    public Builder reqid(int id) {
      reqid = id;
      return this;
    }

    /** See {@link Child#replayWindow}. */
    public Builder replayWindow(int packets) {
      replayWindow = packets;
      return this;
    }

    /** See {@link Child#perResource}. */
    public Builder perResource(int most) {
      perResource = most;
      return this;
    }

    /** The child. */
    public Child build() {
      return new Child(
          name,
          local,
          remote,
          proposals,
          tunnel,
          label,
          labelMode,
          lifetime,
          start,
          onClose,
          onDead,
          reqid,
          replayWindow,
          perResource);
    }
  }
}
