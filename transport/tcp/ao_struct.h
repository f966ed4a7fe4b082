/* SPDX-License-Identifier: Apache-2.0 */
/* What programs say of TCP-AO, as <linux/tcp.h> has it, which does not go together with the C library's. */
#ifndef SEA_TCP_AO_STRUCT_H
#define SEA_TCP_AO_STRUCT_H

#include <assert.h>
#include <stdint.h>
#include <sys/socket.h>

#include "wire/bytes.h"

#define TCP_AO_ADD_KEY 38
#define TCP_AO_DEL_KEY 39
#define TCP_AO_INFO 40
#define TCP_AO_GET_KEYS 41
#define TCP_AO_REPAIR 42
#define TCP_AO_KEYF_IFINDEX 1
#define TCP_AO_KEYF_EXCLUDE_OPT 2
#define TCP_AO_NAME_LEN 64

/* Bits of the first word, or half of one. */
#define TCP_AO_SET_CURRENT 1u
#define TCP_AO_SET_RNEXT 2u
#define TCP_AO_DEL_ASYNC 4u /* of tcp_ao_del */
#define TCP_AO_REQUIRED 4u  /* of tcp_ao_info_opt, as all that follow */
#define TCP_AO_SET_COUNTERS 8u
#define TCP_AO_ACCEPT_ICMPS 16u
#define TCP_AO_IS_CURRENT 1u /* of tcp_ao_getsockopt, as all that follow */
#define TCP_AO_IS_RNEXT 2u
#define TCP_AO_GET_ALL 4u

/* TCP_AO_ADD_KEY */
struct tcp_ao_add {
	struct sockaddr_storage addr;
	char alg_name[TCP_AO_NAME_LEN];
	int32_t ifindex;
	uint32_t bits;
	uint16_t reserved2;
	uint8_t prefix, sndid, rcvid, maclen, keyflags, keylen;
	uint8_t key[80];
};
static_assert(sizeof(struct tcp_ao_add) == 288, "as <linux/tcp.h>");

/* TCP_AO_DEL_KEY */
struct tcp_ao_del {
	struct sockaddr_storage addr;
	int32_t ifindex;
	uint32_t bits;
	uint16_t reserved2;
	uint8_t prefix, sndid, rcvid, current_key, rnext, keyflags;
};
static_assert(sizeof(struct tcp_ao_del) == 144, "as <linux/tcp.h>");

/* TCP_AO_INFO */
struct tcp_ao_info_opt {
	uint32_t bits;
	uint16_t reserved2;
	uint8_t current_key, rnext;
	uint64_t pkt_good, pkt_bad, pkt_key_not_found, pkt_ao_required, pkt_dropped_icmp;
};
static_assert(sizeof(struct tcp_ao_info_opt) == 48, "as <linux/tcp.h>");

/* TCP_AO_GET_KEYS */
struct tcp_ao_getsockopt {
	struct sockaddr_storage addr;
	char alg_name[TCP_AO_NAME_LEN];
	uint8_t key[80];
	uint32_t nkeys;
	uint16_t bits;
	uint8_t sndid, rcvid, prefix, maclen, keyflags, keylen;
	int32_t ifindex;
	uint64_t pkt_good, pkt_bad;
};
static_assert(sizeof(struct tcp_ao_getsockopt) == 304, "as <linux/tcp.h>");

/* TCP_AO_REPAIR: initial numbers in the network's order, and what those of now are extended by. */
struct tcp_ao_repair {
	sea_be32 snt_isn, rcv_isn;
	uint32_t snd_sne, rcv_sne;
};
static_assert(sizeof(struct tcp_ao_repair) == 16, "as <linux/tcp.h>");

struct tcp_conn;
struct tcp_md5_peer;

/* As much of it as we know, what a newer program says beyond being nothing; 0, -EINVAL or -E2BIG (ao_sockopt.c). */
int sea_tcp_ao_read(void *to, size_t size, const void *val, socklen_t len);
/* Whose address that is; 0 or -EINVAL: it is none, has a port, or bits behind its prefix (ao_sockopt.c). */
int sea_tcp_ao_take_peer(const struct tcp_conn *c, const struct sockaddr_storage *addr,
			 uint8_t prefix, struct tcp_md5_peer *peer);

#endif
