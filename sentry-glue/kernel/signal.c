/* SPDX-License-Identifier: Apache-2.0 */
/* Sending signals, and taking them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sentry-glue/fs/signalfd.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/kernel/ptimer.h"

#define STOPS (SEA_BIT(SIGSTOP) | SEA_BIT(SIGTSTP) | SEA_BIT(SIGTTIN) | SEA_BIT(SIGTTOU))
#define IGNORED (SEA_BIT(SIGCHLD) | SEA_BIT(SIGCONT) | SEA_BIT(SIGURG) | SEA_BIT(SIGWINCH))
#define SYNCHRONOUS                                                                \
	(SEA_BIT(SIGSEGV) | SEA_BIT(SIGBUS) | SEA_BIT(SIGILL) | SEA_BIT(SIGTRAP) | \
	 SEA_BIT(SIGFPE) | SEA_BIT(SIGSYS))
#define QUEUE_MAX 1024u
#define IGNORE 1u
#define ONESHOT 0x80000000ull
#define NODEFER 0x40000000ull
#define RESTART 0x10000000ull

void sea_sigqueue_flush(struct sea_sigqueue *queue, uint64_t set)
{
	struct sea_siginfo **link = &queue->first;

	while (*link) {
		struct sea_siginfo *entry = *link;

		if (!(SEA_BIT(entry->info.si_signo) & set)) {
			link = &entry->next;
			continue;
		}
		*link = entry->next;
		if (entry->timer)
			sea_ptimer_dropped(entry->timer);
		free(entry);
		queue->n--;
	}
	queue->set &= ~set;
}

static void enqueue(struct sea_sigqueue *queue, const siginfo_t *info, struct sea_ptimer *timer)
{
	struct sea_siginfo *entry, **link = &queue->first;
	uint64_t bit = SEA_BIT(info->si_signo);

	if (info->si_signo < 32 && queue->set & bit && !timer)
		return;
	queue->set |= bit;
	entry = queue->n < QUEUE_MAX || timer ? malloc(sizeof(*entry)) : NULL;
	if (!entry)
		return; /* the signal is known, its details are lost, as on Linux */
	entry->info = *info;
	entry->timer = timer;
	if (timer)
		timer->queued = true;
	entry->next = NULL;
	while (*link)
		link = &(*link)->next;
	*link = entry;
	queue->n++;
}

static bool dequeue(struct sea_sigqueue *queue, int sig, siginfo_t *info)
{
	struct sea_siginfo **link = &queue->first, *entry;
	uint64_t bit = SEA_BIT(sig);

	if (!(queue->set & bit))
		return false;
	memset(info, 0, sizeof(*info));
	info->si_signo = sig;
	while (*link && (*link)->info.si_signo != sig)
		link = &(*link)->next;
	entry = *link;
	if (entry) {
		*info = entry->info;
		if (entry->timer)
			sea_ptimer_taken(entry->timer, info);
		*link = entry->next;
		free(entry);
		queue->n--;
	}
	while (*link && (*link)->info.si_signo != sig)
		link = &(*link)->next;
	if (!*link)
		queue->set &= ~bit;
	return true;
}

bool sea_signal_ignored(const struct sea_process *process, int sig)
{
	uint64_t handler = process->actions[sig].handler;

	return handler == IGNORE || (!handler && IGNORED & SEA_BIT(sig));
}

bool sea_signal_waits(const struct sea_task *task)
{
	const struct sea_process *process = task->process;

	return process->dying || task->exiting || task->kernel->lost || process->stopped ||
	       (task->pending.set | process->pending.set) & ~task->blocked;
}

static void notify(struct sea_task *task)
{
	sea_task_wake(task);
	if (task->in_guest)
		task->kernel->platform.ops->kick(task->vcpu);
}

static void notify_parent(struct sea_process *process, int code, int status)
{
	struct sea_process *parent = process->parent;
	siginfo_t info = { .si_signo = SIGCHLD, .si_code = code };

	if (!parent)
		return;
	info.si_pid = process->pid;
	info.si_uid = process->creds.uid;
	info.si_status = status;
	if (!(parent->actions[SIGCHLD].flags & SA_NOCLDSTOP))
		sea_signal_process(parent, &info);
	sea_waitq_wake(&parent->children);
}

/* What a signal does when it is sent, before anyone takes it. False: that was all. */
static bool prepare(struct sea_process *process, int sig)
{
	uint64_t drop = sig == SIGCONT ? STOPS : STOPS & SEA_BIT(sig) ? SEA_BIT(SIGCONT) : 0;

	if (process->zombie || process->dying)
		return false;
	if (sig == SIGKILL) {
		sea_process_end(process, SIGKILL);
		return false;
	}
	if (drop) {
		sea_sigqueue_flush(&process->pending, drop);
		for (struct sea_task *t = process->tasks; t; t = t->next)
			sea_sigqueue_flush(&t->pending, drop);
	}
	if (sig == SIGCONT && process->stopped) {
		process->stopped = false;
		process->continued = true;
		for (struct sea_task *t = process->tasks; t; t = t->next)
			sea_task_wake(t);
		notify_parent(process, CLD_CONTINUED, SIGCONT);
	}
	return true;
}

static void send_task(struct sea_task *task, const siginfo_t *info, struct sea_ptimer *timer)
{
	int sig = info->si_signo;

	if (!prepare(task->process, sig))
		return;
	if (sea_signal_ignored(task->process, sig) && !(task->blocked & SEA_BIT(sig)))
		return;
	enqueue(&task->pending, info, timer);
	if (!(task->blocked & SEA_BIT(sig))) {
		notify(task);
		return;
	}
	sea_task_wake(task); /* it may be in sigtimedwait */
	sea_signalfds_wake(task->kernel);
}

void sea_signal_task(struct sea_task *task, const siginfo_t *info)
{
	send_task(task, info, NULL);
}

static void send_process(struct sea_process *process, const siginfo_t *info,
			 struct sea_ptimer *timer)
{
	uint64_t bit = SEA_BIT(info->si_signo);
	struct sea_task *taker = process->tasks;

	if (!prepare(process, info->si_signo))
		return;
	while (taker && taker->blocked & bit)
		taker = taker->next;
	if (taker && sea_signal_ignored(process, info->si_signo))
		return;
	enqueue(&process->pending, info, timer);
	if (taker) {
		notify(taker);
		return;
	}
	/* One may be in sigtimedwait, or poll a signalfd. */
	for (struct sea_task *t = process->tasks; t; t = t->next)
		sea_task_wake(t);
	sea_signalfds_wake(process->kernel);
}

void sea_signal_process(struct sea_process *process, const siginfo_t *info)
{
	send_process(process, info, NULL);
}

void sea_signal_timer(struct sea_ptimer *timer, struct sea_task *to, const siginfo_t *info)
{
	if (to)
		send_task(to, info, timer);
	else
		send_process(timer->process, info, timer);
}

static void withdraw(struct sea_sigqueue *queue, const struct sea_ptimer *timer)
{
	struct sea_siginfo **link = &queue->first, *entry;
	int sig;

	while (*link && (*link)->timer != timer)
		link = &(*link)->next;
	entry = *link;
	if (!entry)
		return;
	sig = entry->info.si_signo;
	*link = entry->next;
	free(entry);
	queue->n--;
	for (entry = queue->first; entry && entry->info.si_signo != sig; entry = entry->next)
		continue;
	if (!entry)
		queue->set &= ~SEA_BIT(sig);
}

void sea_signal_withdraw(struct sea_ptimer *timer)
{
	if (!timer->queued)
		return;
	timer->queued = false;
	withdraw(&timer->process->pending, timer);
	for (struct sea_task *t = timer->process->tasks; t; t = t->next)
		withdraw(&t->pending, timer);
}

void sea_signal_force(struct sea_task *task, const siginfo_t *info)
{
	struct sea_sigaction *action = &task->process->actions[info->si_signo];
	uint64_t bit = SEA_BIT(info->si_signo);

	if (task->blocked & bit || action->handler == IGNORE) {
		action->handler = 0;
		task->blocked &= ~bit;
	}
	enqueue(&task->pending, info, NULL);
}

static int choose(uint64_t set)
{
	if (set & SYNCHRONOUS)
		set &= SYNCHRONOUS;
	return set ? __builtin_ctzll(set) + 1 : 0;
}

bool sea_signal_take(struct sea_task *task, uint64_t set, siginfo_t *info)
{
	int sig = choose(task->pending.set & set);

	if (sig)
		return dequeue(&task->pending, sig, info);
	sig = choose(task->process->pending.set & set);
	return sig && dequeue(&task->process->pending, sig, info);
}

/* Every task of a stopped process sleeps here; SIGCONT and the end wake it. */
static void stay_stopped(struct sea_task *task)
{
	while (task->process->stopped && !task->process->dying && !task->kernel->lost) {
		task->asleep = true;
		while (!task->woken)
			pthread_cond_wait(&task->cond, &task->kernel->lock);
		task->asleep = task->woken = false;
	}
}

static void stop(struct sea_task *task, int sig)
{
	struct sea_process *process = task->process;

	process->stopped = true;
	process->stop_told = false;
	process->stop_signal = sig;
	for (struct sea_task *t = process->tasks; t; t = t->next)
		notify(t);
	notify_parent(process, CLD_STOPPED, sig);
	if (process == process->kernel->init && sig == SIGTSTP && process->kernel->stop_too)
		raise(SIGSTOP); /* who started us is to see that the program stands still */
}

/* The default action. */
static void act(struct sea_task *task, int sig)
{
	if (IGNORED & SEA_BIT(sig))
		return;
	if (STOPS & SEA_BIT(sig))
		stop(task, sig);
	else /* never with a core */
		sea_process_end(task->process, sig);
}

/* The call that was interrupted begins anew, if it may; `action`: the handler that comes first. */
static void restart(struct sea_task *task, const struct sea_sigaction *action)
{
	struct user_regs_struct *regs = &task->regs;
	int64_t result = (int64_t)regs->rax;

	if (regs->orig_rax == ~0ull)
		return;
	switch (-result) {
	case SEA_ERESTARTSYS:
		if (action && !(action->flags & RESTART))
			break;
		/* fallthrough */
	case SEA_ERESTARTNOINTR:
		regs->rax = regs->orig_rax;
		regs->rip -= 2;
		regs->orig_rax = ~0ull;
		return;
	case SEA_ERESTARTNOHAND:
	case SEA_ERESTART_RESTARTBLOCK:
		if (action)
			break;
		regs->rax = -result == SEA_ERESTARTNOHAND ? regs->orig_rax : 219;
		regs->rip -= 2;
		regs->orig_rax = ~0ull;
		return;
	default:
		return;
	}
	regs->rax = (uint64_t)-EINTR;
	regs->orig_rax = ~0ull;
}

static void handle(struct sea_task *task, const siginfo_t *info)
{
	struct sea_sigaction *slot = &task->process->actions[info->si_signo], action = *slot;
	uint64_t mask = task->restore_blocked ? task->saved_blocked : task->blocked;

	restart(task, &action);
	task->restore_blocked = false;
	if (sea_frame_push(task, info, &action, mask)) {
		sea_process_end(task->process, SIGSEGV);
		return;
	}
	if (action.flags & ONESHOT)
		slot->handler = 0;
	task->blocked |= action.mask & ~(SEA_BIT(SIGKILL) | SEA_BIT(SIGSTOP));
	if (!(action.flags & NODEFER))
		task->blocked |= SEA_BIT(info->si_signo);
}

bool sea_signal_deliver(struct sea_task *task)
{
	siginfo_t info;

	for (;;) {
		stay_stopped(task);
		if (task->process->dying || task->exiting || task->kernel->lost)
			return false;
		if (!sea_signal_take(task, ~task->blocked, &info))
			break;
		if (sea_signal_ignored(task->process, info.si_signo))
			continue;
		if (task->process->actions[info.si_signo].handler)
			handle(task, &info);
		else
			act(task, info.si_signo);
	}
	restart(task, NULL);
	if (task->restore_blocked)
		task->blocked = task->saved_blocked;
	task->restore_blocked = false;
	return true;
}
