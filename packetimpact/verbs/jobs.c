// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/verbs/jobs.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "packetimpact/dut/snippet.h"

#define WORKERS_MAX 64
#define NOBODY -1
#define LOOK_MS 100

struct worker {
	pid_t pid;
	int fd; /* NOBODY: there is none */
	bool busy;
	size_t piece;
	int patience_ms; /* what is left of it */
};

struct crew {
	const struct sea_jobs *jobs;
	struct worker workers[WORKERS_MAX];
	unsigned size;
	struct sea_outcome *outcomes;
	bool *there;
	size_t begun, told;
};

/* An outcome on its way: this, then its two texts. */
struct head {
	struct sea_outcome outcome;
	size_t report_len, notes_len;
};

/* -- bytes -- */

static bool send_all(int fd, const void *from, size_t len)
{
	for (const char *at = from; len;) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static bool read_all(int fd, void *to, size_t len)
{
	for (char *at = to; len;) {
		ssize_t n = read(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

static char *read_text(int fd, size_t len)
{
	char *text = malloc(len + 1);

	if (!text || !read_all(fd, text, len)) {
		free(text);
		return NULL;
	}
	text[len] = 0;
	return text;
}

static void fini(struct sea_outcome *outcome)
{
	sea_run_result_fini(&outcome->result);
	free(outcome->notes);
	*outcome = (struct sea_outcome){ 0 };
}

/* -- the worker -- */

static bool deliver(int fd, const struct sea_outcome *outcome)
{
	const char *notes = outcome->notes ? outcome->notes : "";
	const struct head head = { *outcome, strlen(outcome->result.report), strlen(notes) };

	return send_all(fd, &head, sizeof(head)) &&
	       send_all(fd, outcome->result.report, head.report_len) &&
	       send_all(fd, notes, head.notes_len);
}

static _Noreturn void be_worker(struct crew *crew, int fd)
{
	size_t piece;
	bool heard = true;

	sea_groups_end_with_us();
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	for (unsigned i = 0; i < crew->size; i++)
		if (crew->workers[i].fd != NOBODY)
			(void)close(crew->workers[i].fd);
	while (heard && read_all(fd, &piece, sizeof(piece))) {
		struct sea_outcome outcome = { 0 };

		crew->jobs->work(crew->jobs->ctx, piece, &outcome);
		heard = deliver(fd, &outcome);
		fini(&outcome);
	}
	exit(0);
}

/* -- the crew -- */

static int hire(struct crew *crew, struct worker *worker)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return -errno;
	fflush(NULL);
	pid = fork();
	if (!pid) {
		(void)close(pair[0]);
		be_worker(crew, pair[1]);
	}
	(void)close(pair[1]);
	if (pid < 0) {
		(void)close(pair[0]);
		return -EAGAIN;
	}
	*worker = (struct worker){ .pid = pid, .fd = pair[0] };
	return 0;
}

/* Its status as waitpid() has it. */
static int dismiss(struct worker *worker)
{
	int status = 0;

	(void)close(worker->fd);
	worker->fd = NOBODY;
	worker->busy = false;
	while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return status;
}

static int assign(struct crew *crew, struct worker *worker)
{
	int err = worker->fd == NOBODY ? hire(crew, worker) : 0;

	if (err)
		return err;
	worker->piece = crew->begun++;
	worker->busy = true;
	worker->patience_ms = crew->jobs->patience_ms;
	/* one that is gone already is seen to be when it is heard */
	(void)send_all(worker->fd, &worker->piece, sizeof(worker->piece));
	return 0;
}

/* Its work brought no outcome: this is one. */
static void lose(struct sea_outcome *outcome, const char *why, int number)
{
	char text[128];

	snprintf(text, sizeof(text), "%s %d\n", why, number);
	*outcome = (struct sea_outcome){ .result = { .verdict = SEA_RUN_FAILED,
						     .report = strdup(text) } };
}

static bool receive(struct worker *worker, struct sea_outcome *outcome)
{
	struct head head;

	if (!read_all(worker->fd, &head, sizeof(head)))
		return false;
	*outcome = head.outcome;
	outcome->result.report = read_text(worker->fd, head.report_len);
	outcome->notes = outcome->result.report ? read_text(worker->fd, head.notes_len) : NULL;
	if (outcome->notes)
		return true;
	free(outcome->result.report);
	return false;
}

static void hear(struct crew *crew, struct worker *worker)
{
	struct sea_outcome *outcome = &crew->outcomes[worker->piece];
	int status;

	crew->there[worker->piece] = true;
	worker->busy = false;
	if (receive(worker, outcome))
		return;
	status = dismiss(worker);
	if (WIFSIGNALED(status))
		lose(outcome, "the run was ended by signal", WTERMSIG(status));
	else
		lose(outcome, "the run ended with status", WEXITSTATUS(status));
}

/* Asked first, it ends what it started, too; it may not be able to. */
static void end(pid_t pid)
{
	siginfo_t info = { 0 };

	(void)kill(pid, SIGTERM);
	(void)kill(pid, SIGCONT);
	for (unsigned i = 0; i < 100 && !info.si_pid; i++)
		if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) ||
		    (!info.si_pid && poll(NULL, 0, 10) < 0))
			break;
	(void)kill(pid, SIGKILL);
}

static void hurry(struct crew *crew, struct worker *worker)
{
	crew->there[worker->piece] = true;
	end(worker->pid);
	(void)dismiss(worker);
	lose(&crew->outcomes[worker->piece],
	     "it was not done after seconds:", crew->jobs->patience_ms / 1000);
}

/*
 * Until one of them has something to say, or has taken too long. Time is counted by looks, so that a machine
 * that stood still took none.
 */
static void attend(struct crew *crew)
{
	struct pollfd fds[WORKERS_MAX];
	bool quiet;

	for (unsigned i = 0; i < crew->size; i++)
		fds[i] = (struct pollfd){
			.fd = crew->workers[i].busy ? crew->workers[i].fd : NOBODY,
			.events = POLLIN,
		};
	quiet = poll(fds, crew->size, LOOK_MS) == 0;
	for (unsigned i = 0; i < crew->size; i++) {
		struct worker *worker = &crew->workers[i];

		worker->patience_ms -= quiet ? LOOK_MS : 0;
		if (worker->busy && fds[i].revents)
			hear(crew, worker);
		else if (worker->busy && worker->patience_ms <= 0)
			hurry(crew, worker);
	}
}

static void tell(struct crew *crew)
{
	for (; crew->told < crew->jobs->n && crew->there[crew->told]; crew->told++) {
		crew->jobs->done(crew->jobs->ctx, crew->told, &crew->outcomes[crew->told]);
		fini(&crew->outcomes[crew->told]);
	}
}

static int work(struct crew *crew)
{
	int err = 0;

	while (!err && crew->told < crew->jobs->n) {
		for (unsigned i = 0; !err && i < crew->size; i++)
			if (!crew->workers[i].busy && crew->begun < crew->jobs->n)
				err = assign(crew, &crew->workers[i]);
		if (!err)
			attend(crew);
		tell(crew);
	}
	return err;
}

int sea_jobs_run(const struct sea_jobs *jobs)
{
	struct crew crew = { .jobs = jobs,
			     .size = jobs->side_by_side < WORKERS_MAX ? jobs->side_by_side
								      : WORKERS_MAX,
			     .outcomes = calloc(jobs->n + 1, sizeof(*crew.outcomes)),
			     .there = calloc(jobs->n + 1, sizeof(*crew.there)) };
	int err = crew.outcomes && crew.there ? 0 : -ENOMEM;

	for (unsigned i = 0; i < crew.size; i++)
		crew.workers[i].fd = NOBODY;
	if (!err)
		err = work(&crew);
	for (unsigned i = 0; i < crew.size; i++)
		if (crew.workers[i].fd != NOBODY)
			(void)dismiss(&crew.workers[i]);
	for (size_t i = crew.told; crew.outcomes && i < jobs->n; i++)
		fini(&crew.outcomes[i]);
	free(crew.outcomes);
	free(crew.there);
	return err;
}
