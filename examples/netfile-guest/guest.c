/* A guest on a netfile, written from docs/netfile.md alone: it answers ARP, ping and UDP port 7.
 * cc -O2 -Wall -Wextra -Werror -o guest guest.c && ./guest c.nic 10.0.0.4 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FEATURES (1ull << 3 | 1ull << 5 | 1ull << 32 | 1ull << 35)
#define EVENT_IDX (1ull << 29)
#define HEAD 12 /* virtio_net_hdr */

struct header {
  char magic[8];
  uint32_t version, length;
  uint64_t file, features;
  uint8_t mac[6];
  uint16_t mtu;
  uint32_t size, buffer;
  uint64_t part[8]; /* descriptors, available, used, buffers: of the received ring, of the sent */
  uint8_t locks[2], reserved[4096 - 114];
};
struct descriptor { uint64_t addr; uint32_t len; uint16_t flags, next; };
struct used { uint32_t id, len; };
struct ring {
  volatile struct descriptor *table;
  volatile uint16_t *available, *used; /* flags, idx, then the slots */
  uint64_t buffers;
  uint16_t flags, next, last, out, shown;
  uint8_t *posted;
};

static struct header h; /* private: the file's own is never read again */
static uint8_t *memory, frame[65536];
static uint32_t own;
static int kick_fifo, call_fifo;

static void stop(const char *why) { fprintf(stderr, "guest: %s\n", why); exit(1); }
static void on_sigbus(int signal) {
  static const char words[] = "guest: the file was cut short\n";
  _exit(signal == SIGBUS && write(2, words, sizeof words - 1) > 0 ? 1 : 2);
}

static int fifo(const char *file, const char *ending) {
  char name[4096];
  struct stat is;
  snprintf(name, sizeof name, "%s%s", file, ending);
  if (mkfifo(name, 0600) && errno != EEXIST) stop("cannot make a FIFO");
  int fd = open(name, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0 || fstat(fd, &is) || !S_ISFIFO(is.st_mode)) stop("cannot open a FIFO");
  return fd;
}

static void check(uint64_t length) {
  uint64_t n = h.size, bytes[4] = {16 * n, 6 + 2 * n, 6 + 8 * n, n * h.buffer};
  if (memcmp(h.magic, "larvalNF", 8) || h.version != 1 || h.length != 4096 || h.file != length ||
      length > 8ull << 30 || (h.features | EVENT_IDX) != (FEATURES | EVENT_IDX))
    stop("not a netfile of version 1");
  if ((h.mac[0] & 1) || !memcmp(h.mac, "\0\0\0\0\0", 6) || n < 2 || n > 32768 || (n & (n - 1)) ||
      h.buffer % 64 || h.buffer < 128 || h.buffer > 65536 || h.mtu < 68 || h.mtu + 26u > h.buffer)
    stop("a netfile with wrong sizes");
  for (int i = 0; i < 8; i++) {
    if (h.part[i] % 64 || h.part[i] < 4096 || h.part[i] > length || bytes[i % 4] > length - h.part[i])
      stop("a part lies outside of the file");
    for (int j = 0; j < i; j++)
      if (h.part[i] < h.part[j] + bytes[j % 4] && h.part[j] < h.part[i] + bytes[i % 4])
        stop("two parts overlap");
  }
  for (unsigned i = 0; i < sizeof h.reserved; i++)
    if (h.reserved[i]) stop("a reserved byte is set");
}

static void attach(const char *name) { /* waits until a lab has formatted the file */
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 112, .l_len = 1};
  struct stat is;
  int fd;
  while ((fd = open(name, O_RDWR | O_CLOEXEC)) < 0 || pread(fd, &h, sizeof h, 0) != sizeof h || !h.magic[0]) {
    if (fd >= 0) close(fd); else if (errno != ENOENT) stop("cannot open the file");
    usleep(20000);
  }
  for (int i = 0; fcntl(fd, F_SETLK, &lock); i++) /* whoever formats it has both locks for a moment */
    if (i == 100) stop("another process plays this guest"); else usleep(20000);
  if (fstat(fd, &is) || !S_ISREG(is.st_mode)) stop("not a file");
  check(is.st_size);
  memory = mmap(NULL, is.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) stop("cannot map the file");
}

static void take_up(struct ring *r, const uint64_t *part, int flags) {
  *r = (struct ring){(void *)(memory + part[0]), (void *)(memory + part[1]), (void *)(memory + part[2]),
                     part[3], flags, 0, 0, 0, 0, calloc(1, h.size)};
  r->next = r->shown = r->available[1];
  r->last = __atomic_load_n(&r->used[1], __ATOMIC_ACQUIRE);
  r->out = r->next - r->last;
  if (r->out > h.size || !r->posted) stop("the rings contradict each other");
  for (uint16_t i = r->last; i != r->next; i++) {
    uint16_t id = r->available[2 + i % h.size];
    if (id >= h.size || r->posted[id]) stop("the rings contradict each other");
    r->posted[id] = 1;
  }
}

static int free_descriptor(struct ring *r) { /* the lab uses them in order: mostly the next one */
  for (uint32_t i = 0; r->out < h.size; i++)
    if (!r->posted[(r->next + i) % h.size]) return (r->next + i) % h.size;
  return -1;
}

static void post(struct ring *r, int id, uint32_t len) {
  r->table[id] = (struct descriptor){r->buffers + (uint64_t)id * h.buffer, len, r->flags, 0};
  r->available[2 + r->next++ % h.size] = id;
  r->posted[id] = 1;
  r->out++;
}

static void publish(struct ring *r) {
  if (r->shown == r->next) return;
  uint16_t old = r->shown, now = r->shown = r->next;
  __atomic_store_n(&r->available[1], now, __ATOMIC_RELEASE);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  uint16_t event = r->used[2 + 4 * h.size]; /* avail_event stands after the slots of 8 bytes */
  int tell = h.features & EVENT_IDX ? (uint16_t)(now - event - 1) < (uint16_t)(now - old) : !(r->used[0] & 1);
  if (tell && write(kick_fifo, "", 1) < 0 && errno != EAGAIN) stop("cannot ring");
}

static int reap(struct ring *r, uint32_t *len) {
  uint16_t waiting = __atomic_load_n(&r->used[1], __ATOMIC_ACQUIRE) - r->last;
  if (!waiting) return -1;
  volatile struct used *slot = (volatile struct used *)(r->used + 2) + r->last % h.size;
  uint32_t id = slot->id;
  *len = slot->len;
  if (waiting > r->out || id >= h.size || !r->posted[id]) stop("the lab broke a ring");
  r->posted[id] = 0;
  r->out--;
  r->last++;
  return id;
}

static uint16_t sum(const uint8_t *at, uint32_t bytes) {
  uint32_t s = 0;
  for (; bytes > 1; bytes -= 2, at += 2) s += at[0] << 8 | at[1];
  if (bytes) s += at[0] << 8;
  while (s >> 16) s = (s & 0xffff) + (s >> 16);
  return htons(~s);
}
static void swap(uint8_t *a, uint8_t *b, int bytes) {
  uint8_t t[8];
  memcpy(t, a, bytes), memcpy(a, b, bytes), memcpy(b, t, bytes);
}

static uint32_t answer(uint32_t len) { /* turns the frame into its answer; 0 if there is none */
  uint8_t *ip = frame + 14, *up;
  uint32_t header = (ip[0] & 15) * 4, total = ip[2] << 8 | ip[3];
  if (!memcmp(frame + 12, "\x08\x06\0\1\x08\0\6\4\0\1", 10) && len >= 42 && !memcmp(ip + 24, &own, 4)) {
    frame[21] = 2; /* ARP: a reply */
    memcpy(ip + 18, ip + 8, 6), memcpy(ip + 8, h.mac, 6), swap(ip + 14, ip + 24, 4);
    len = 42;
  } else if (!memcmp(frame + 12, "\x08\0", 2) && len >= 34 && ip[0] >> 4 == 4 && header >= 20 &&
             total >= header + 8 && total <= len - 14 && !memcmp(ip + 16, &own, 4) && !sum(ip, header) &&
             !(ip[6] & 0x3f) && !ip[7]) {
    up = ip + header;
    if (ip[9] == 1 && up[0] == 8 && !sum(up, total - header)) {
      up[0] = up[2] = up[3] = 0;
      memcpy(up + 2, &(uint16_t){sum(up, total - header)}, 2);
    } else if (ip[9] == 17 && !up[2] && up[3] == 7) {
      swap(up, up + 2, 2); /* the checksum is the same for swapped ends */
    } else {
      return 0;
    }
    swap(ip + 12, ip + 16, 4);
    ip[8] = 64, ip[10] = ip[11] = 0;
    memcpy(ip + 10, &(uint16_t){sum(ip, header)}, 2);
    len = 14 + total;
  } else {
    return 0;
  }
  memcpy(frame, frame + 6, 6), memcpy(frame + 6, h.mac, 6);
  return len;
}

int main(int argc, char **argv) {
  struct ring in, out;
  uint32_t len, ignored;
  int id, free_id;
  if (argc != 3 || inet_pton(AF_INET, argv[2], &own) != 1) stop("usage: guest FILE ADDRESS");
  signal(SIGBUS, on_sigbus);
  attach(argv[1]);
  kick_fifo = fifo(argv[1], ".kick"), call_fifo = fifo(argv[1], ".call");
  take_up(&in, h.part, 2), take_up(&out, h.part + 4, 0);
  printf("%s is up on %s\n", argv[2], argv[1]), fflush(stdout);
  for (;;) {
    while ((id = free_descriptor(&in)) >= 0) post(&in, id, h.buffer);
    publish(&in), publish(&out);
    in.available[2 + h.size] = in.last; /* used_event: tell me of the next one */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(&in.used[1], __ATOMIC_ACQUIRE) == in.last) {
      struct pollfd wait = {call_fifo, POLLIN, 0};
      if (poll(&wait, 1, 100) > 0 && read(call_fifo, frame, sizeof frame) < 0) stop("the FIFO is broken");
    }
    while ((id = reap(&in, &len)) >= 0) {
      if (len < HEAD || len > h.buffer) stop("the lab broke a ring");
      memcpy(frame, memory + in.buffers + (uint64_t)id * h.buffer + HEAD, len -= HEAD);
      while (reap(&out, &ignored) >= 0) continue;
      if (len >= 14 && (len = answer(len)) && (free_id = free_descriptor(&out)) >= 0) {
        uint8_t *to = memory + out.buffers + (uint64_t)free_id * h.buffer;
        memset(to, 0, HEAD), memcpy(to + HEAD, frame, len);
        post(&out, free_id, HEAD + len);
      }
    }
  }
}
