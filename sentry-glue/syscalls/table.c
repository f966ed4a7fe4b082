/* SPDX-License-Identifier: Apache-2.0 */
/* The table, and the door that every system call comes through. */
#include <string.h>

#include "sentry-glue/syscalls/sys.h"

static const struct sea_call_entry table[SEA_CALLS_MAX] = {
#define SEA_DONE(nr, name) [nr] = { #name, SEA_CALL_DONE, sea_sys_##name, 0, NULL },
#define SEA_PARTIAL(nr, name, note) [nr] = { #name, SEA_CALL_PARTIAL, sea_sys_##name, 0, note },
#define SEA_REFUSED(nr, name, error, note) [nr] = { #name, SEA_CALL_REFUSED, NULL, error, note },
#define SEA_ABSENT(nr, name) [nr] = { #name, SEA_CALL_ABSENT, NULL, ENOSYS, NULL },
#include "sentry-glue/syscalls/table.def"
};

const struct sea_call_entry *sea_call_find(uint64_t nr)
{
	return nr < SEA_CALLS_MAX && table[nr].name ? &table[nr] : NULL;
}

static void trace(struct sea_task *task, const struct sea_call_entry *entry, const uint64_t *a,
		  uint64_t nr, int64_t result)
{
	FILE *to = task->kernel->strace;

	if (entry)
		fprintf(to, "[%d] %s", (int)task->tid, entry->name);
	else
		fprintf(to, "[%d] call %llu", (int)task->tid, (unsigned long long)nr);
	fprintf(to, "(0x%llx, 0x%llx, 0x%llx, 0x%llx)", (unsigned long long)a[0],
		(unsigned long long)a[1], (unsigned long long)a[2], (unsigned long long)a[3]);
	if (result == SEA_NO_RESULT)
		fprintf(to, " = ?\n");
	else if (result < 0 && result > -4096)
		fprintf(to, " = %lld %s\n", (long long)result,
			strerrorname_np((int)-result) ? strerrorname_np((int)-result) : "restart");
	else
		fprintf(to, " = 0x%llx\n", (unsigned long long)result);
}

void sea_syscall(struct sea_task *task)
{
	struct user_regs_struct *regs = &task->regs;
	const uint64_t a[6] = { regs->rdi, regs->rsi, regs->rdx, regs->r10, regs->r8, regs->r9 };
	const struct sea_call_entry *entry = sea_call_find(regs->orig_rax);
	uint64_t nr = regs->orig_rax;
	int64_t result = -ENOSYS;

	task->kernel->ncalls++;
	if (entry)
		result = entry->call ? entry->call(task, a) : -entry->error;
	if (task->kernel->strace)
		trace(task, entry, a, nr, result);
	if (result != SEA_NO_RESULT)
		regs->rax = (uint64_t)result;
	else
		regs->orig_rax = ~0ull;
}
