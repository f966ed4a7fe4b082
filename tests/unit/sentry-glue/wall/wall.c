/* SPDX-License-Identifier: Apache-2.0 */
/* Each line of the table of host calls is tried in a child that has the filter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sentry-glue/wall/wall.h"

#define NOBODY 0x7ffffffe /* no process, no descriptor */
#define SELF 0x5e1f5e1f   /* stands for the child's own number */
#define CALLS 470
#define MISS (1ull << 40)

/* Makes the call and ends: with 1 where that gave `error`. Not a word of memory is written, since
 * what clone made may run on the same stack. */
static _Noreturn void call_and_end(uint32_t nr, const uint64_t *a, int error)
{
	register uint64_t r10 asm("r10") = a[3];
	register uint64_t r8 asm("r8") = a[4];
	register uint64_t r9 asm("r9") = a[5];
	register int64_t want asm("r12") = -error;
	uint64_t rax = nr;

	asm volatile("syscall\n"
		     "	xor %%edi, %%edi\n"
		     "	cmp %%r12, %%rax\n"
		     "	sete %%dil\n"
		     "	mov $231, %%eax\n"
		     "	syscall\n"
		     : "+a"(rax)
		     : "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9), "r"(want)
		     : "rcx", "r11", "memory");
	__builtin_unreachable();
}

#define SOON 50    /* ms: the call may sleep, which says that it came through */
#define LATE 30000 /* it must not, however busy the machine is                */

/*
 * How a process ends that has the filter and makes the call. One that sleeps is woken by SIGALRM. AddressSanitizer makes
 * calls of its own before a function that does not return: not behind the filter.
 */
__attribute__((no_sanitize("address"))) static int try(unsigned int how, uint32_t nr,
						       const uint64_t *given, int error, int ms)
{
	const struct itimerval soon = { .it_value = { ms / 1000, ms % 1000 * 1000 } };
	const struct rlimit none = { 0, 0 };
	uint64_t args[6];
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		for (int i = 0; i < 6; i++)
			args[i] = given[i] == SELF ? (uint64_t)getpid() : given[i];
		setrlimit(RLIMIT_CORE, &none);
		setitimer(ITIMER_REAL, &soon, NULL);
		if (sea_wall_filter(how))
			_exit(2);
		call_and_end(nr, args, error);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static bool let_through(int status)
{
	return WIFEXITED(status) || (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM);
}

static bool killed(int status)
{
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

/* Arguments that the line lets through, and which do nobody harm. */
static void fitting(const struct sea_wall_line *line, uint64_t *args)
{
	memset(args, 0, 6 * sizeof(*args));
	args[0] = NOBODY;
	for (const struct sea_wall_condition *c = line->conditions; c->kind; c++) {
		args[c->arg] = c->kind == SEA_WALL_SELF             ? SELF
			       : c->kind == SEA_WALL_FD             ? NOBODY
			       : c->kind == SEA_WALL_ONLY && c->arg ? 0
								    : c->value;
	}
}

static uint64_t unfit(const struct sea_wall_condition *c)
{
	switch (c->kind) {
	case SEA_WALL_ONLY:
		return ~c->value & -(~c->value); /* the lowest bit that is not there */
	case SEA_WALL_COMMAND:
		return 127;
	case SEA_WALL_FD:
		return (uint32_t)AT_FDCWD;
	case SEA_WALL_IS:
	case SEA_WALL_SELF:
	case SEA_WALL_NONE:
		break;
	}
	return NOBODY;
}

static void expect_killed(const struct sea_wall_line *line, unsigned int how, const uint64_t *args)
{
	if (sea_wall_find(how, line->nr, args, SELF))
		return; /* another line's */
	if (!killed(try(how, line->nr, args, 0, LATE)))
		fail_msg("%s(%llx, %llx, %llx, %llx) came through", line->name,
			 (unsigned long long)args[0], (unsigned long long)args[1],
			 (unsigned long long)args[2], (unsigned long long)args[3]);
}

static void try_lines(unsigned int how)
{
	uint64_t args[6];

	for (size_t i = 0; i < sea_wall_nlines; i++) {
		const struct sea_wall_line *line = &sea_wall_lines[i];

		if (!sea_wall_applies(line, how) || line->error)
			continue;
		fitting(line, args);
		if (!let_through(try(how, line->nr, args, 0, SOON)))
			fail_msg("line %zu, %s, does not come through", i, line->name);
		for (const struct sea_wall_condition *c = line->conditions; c->kind; c++) {
			uint64_t kept = args[c->arg];

			args[c->arg] = unfit(c);
			expect_killed(line, how, args);
			args[c->arg] = kept | MISS;
			if (c->kind == SEA_WALL_IS || c->kind == SEA_WALL_ONLY)
				expect_killed(line, how, args);
			args[c->arg] = kept;
		}
	}
}

static void each_line_comes_through_and_nothing_beside_it_on_trap(void **state)
{
	(void)state;
	try_lines(SEA_WALL_WITH_RW);
}

static void each_line_comes_through_and_nothing_beside_it_on_ptrace(void **state)
{
	(void)state;
	try_lines(SEA_WALL_ON_PTRACE | SEA_WALL_WITH_RW);
}

static void what_is_refused_gives_its_error(void **state)
{
	const uint64_t args[6] = { NOBODY };

	(void)state;
	for (size_t i = 0; i < sea_wall_nlines; i++) {
		const struct sea_wall_line *line = &sea_wall_lines[i];
		int status;

		if (!line->error)
			continue;
		status = try(0, line->nr, args, line->error, LATE);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 1);
	}
}

static bool listed(uint32_t nr)
{
	for (size_t i = 0; i < sea_wall_nlines; i++) {
		if (sea_wall_lines[i].nr == nr && sea_wall_applies(&sea_wall_lines[i], 0))
			return true;
	}
	return false;
}

static void every_other_call_is_the_end(void **state)
{
	const uint64_t args[6] = { NOBODY };

	(void)state;
	for (uint32_t nr = 0; nr < CALLS; nr++) {
		/* 335 and 336 are what probes return by; Linux does not filter them, and without a
		 * probe they are illegal. */
		if (listed(nr) || nr == 335 || nr == 336)
			continue;
		if (!killed(try(0, nr, args, 0, LATE)))
			fail_msg("call %u came through", nr);
	}
}

static void calls_of_the_x32_table_are_the_end(void **state)
{
	const uint64_t args[6] = { NOBODY };

	(void)state;
	assert_true(killed(try(0, 0x40000000u | SYS_getpid, args, 0, LATE)));
}

/* 0: this host has none. */
static long landlock_version(void)
{
	long version = syscall(444 /* landlock_create_ruleset */, NULL, 0, 1 /* its version */);

	return version < 0 ? 0 : version;
}

/* Ends with 1 bit for each thing that it still could do. */
static _Noreturn void reach_out(void)
{
	pid_t parent = getppid(), child;
	int could = 0, err = sea_wall_scope();

	if (err)
		_exit(100);
	child = fork();
	if (!child) {
		alarm(30);
		pause();
		_exit(0);
	}
	could |= !kill(parent, 0) ? 1 : 0;
	could |= !ptrace(PTRACE_SEIZE, parent, 0, 0) ? 2 : 0;
	could |= !ptrace(PTRACE_SEIZE, child, 0, 0) ? 4 : 0;
	could |= !kill(child, SIGKILL) ? 8 : 0;
	_exit(could);
}

static void others_are_out_of_reach_and_children_are_not(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	if (landlock_version() < 4)
		skip();
	pid = fork();
	if (!pid)
		reach_out();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	/* Signals have a scope since Linux 6.12. */
	assert_int_equal(WEXITSTATUS(status) & ~1, 4 | 8);
	if (landlock_version() >= 6)
		assert_int_equal(WEXITSTATUS(status) & 1, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_comes_through_and_nothing_beside_it_on_trap),
		cmocka_unit_test(each_line_comes_through_and_nothing_beside_it_on_ptrace),
		cmocka_unit_test(what_is_refused_gives_its_error),
		cmocka_unit_test(every_other_call_is_the_end),
		cmocka_unit_test(calls_of_the_x32_table_are_the_end),
		cmocka_unit_test(others_are_out_of_reach_and_children_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
