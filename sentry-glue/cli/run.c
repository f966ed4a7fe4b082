/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/cli/run.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <limits.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sentry-glue/cli/tree.h"
#include "sentry-glue/fs/fs.h"
#include "sentry-glue/fs/tty.h"
#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/platform/vdso.h"
#include "sentry-glue/vfs/file.h"
#include "sentry-glue/vfs/node.h"
#include "sentry-glue/vfs/walk.h"
#include "sentry-glue/wall/wall.h"

extern char **environ;

enum { EXIT_SANDBOX = 125, EXIT_CANNOT = 126, EXIT_NOT_THERE = 127, EXIT_COMMAND_LINE = 2 };

#define MEMORY_DEFAULT (4ull << 30)

struct options {
	struct sea_tree_views views;
	const char *rw[SEA_TREE_RW_MAX];
	unsigned int n_rw;
	const char *platform;
	uint64_t memory;
	bool strace, stats, no_namespaces, no_patches;
	char **argv; /* the program's */
	struct sea_vdso vdso;
	struct sea_creds creds; /* the caller's */
	char cwd[PATH_MAX];     /* the caller's; empty: it has none */
};

/* Sanitizers make calls of their own, and read /proc at the end: such a build has no wall. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

static int say(int status, const char *format, ...) SEA_PRINTF(2, 3);

static int say(int status, const char *format, ...)
{
	va_list args;

	fputs("runsea: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}

static void print_help(void)
{
	puts("Usage: runsea do [OPTION]... [--] PROGRAM [ARGUMENT]...\n"
	     "\n"
	     "  --root DIR         what the program sees as / [/]\n"
	     "  --rw DIR           what may be written to, beneath that root; up to 16 times\n"
	     "  --memory MIB       the most memory that it and all its children get [4096]\n"
	     "  --platform=NAME    how its calls are intercepted: trap or ptrace\n"
	     "                     [trap, where this machine has what it takes]\n"
	     "  --patch=on|off     whether call sites that repeat are patched, where that is safe and the\n"
	     "                     platform is trap; only a program that reads its own code sees it [on]\n"
	     "  --no-namespaces    where the machine lets nobody make any: only the filter is left\n"
	     "                     between the sandbox and the caller's files and network\n"
	     "  --strace           each system call, on standard error\n"
	     "  --stats            how many calls and page faults there were, at the end\n"
	     "  --help             this\n"
	     "\n"
	     "Files are read from the host; what is written stays in memory and is gone at the\n"
	     "end, but below DIR of --rw, where it is done on the host at once. The sandbox ends with the program, and takes what it has started along.");
}

static bool parse_memory(const char *text, uint64_t *bytes)
{
	char *end;
	unsigned long mib = strtoul(text, &end, 10);

	if (!*text || *end || *text == '-' || mib < 16 || mib > 1ul << 20)
		return false;
	*bytes = (uint64_t)mib << 20;
	return true;
}

static const struct sea_platform_ops *const platforms[] = { &sea_platform_trap,
							    &sea_platform_ptrace };

static const struct sea_platform_ops *platform_of(const char *name)
{
	for (size_t i = 0; i < sizeof(platforms) / sizeof(platforms[0]); i++) {
		if (!strcmp(name, platforms[i]->name))
			return platforms[i];
	}
	return NULL;
}

/* The one that was asked for, or the first that this machine has the means for. */
static int kernel_init(struct sea_kernel *kernel, const struct options *o)
{
	int err = -ENOSYS;

	if (o->platform)
		return sea_kernel_init(kernel, platform_of(o->platform), &o->vdso, o->memory);
	for (size_t i = 0; err == -ENOSYS && i < sizeof(platforms) / sizeof(platforms[0]); i++)
		err = sea_kernel_init(kernel, platforms[i], &o->vdso, o->memory);
	return err;
}

/* -1: go on; else the status to end with. */
static int check(const struct options *o)
{
	if (o->n_rw > SEA_TREE_RW_MAX)
		return say(EXIT_COMMAND_LINE, "--rw may be given %u times", SEA_TREE_RW_MAX);
	if (o->platform && !platform_of(o->platform))
		return say(EXIT_COMMAND_LINE, "there is no platform '%s', only trap and ptrace",
			   o->platform);
	if (!*o->argv)
		return say(EXIT_COMMAND_LINE, "say which program to run (see --help)");
	return -1;
}

/* The same. */
static int parse(int argc, char **argv, struct options *o)
{
	static const struct option known[] = {
		{ "root", required_argument, NULL, 'r' },
		{ "rw", required_argument, NULL, 'w' },
		{ "memory", required_argument, NULL, 'm' },
		{ "platform", required_argument, NULL, 'p' },
		{ "patch", required_argument, NULL, 'c' },
		{ "no-namespaces", no_argument, NULL, 'n' },
		{ "strace", no_argument, NULL, 's' },
		{ "stats", no_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:h", known, NULL)) != -1) {
		switch (c) {
		case 'r':
			o->views.view[0].path = optarg;
			break;
		case 'w':
			if (o->n_rw < SEA_TREE_RW_MAX)
				o->rw[o->n_rw] = optarg;
			o->n_rw++;
			break;
		case 'm':
			if (!parse_memory(optarg, &o->memory))
				return say(EXIT_COMMAND_LINE,
					   "--memory takes MiB from 16 to 1048576, not '%s'",
					   optarg);
			break;
		case 'p':
			o->platform = optarg;
			break;
		case 'c':
			o->no_patches = !strcmp(optarg, "off");
			if (!o->no_patches && strcmp(optarg, "on"))
				return say(EXIT_COMMAND_LINE, "--patch takes on or off, not '%s'",
					   optarg);
			break;
		case 'n':
			o->no_namespaces = true;
			break;
		case 's':
			o->strace = true;
			break;
		case 't':
			o->stats = true;
			break;
		case 'h':
			print_help();
			return 0;
		case ':':
			return say(EXIT_COMMAND_LINE, "'%s' needs a value (see --help)",
				   argv[optind - 1]);
		default:
			return say(EXIT_COMMAND_LINE, "there is no option '%s' (see --help)",
				   argv[optind - 1]);
		}
	}
	o->argv = argv + optind;
	return check(o);
}

static int give_stdio(struct sea_task *task)
{
	for (unsigned int fd = 0; fd < 3; fd++) {
		struct sea_file *file;
		int err = sea_stdio_new((int)fd, &file);

		if (err == -EBADF)
			continue; /* it was closed, and is so inside */
		if (err)
			return err;
		if (sea_fd_set(task->files, fd, file, false) < 0)
			return -ENOMEM;
	}
	return 0;
}

static void give_ids(struct sea_creds *creds)
{
	gid_t groups[32];
	int n = getgroups(32, groups);

	creds->uid = creds->euid = creds->suid = getuid();
	creds->gid = creds->egid = creds->sgid = getgid();
	for (int i = 0; i < n; i++)
		creds->groups[creds->ngroups++] = groups[i];
}

static void give_cwd(struct sea_task *task, const char *path)
{
	struct sea_node *node;

	if (sea_walk_node(task, task->fs->root, path, 0, &node))
		return;
	if (!sea_node_is(node, S_IFDIR)) {
		sea_node_put(node);
		return;
	}
	sea_node_put(task->fs->cwd);
	task->fs->cwd = node;
}

/* A program without a slash is looked for where PATH says, as a shell does. */
static int load(struct sea_task *task, char **argv)
{
	const char *path = getenv("PATH"), *next;
	int err = -ENOENT, one;
	char full[PATH_MAX];

	if (strchr(argv[0], '/'))
		return sea_task_exec(task, task->fs->cwd, argv[0], argv, environ);
	for (path = path ? path : "/usr/bin:/bin"; path; path = next ? next + 1 : NULL) {
		next = strchr(path, ':');
		snprintf(full, sizeof(full), "%.*s/%s",
			 next ? (int)(next - path) : (int)strlen(path), path, argv[0]);
		one = sea_task_exec(task, task->fs->cwd, full, argv, environ);
		if (one != -ENOENT && one != -ENOTDIR && one != -EACCES)
			return one;
		/* One that is there, but which may not be run, or whose interpreter is not there. */
		err = task->kernel->why || one == -EACCES ? one : err;
	}
	return err;
}

static int say_load(const struct sea_kernel *kernel, const char *program, int err)
{
	return say(err == -ENOENT && !kernel->why ? EXIT_NOT_THERE : EXIT_CANNOT,
		   "cannot run %s: %s", program, kernel->why ? kernel->why : strerror(-err));
}

/* Signals that come to us are meant for the program. */
static void pass_on(struct sea_kernel *kernel, const siginfo_t *info)
{
	siginfo_t sent = { .si_signo = info->si_signo, .si_code = SI_KERNEL };
	bool typed = info->si_code == SI_KERNEL &&
		     (info->si_signo == SIGINT || info->si_signo == SIGQUIT ||
		      info->si_signo == SIGTSTP || info->si_signo == SIGWINCH);

	pthread_mutex_lock(&kernel->lock);
	if (typed && kernel->tty_pgid)
		sea_tty_signal(kernel, info->si_signo);
	else if (kernel->init)
		sea_signal_process(kernel->init, &sent);
	pthread_mutex_unlock(&kernel->lock);
}

static void wait_for_end(struct sea_kernel *kernel, const sigset_t *set)
{
	siginfo_t info;

	for (;;) {
		int sig = sigwaitinfo(set, &info);

		if (sig == SIGRTMIN)
			break;
		if (sig > 0)
			pass_on(kernel, &info);
	}
	/* The last task has said that it goes: when the lock is free, it has. */
	pthread_mutex_lock(&kernel->lock);
	pthread_cond_signal(&kernel->timers);
	pthread_mutex_unlock(&kernel->lock);
}

static void block_signals(sigset_t *set)
{
	static const int passed[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGTERM,  SIGUSR1,
				      SIGUSR2, SIGALRM, SIGCONT, SIGWINCH, SIGTSTP };

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
		sigaddset(set, passed[i]);
	sigaddset(set, SIGRTMIN);
	sigaddset(set, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, set, NULL);
	sigdelset(set, SIGPIPE);
}

/* As the program ended, so do we. */
static int end_alike(int status)
{
	struct rlimit none = { 0, 0 };
	sigset_t set;

	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	setrlimit(RLIMIT_CORE, &none);
	signal(WTERMSIG(status), SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, WTERMSIG(status));
	raise(WTERMSIG(status));
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return 128 + WTERMSIG(status);
}

static int add_rw(struct options *o)
{
	for (unsigned int i = 0; i < o->n_rw; i++) {
		int err = sea_tree_add_rw(&o->views, o->rw[i]);

		if (err)
			return say(EXIT_SANDBOX, "cannot use %s for --rw: %s", o->rw[i],
				   err == -EXDEV ? "it is not beneath the root" : strerror(-err));
	}
	return -1;
}

static int open_views(struct options *o)
{
	for (unsigned int i = 0; i < o->views.n; i++) {
		struct sea_wall_view *view = &o->views.view[i];

		view->fd = open(view->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (view->fd < 0)
			return say(EXIT_SANDBOX, "cannot use %s %s: %s", view->path,
				   i ? "for --rw" : "as root", strerror(errno));
	}
	return -1;
}

/* The wall's first part, and what of the host the sandbox sees. -1: go on. */
static int enter(struct options *o)
{
	const char *what;
	int err;

	/* The caller's other descriptors are nobody's business here. */
	if (!SANITIZED && close_range(3, ~0u, 0))
		return say(EXIT_SANDBOX, "cannot begin: %s", strerror(errno));
	if (!getcwd(o->cwd, sizeof(o->cwd)))
		*o->cwd = 0;
	umask(0); /* modes below --rw are as the program says */
	err = add_rw(o);
	if (err < 0)
		err = open_views(o);
	if (err >= 0 || SANITIZED)
		return err;
	if (o->no_namespaces) {
		err = sea_wall_scope();
		return err ? say(EXIT_SANDBOX, "cannot begin: %s", strerror(-err)) : -1;
	}
	for (unsigned int i = 0; i < o->views.n; i++)
		close(o->views.view[i].fd);
	err = sea_wall_enter(o->views.view, o->views.n, &what);
	if (err)
		return say(EXIT_SANDBOX, "cannot give the sandbox %s: %s (see --no-namespaces)",
			   what, strerror(-err));
	return -1;
}

static int run(struct sea_kernel *kernel, const struct options *o)
{
	struct sea_task *task;
	sigset_t set;
	unsigned int how = kernel->platform.ops == &sea_platform_ptrace ? SEA_WALL_ON_PTRACE : 0;
	int err = SANITIZED ? 0 : sea_wall_filter(how | (o->n_rw ? SEA_WALL_WITH_RW : 0));

	if (!err)
		err = sea_init_new(kernel, &task);

	if (!err)
		err = give_stdio(task);
	if (err)
		return say(EXIT_SANDBOX, "cannot begin: %s", strerror(-err));
	task->process->creds = o->creds;
	sea_tty_init(kernel);
	give_cwd(task, o->cwd);
	err = load(task, o->argv);
	if (err) {
		sea_task_free(task);
		return say_load(kernel, o->argv[0], err);
	}
	block_signals(&set);
	kernel->waiter = pthread_self();
	err = sea_timers_start(kernel);
	if (!err)
		err = sea_task_start(task);
	if (err)
		return say(EXIT_SANDBOX, "cannot begin: %s", strerror(-err));
	wait_for_end(kernel, &set);
	if (kernel->lost)
		return say(EXIT_SANDBOX, "the host took a process of the sandbox away: it is "
					 "ended, or may not trace its own children here");
	if (o->stats)
		fprintf(stderr,
			"runsea: %llu system calls, %llu of them at patched sites, %llu page faults\n",
			(unsigned long long)kernel->ncalls, (unsigned long long)kernel->nbridged,
			(unsigned long long)kernel->nfaults);
	return -1;
}

int sea_run_main(int argc, char **argv)
{
	static struct options o = { .views = { .view = { { .path = "/", .fd = -1 } }, .n = 1 },
				    .memory = MEMORY_DEFAULT };
	struct rlimit files;
	static struct sea_kernel kernel;
	int status = parse(argc, argv, &o), err;

	if (status >= 0)
		return status;
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	give_ids(&o.creds);
	/* All of the kernel is under one lock, so threads have no use for heaps of their own. */
	mallopt(M_ARENA_MAX, 1);
	sea_vdso_find(&o.vdso); /* as long as there is a /proc */
	status = enter(&o);
	if (status >= 0)
		return status;
	err = kernel_init(&kernel, &o);
	if (!err)
		err = sea_tree_build(&kernel, &o.views);
	if (err)
		return say(EXIT_SANDBOX, "cannot begin: %s", strerror(-err));
	kernel.patching = !o.no_patches;
	kernel.strace = o.strace ? stderr : NULL;
	status = run(&kernel, &o);
	err = kernel.status;
	sea_kernel_fini(&kernel);
	return status < 0 ? end_alike(err) : status;
}
