/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filter that hands calls over also catches those that would hand the listener over. So a thread
 * that began before the filter, and does not have it, sends the listener; it ends with the exec.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/cli/say.h"
#include "tools/control/control.h"
#include "tools/exec/enter.h"
#include "tools/exec/filter.h"

#define EXIT_CANNOT_RUN 126
#define EXIT_NOT_FOUND 127

struct handing {
	pthread_mutex_t lock;
	pthread_cond_t there;
	int control;
	int listener; /* -1: not yet; < -1: there will be none */
	char answer[SEA_CONTROL_LINE_MAX];
	int status;
};

static int send_listener(int control, int listener)
{
	static char command[] = "exec\n";
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} with = { .header = { .cmsg_level = SOL_SOCKET,
			       .cmsg_type = SCM_RIGHTS,
			       .cmsg_len = CMSG_LEN(sizeof(int)) } };
	struct iovec text = { command, sizeof(command) - 1 };
	struct msghdr msg = { .msg_iov = &text,
			      .msg_iovlen = 1,
			      .msg_control = &with,
			      .msg_controllen = sizeof(with.room) };

	memcpy(CMSG_DATA(&with.header), &listener, sizeof(listener));
	return sendmsg(control, &msg, MSG_NOSIGNAL) == (ssize_t)text.iov_len ? 0 : -errno;
}

/* One line, without its end. */
static int read_answer(struct handing *handing)
{
	size_t len = 0, room = sizeof(handing->answer) - 1;

	while (len < room && !memchr(handing->answer, '\n', len)) {
		ssize_t n = read(handing->control, handing->answer + len, room - len);

		if (n <= 0)
			return n ? -errno : -EPIPE;
		len += (size_t)n;
	}
	handing->answer[strcspn(handing->answer, "\n")] = '\0';
	return 0;
}

static int filter_failed(int err)
{
	if (err == -EBUSY)
		return sea_say_failed("this process is in another stack, or its calls are somebody "
				      "else's already");
	if (err == -EINVAL || err == -ENOSYS)
		return sea_say_failed("this kernel cannot hand calls over (Linux 6.0 or newer, on "
				      "x86-64 or arm64)");
	return sea_say_failed("cannot hand calls over: %s", sea_say_errno(err));
}

static int judge(const struct handing *handing, int err)
{
	if (err)
		return sea_say_failed("the stack did not take the program: %s", sea_say_errno(err));
	if (!strncmp(handing->answer, "error ", 6))
		return sea_say_failed("%s", handing->answer + 6);
	return strcmp(handing->answer, "ok") ? sea_say_failed("the stack is of another version")
					     : SEA_EXIT_OK;
}

static void *hand_over(void *arg)
{
	struct handing *handing = arg;
	int listener, err;

	pthread_mutex_lock(&handing->lock);
	while (handing->listener == -1)
		pthread_cond_wait(&handing->there, &handing->lock);
	listener = handing->listener;
	pthread_mutex_unlock(&handing->lock);
	if (listener < 0)
		return NULL;
	err = send_listener(handing->control, listener);
	if (!err || err == -EPIPE) /* whoever is turned away has been told why */
		err = read_answer(handing);
	handing->status = judge(handing, err);
	/* The server's is the only one: when it ends, calls fail instead of waiting for nobody. */
	close(listener);
	close(handing->control);
	return NULL;
}

/* What went wrong is said by the thread: words, too, are calls that wait for the server. */
static int enter(struct handing *handing)
{
	pthread_t thread;
	int err = pthread_create(&thread, NULL, hand_over, handing), listener;

	if (err)
		return sea_say_failed("cannot start a thread: %s", sea_say_errno(err));
	listener = sea_exec_filter();
	pthread_mutex_lock(&handing->lock);
	handing->listener = listener < 0 ? -2 : listener;
	pthread_cond_signal(&handing->there);
	pthread_mutex_unlock(&handing->lock);
	pthread_join(thread, NULL);
	return listener < 0 ? filter_failed(listener) : handing->status;
}

int sea_exec_enter(const char *path, char **argv)
{
	struct handing handing = { .lock = PTHREAD_MUTEX_INITIALIZER,
				   .there = PTHREAD_COND_INITIALIZER,
				   .listener = -1 };
	int status = sea_control_connect(path, &handing.control);

	if (!status)
		status = enter(&handing);
	if (status)
		return status;
	execvp(argv[0], argv);
	status = errno == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
	sea_say("cannot run %s: %s", argv[0], sea_say_errno(errno));
	return status;
}
