package org.larval.xfrm;

import org.jspecify.annotations.Nullable;
import org.larval.wire.IpAddress;

/**
 * What one resolution is for. A hold queue belongs to one key; which parts are filled in is the
 * {@link SaMissPolicy.Scope}, the others are null or 0.
 *
 * @param policy the policy as installed; compared by identity
 * @param source this end: the flow's source, or the tunnel's
 * @param target the other end
 * @param label the flow's SID under a labelled policy, else 0
 */
record AcquireKey(
    @Nullable InstalledPolicy policy,
    @Nullable IpAddress source,
    @Nullable IpAddress target,
    int protocol,
    int reqid,
    int label,
    int ifId,
    Mark mark) {}
