/* SPDX-License-Identifier: Apache-2.0 */
/* Sysctls of links: one set of values for each, and the templates "all" and "default". */
#include <stdio.h>
#include <string.h>

#include "core/link.h"
#include "core/sysctl.h"

void sea_sysctl_add_tree(struct sea_stack *stack, struct sea_sysctl_tree *tree)
{
	for (unsigned i = 1; i < tree->n; i++)
		SEA_ASSERT(&stack->env,
			   strcmp(tree->entries[i - 1].name, tree->entries[i].name) < 0);
	tree->next = stack->sysctl_trees;
	stack->sysctl_trees = tree;
}

static struct sea_link *link_called(const struct sea_stack *stack, const char *name)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &stack->links)
	{
		struct sea_link *link = sea_container(node, struct sea_link, node);

		if (strcmp(link->name, name) == 0)
			return link;
	}
	return NULL;
}

/* The values of the branch called `name`; NULL: there is no such branch. */
static void *branch_of(const struct sea_stack *stack, const struct sea_sysctl_tree *tree,
		       const char *name, struct sea_link **link)
{
	*link = NULL;
	if (strcmp(name, "all") == 0)
		return tree->all;
	if (strcmp(name, "default") == 0)
		return tree->dflt;
	*link = link_called(stack, name);
	return *link ? tree->of_link(*link) : NULL;
}

static void swap_dots(char *name, char from, char to)
{
	for (; *name; name++)
		if (*name == from)
			*name = to;
}

static bool find(const struct sea_stack *stack, const struct sea_sysctl_tree *tree,
		 const char *name, struct sea_sysctl_at *at)
{
	size_t skip = strlen(tree->prefix);
	const char *dot;
	char branch[SEA_IFNAMSIZ];

	if (strncmp(name, tree->prefix, skip) != 0)
		return false;
	name += skip;
	dot = strchr(name, '.');
	if (!dot || (size_t)(dot - name) >= sizeof(branch))
		return false;
	memcpy(branch, name, (size_t)(dot - name));
	branch[dot - name] = '\0';
	swap_dots(branch, '/', '.');
	at->base = branch_of(stack, tree, branch, &at->link);
	at->all = at->base && at->base == tree->all;
	at->entry = at->base ? sea_sysctl_among(tree->entries, tree->n, dot + 1) : NULL;
	return at->entry != NULL;
}

bool sea_sysctl_tree_find(const struct sea_stack *stack, const char *name, struct sea_sysctl_at *at)
{
	for (const struct sea_sysctl_tree *t = stack->sysctl_trees; t; t = t->next)
		if (find(stack, t, name, at))
			return true;
	return false;
}

/* -- in order -- */

struct walk {
	const struct sea_sysctl_tree *tree;
	const char *prev;
	char *best;
	bool found;
};

/* "net.ipv4.conf.eth0." */
static size_t write_branch(const struct walk *w, const char *branch, char name[SEA_SYSCTL_NAME_MAX])
{
	size_t skip = strlen(w->tree->prefix);
	int n = snprintf(name, SEA_SYSCTL_NAME_MAX, "%s%s", w->tree->prefix, branch);

	swap_dots(name + skip, '.', '/');
	name[n] = '.';
	name[n + 1] = '\0';
	return (size_t)n + 1;
}

/* The first entry of the branch that is behind `prev`, if it comes before the best so far. */
static void consider(struct walk *w, const char *branch)
{
	char name[SEA_SYSCTL_NAME_MAX];
	size_t len = write_branch(w, branch, name);
	int order = strncmp(w->prev, name, len);
	const struct sea_sysctl *s;

	if (order > 0)
		return;
	s = sea_sysctl_behind(w->tree->entries, w->tree->n, order ? "" : w->prev + len);
	if (!s)
		return;
	memcpy(name + len, s->name, strlen(s->name) + 1);
	if (w->found && strcmp(name, w->best) >= 0)
		return;
	memcpy(w->best, name, sizeof(name));
	w->found = true;
}

static void consider_tree(struct walk *w, const struct sea_stack *stack)
{
	struct sea_list *node, *tmp;

	if (w->tree->all)
		consider(w, "all");
	consider(w, "default");
	SEA_LIST_EACH(node, tmp, &stack->links)
	{
		const struct sea_link *link = sea_container(node, struct sea_link, node);

		if (w->tree->of_link(link))
			consider(w, link->name);
	}
}

bool sea_sysctl_tree_next(const struct sea_stack *stack, const char *prev,
			  char name[SEA_SYSCTL_NAME_MAX])
{
	struct walk w = { .prev = prev, .best = name };

	for (w.tree = stack->sysctl_trees; w.tree; w.tree = w.tree->next)
		consider_tree(&w, stack);
	return w.found;
}
