package org.larval.labels.why;

import java.util.List;

/**
 * What the policy says to some permissions, all for the same reasons.
 *
 * @param permissions in the class' order
 * @param outcome what becomes of them
 * @param logged whether an audit record is written
 * @param rules of those allowed the rules that grant them
 * @param reasons of those refused all that hold, the deciding one first
 * @param remedies of those refused the steps that together would permit them
 */
public record Verdict(
    List<String> permissions,
    Outcome outcome,
    boolean logged,
    List<String> rules,
    List<Reason> reasons,
    List<Remedy> remedies) {}
