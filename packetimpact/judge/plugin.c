// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/judge/plugin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* When the device's clock is 0. */
#define BEGIN_S 1767225600

struct sea_pd sea_pd = { .lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER };

/* Of the second thread: its call ended then, and it has not looked at the clock since. */
static _Thread_local bool ended;
static _Thread_local sea_time ended_at;

/* Under the lock: the call in which the other thread waits, NULL: in none; and whether one ended since the clock moved. */
static const struct sea_dut_call *waits;
static bool returned;

static bool is_main(void)
{
	return pthread_equal(pthread_self(), sea_pd.main);
}

/* The device is left: others may go on. */
static void leave(void)
{
	pthread_cond_broadcast(&sea_pd.done);
	pthread_mutex_unlock(&sea_pd.lock);
}

/* -- calls -- */

/* The only thread there is has to move time itself; false: the call will never end. */
static bool move_on(const struct sea_dut_call *call)
{
	return sea_dut_run(sea_pd.dut, SEA_TIME_NEVER, SEA_DUT_STOP_CALL) || call->done;
}

static long finish(const struct sea_dut_call *call)
{
	ended = !is_main();
	ended_at = call->ended;
	if (call->result >= 0)
		return call->result;
	errno = (int)-call->result;
	return -1;
}

long sea_pd_call(enum sea_dut_nr nr, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3,
		 uint64_t a4, uint64_t a5)
{
	struct sea_dut_call call;

	sea_dut_call_init(&call, nr, a0, a1, a2, a3, a4, a5);
	pthread_mutex_lock(&sea_pd.lock);
	sea_dut_begin(sea_pd.dut, &call);
	while (!call.done) {
		if (!is_main()) {
			waits = &call;
			pthread_cond_wait(&sea_pd.done, &sea_pd.lock);
			returned |= call.done;
			waits = NULL;
		} else if (!move_on(&call)) {
			fprintf(stderr, "%s() blocks, and nothing will end it\n",
				sea_dut_nr_name(nr));
			_exit(EXIT_FAILURE);
		}
	}
	leave();
	return finish(&call);
}

/* -- descriptors -- */

int sea_pd_device_fd(int fd)
{
	if (fd < 0 || fd >= (int)(sizeof(sea_pd.device_fd) / sizeof(sea_pd.device_fd[0])))
		return -1;
	return sea_pd.device_fd[fd] - 1;
}

int sea_pd_fd_new(long device_fd)
{
	int fd = device_fd < 0 ? -1 : eventfd(0, EFD_CLOEXEC);

	if (fd >= (int)(sizeof(sea_pd.device_fd) / sizeof(sea_pd.device_fd[0]))) {
		(void)close(fd);
		errno = EMFILE;
		fd = -1;
	}
	if (fd >= 0)
		sea_pd.device_fd[fd] = (int)device_fd + 1;
	else if (device_fd >= 0)
		(void)sea_pd_call(SEA_DUT_close, (uint64_t)device_fd, 0, 0, 0, 0, 0);
	return fd;
}

int sea_pd_fd_close(int fd)
{
	int device_fd = sea_pd_device_fd(fd);

	sea_pd.device_fd[fd] = 0;
	(void)close(fd);
	return (int)sea_pd_call(SEA_DUT_close, (uint64_t)device_fd, 0, 0, 0, 0, 0);
}

/* -- the clock -- */

/*
 * What a call of packetdrill's other thread returned is not known to its first one before that thread has run, for which
 * no time of the device's passes: it is given some of this machine's.
 */
static void let_others_tell(void)
{
	const struct timespec real = { .tv_nsec = 5000000 };
	bool told;

	pthread_mutex_lock(&sea_pd.lock);
	told = !returned && !(waits && waits->done);
	returned = false;
	pthread_mutex_unlock(&sea_pd.lock);
	if (!told)
		(void)syscall(SYS_nanosleep, &real, NULL);
}

static int pd_usleep(void *me, useconds_t us)
{
	(void)me;
	if (is_main())
		let_others_tell();
	pthread_mutex_lock(&sea_pd.lock);
	(void)sea_dut_run(sea_pd.dut, sea_time_add(sea_dut_now(sea_pd.dut), (int64_t)us * SEA_USEC),
			  0);
	leave();
	return 0;
}

static int pd_gettimeofday(void *me, struct timeval *tv, struct timezone *tz)
{
	sea_time now = ended_at;

	(void)me;
	(void)tz;
	if (!ended) {
		pthread_mutex_lock(&sea_pd.lock);
		now = sea_time_add(sea_dut_now(sea_pd.dut), SEA_USEC);
		(void)sea_dut_run(sea_pd.dut, now, 0);
		leave();
	}
	ended = false;
	tv->tv_sec = (time_t)(BEGIN_S + now.ns / SEA_SEC);
	tv->tv_usec = (suseconds_t)(now.ns % SEA_SEC / SEA_USEC);
	return 0;
}

/* -- the wire -- */

static int pd_send(void *me, const void *bytes, size_t len)
{
	const struct sea_dut_packet packet = { .bytes = bytes, .len = len };
	int err;

	(void)me;
	pthread_mutex_lock(&sea_pd.lock);
	err = sea_dut_inject(sea_pd.dut, &packet);
	leave();
	return err ? -1 : 0;
}

/* packetdrill would ask for ever where no packet can come: it is told so by its end. */
static int pd_receive(void *me, void *bytes, size_t *len, long long *time_us)
{
	struct sea_dut_packet packet;

	(void)me;
	pthread_mutex_lock(&sea_pd.lock);
	if (!sea_dut_run(sea_pd.dut, SEA_TIME_NEVER, SEA_DUT_STOP_PACKET)) {
		fprintf(stderr, "Timed out waiting for packet: the device has nothing to send\n");
		_exit(EXIT_FAILURE);
	}
	if (!sea_dut_take(sea_pd.dut, &packet) || packet.len > *len) {
		leave();
		return -1;
	}
	memcpy(bytes, packet.bytes, packet.len);
	*len = packet.len;
	*time_us = (long long)BEGIN_S * 1000000 + packet.time.ns / SEA_USEC;
	leave();
	return 0;
}

/* -- life -- */

static void pd_free(void *me)
{
	struct sea_dut *dut;

	(void)me;
	pthread_mutex_lock(&sea_pd.lock);
	dut = sea_pd.dut;
	sea_pd.dut = NULL;
	pthread_mutex_unlock(&sea_pd.lock);
	sea_dut_close(dut);
}

void packetdrill_interface_init(const char *flags, struct sea_pd_table *table)
{
	struct sea_dut_config config;
	const char *why = "its addresses are not known";

	if (flags && *flags) {
		fprintf(stderr, "--so_flags=%s: this library knows no flags\n", flags);
		_exit(EXIT_FAILURE);
	}
	sea_pd.main = pthread_self();
	if (sea_pd_options(&config))
		sea_pd.dut = sea_dut_seastack_new(&config, &why);
	if (!sea_pd.dut) {
		fprintf(stderr, "no device: %s\n", why);
		_exit(EXIT_FAILURE);
	}
	sea_pd_fill_calls(table);
	table->me = &sea_pd;
	table->free = pd_free;
	table->usleep = pd_usleep;
	table->gettimeofday = pd_gettimeofday;
	table->netdev_send = pd_send;
	table->netdev_receive = pd_receive;
}
