/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of kinds of links stand on: a stack with rtnetlink and an Ethernet link, asked by messages. */
#ifndef TESTS_UNIT_LINK_DEVICE_KINDS_H
#define TESTS_UNIT_LINK_DEVICE_KINDS_H

#include "../fixture.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <seastack/modules.h>
#include <seastack/socket.h>

#include "core/link_kind.h"
#include "core/link_set.h"
#include "tests/lib/env.h"

#define NOW ((sea_time){ SEA_SEC })

extern struct kinds {
	struct test_env env;
	struct fixture f; /* its stack and link, for frames */
	struct sea_link *eth;
	sea_socket asks, hears;
	struct nlmsghdr h; /* of the last message that was read */
	uint8_t bytes[16384] __attribute__((aligned(8)));
} k;

/* With IP; or without, and what arrives is kept (fixture.h). `eth0` is up, of MAC 02:00:00:00:00:01. */
int kinds_setup(void **state);
int kinds_setup_frames(void **state);
int kinds_teardown(void **state);
/* Saves the stack, frees it, and loads it again; k.eth is found by its name. */
void kinds_restore(void);

struct message {
	struct nlmsghdr h;
	struct ifinfomsg i;
	uint8_t attrs[512];
};

struct message message_of(uint16_t type, int ifindex);
/* RTM_NEWLINK that makes a link; `name` may be NULL. */
struct message making(const char *kind, const char *name, const void *data, uint16_t data_len);
void add_attr(struct message *m, uint16_t type, const void *value, uint16_t len);
void add_u32(struct message *m, uint16_t type, uint32_t value);
/* An attribute at `to`: its length with padding. */
uint16_t put_nlattr(uint8_t *to, uint16_t type, const void *value, uint16_t len);

/* What the acknowledgment says. */
int ask(const struct message *m);
int set_attr(const char *name, uint16_t type, const void *value, uint16_t len);
int set_u32(const char *name, uint16_t type, uint32_t value);
int delete_link(const char *name);
/* How the link is shown: into k.bytes. */
void show(const char *name);
struct ifinfomsg shown(void);
/* Of the message in k.bytes, in nest `nest` of IFLA_LINKINFO where that is not 0; NULL: it has none. */
const uint8_t *attr_of(uint16_t type, uint32_t *len);
const uint8_t *data_of(uint16_t type, uint32_t *len);
uint32_t u32_of(uint16_t type);
const char *kind_of(void);

/* What listeners of RTNLGRP_LINK hear next. */
void assert_heard(uint16_t type, const char *name);
bool hears_nothing(void);
void hear_all(void);

struct sea_link *link_of(const char *name);

/* Data of a VLAN: 0 for `mask`: no flags are said. */
uint16_t put_vlan(uint8_t *to, uint16_t proto, uint16_t id, uint32_t flags, uint32_t mask);
/* A VLAN on eth0: what is answered. */
int make_vlan(const char *name, uint16_t id);
struct message making_vlan(const char *name, const char *lower, uint16_t proto, uint16_t id,
			   uint32_t flags, uint32_t mask);

#endif
