/* Labelled programs of the Linux guest: what a security module tells applications about their peers.
 *   label run CONTEXT COMMAND...         runs a command in a context
 *   label serve LOG                      UDP and TCP echo on port 7; a line for each datagram and connection; returns when it listens
 *   label udp ADDRESS PORT COUNT         connected, datagrams of 8 bytes; waits for no answer
 *   label tcp ADDRESS PORT BYTES         a connection that sends so many bytes; a line about it
 * A line is: udp|tcp, the peer's address, its context as SCM_SECURITY or SO_PEERSEC tells it, or "none".
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SCM_SECURITY
#define SCM_SECURITY 3
#endif
#ifndef IP_PASSSEC
#define IP_PASSSEC 18
#endif
#define CONNECTIONS 16

static char data[70000];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void tell(FILE *out, const char *kind, struct sockaddr_in *peer, const char *context) {
  fprintf(out, "%s %s %s\n", kind, inet_ntoa(peer->sin_addr), context);
  fflush(out);
}

/* A datagram and what the kernel says of its sender. */
static ssize_t receive(int s, struct sockaddr_in *from, char *context, size_t room) {
  char control[512];
  struct iovec io = {data, sizeof data};
  struct msghdr m = {.msg_name = from, .msg_namelen = sizeof *from, .msg_iov = &io, .msg_iovlen = 1, .msg_control = control,
    .msg_controllen = sizeof control};
  ssize_t n = recvmsg(s, &m, 0);
  snprintf(context, room, "none");
  for (struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
    if (c->cmsg_type == SCM_SECURITY) snprintf(context, room, "%.*s", (int)(c->cmsg_len - CMSG_LEN(0)), (char *)CMSG_DATA(c));
  return n;
}

static void peer(int s, char *context, size_t room) {
  char text[512] = "";
  socklen_t size = sizeof text - 1;
  if (getsockopt(s, SOL_SOCKET, SO_PEERSEC, text, &size)) strcpy(text, "none");
  snprintf(context, room, "%s", text);
}

static int open_socket(int type) {
  int on = 1, s = socket(AF_INET, type, 0);
  if (s < 0) fail("socket");
  if (type == SOCK_DGRAM && setsockopt(s, IPPROTO_IP, IP_PASSSEC, &on, sizeof on)) fail("IP_PASSSEC");
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  return s;
}

static int serve(const char *log) {
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(7)}, from = {0};
  struct pollfd fds[2 + CONNECTIONS] = {{.fd = open_socket(SOCK_DGRAM)}, {.fd = open_socket(SOCK_STREAM)}};
  char context[512];
  int count = 2;
  for (int i = 0; i < 2; i++)
    if (bind(fds[i].fd, (void *)&any, sizeof any)) fail("bind");
  if (listen(fds[1].fd, 8)) fail("listen");
  FILE *out = fopen(log, "w");
  if (!out) fail(log);
  if (fork()) return 0;
  setsid();
  for (int i = 0; i < 3; i++) close(i);
  for (;;) {
    for (int i = 0; i < count; i++) fds[i].events = POLLIN;
    if (poll(fds, count, -1) < 0) continue;
    for (int i = count - 1; i >= 2; i--) {
      if (!fds[i].revents) continue;
      ssize_t n = recv(fds[i].fd, data, sizeof data, 0);
      if (n > 0 && send(fds[i].fd, data, n, MSG_NOSIGNAL) == n) continue;
      close(fds[i].fd);
      fds[i] = fds[--count];
    }
    if (fds[0].revents) {
      ssize_t n = receive(fds[0].fd, &from, context, sizeof context);
      if (n >= 0) {
        tell(out, "udp", &from, context);
        sendto(fds[0].fd, data, n, 0, (void *)&from, sizeof from);
      }
    }
    if (fds[1].revents) {
      socklen_t size = sizeof from;
      int c = accept(fds[1].fd, (void *)&from, &size);
      if (c < 0) continue;
      peer(c, context, sizeof context);
      tell(out, "tcp", &from, context);
      if (count < 2 + CONNECTIONS) fds[count++] = (struct pollfd){.fd = c};
      else close(c);
    }
  }
}

static void target(struct sockaddr_in *to, const char *address, const char *port) {
  *to = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(atoi(port))};
  if (!inet_aton(address, &to->sin_addr)) exit(2);
}

static int udp(const char *address, const char *port, int count) {
  struct sockaddr_in to;
  int s = open_socket(SOCK_DGRAM);
  target(&to, address, port);
  if (connect(s, (void *)&to, sizeof to)) fail("connect");
  for (int i = 0; i < count; i++) {
    if (send(s, "8 bytes.", 8, 0) < 0) fail("send");
    usleep(100000);
  }
  return 0;
}

static int tcp(const char *address, const char *port, unsigned long bytes) {
  struct timeval patience = {.tv_sec = 10};
  struct sockaddr_in to;
  char context[512];
  int s = open_socket(SOCK_STREAM);
  target(&to, address, port);
  setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (connect(s, (void *)&to, sizeof to)) fail("connect");
  peer(s, context, sizeof context);
  tell(stdout, "tcp", &to, context);
  for (unsigned long p = 0; p < bytes; p++) data[p % sizeof data] = (char)(p ^ p >> 8 ^ p >> 16 ^ p >> 24);
  for (unsigned long p = 0; p < bytes && p < sizeof data;) {
    ssize_t n = send(s, data + p, (bytes < sizeof data ? bytes : sizeof data) - p, MSG_NOSIGNAL);
    if (n < 0) fail("send");
    p += n;
  }
  shutdown(s, SHUT_WR);
  while (recv(s, data, sizeof data, 0) > 0) continue;
  return 0;
}

static int run(char **argv) {
  int f = open("/proc/self/attr/current", O_RDWR);
  if (f < 0 || write(f, argv[0], strlen(argv[0])) < 0) fail(argv[0]);
  close(f);
  execvp(argv[1], argv + 1);
  fail(argv[1]);
  return 1;
}

int main(int argc, char **argv) {
  if (argc >= 4 && !strcmp(argv[1], "run")) return run(argv + 2);
  if (argc == 3 && !strcmp(argv[1], "serve")) return serve(argv[2]);
  if (argc == 5 && !strcmp(argv[1], "udp")) return udp(argv[2], argv[3], atoi(argv[4]));
  if (argc == 5 && !strcmp(argv[1], "tcp")) return tcp(argv[2], argv[3], strtoul(argv[4], NULL, 10));
  return 2;
}
