/* SPDX-License-Identifier: Apache-2.0 */
/* Sysctls of links: one set of values for each, and the templates "all" and "default". */
#include <string.h>

#include "core/link.h"
#include "core/sysctl.h"

void sea_sysctl_add_tree(struct sea_stack *stack, struct sea_sysctl_tree *tree)
{
	struct sea_sysctl_tree **at = &stack->sysctl_trees;

	for (unsigned i = 1; i < tree->n; i++)
		SEA_ASSERT(&stack->env,
			   strcmp(tree->entries[i - 1].name, tree->entries[i].name) < 0);
	while (*at && strcmp((*at)->prefix, tree->prefix) < 0)
		at = &(*at)->next;
	tree->next = *at;
	*at = tree;
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
	size_t skip = strlen(w->tree->prefix), n = strlen(branch);

	memcpy(name, w->tree->prefix, skip);
	memcpy(name + skip, branch, n + 1);
	swap_dots(name + skip, '.', '/');
	n += skip;
	name[n] = '.';
	name[n + 1] = '\0';
	return n + 1;
}

/* As strncmp(), of "eth0." and what stands behind a tree's prefix. */
static int order_of(const char *branch, const char *name)
{
	for (; *branch; branch++, name++) {
		char c = *branch == '.' ? '/' : *branch;

		if (c != *name)
			return (unsigned char)c - (unsigned char)*name;
	}
	return '.' - (unsigned char)*name;
}

/* The first entry of the branch that is behind `prev`, if it comes before the best so far. */
static void consider(struct walk *w, const char *branch)
{
	size_t skip = strlen(w->tree->prefix), len;
	bool within = strncmp(w->prev, w->tree->prefix, skip) == 0;
	int order = order_of(branch, within ? w->prev + skip : "");
	char name[SEA_SYSCTL_NAME_MAX];
	const struct sea_sysctl *s;

	if (order < 0 || (w->found && order_of(branch, w->best + skip) > 0))
		return;
	len = write_branch(w, branch, name);
	s = sea_sysctl_behind(w->tree->entries, w->tree->n, order ? "" : w->prev + len);
	if (!s)
		return;
	memcpy(name + len, s->name, strlen(s->name) + 1);
	memcpy(w->best, name, sizeof(name));
	w->found = true;
}

/* Within a branch and not at its end: what is next is within it, too. */
static bool stays(struct walk *w, const struct sea_stack *stack)
{
	struct sea_sysctl_at at;

	if (!find(stack, w->tree, w->prev, &at))
		return false;
	if (at.link)
		consider(w, at.link->name);
	else
		consider(w, at.all ? "all" : "default");
	return w->found;
}

static void consider_tree(struct walk *w, const struct sea_stack *stack)
{
	int order = strncmp(w->prev, w->tree->prefix, strlen(w->tree->prefix));
	struct sea_list *node, *tmp;

	if (order > 0 || (!order && stays(w, stack)))
		return;
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

/* Trees are sorted, and none is within another: the first that has one has the next. */
bool sea_sysctl_tree_next(const struct sea_stack *stack, const char *prev,
			  char name[SEA_SYSCTL_NAME_MAX])
{
	struct walk w = { .prev = prev, .best = name };

	for (w.tree = stack->sysctl_trees; w.tree && !w.found; w.tree = w.tree->next)
		consider_tree(&w, stack);
	return w.found;
}
