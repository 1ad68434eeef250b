// The reference of `larval bench nic`: a vhost-user backend over DPDK's librte_vhost.
//
//   vhost-loop SOCKET sink|source|echo BYTES SECONDS
//
// Takes, gives or returns bursts of 32 frames for so many seconds after the frontend has connected
// and prints one line: full bursts, median nanoseconds a frame, frames in, frames out. What is
// timed: dequeue and free; enqueue and free of frames that were made before; dequeue, enqueue and
// free. The first half of the time does not count.
#include <errno.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_vhost.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BURST 32
#define RX 0
#define TX 1
#define MOST (1 << 21)

static atomic_int device = -1;

static int begin(int vid) {
  rte_vhost_enable_guest_notification(vid, TX, 0);
  rte_vhost_enable_guest_notification(vid, RX, 0);
  atomic_store(&device, vid);
  return 0;
}

static void end(int vid) {
  (void)vid;
  atomic_store(&device, -1);
}

static const struct rte_vhost_device_ops ops = {.new_device = begin, .destroy_device = end};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

int main(int count, char **words) {
  if (count != 5) return 2;
  char *eal[] = {"vhost-loop", "--no-pci", "--no-huge",     "-m",        "256", "-l",
                 "0",          "--file-prefix=larval-bench", "--log-level=3", NULL};
  if (rte_eal_init(9, eal) < 0) {
    fprintf(stderr, "rte_eal_init: %s\n", strerror(rte_errno));
    return 1;
  }
  const char *path = words[1];
  int bytes = atoi(words[3]);
  double seconds = atof(words[4]);
  int source = !strcmp(words[2], "source"), echo = !strcmp(words[2], "echo");
  struct rte_mempool *pool = rte_pktmbuf_pool_create("frames", 8191, 256, 0, 2176, 0);
  if (!pool || rte_vhost_driver_register(path, 0) || rte_vhost_driver_callback_register(path, &ops)
      || rte_vhost_driver_disable_features(path, 1ull << 28 | 1ull << 34 | 0x7d83)
      || rte_vhost_driver_start(path)) {
    fprintf(stderr, "librte_vhost: %s\n", strerror(errno));
    return 1;
  }
  // the process is one thread on one core: it lets librte_vhost's own thread in between bursts
  rte_cpuset_t all;
  CPU_ZERO(&all);
  for (int i = 0; i < CPU_SETSIZE; i++) CPU_SET(i, &all);
  rte_thread_set_affinity(&all);

  struct rte_mbuf *frames[BURST];
  float *costs = malloc(MOST * sizeof *costs);
  long bursts = 0, in = 0, out = 0;
  double give_up = now() + 30e9, started = 0;
  for (;;) {
    int vid = atomic_load(&device);
    if (source && vid >= 0) {
      if (rte_pktmbuf_alloc_bulk(pool, frames, BURST)) return 1;
      for (int i = 0; i < BURST; i++) {
        memset(rte_pktmbuf_mtod(frames[i], char *), 0, bytes);
        frames[i]->pkt_len = frames[i]->data_len = bytes;
      }
    }
    double t0 = now();
    if (vid < 0) {
      if (started || t0 > give_up) break;
      usleep(1000);
      continue;
    }
    if (!started) started = t0;
    if (t0 > started + seconds * 1e9) break;
    int done, taken = 0;
    if (source) {
      done = rte_vhost_enqueue_burst(vid, RX, frames, BURST);
      rte_pktmbuf_free_bulk(frames, BURST);
      out += done;
    } else {
      done = rte_vhost_dequeue_burst(vid, TX, pool, frames, BURST);
      taken = done;
      in += done;
      if (echo && done) {
        done = rte_vhost_enqueue_burst(vid, RX, frames, taken);
        out += done;
      }
      if (taken) rte_pktmbuf_free_bulk(frames, taken);
    }
    double t1 = now();
    if (done == BURST && t1 > started + seconds * 5e8 && bursts < MOST)
      costs[bursts++] = (float)((t1 - t0) / BURST);
    if (done == 0) usleep(0);
  }
  qsort(costs, bursts, sizeof *costs, ascending);
  printf("%ld %.2f %ld %ld\n", bursts, bursts ? costs[bursts / 2] : 0.0, in, out);
  fflush(stdout);
  _exit(0);
}
