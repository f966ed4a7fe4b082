/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of a link somebody chooses who has only messages to say so: names, words, groups, flags. All within an entry.
 * Who watches hears of each change (sea_link_observer.changed).
 */
#ifndef SEA_CORE_LINK_SET_H
#define SEA_CORE_LINK_SET_H

#include <seastack/compiler.h>

#include "core/link.h"

struct sea_nl_extack;

#define SEA_ALTNAME_MAX 127
#define SEA_ALIAS_MAX 255

/* IFF_*, numbers as on Linux. */
#define SEA_IFF_UP (1u << 0)
#define SEA_IFF_BROADCAST (1u << 1)
#define SEA_IFF_DEBUG (1u << 2)
#define SEA_IFF_LOOPBACK (1u << 3)
#define SEA_IFF_POINTOPOINT (1u << 4)
#define SEA_IFF_NOTRAILERS (1u << 5)
#define SEA_IFF_RUNNING (1u << 6)
#define SEA_IFF_NOARP (1u << 7)
#define SEA_IFF_PROMISC (1u << 8)
#define SEA_IFF_ALLMULTI (1u << 9)
#define SEA_IFF_MASTER (1u << 10)
#define SEA_IFF_MULTICAST (1u << 12)
#define SEA_IFF_PORTSEL (1u << 13)
#define SEA_IFF_AUTOMEDIA (1u << 14)
#define SEA_IFF_DYNAMIC (1u << 15)
#define SEA_IFF_LOWER_UP (1u << 16)

struct sea_altname {
	struct sea_list node;
	uint32_t size; /* of the text, with its 0 */
	char text[];
};

/* As Linux shows them (ifinfomsg.ifi_flags). */
uint32_t sea_link_flags(const struct sea_link *link);

/* Those that a link of this type has by itself, and that may be chosen otherwise. */
uint32_t sea_link_type_flags(enum sea_link_type type);

/* ARPHRD_*: what its link addresses are. */
uint16_t sea_link_arp_type(const struct sea_link *link);

/* By its name or an alternative one; NULL. */
struct sea_link *sea_link_by_any_name(struct sea_stack *stack, const char *name);
bool sea_link_name_valid(const char *name);

/*
 * A "%d" in a name becomes the lowest number that gives a name which no link has: 0, -EINVAL (another '%', or it gets too
 * long), -ENFILE.
 */
SEA_MUST_USE int sea_link_number_name(struct sea_stack *stack, char name[SEA_IFNAMSIZ]);

/* As the above; 0, or, with nothing changed, -EINVAL, -EEXIST (a link has it), -ENFILE. */
SEA_MUST_USE int sea_link_rename(struct sea_link *link, const char *name);
/* 0 or -ENOMEM; an empty text is none. */
SEA_MUST_USE int sea_link_set_alias(struct sea_link *link, const char *text);
/* -EEXIST, -ENOMEM; -ENOENT, -EINVAL (it is another link's). */
SEA_MUST_USE int sea_link_altname_add(struct sea_link *link, const char *name);
SEA_MUST_USE int sea_link_altname_del(struct sea_link *link, const char *name);

/* As <seastack/link.h>'s without the last word. */
SEA_MUST_USE int sea_link_up(struct sea_link *link, bool up);
/* It goes, `flags` having changed as well; it is not there yet. */
SEA_MUST_USE int sea_link_go(struct sea_link *link, bool up, uint32_t flags);
SEA_MUST_USE int sea_link_change_mtu(struct sea_link *link, uint32_t mtu);
SEA_MUST_USE int sea_link_change_mac(struct sea_link *link, const struct sea_mac *mac);
/*
 * What it was of, it leaves first. -EOPNOTSUPP (such links are no masters), -EBUSY (it would be above itself), -EMLINK
 * (too many on each other), or as the master says, of which `extack` (NULL: nobody asks) may tell more.
 */
SEA_MUST_USE int sea_link_change_master(struct sea_link *link, struct sea_link *master,
					struct sea_nl_extack *extack);
void sea_link_change_group(struct sea_link *link, uint32_t group);
void sea_link_change_txqueuelen(struct sea_link *link, uint32_t len);
void sea_link_change_mode(struct sea_link *link, uint8_t mode);
/* Of SEA_IFF_*, UP and those that may be chosen: 0, or as sea_link_up(). */
SEA_MUST_USE int sea_link_change_flags(struct sea_link *link, uint32_t flags);
/* May these be chosen? 0 or -EOPNOTSUPP. */
SEA_MUST_USE int sea_link_check_flags(const struct sea_link *link, uint32_t flags);
/*
 * As somebody says who may say anything; whoever watches is told, though it is the one that is there: 0, -EADDRNOTAVAIL,
 * -EOPNOTSUPP (the link has none; frames for all go where this type's do, and nowhere else).
 */
SEA_MUST_USE int sea_link_choose_mac(struct sea_link *link, const struct sea_mac *mac);
SEA_MUST_USE int sea_link_choose_broadcast(struct sea_link *link, const struct sea_mac *mac);
/*
 * What of SEA_LINK_F_* a driver takes over, as far as it can be done without: of lo and links of kinds nothing, for frames
 * reach others from these as they are. Who does without checksums does without segments.
 */
uint32_t sea_link_features_changeable(const struct sea_link *link);
/* All of `off`, and no others, are done without. True: what is taken over is something else now. */
bool sea_link_do_without(struct sea_link *link, uint32_t off);
/* One more who wants all frames (or all of groups), or one less. */
void sea_link_promiscuity(struct sea_link *link, int by);
void sea_link_allmulti(struct sea_link *link, int by);

/* Tells who watches: these flags changed (0: something else did). */
void sea_link_tell(struct sea_link *link, uint32_t flags);
/* The same, where it is up: a setting of less weight. */
void sea_link_tell_running(struct sea_link *link);

/* The link is freed: what it has of the above. */
void sea_link_forget_words(struct sea_link *link);

#endif
