package org.larval.packet;

/** What a system call of a guest answers, by its Linux name. {@link #OK} is success. */
public enum Errno {
  OK("Success"),
  EAGAIN("Resource temporarily unavailable"),
  EPERM("Operation not permitted"),
  EACCES("Permission denied"),
  EINVAL("Invalid argument"),
  EEXIST("File exists"),
  ENOENT("No such file or directory"),
  ESRCH("No such process"),
  EPIPE("Broken pipe"),
  EMSGSIZE("Message too long"),
  ENOSPC("No space left on device"),
  ENOBUFS("No buffer space available"),
  ENODATA("No data available"),
  ENOPROTOOPT("Protocol not available"),
  EDESTADDRREQ("Destination address required"),
  EADDRINUSE("Address already in use"),
  EADDRNOTAVAIL("Cannot assign requested address"),
  ENETUNREACH("Network is unreachable"),
  EHOSTUNREACH("No route to host"),
  ECONNREFUSED("Connection refused"),
  ECONNRESET("Connection reset by peer"),
  EISCONN("Transport endpoint is already connected"),
  ENOTCONN("Transport endpoint is not connected"),
  EINPROGRESS("Operation now in progress"),
  EALREADY("Operation already in progress"),
  ETIMEDOUT("Connection timed out"),
  EOVERFLOW("Value too large for defined data type"),
  /**
   * Not an errno: the calling task sleeps. The caller is woken by its wait channel and repeats the
   * call, as a task that the kernel put to sleep does.
   */
  ASLEEP("The calling task sleeps");

  private final String text;

  Errno(String text) {
    this.text = text;
  }

  /** The sentence that strerror(3) prints. */
  public String text() {
    return text;
  }
}
