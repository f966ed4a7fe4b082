/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of queues by rtnetlink stand on: a stack with eth0, one who asks, and one who hears RTNLGRP_TC. */
#ifndef TESTS_UNIT_TCPIP_NETLINK_QUEUE_ASKS_H
#define TESTS_UNIT_TCPIP_NETLINK_QUEUE_ASKS_H

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <linux/gen_stats.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include <seastack/config.h>
#include <seastack/link.h>
#include <seastack/modules.h>
#include <seastack/qdisc.h>
#include <seastack/save.h>
#include <seastack/socket.h>

#include "core/link.h"
#include "core/qdisc.h"
#include "core/stack.h"
#include "tests/lib/env.h"
#include "tests/lib/snapshot.h"

#define LO 1
#define ETH 2
#define H(n) ((uint32_t)(n) << 16)

#define ADD (NLM_F_CREATE | NLM_F_EXCL)
#define REPLACE (NLM_F_CREATE | NLM_F_REPLACE)

static const sea_time now = { SEA_SEC };

extern struct queues_fixture {
	struct test_env env;
	struct sea_stack *stack;
	struct sea_link *eth;
	sea_socket asks, hears;
	struct nlmsghdr h; /* of the last message read */
	uint8_t bytes[16384] __attribute__((aligned(8)));
	size_t len;
} f;

int setup(void **state);
int teardown(void **state);
/* Saves the stack, and makes it again. */
void restore(void);
/* An empty IPv4 header, to eth0: what that says; that it goes. */
int send_one(void);
void send_empty(void);

/* -- asking -- */

struct message {
	struct nlmsghdr h;
	struct tcmsg t;
	uint8_t attrs[512];
};

void add_attr(struct message *m, uint16_t type, const void *value, uint16_t len);
/* About the link's own queue; with an acknowledgement. */
struct message message_of(uint16_t type, uint16_t flags, int ifindex, const char *kind);
/* And reads nothing. */
void ask_only(const struct message *m);
/* What the acknowledgement says. */
int ask(const struct message *m);
/* Sends it while the nth allocation fails; whatever the answer is. */
void ask_failing(const struct message *m, size_t nth);
/* pfifo and the like. */
int add_limited(int ifindex, const char *kind, uint16_t how, uint32_t limit);
/* Asks for it, and reads what is heard. */
void show(int ifindex);

/* -- what a message says: the last that was read -- */

/* False: nothing is there to be read. */
bool read_one(sea_socket s);
/* NULL: it is not there. */
const uint8_t *attr_in(const uint8_t *at, size_t len, uint16_t type, uint32_t *value_len);
const uint8_t *attr_of(uint16_t type, uint32_t *len);
uint32_t number_in_options(uint16_t type);
struct tcmsg header(void);
struct tc_stats stats(void);
void assert_heard(uint16_t type, const char *kind);
/* A datagram's second message is the one that is read then. */
void next_in_datagram(uint16_t type);

int run_netem_tests(void);
int run_ingress_tests(void);
int run_filter_tests(void);

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
