package org.larval.guest;

/** A system call on a socket that a security module has a permission for. */
public enum SocketCall {
  /** socket(2). */
  CREATE,
  /** listen(2). */
  LISTEN,
  /** accept(2). */
  ACCEPT,
  /** write(2), sendmsg(2). */
  WRITE,
  /** read(2), recvmsg(2). */
  READ
}
