/* Programs of the Linux guest.
 *   peer serve                        UDP and TCP echo on port 7, TCP discard on port 9, ESP in UDP on 4500; returns when they listen
 *   peer discarded                    bytes that discard has read since the start, and how many were not of the pattern
 *   peer datagrams ADDRESS PORT COUNT GAP [connected]   datagrams, one each GAP microseconds; how many were taken, and how many refused with EAGAIN
 *   peer connect ADDRESS PORT         milliseconds until a TCP connection stands
 *   peer send ADDRESS PORT BYTES      a TCP stream of the pattern; done when the other side has closed as well
 * The pattern is that of the lab's bulk flows: the byte at position p is the exclusive or of p's own bytes.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/xfrm.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_ENCAP
#define UDP_ENCAP 100
#endif
#define ENCAP_ESPINUDP 2
#define CONNECTIONS 16

static const char TALLY[] = "/tmp/discarded";

static unsigned char pattern(unsigned long p) {
  return (unsigned char)(p ^ p >> 8 ^ p >> 16 ^ p >> 24);
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

/* A listening or bound socket for both families. */
static int open_port(int type, int port) {
  struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  int on = 1, s = socket(AF_INET6, type, 0);
  if (s < 0) fail("socket");
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(s, (struct sockaddr *)&any, sizeof any)) fail("bind");
  if (type == SOCK_STREAM && listen(s, 8)) fail("listen");
  return s;
}

/* A socket that hands ESP in UDP to the kernel, with policies of its own that let it do so. */
static void open_encap(int family, int port) {
  struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  int v6only = 1, type = ENCAP_ESPINUDP, s = socket(family, SOCK_DGRAM, 0);
  if (s < 0) fail("socket");
  if (family == AF_INET6) setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof v6only);
  if (family == AF_INET ? bind(s, (void *)&v4, sizeof v4) : bind(s, (void *)&v6, sizeof v6)) fail("bind");
  if (setsockopt(s, IPPROTO_UDP, UDP_ENCAP, &type, sizeof type)) fail("UDP_ENCAP");
  for (int dir = XFRM_POLICY_IN; dir <= XFRM_POLICY_OUT; dir++) {
    struct xfrm_userpolicy_info policy = {.dir = dir, .action = XFRM_POLICY_ALLOW};
    policy.sel.family = family;
    policy.lft.soft_byte_limit = policy.lft.hard_byte_limit = XFRM_INF;
    policy.lft.soft_packet_limit = policy.lft.hard_packet_limit = XFRM_INF;
    if (family == AF_INET ? setsockopt(s, IPPROTO_IP, IP_XFRM_POLICY, &policy, sizeof policy)
                          : setsockopt(s, IPPROTO_IPV6, IPV6_XFRM_POLICY, &policy, sizeof policy))
      fail("socket policy");
  }
}

struct tally {
  unsigned long bytes, wrong;
};

static struct tally *tally(void) {
  FILE *f = fopen(TALLY, "r+");
  if (!f && (f = fopen(TALLY, "w+"))) {
    struct tally none = {0, 0};
    fwrite(&none, sizeof none, 1, f);
    fflush(f);
  }
  if (!f) fail(TALLY);
  struct tally *t = mmap(NULL, sizeof *t, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(f), 0);
  if (t == MAP_FAILED) fail("mmap");
  return t;
}

static void echo_all(int fd, const char *data, ssize_t length) {
  while (length > 0) {
    ssize_t n = send(fd, data, length, MSG_NOSIGNAL);
    if (n <= 0) return;
    data += n;
    length -= n;
  }
}

static int serve(void) {
  static char data[70000];
  struct tally *t = tally();
  struct pollfd fds[3 + CONNECTIONS];
  unsigned long position[3 + CONNECTIONS];
  int discards[3 + CONNECTIONS];
  int udp = open_port(SOCK_DGRAM, 7), echo = open_port(SOCK_STREAM, 7), discard = open_port(SOCK_STREAM, 9), count = 3;
  open_encap(AF_INET, 4500);
  open_encap(AF_INET6, 4500);
  if (fork()) return 0;
  setsid();
  for (int i = 0; i < 3; i++) close(i);
  fds[0].fd = udp, fds[1].fd = echo, fds[2].fd = discard;
  for (;;) {
    for (int i = 0; i < count; i++) fds[i].events = POLLIN;
    if (poll(fds, count, -1) < 0) continue;
    for (int i = count - 1; i >= 3; i--) {
      if (!fds[i].revents) continue;
      ssize_t n = recv(fds[i].fd, data, sizeof data, 0);
      if (n > 0 && discards[i]) {
        for (ssize_t k = 0; k < n; k++) t->wrong += (unsigned char)data[k] != pattern(position[i]++);
        t->bytes += n;
      } else if (n > 0) {
        echo_all(fds[i].fd, data, n);
      } else {
        close(fds[i].fd);
        count--;
        fds[i] = fds[count], position[i] = position[count], discards[i] = discards[count];
      }
    }
    if (fds[0].revents) {
      struct sockaddr_in6 from;
      socklen_t size = sizeof from;
      ssize_t n = recvfrom(udp, data, sizeof data, 0, (void *)&from, &size);
      if (n >= 0) sendto(udp, data, n, 0, (void *)&from, size);
    }
    for (int i = 1; i < 3; i++) {
      if (!fds[i].revents) continue;
      int c = accept(fds[i].fd, NULL, NULL);
      if (c >= 0 && count < 3 + CONNECTIONS) {
        fds[count] = (struct pollfd){.fd = c}, position[count] = 0, discards[count] = i == 2;
        count++;
      } else if (c >= 0) {
        close(c);
      }
    }
  }
}

static int discarded(void) {
  struct tally *t = tally();
  printf("%lu %lu\n", t->bytes, t->wrong);
  return 0;
}

static int transmit(const char *address, const char *port, unsigned long bytes) {
  struct addrinfo hint = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV}, *to;
  struct timeval patience = {.tv_sec = 8};
  unsigned char data[1000];
  if (getaddrinfo(address, port, &hint, &to)) return 2;
  int s = socket(to->ai_family, SOCK_STREAM, 0);
  setsockopt(s, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (connect(s, to->ai_addr, to->ai_addrlen)) fail("connect");
  for (unsigned long p = 0; p < bytes;) {
    size_t n = bytes - p < sizeof data ? bytes - p : sizeof data;
    for (size_t k = 0; k < n; k++) data[k] = pattern(p + k);
    ssize_t sent = send(s, data, n, MSG_NOSIGNAL);
    if (sent < 0) fail("send");
    p += sent;
  }
  shutdown(s, SHUT_WR);
  if (recv(s, data, sizeof data, 0) != 0) fail("the end");
  printf("sent %lu\n", bytes);
  return 0;
}

static long long now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static struct sockaddr_in ipv4(const char *address, const char *port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
  inet_pton(AF_INET, address, &to.sin_addr);
  return to;
}

static int datagrams(char *address, char *port, int count, int gap, int connected) {
  struct sockaddr_in to = ipv4(address, port);
  int s = socket(AF_INET, SOCK_DGRAM, 0), taken = 0, refused = 0;
  if (s < 0 || (connected && connect(s, (struct sockaddr *)&to, sizeof to))) fail("socket");
  long long next = now_us();
  for (int i = 0; i < count; i++, next += gap) {
    long long early = next - now_us();
    if (early > 0) usleep(early);
    char text[32];
    int length = snprintf(text, sizeof text, "%d", i);
    long sent = connected ? send(s, text, length, MSG_DONTWAIT)
                          : sendto(s, text, length, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof to);
    if (sent == length) taken++;
    else if (errno == EAGAIN) refused++;
    else fail("send");
  }
  printf("taken %d eagain %d\n", taken, refused);
  return 0;
}

static int connect_time(char *address, char *port) {
  struct sockaddr_in to = ipv4(address, port);
  long long began = now_us();
  int s = socket(AF_INET, SOCK_STREAM, 0);
  if (s < 0 || connect(s, (struct sockaddr *)&to, sizeof to)) fail("connect");
  printf("%lld\n", (now_us() - began) / 1000);
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 2 && !strcmp(argv[1], "serve")) return serve();
  if (argc == 2 && !strcmp(argv[1], "discarded")) return discarded();
  if (argc == 5 && !strcmp(argv[1], "send")) return transmit(argv[2], argv[3], strtoul(argv[4], NULL, 10));
  if ((argc == 6 || argc == 7) && !strcmp(argv[1], "datagrams"))
    return datagrams(argv[2], argv[3], atoi(argv[4]), atoi(argv[5]), argc == 7);
  if (argc == 4 && !strcmp(argv[1], "connect")) return connect_time(argv[2], argv[3]);
  return 2;
}
