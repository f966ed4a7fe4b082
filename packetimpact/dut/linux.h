/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device `linux` from inside: this machine's kernel, in a network namespace of its own.
 *
 *	the caller's thread ── tun0 in (write), tun0 out (a packet socket: with the kernel's own time stamps)
 *	     │ calls
 *	the host thread: in the namespace, with a table of descriptors of its own
 *	     └─ a thread for each call, so that any of them may block
 *
 * Threads of a process share its memory, so a call's arguments are good as they are; the table of
 * descriptors is not the caller's, so the script's begin at 3.
 */
#ifndef SEA_PACKETIMPACT_LINUX_H
#define SEA_PACKETIMPACT_LINUX_H

#include <pthread.h>
#include <sys/types.h>

#include "core/list.h"
#include "packetimpact/dut/dut.h"
#include "packetimpact/dut/snippet.h"

struct sea_linux_packet;

struct sea_linux {
	struct sea_dut dut; /* first */
	char name[80];
	int netns, tun, sniffer;
	int done_fd;      /* an eventfd: calls were done; the caller's number */
	int done_fd_host; /* the same in the host thread's table */
	int64_t start_ns; /* CLOCK_MONOTONIC */
	struct sea_snippets snippets;
	int patience_ms; /* with one of them */
	pthread_t host;
	bool host_runs;
	int policy; /* of the caller's thread, before */
	/*
	 * A namespace may have only the congestion controls that its host allows to all. Where cubic is not
	 * among them, the route to the peer names it, as long as the sysctl is what the namespace began with.
	 */
	char first_cc[32], route_cc[32];
	char route[256];      /* the words of that route */
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t changed;
	struct sea_dut_call *queue; /* to be started, one at a time */
	struct sea_list pending;    /* threads in calls */
	bool call_done, closing;
	/* The caller's thread's alone. */
	struct sea_list packets;
	struct sea_linux_packet *taken;
};

static inline struct sea_linux *sea_linux_of(struct sea_dut *dut)
{
	return (struct sea_linux *)dut;
}

sea_time sea_linux_now(struct sea_dut *dut);

/* -- calls (linux_call.c) -- */

/* Starts the host thread; 0 or -errno. */
int sea_linux_calls_start(struct sea_linux *lx);
/* Interrupts whoever is in a call, and ends the threads. */
void sea_linux_calls_stop(struct sea_linux *lx);
void sea_linux_begin(struct sea_dut *dut, struct sea_dut_call *call);
void sea_linux_interrupt(struct sea_dut *dut, struct sea_dut_call *call);
/* The system call itself: the kernel's result, or -errno. */
long sea_linux_call(const struct sea_dut_call *call);

/* -- the wire (linux_wire.c) -- */

/* Makes tun0, within the namespace; 0 or -errno. */
int sea_linux_wire_open(struct sea_linux *lx);
void sea_linux_wire_close(struct sea_linux *lx);
/* What came is queued. */
void sea_linux_wire_read(struct sea_linux *lx);
int sea_linux_inject(struct sea_dut *dut, const struct sea_dut_packet *packet);
bool sea_linux_take(struct sea_dut *dut, struct sea_dut_packet *packet);

/* -- its configuration (linux_config.c) -- */

int sea_linux_configure(struct sea_linux *lx, const struct sea_dut_config *config);
int sea_linux_sysctl_get(struct sea_dut *dut, const char *name, char *text, size_t len);
int sea_linux_sysctl_set(struct sea_dut *dut, const char *name, const char *text);
bool sea_linux_sysctl_next(struct sea_dut *dut, char name[SEA_SYSCTL_NAME_MAX]);
int sea_linux_offload(struct sea_dut *dut, const char *name, bool on);
int sea_linux_command(struct sea_dut *dut, int argc, char *const argv[], int out_fd, int err_fd);
int sea_linux_shell(struct sea_dut *dut, const char *text, const char *dir);

#endif
