/* SPDX-License-Identifier: Apache-2.0 */
/* The table as a seccomp filter. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sentry-glue/wall/wall.h"

#define STEPS_MAX 1024u
#define LOW(x) ((uint32_t)((x)&0xffffffffu))
#define HIGH(x) ((uint32_t)((uint64_t)(x) >> 32))

struct program {
	struct sock_filter steps[STEPS_MAX];
	unsigned int n;
};

static void put(struct program *p, unsigned int code, uint32_t k)
{
	p->steps[p->n++] = (struct sock_filter)BPF_STMT((uint16_t)code, k);
}

/* Goes on if the accumulator is k, else to where patch() says. */
static void must(struct program *p, unsigned int test, uint32_t k, bool holds)
{
	p->steps[p->n++] = (struct sock_filter)BPF_JUMP((uint16_t)(BPF_JMP | test | BPF_K), k,
							holds ? 0 : 255, holds ? 255 : 0);
}

/* Whatever was left open since `from` leads to the step that comes next. */
static void patch(struct program *p, unsigned int from)
{
	for (unsigned int i = from; i < p->n; i++) {
		uint8_t to = (uint8_t)(p->n - i - 1);

		if (BPF_CLASS(p->steps[i].code) != BPF_JMP)
			continue;
		if (p->steps[i].jt == 255)
			p->steps[i].jt = to;
		if (p->steps[i].jf == 255)
			p->steps[i].jf = to;
	}
}

static void load_arg(struct program *p, unsigned int arg, unsigned int half)
{
	put(p, BPF_LD | BPF_W | BPF_ABS,
	    (uint32_t)(offsetof(struct seccomp_data, args) + 8 * arg + 4 * half));
}

static void put_condition(struct program *p, const struct sea_wall_condition *c)
{
	uint64_t value = c->kind == SEA_WALL_SELF ? (uint64_t)getpid() : c->value;

	if (c->kind == SEA_WALL_IS || c->kind == SEA_WALL_SELF) {
		load_arg(p, c->arg, 1);
		must(p, BPF_JEQ, HIGH(value), true);
		load_arg(p, c->arg, 0);
		must(p, BPF_JEQ, LOW(value), true);
	} else if (c->kind == SEA_WALL_ONLY) {
		load_arg(p, c->arg, 1);
		must(p, BPF_JSET, ~HIGH(value), false);
		load_arg(p, c->arg, 0);
		must(p, BPF_JSET, ~LOW(value), false);
	} else if (c->kind == SEA_WALL_COMMAND) {
		load_arg(p, c->arg, 0);
		put(p, BPF_ALU | BPF_AND | BPF_K, 127);
		must(p, BPF_JEQ, LOW(value), true);
	} else {
		load_arg(p, c->arg, 0);
		must(p, BPF_JSET, 0x80000000u, false);
	}
}

static void put_line(struct program *p, const struct sea_wall_line *line)
{
	unsigned int from = p->n;

	put(p, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	must(p, BPF_JEQ, line->nr, true);
	for (const struct sea_wall_condition *c = line->conditions; c->kind; c++)
		put_condition(p, c);
	put(p, BPF_RET | BPF_K,
	    line->error ? SECCOMP_RET_ERRNO | (uint32_t)line->error : SECCOMP_RET_ALLOW);
	patch(p, from);
}

int sea_wall_filter(unsigned int how)
{
	static struct program p;
	struct sock_fprog program = { .filter = p.steps };

	p.n = 0;
	put(&p, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	p.steps[p.n++] =
		(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
	put(&p, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	for (size_t i = 0; i < sea_wall_nlines; i++) {
		if (sea_wall_applies(&sea_wall_lines[i], how))
			put_line(&p, &sea_wall_lines[i]);
	}
	put(&p, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
	program.len = (uint16_t)p.n;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
		return -errno;
	return 0;
}
