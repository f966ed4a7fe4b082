/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/unit/sentry-glue/guest.h"

static int guest_new(void **state)
{
	struct guest *g = calloc(1, sizeof(*g));

	assert_non_null(g);
	assert_int_equal(sea_memfile_init(&g->file, 64), 0);
	assert_int_equal(sea_platform_init(&g->platform, guest_ops, g->file.fd, NULL), 0);
	assert_int_equal(g->platform.ops->start(&g->platform, &g->vcpu), 0);
	g->regs = guest_regs(CODE);
	*state = g;
	return 0;
}

static int guest_free(void **state)
{
	struct guest *g = *state;

	g->platform.ops->stop(g->vcpu);
	sea_platform_fini(&g->platform);
	sea_memfile_fini(&g->file);
	free(g);
	return 0;
}

/* Code in frame 1, at CODE. */
static void put_code(struct guest *g, const char *code, size_t len)
{
	memcpy(sea_memfile_at(&g->file, 1), code, len);
	assert_int_equal(
		g->platform.ops->map(g->vcpu, CODE, SEA_PAGE, PROT_READ | PROT_EXEC, SEA_PAGE), 0);
}

#define PUT_CODE(g, code) put_code(g, code, sizeof(code) - 1)

static void run(struct guest *g)
{
	assert_int_equal(g->platform.ops->run(g->vcpu, &g->regs, &g->event), 0);
}

static void a_system_call_stops_the_guest_and_reaches_nobody(void **state)
{
	struct guest *g = *state;

	PUT_CODE(g, "\xb8\x27\x00\x00\x00\x0f\x05\x0f\x05"); /* mov $39,%eax; syscall; syscall */
	g->regs.rdi = 0x1122334455667788;
	run(g);
	assert_int_equal(g->event.why, SEA_STOP_SYSCALL);
	assert_int_equal(g->regs.orig_rax, SYS_getpid);
	assert_int_equal(g->regs.rax, (uint64_t)-ENOSYS);
	assert_int_equal(g->regs.rip, CODE + 7);
	assert_int_equal(g->regs.rcx, CODE + 7);
	assert_int_equal(g->regs.rdi, 0x1122334455667788);
	g->regs.rax = SYS_gettid;
	g->regs.orig_rax = ~0ull;
	run(g);
	assert_int_equal(g->regs.orig_rax, SYS_gettid);
	assert_int_equal(g->regs.rip, CODE + 9);
}

static void every_register_is_as_it_was_set(void **state)
{
	struct guest *g = *state;
	struct user_regs_struct want;

	PUT_CODE(g, "\x0f\x05"); /* syscall */
	g->regs.rax = 1000;
	for (uint64_t *r = (uint64_t *)&g->regs.r15; r <= (uint64_t *)&g->regs.rbx; r++)
		*r = 0xabcdef00 + (uint64_t)(r - (uint64_t *)&g->regs);
	g->regs.rsp = 0x12345678;
	g->regs.fs_base = 0x7f0000001000;
	g->regs.gs_base = 0x7f0000002000;
	want = g->regs;
	run(g);
	assert_memory_equal(&g->regs.r15, &want.r15, 6 * 8); /* r15 to rbx */
	assert_int_equal(g->regs.rsp, want.rsp);
	assert_int_equal(g->regs.fs_base, want.fs_base);
	assert_int_equal(g->regs.gs_base, want.gs_base);
	assert_int_equal(g->regs.r11 & 0xfff, want.eflags & 0xfff);
}

static void a_fault_tells_its_address_and_whether_anything_was_there(void **state)
{
	struct guest *g = *state;

	PUT_CODE(g, "\x8a\x06\x88\x06\x0f\x05"); /* mov (%rsi),%al; mov %al,(%rsi); syscall */
	g->regs.rsi = DATA + 5;
	run(g);
	assert_int_equal(g->event.why, SEA_STOP_SIGNAL);
	assert_int_equal(g->event.info.si_signo, SIGSEGV);
	assert_int_equal(g->event.info.si_code, SEGV_MAPERR);
	assert_int_equal((uint64_t)(uintptr_t)g->event.info.si_addr, DATA + 5);
	assert_int_equal(g->regs.rip, CODE);

	sea_memfile_at(&g->file, 2)[5] = 42;
	assert_int_equal(g->platform.ops->map(g->vcpu, DATA, SEA_PAGE, PROT_READ, 2 * SEA_PAGE), 0);
	run(g);
	assert_int_equal(g->event.info.si_code, SEGV_ACCERR);
	assert_int_equal(g->regs.rax & 0xff, 42);

	assert_int_equal(g->platform.ops->map(g->vcpu, DATA, SEA_PAGE, PROT_READ | PROT_WRITE,
					      3 * SEA_PAGE),
			 0);
	run(g);
	assert_int_equal(g->event.why, SEA_STOP_SYSCALL);
	assert_int_equal(sea_memfile_at(&g->file, 3)[5], 42);
	assert_int_equal(g->platform.ops->unmap(g->vcpu, DATA, SEA_PAGE), 0);
	g->regs.rip = CODE;
	run(g);
	assert_int_equal(g->event.info.si_code, SEGV_MAPERR);
}

static void instructions_that_fail_raise_what_linux_raises(void **state)
{
	static const struct {
		const char *code;
		int sig;
	} cases[] = {
		{ "\x0f\x0b", SIGILL },         /* ud2                */
		{ "\x31\xc9\xf7\xf1", SIGFPE }, /* xor %ecx,%ecx; div */
		{ "\xcc\x90", SIGTRAP },        /* int3               */
		{ "\xf4\x90", SIGSEGV },        /* hlt                */
	};
	struct guest *g = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put_code(g, cases[i].code, strlen(cases[i].code));
		g->regs = guest_regs(CODE);
		run(g);
		assert_int_equal(g->event.why, SEA_STOP_SIGNAL);
		assert_int_equal(g->event.info.si_signo, cases[i].sig);
	}
}

static void a_stub_holds_nothing_of_ours(void **state)
{
	struct guest *g = *state;
	static const uint64_t probes[] = { 0, CODE, 0x7fff00000000, SEA_GUEST_TOP - SEA_PAGE };

	/* A page of the guest's own with: mov (%rsi),%al */
	PUT_CODE(g, "\x8a\x06\x0f\x05");
	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
		g->regs = guest_regs(CODE);
		g->regs.rsi = probes[i] == CODE ? (uint64_t)(uintptr_t)&guest_new : probes[i];
		run(g);
		assert_int_equal(g->event.info.si_code, SEGV_MAPERR);
	}
}

static void the_stubs_page_gives_no_call_to_the_guest(void **state)
{
	struct guest *g = *state;

	PUT_CODE(g, "\xff\xe6"); /* jmp *%rsi */
	g->regs.rsi = SEA_GUEST_TOP;
	g->regs.rax = SYS_exit;
	run(g);
	assert_int_equal(g->event.why, SEA_STOP_SYSCALL);
	assert_int_equal(g->regs.orig_rax, SYS_exit);
}

static void extended_state_is_kept_and_can_be_set(void **state)
{
	static uint8_t area[SEA_XSTATE_MAX], again[SEA_XSTATE_MAX];
	struct guest *g = *state;
	size_t size = sea_xstate_size();

	PUT_CODE(g, "\x0f\x05\x0f\x28\xc1\x0f\x05"); /* syscall; movaps %xmm1,%xmm0; syscall */
	run(g);
	assert_int_equal(g->platform.ops->xstate_get(g->vcpu, area, size), 0);
	for (int i = 0; i < 16; i++)
		area[160 + 16 + i] = (uint8_t)(i + 1); /* xmm1 */
	area[512] |= 2;                                /* XSTATE_BV: SSE is in use */
	assert_int_equal(g->platform.ops->xstate_set(g->vcpu, area, size), 0);
	run(g);
	assert_int_equal(g->platform.ops->xstate_get(g->vcpu, again, size), 0);
	assert_memory_equal(again + 160, area + 160 + 16, 16);
	assert_memory_equal(again + 160 + 16, area + 160 + 16, 16);
}

static void *kick_later(void *arg)
{
	struct guest *g = arg;

	usleep(1000);
	g->platform.ops->kick(g->vcpu);
	return NULL;
}

static void a_kick_stops_a_guest_that_never_calls(void **state)
{
	struct guest *g = *state;
	pthread_t thread;

	PUT_CODE(g, "\xeb\xfe"); /* jmp . */
	assert_int_equal(pthread_create(&thread, NULL, kick_later, g), 0);
	run(g);
	assert_int_equal(g->event.why, SEA_STOP_KICKED);
	assert_int_equal(g->regs.rip, CODE);
	pthread_join(thread, NULL);
}

static void a_kick_before_the_run_is_not_lost(void **state)
{
	struct guest *g = *state;

	PUT_CODE(g, "\xeb\xfe");
	g->platform.ops->kick(g->vcpu);
	run(g);
	assert_int_equal(g->event.why, SEA_STOP_KICKED);
}

struct second {
	struct guest *g;
	struct sea_vcpu *vcpu;
	struct user_regs_struct regs;
	struct sea_event event;
	int err;
};

static void *run_second(void *arg)
{
	struct second *s = arg;
	const struct sea_platform_ops *ops = s->g->platform.ops;

	s->err = ops->attach(s->vcpu);
	if (!s->err)
		s->err = ops->run(s->vcpu, &s->regs, &s->event);
	ops->stop(s->vcpu);
	return NULL;
}

static void vcpus_of_one_stub_share_its_mappings(void **state)
{
	struct guest *g = *state;
	struct second s = { .g = g, .regs = guest_regs(CODE) };
	pthread_t thread;

	PUT_CODE(g, "\x88\x06\x0f\x05"); /* mov %al,(%rsi); syscall */
	assert_int_equal(g->platform.ops->spawn(g->vcpu, &s.vcpu), 0);
	assert_int_equal(g->platform.ops->map(g->vcpu, DATA, SEA_PAGE, PROT_READ | PROT_WRITE,
					      2 * SEA_PAGE),
			 0);
	s.regs.rsi = DATA;
	s.regs.rax = 77;
	assert_int_equal(pthread_create(&thread, NULL, run_second, &s), 0);
	pthread_join(thread, NULL);
	assert_int_equal(s.err, 0);
	assert_int_equal(s.event.why, SEA_STOP_SYSCALL);
	assert_int_equal(sea_memfile_at(&g->file, 2)[0], 77);
	run(g); /* the first is as it was */
	assert_int_equal(g->event.why, SEA_STOP_SIGNAL);
}

static void a_stub_that_the_host_killed_is_told(void **state)
{
	struct guest *g = *state;
	struct guest other = *g;
	char line[64];
	int pid;
	FILE *children;

	assert_int_equal(g->platform.ops->start(&g->platform, &other.vcpu), 0);
	snprintf(line, sizeof(line), "/proc/self/task/%d/children", (int)gettid());
	children = fopen(line, "r");
	if (!children) { /* not every kernel tells */
		g->platform.ops->stop(other.vcpu);
		skip();
	}
	while (fscanf(children, "%d", &pid) == 1)
		continue;
	fclose(children);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(g->platform.ops->run(other.vcpu, &other.regs, &other.event), -ESRCH);
	g->platform.ops->stop(other.vcpu);
}

#define WITH_GUEST(f) cmocka_unit_test_setup_teardown(f, guest_new, guest_free)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_GUEST(a_system_call_stops_the_guest_and_reaches_nobody),
		WITH_GUEST(every_register_is_as_it_was_set),
		WITH_GUEST(a_fault_tells_its_address_and_whether_anything_was_there),
		WITH_GUEST(instructions_that_fail_raise_what_linux_raises),
		WITH_GUEST(a_stub_holds_nothing_of_ours),
		WITH_GUEST(the_stubs_page_gives_no_call_to_the_guest),
		WITH_GUEST(extended_state_is_kept_and_can_be_set),
		WITH_GUEST(a_kick_stops_a_guest_that_never_calls),
		WITH_GUEST(a_kick_before_the_run_is_not_lost),
		WITH_GUEST(vcpus_of_one_stub_share_its_mappings),
		WITH_GUEST(a_stub_that_the_host_killed_is_told),
	};
	int failed;

	guest_skip_unless_allowed();
	failed = cmocka_run_group_tests_name("ptrace", tests, NULL, NULL);
	guest_ops = &sea_platform_trap;
	if (guest_try()) {
		printf("without trap: this machine has no user dispatch, or none of its parts\n");
		return failed;
	}
	return failed + cmocka_run_group_tests_name("trap", tests, NULL, NULL);
}
