/*
 * For machines whose kernel has no ESP and no SELinux: preloaded into pluto, it makes refusals of
 * NETLINK_XFRM look like success, so that IKE goes on without a data path, and answers the few
 * questions of libselinux that pluto asks: a context is granted to itself and to ipsec_spd_t.
 *
 *   gcc -shared -fPIC -o no-esp.so no-esp.c -ldl
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

typedef ssize_t (*receiver)(int, void *, size_t, int, struct sockaddr *, socklen_t *);

static int is_xfrm(int fd) {
  int value = 0;
  socklen_t size = sizeof value;
  if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &size) || value != AF_NETLINK) {
    return 0;
  }
  size = sizeof value;
  return !getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &value, &size) && value == NETLINK_XFRM;
}

ssize_t recvfrom(int fd, void *data, size_t size, int flags, struct sockaddr *from,
                 socklen_t *length) {
  static receiver real;
  if (!real) {
    real = (receiver)dlsym(RTLD_NEXT, "recvfrom");
  }
  ssize_t got = real(fd, data, size, flags, from, length);
  struct nlmsghdr *header = data;
  if (got >= (ssize_t)(sizeof *header + sizeof(struct nlmsgerr)) &&
      header->nlmsg_type == NLMSG_ERROR && is_xfrm(fd)) {
    ((struct nlmsgerr *)NLMSG_DATA(header))->error = 0;
  }
  return got;
}

ssize_t __recvfrom_chk(int fd, void *data, size_t size, size_t room, int flags,
                       struct sockaddr *from, socklen_t *length) {
  (void)room;
  return recvfrom(fd, data, size, flags, from, length);
}

static int labelled(void) { return getenv("LABELLED") != NULL; }

int is_selinux_enabled(void) { return labelled(); }
int security_getenforce(void) { return 1; }
void freecon(char *context) { free(context); }

int getcon(char **context) {
  *context = strdup("system_u:system_r:ipsec_t:s0");
  return *context ? 0 : -1;
}

int selinux_check_access(const char *source, const char *target, const char *class,
                         const char *permission, void *audit) {
  (void)class;
  (void)audit;
  int granted = !strcmp(permission, "setcontext") || !strcmp(source, target) ||
                strstr(target, ":ipsec_spd_t:") != NULL;
  return granted ? 0 : -1;
}
