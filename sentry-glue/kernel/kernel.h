/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's objects: tasks (threads), processes (thread groups), and what they share.
 *
 * A host thread carries each task: it runs the guest and then does what the guest asked for. All of
 * the kernel is under one lock, which a task gives back while the guest runs and while it sleeps;
 * so whatever a task looked at may have changed when sea_task_sleep() returns.
 */
#ifndef SEA_SENTRY_KERNEL_KERNEL_H
#define SEA_SENTRY_KERNEL_KERNEL_H

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/user.h>

#include <seastack/compiler.h>

#include "sentry-glue/kernel/cputime.h"
#include "sentry-glue/kernel/wait.h"
#include "sentry-glue/mm/mm.h"
#include "sentry-glue/platform/platform.h"

struct sea_async;
struct sea_files;
struct sea_node;
struct sea_file;
struct sea_lock;
struct sea_ptimer;
struct sea_pty;

#define SEA_SIGNALS 64
#define SEA_WRITABLE_MAX 16u
#define SEA_TASKS_MAX 4096u /* a fork bomb ends here */

/* As the kernel's, not as the C library's. */
struct sea_sigaction {
	uint64_t handler, flags, restorer, mask;
};

/* What was sent and not taken; standard signals once, real-time ones as often as sent. */
struct sea_sigqueue {
	uint64_t set;
	struct sea_siginfo {
		struct sea_siginfo *next;
		siginfo_t info;
		struct sea_ptimer *timer; /* that it comes from, or NULL */
	} * first;
	unsigned int n;
};

struct sea_creds {
	uint32_t uid, euid, suid, gid, egid, sgid;
	uint32_t groups[32];
	unsigned int ngroups;
};

/* Shared by CLONE_FS. */
struct sea_fs {
	unsigned int refs;
	struct sea_node *root, *cwd;
	uint32_t umask;
};

struct sea_process {
	struct sea_kernel *kernel;
	struct sea_process *next; /* in the kernel's list */
	struct sea_process *parent;
	struct sea_task *tasks;
	unsigned int ntasks;
	pid_t pid, pgid, sid;
	struct sea_sigaction actions[SEA_SIGNALS + 1];
	struct sea_sigqueue pending;
	struct rlimit limits[RLIM_NLIMITS];
	struct sea_creds creds;
	struct sea_waitq children; /* woken when one changes */
	char comm[16];
	char *exe;
	int exit_signal;
	int status; /* as wait4 gives it */
	bool dying; /* exit_group or a fatal signal: every task ends */
	bool zombie;
	bool stopped, stop_told, continued;
	int stop_signal;
	bool no_tty; /* it gave up the terminal that controls its session */
	bool execed, subreaper, undumpable, thp_disabled;
	bool barriers;                                  /* it registered for membarrier */
	int death_signal;                               /* when the parent ends; 0: none */
	int64_t alarm, alarm_interval;                  /* ITIMER_REAL; 0: none */
	struct sea_usage ended;                         /* of tasks that did             */
	struct sea_usage waited;                        /* of children that were waited for */
	struct sea_cpu_timer virtual_timer, prof_timer; /* cputime.h                     */
	bool cpu_waits;             /* the timers' thread wants to hear when somebody runs */
	struct sea_ptimer *ptimers; /* kernel/ptimer.h */
	unsigned int nptimers, next_ptimer;
};

/* How it is to be scheduled (syscalls/sched.c). */
struct sea_sched {
	int nice, policy, priority;
	bool reset;    /* not for children */
	uint64_t cpus; /* 0: all */
	uint32_t ioprio;
};

struct sea_task {
	struct sea_kernel *kernel;
	struct sea_process *process;
	struct sea_task *next; /* in the process */
	pid_t tid;
	struct sea_vcpu *vcpu;
	struct user_regs_struct regs;
	struct sea_mm *mm;
	struct sea_files *files;
	struct sea_fs *fs;

	uint64_t blocked, saved_blocked;
	bool restore_blocked; /* saved_blocked comes back after the next signal, or none */
	struct sea_sigqueue pending;
	stack_t altstack;

	struct sea_sched sched;
	/* The lock that it waits for (syscalls/lock.c). */
	struct sea_node *lock_node;
	const struct sea_lock *lock_want;
	uint64_t timerslack;
	uint64_t clear_child_tid, robust_list;
	int64_t restart_deadline;
	uint64_t restart_rem;

	/* A fault that seemed to have no cause; the same again has, if no page was lost meanwhile, or
	 * if it comes too often. */
	uint64_t odd_rip, odd_addr, odd_withdrawn;
	unsigned int odd_again;
	/* If it still goes on there, it does so here (mm/patch.h); 0: no. */
	uint64_t detour_from, detour;

	struct sea_usage usage;    /* cputime.h: what was told of it */
	struct sea_ran ran_before; /* of the vcpus before this one   */
	bool carried;              /* `thread` runs                  */

	struct sea_task *vfork_parent; /* sleeps until we exec or end */
	bool vfork_done;
	bool exiting;  /* another thread of ours runs exec: this one ends */
	bool in_guest; /* the host thread may be in run() */
	bool to_stop;  /* someone waits until it has come out (unpatch.c) */

	pthread_t thread;
	pthread_cond_t cond;
	bool woken, asleep;
	int eventfd; /* wakes it while it waits for the host; -1: not made yet */
	bool at_host;
};

struct sea_kernel {
	pthread_mutex_t lock;
	struct sea_memfile memory;
	struct sea_platform platform;
	struct sea_process *processes;
	struct sea_process *init;
	struct sea_node *root;
	/* What is mounted below --rw: a reference each. */
	struct sea_node *writable[SEA_WRITABLE_MAX];
	unsigned int nwritable;
	unsigned int ntasks;
	pid_t last_pid;
	FILE *strace; /* NULL: no */
	uint64_t ncalls, nbridged, nfaults;
	bool patching; /* call sites that repeat (mm/patch.h) */
	pthread_cond_t timers;
	struct sea_timerfd *timerfds;
	struct sea_signalfd *signalfds;
	struct sea_pidfd *pidfds;
	struct sea_async *asyncs; /* kernel/async.h */
	unsigned int pipe_slots;  /* of all pipes (fs/pipe.h) */
	/* All sockets that are open, and what is under way between them (fs/unix.h). */
	struct sea_unix *sockets;
	uint32_t last_autobind;
	uint64_t unix_bytes;
	uint32_t in_flight;       /* open files */
	struct sea_waitq shrinkq; /* kernel/shrink.c */
	struct sea_message *buried;
	bool burying, orphans;
	/* Of all sets (fs/inotify.h). */
	uint32_t inotify_sets, inotify_watches, inotify_bytes, inotify_cookie;
	bool lost;        /* a stub was taken away: everything ends */
	bool over;        /* the first process has ended, and with it all */
	int status;       /* its, as wait4 gives it */
	pthread_t waiter; /* gets SIGRTMIN when the last task has gone */
	/* The terminal outside (fs/tty.h); -1, 0: there is none. */
	int tty_fd;
	pid_t tty_sid, tty_pgid;
	struct sea_pty *ptys; /* fs/pty.h */
	struct sea_node *pts; /* the directory of their names */
	bool stop_too;   /* if the first process stops by SIGTSTP, so do we: that came from there */
	const char *why; /* the loader's word for what it did not like */
	char hostname[65];
	cpu_set_t cpus; /* what the sandbox was started on, whatever its threads keep to */
	long online;
	int nice;
	bool barriers; /* the host can have all processors pass one */
};

#define SEA_BIT(sig) (1ull << ((sig)-1))

/* --- life (task.c, clone.c, exit.c) --- */

SEA_MUST_USE int sea_kernel_init(struct sea_kernel *kernel, const struct sea_platform_ops *ops,
				 const struct sea_vdso *vdso, uint64_t memory_bytes);
/* After the last task has ended. */
void sea_kernel_fini(struct sea_kernel *kernel);

/* The first process, without a program; its only task does not run yet. */
SEA_MUST_USE int sea_init_new(struct sea_kernel *kernel, struct sea_task **task);

/* Starts the task's host thread. It comes with a vcpu to attach, or without, and makes one. */
SEA_MUST_USE int sea_task_start(struct sea_task *task);

SEA_MUST_USE int sea_task_new(struct sea_process *process, struct sea_task **task);
/* Takes it out of its process and frees it; for one that never ran too. */
void sea_task_free(struct sea_task *task);
SEA_MUST_USE int sea_process_new(struct sea_kernel *kernel, struct sea_process *parent,
				 struct sea_process **process);
void sea_process_free(struct sea_process *process);
struct sea_process *sea_process_find(struct sea_kernel *kernel, pid_t pid);
struct sea_task *sea_task_find(struct sea_kernel *kernel, pid_t tid);
pid_t sea_pid_new(struct sea_kernel *kernel);

struct sea_clone {
	uint64_t flags, stack, tls, parent_tid, child_tid;
	uint64_t pidfd; /* where the number of a descriptor for it goes (CLONE_PIDFD) */
	int exit_signal;
	bool defaults; /* no handlers (CLONE_CLEAR_SIGHAND) */
};

/* The child's id, or -errno. Sleeps, for vfork, until the child is done. */
int64_t sea_task_clone(struct sea_task *task, const struct sea_clone *how);

/* Ends the calling task's process with a status as wait4 gives it; tasks notice by themselves. */
void sea_process_end(struct sea_process *process, int status);
/* What a task does last. */
void sea_task_exit(struct sea_task *task);
/* The task leaves its memory (exec, exit): who waits in vfork goes on. */
void sea_task_leave_mm(struct sea_task *task);

/* A child of which there is news and what it used, 0 with WNOHANG where there is none, or -errno;
 * options as waitid's. */
int64_t sea_task_wait(struct sea_task *task, int64_t pid, int options, int *status,
		      struct sea_usage *usage);
int64_t sea_task_wait4(struct sea_task *task, int64_t pid, uint64_t status, int options,
		       uint64_t usage);

/* Replaces the program; on success the task's registers are the new program's. */
int sea_task_exec(struct sea_task *task, struct sea_node *start, const char *path, char **argv,
		  char **envp);

/* No signal has a handler; what is ignored stays so. */
void sea_signals_reset(struct sea_process *process);

/* --- files that became shorter (shrink.c) --- */

/* That one did: nobody has what is behind its end any more, when this returns. Sleeps. */
void sea_task_shrunk(struct sea_task *task, struct sea_node *node);
/* Before the task runs, and before it looks at its memory. */
void sea_task_trim(struct sea_task *task);

/* --- patches (unpatch.c) --- */

/* There may be an area from now on: nobody jumps to islands in the range any more. Sleeps. */
void sea_task_unpatch(struct sea_task *task, uint64_t addr, uint64_t len);
/* The task has come out of the guest's code. */
void sea_task_stopped(struct sea_task *task);

/* --- signals (signal.c, frame.c) --- */

void sea_signal_task(struct sea_task *task, const siginfo_t *info);
void sea_signal_process(struct sea_process *process, const siginfo_t *info);
/* A timer's, for one task of its process or, with NULL, for any; it is `queued` then, or nobody
 * would see it. */
void sea_signal_timer(struct sea_ptimer *timer, struct sea_task *to, const siginfo_t *info);
/* Out of the queues, if it is in one. */
void sea_signal_withdraw(struct sea_ptimer *timer);
/* Synchronous: if it is blocked or ignored, the process ends. */
void sea_signal_force(struct sea_task *task, const siginfo_t *info);
bool sea_signal_waits(const struct sea_task *task);
bool sea_signal_ignored(const struct sea_process *process, int sig);
/* Delivers what waits; sees to restarts of the call that was interrupted. False: the task ends. */
bool sea_signal_deliver(struct sea_task *task);
/* The oldest in `set` of what waits, out of the queues. False: none. */
bool sea_signal_take(struct sea_task *task, uint64_t set, siginfo_t *info);
void sea_sigqueue_flush(struct sea_sigqueue *queue, uint64_t set);
/* Pushes a frame for the handler. -EFAULT: no stack to push it on. */
SEA_MUST_USE int sea_frame_push(struct sea_task *task, const siginfo_t *info,
				const struct sea_sigaction *action, uint64_t mask);
SEA_MUST_USE int sea_frame_pop(struct sea_task *task);

/* --- time (timer.c) --- */

SEA_MUST_USE int sea_timers_start(struct sea_kernel *kernel);

/* --- futexes (futex.c) --- */

int64_t sea_futex_wait(struct sea_task *task, uint64_t addr, uint32_t value, uint32_t bitset,
		       int64_t deadline, bool shared);
int64_t sea_futex_wake(struct sea_task *task, uint64_t addr, uint32_t n, uint32_t bitset,
		       bool shared);
int64_t sea_futex_requeue(struct sea_task *task, uint64_t addr, uint32_t wake, uint32_t move,
			  uint64_t to, const uint32_t *expect, bool shared);

/* Results of calls that mean "again, after the signal"; no guest ever sees one. */
#define SEA_ERESTARTSYS 512
#define SEA_ERESTARTNOINTR 513
#define SEA_ERESTARTNOHAND 514
#define SEA_ERESTART_RESTARTBLOCK 516
/* The registers are already as they are to be. */
#define SEA_NO_RESULT INT64_MIN

/* The system call that the task's registers ask for. */
void sea_syscall(struct sea_task *task);

#endif
