/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks, by priority. */
#include "core/hook.h"

#include <string.h>

#include "core/stack.h"

void sea_hook_add(struct sea_stack *stack, const struct sea_hook *hook)
{
	struct sea_hook_list *l = sea_stack_hooks(stack, hook->family, hook->point);
	unsigned at = l->n;

	SEA_ASSERT(&stack->env, l->n < SEA_HOOKS_MAX);
	for (; at && l->hooks[at - 1]->priority > hook->priority; at--)
		l->hooks[at] = l->hooks[at - 1];
	l->hooks[at] = hook;
	l->n++;
}

void sea_hook_del(struct sea_stack *stack, const struct sea_hook *hook)
{
	struct sea_hook_list *l = sea_stack_hooks(stack, hook->family, hook->point);
	unsigned at = 0;

	while (at < l->n && l->hooks[at] != hook)
		at++;
	if (at == l->n)
		return;
	l->n--;
	memmove(&l->hooks[at], &l->hooks[at + 1], (l->n - at) * sizeof(l->hooks[0]));
}

bool sea_stack_run_hooks(struct sea_stack *stack, uint8_t family, enum sea_hook_point point,
			 struct sea_link *in, struct sea_link *out, struct sea_pkt *pkt)
{
	const struct sea_hook_at at = { stack, family, point, in, out };

	return sea_hook_run(&at, pkt);
}

bool sea_hook_run(const struct sea_hook_at *at, struct sea_pkt *pkt)
{
	const struct sea_hook_list *l = sea_stack_hooks(at->stack, at->family, at->point);

	for (unsigned i = 0; i < l->n; i++)
		if (!l->hooks[i]->fn(at, pkt))
			return false;
	return true;
}
