package org.larval.xfrm;

import org.larval.packet.Jiffies;

/** Makes an {@link SaMissPolicy} from another one, dimension by dimension. */
public final class SaMissBuilder {
  private String name;
  private String sentence;
  private SaMissPolicy.Outcome outcome;
  private SaMissPolicy.Overflow overflow;
  private SaMissPolicy.Release release;
  private SaMissPolicy.Scope scope;
  private SaMissPolicy.Limits limits;
  private SaMissPolicy.Duplicates duplicates;
  private SaMissPolicy.OnFailure onFailure;
  private long failureCache;
  private SaMissPolicy.LarvalMatch larvalMatch;
  private boolean looksUpUnlabelled;
  private SaMissPolicy.LabelDenied labelDenied;
  private SaMissPolicy.Acquires acquires;
  private Jiffies timers;

  SaMissBuilder(SaMissPolicy from) {
    name = from.name();
    sentence = from.sentence();
    outcome = from.outcome();
    overflow = from.overflow();
    release = from.release();
    scope = from.scope();
    limits = from.limits();
    duplicates = from.duplicates();
    onFailure = from.onFailure();
    failureCache = from.failureCache();
    larvalMatch = from.larvalMatch();
    looksUpUnlabelled = from.looksUpUnlabelled();
    labelDenied = from.labelDenied();
    acquires = from.acquires();
    timers = from.timers();
  }

  /** See {@link SaMissPolicy#name}. */
  public SaMissBuilder name(String value) {
    name = value;
    return this;
  }

  /** See {@link SaMissPolicy#sentence}. */
  public SaMissBuilder sentence(String value) {
    sentence = value;
    return this;
  }

  /** See {@link SaMissPolicy#outcome}. */
  public SaMissBuilder outcome(SaMissPolicy.Outcome value) {
    outcome = value;
    return this;
  }

  /** See {@link SaMissPolicy#overflow}. */
  public SaMissBuilder overflow(SaMissPolicy.Overflow value) {
    overflow = value;
    return this;
  }

  /** See {@link SaMissPolicy#release}. */
  public SaMissBuilder release(SaMissPolicy.Release value) {
    release = value;
    return this;
  }

  /** See {@link SaMissPolicy#scope}. */
  public SaMissBuilder scope(SaMissPolicy.Scope value) {
    scope = value;
    return this;
  }

  /** See {@link SaMissPolicy#limits}. */
  public SaMissBuilder limits(SaMissPolicy.Limits value) {
    limits = value;
    return this;
  }

  /** See {@link SaMissPolicy#duplicates}. */
  public SaMissBuilder duplicates(SaMissPolicy.Duplicates value) {
    duplicates = value;
    return this;
  }

  /** See {@link SaMissPolicy#onFailure}. */
  public SaMissBuilder onFailure(SaMissPolicy.OnFailure value) {
    onFailure = value;
    return this;
  }

  /** See {@link SaMissPolicy#failureCache}. */
  public SaMissBuilder failureCache(long value) {
    failureCache = value;
    return this;
  }

  /** See {@link SaMissPolicy#larvalMatch}. */
  public SaMissBuilder larvalMatch(SaMissPolicy.LarvalMatch value) {
    larvalMatch = value;
    return this;
  }

  /** See {@link SaMissPolicy#looksUpUnlabelled}. */
  public SaMissBuilder looksUpUnlabelled(boolean value) {
    looksUpUnlabelled = value;
    return this;
  }

  /** See {@link SaMissPolicy#labelDenied}. */
  public SaMissBuilder labelDenied(SaMissPolicy.LabelDenied value) {
    labelDenied = value;
    return this;
  }

  /** See {@link SaMissPolicy#acquires}. */
  public SaMissBuilder acquires(SaMissPolicy.Acquires value) {
    acquires = value;
    return this;
  }

  /** See {@link SaMissPolicy#timers}. */
  public SaMissBuilder timers(Jiffies value) {
    timers = value;
    return this;
  }

  /** The policy. */
  public SaMissPolicy make() {
    return new SaMissPolicy(
        name,
        sentence,
        outcome,
        overflow,
        release,
        scope,
        limits,
        duplicates,
        onFailure,
        failureCache,
        larvalMatch,
        looksUpUnlabelled,
        labelDenied,
        acquires,
        timers);
  }
}
