/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second judge: the original packetdrill, with the device `seastack` instead of a kernel. It loads this
 * library with --so_filename and calls packetdrill_interface_init(), which fills a table of functions; the
 * same library, preloaded, stands in front of those calls of libc that the table has not.
 *
 * Time is virtual. packetdrill sleeps and spins on the clock, so sleeping advances it, and so does, by a
 * microsecond, each look at it; waiting for a packet jumps to the next one. Its second thread makes the calls
 * that block; when it looks at the clock after one, it is told the moment at which the call ended, however far
 * the first thread has gone since.
 */
#ifndef SEA_PACKETIMPACT_PLUGIN_H
#define SEA_PACKETIMPACT_PLUGIN_H

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "packetimpact/dut/dut.h"

/* The table of packetdrill's ABI: the order is its, `me` what it got in the first field. */
struct sea_pd_table {
	void *me;
	void (*free)(void *me);
	int (*socket)(void *me, int domain, int type, int protocol);
	int (*bind)(void *me, int fd, const struct sockaddr *addr, socklen_t len);
	int (*listen)(void *me, int fd, int backlog);
	int (*accept)(void *me, int fd, struct sockaddr *addr, socklen_t *len);
	int (*connect)(void *me, int fd, const struct sockaddr *addr, socklen_t len);
	ssize_t (*read)(void *me, int fd, void *buf, size_t len);
	ssize_t (*readv)(void *me, int fd, const struct iovec *iov, int n);
	ssize_t (*recv)(void *me, int fd, void *buf, size_t len, int flags);
	ssize_t (*recvfrom)(void *me, int fd, void *buf, size_t len, int flags,
			    struct sockaddr *addr, socklen_t *addr_len);
	ssize_t (*recvmsg)(void *me, int fd, struct msghdr *msg, int flags);
	ssize_t (*write)(void *me, int fd, const void *buf, size_t len);
	ssize_t (*writev)(void *me, int fd, const struct iovec *iov, int n);
	ssize_t (*send)(void *me, int fd, const void *buf, size_t len, int flags);
	ssize_t (*sendto)(void *me, int fd, const void *buf, size_t len, int flags,
			  const struct sockaddr *addr, socklen_t addr_len);
	ssize_t (*sendmsg)(void *me, int fd, const struct msghdr *msg, int flags);
	int (*fcntl)(void *me, int fd, int cmd, ...);
	int (*ioctl)(void *me, int fd, unsigned long request, ...);
	int (*close)(void *me, int fd);
	int (*shutdown)(void *me, int fd, int how);
	int (*getsockopt)(void *me, int fd, int level, int name, void *val, socklen_t *len);
	int (*setsockopt)(void *me, int fd, int level, int name, const void *val, socklen_t len);
	int (*poll)(void *me, struct pollfd *fds, nfds_t n, int timeout_ms);
	int (*netdev_send)(void *me, const void *packet, size_t len); /* 0, -1 */
	/* Room in *len, bytes then; not 0: nothing came. */
	int (*netdev_receive)(void *me, void *packet, size_t *len, long long *time_us);
	int (*usleep)(void *me, useconds_t us);
	int (*gettimeofday)(void *me, struct timeval *tv, struct timezone *tz);
	int (*epoll_create)(void *me, int size);
	int (*epoll_ctl)(void *me, int epfd, int what, int fd, struct epoll_event *event);
	int (*epoll_wait)(void *me, int epfd, struct epoll_event *events, int max, int timeout_ms);
	int (*pipe)(void *me, int fds[2]);
	int (*splice)(void *me, int in, loff_t *in_off, int out, loff_t *out_off, size_t len,
		      unsigned flags);
};

/* One process has one device; `lock` is held by whoever is in it. */
struct sea_pd {
	pthread_mutex_t lock;
	pthread_cond_t done; /* calls of other threads may be */
	pthread_t main;
	struct sea_dut *dut;
	/*
	 * packetdrill keeps our descriptors among those of the process, so each of the device's is stood for by
	 * a real one: its number here, plus one.
	 */
	int device_fd[1024];
};

extern struct sea_pd sea_pd;

/* A call to its end, by whichever thread; its result or -1 and errno. */
long sea_pd_call(enum sea_dut_nr nr, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
		 uint64_t a4, uint64_t a5);

/* The device's number of ours, or -1. */
int sea_pd_device_fd(int fd);
/* A real descriptor for the device's; -1 and errno. */
int sea_pd_fd_new(long device_fd);
/* The device's is closed with it. */
int sea_pd_fd_close(int fd);

/* The addresses that packetdrill was given, by its command line or its script; false, having said so: none. */
bool sea_pd_options(struct sea_dut_config *config);

/* The functions of the table that are calls. */
void sea_pd_fill_calls(struct sea_pd_table *table);

#define SEA_PD_EXPORT __attribute__((visibility("default")))

/* What packetdrill looks up in this library. */
SEA_PD_EXPORT void packetdrill_interface_init(const char *flags, struct sea_pd_table *table);

#endif
