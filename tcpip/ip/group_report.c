/* SPDX-License-Identifier: Apache-2.0 */
/* What there is to tell of groups; no protocol tells it yet, so nothing waits to be told. */
#include "ip/group_report.h"

#include <string.h>

#include "core/link.h"
#include "ip/group.h"

static void fire(struct sea_timer *timer, sea_time now)
{
	(void)timer;
	(void)now;
}

void sea_group_reporter_init(struct sea_group_reporter *r)
{
	memset(r, 0, sizeof(*r));
	sea_timer_init(&r->change_timer, fire);
	sea_timer_init(&r->general_timer, fire);
}

void sea_group_reporter_fini(struct sea_groups *g)
{
	struct sea_timerq *timers = &g->link->stack->shard.timers;

	sea_timer_remove(timers, &g->reporter.change_timer);
	sea_timer_remove(timers, &g->reporter.general_timer);
}

void sea_group_report_init(struct sea_group *group)
{
	sea_timer_init(&group->report.timer, fire);
}

void sea_group_report_fini(struct sea_group *group)
{
	sea_timer_remove(&group->of->link->stack->shard.timers, &group->report.timer);
}

void sea_group_report_changed(struct sea_groups *g, struct sea_group *group, uint8_t mode,
			      bool was_used)
{
	(void)g;
	(void)mode;
	(void)was_used;
	group->report.changes = 0;
}

bool sea_group_report_pending(const struct sea_group *group)
{
	return group->report.changes;
}
