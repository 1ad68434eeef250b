/* A guest on a netfile that breaks what docs/netfile.md asks of it.
 *   hostile FILE CRIME     attaches, commits one crime, prints "done" and goes
 * Crimes upon the sent ring: head, runaway, next, loop, big, address, overflow, negative, direction, indirect, race.
 * Upon the received ring: received-head, received-direction, received-address. Upon the rest: storm (of descriptors without a
 * frame), bells, bells-full, bells-replaced, bells-gone, truncate-0, truncate-page, truncate-frames, header, used, killed. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NEXT 1
#define WRITE 2
#define INDIRECT 4
#define SECONDS 1.5

struct header {
  char magic[8];
  uint32_t version, length;
  uint64_t file, features;
  uint8_t mac[6];
  uint16_t mtu;
  uint32_t size, buffer;
  uint64_t part[8];
};
struct descriptor { uint64_t addr; uint32_t len; uint16_t flags, next; };

static struct header h;
static uint8_t *memory;
static uint64_t length;
static const char *file;
static int fd, kick;

static void stop(const char *why) { fprintf(stderr, "hostile: %s: %s\n", why, strerror(errno)); exit(1); }

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static int fifo(const char *ending) {
  char name[4096];
  snprintf(name, sizeof name, "%s%s", file, ending);
  return open(name, O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

static void attach(void) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 112, .l_len = 1};
  struct stat is;
  if ((fd = open(file, O_RDWR | O_CLOEXEC)) < 0) stop("open");
  for (int i = 0; fcntl(fd, F_SETLK, &lock); i++)
    if (i == 100) stop("lock"); else usleep(20000);
  if (pread(fd, &h, sizeof h, 0) != sizeof h || fstat(fd, &is)) stop("header");
  length = is.st_size;
  memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED || (kick = fifo(".kick")) < 0) stop("attach");
}

/* Ring 0 is the received one, ring 1 the sent one. */
static volatile struct descriptor *table(int ring) { return (void *)(memory + h.part[4 * ring]); }
static volatile uint16_t *available(int ring) { return (void *)(memory + h.part[4 * ring + 1]); }
static volatile uint16_t *used(int ring) { return (void *)(memory + h.part[4 * ring + 2]); }
static uint64_t buffers(int ring) { return h.part[4 * ring + 3]; }
static void ring_bell(void) { if (write(kick, "", 1) < 0 && errno != EAGAIN) stop("bell"); }

static void describe(int ring, int i, uint64_t addr, uint32_t len, int flags, int next) {
  table(ring)[i].addr = addr, table(ring)[i].len = len, table(ring)[i].flags = flags, table(ring)[i].next = next;
}

/* Makes heads available and rings. */
static void offer(int ring, int head, int count) {
  uint16_t at = available(ring)[1];
  available(ring)[2 + at % h.size] = head;
  __atomic_store_n(&available(ring)[1], (uint16_t)(at + count), __ATOMIC_SEQ_CST);
  ring_bell();
}

/* One descriptor upon a ring, which is made available. */
static void one(int ring, uint64_t addr, uint32_t len, int flags, int next) {
  describe(ring, 0, addr, len, flags, next);
  offer(ring, 0, 1);
}

/* Whether all descriptors of the sent ring are out. */
static int full(void) {
  return (uint16_t)(available(1)[1] - __atomic_load_n(&used(1)[1], __ATOMIC_ACQUIRE)) >= h.size;
}

static void *flips(void *until) {
  for (volatile struct descriptor *d = table(1); now() < *(double *)until;)
    d[0].addr = buffers(1), d[0].len = 64, d[0].addr = length - 1, d[0].len = 1u << 20, d[0].flags ^= WRITE;
  return NULL;
}

/* Descriptors as fast as they go: each says what, and the lab is told every time. */
static void storm(uint32_t len, double until) {
  while (now() < until) {
    for (int i = 0; i < 256; i++) {
      uint16_t at = available(1)[1];
      if (full()) break;
      describe(1, at % h.size, buffers(1), len, 0, 0);
      available(1)[2 + at % h.size] = at % h.size;
      __atomic_store_n(&available(1)[1], (uint16_t)(at + 1), __ATOMIC_SEQ_CST);
    }
    ring_bell();
  }
}

static void received(const char *crime) {
  if (!strcmp(crime, "head")) offer(0, h.size, 1);
  else if (!strcmp(crime, "direction")) one(0, buffers(0), h.buffer, 0, 0);
  else one(0, length - 8, h.buffer, WRITE, 0);
  sleep(1); /* the lab finds out when it has a frame for us */
}

static void bells(const char *how, double until) {
  static const char many[65536];
  char name[4096];
  snprintf(name, sizeof name, "%s.kick", file);
  if (!strcmp(how, "bells-full")) {
    int call = fifo(".call");
    while (write(call, many, sizeof many) > 0) continue;
    while (write(call, many, 1) > 0) continue;
    while (write(kick, many, sizeof many) > 0) continue;
  } else if (!strcmp(how, "bells-gone")) {
    unlink(name);
  } else if (!strcmp(how, "bells-replaced")) {
    unlink(name);
    if (mkfifo(name, 0600)) stop("mkfifo");
  } else {
    while (now() < until) if (write(kick, many, sizeof many) < 0 && errno != EAGAIN) stop("bell");
  }
}

int main(int argc, char **argv) {
  double until = now() + SECONDS;
  pthread_t other;
  if (argc != 3) return 2;
  file = argv[1];
  const char *crime = argv[2];
  attach();
  if (!strcmp(crime, "head")) offer(1, h.size, 1);
  else if (!strcmp(crime, "runaway")) offer(1, 0, h.size + 1);
  else if (!strcmp(crime, "next")) one(1, buffers(1), 64, NEXT, h.size);
  else if (!strcmp(crime, "loop")) one(1, buffers(1), 1, NEXT, 0);
  else if (!strcmp(crime, "big")) one(1, buffers(1), UINT32_MAX, 0, 0);
  else if (!strcmp(crime, "address")) one(1, length - 8, 64, 0, 0);
  else if (!strcmp(crime, "overflow")) one(1, UINT64_MAX - 8, 64, 0, 0);
  else if (!strcmp(crime, "negative")) one(1, 1ull << 63, 64, 0, 0);
  else if (!strcmp(crime, "direction")) one(1, buffers(1), 64, WRITE, 0);
  else if (!strcmp(crime, "indirect")) one(1, buffers(1), 64, INDIRECT, 0);
  else if (!strncmp(crime, "received-", 9)) received(crime + 9);
  else if (!strcmp(crime, "storm")) storm(0, until);
  else if (!strncmp(crime, "bells", 5)) bells(crime, until);
  else if (!strcmp(crime, "race")) {
    if (pthread_create(&other, NULL, flips, &until)) stop("thread");
    while (now() < until) if (!full()) offer(1, 0, 1);
    pthread_join(other, NULL);
  } else if (!strncmp(crime, "truncate-", 9)) {
    uint64_t left = crime[9] == '0' ? 0 : crime[9] == 'p' ? 4096 : buffers(1) & ~4095ull;
    if (ftruncate(fd, left)) stop("ftruncate");
    if (left > 4096) one(1, buffers(1), 64, 0, 0); /* the rings are there still, the frame is not */
    ring_bell();
  } else if (!strcmp(crime, "header")) memset(memory, 0xff, 4096);
  else if (!strcmp(crime, "used")) {
    while (now() < until) for (int ring = 0; ring < 2; ring++) memset((void *)(memory + h.part[4 * ring + 2]), 0x5a, 6 + 8 * h.size);
  } else if (!strcmp(crime, "killed")) { /* between the descriptors and the index, with chains out */
    storm(0, now() + 0.2);
    for (uint32_t i = 0; i < h.size / 2; i++) describe(1, i, buffers(1), 64, 0, 0);
    raise(SIGKILL);
  } else return 2;
  puts("done");
  return 0;
}
