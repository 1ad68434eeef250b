package org.larval.lab.run;

import java.util.function.IntFunction;
import java.util.function.ToIntFunction;
import org.larval.guest.GuestStack;
import org.larval.guest.tcp.TcpLayer;

/**
 * What a program on a guest has: see {@link LabRun#start(String, java.util.function.Function)}.
 *
 * @param stack for UDP, raw sockets and timers
 * @param tcp for TCP
 * @param sid the number of a context, as sockets have it; a wrong one is complained about
 * @param context the context behind a number
 */
public record Shell(
    GuestStack stack, TcpLayer tcp, ToIntFunction<String> sid, IntFunction<String> context) {}
