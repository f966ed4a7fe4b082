// SPDX-License-Identifier: Apache-2.0
/* What a snippet finds in /proc/net: the device's TCP sockets, as Linux prints them. */
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include <seastack/socket.h>

#include "packetimpact/dut/seastack.h"

/* Addresses stand there as words of this machine's order. */
static void put_end(FILE *to, const struct sockaddr_storage *end, bool v6)
{
	uint32_t words[4] = { 0 };
	uint16_t port = 0;

	if (v6 && end->ss_family == AF_INET6) {
		memcpy(words, &((const struct sockaddr_in6 *)end)->sin6_addr, 16);
		port = ntohs(((const struct sockaddr_in6 *)end)->sin6_port);
	} else if (!v6 && end->ss_family == AF_INET) {
		memcpy(words, &((const struct sockaddr_in *)end)->sin_addr, 4);
		port = ntohs(((const struct sockaddr_in *)end)->sin_port);
	}
	for (unsigned i = 0; i < (v6 ? 4u : 1u); i++)
		fprintf(to, "%08" PRIX32, words[i]);
	fprintf(to, ":%04X ", port);
}

/* A listener's queue counts what waits, and no room. Timers, owner and inode are none of this device's. */
static void put_socket(FILE *to, unsigned number, const struct sea_socket_info *info, bool v6)
{
	const uint32_t room = info->state == TCP_LISTEN ? 0 : info->tx_bytes;

	fprintf(to, "%4u: ", number);
	put_end(to, &info->local, v6);
	put_end(to, &info->peer, v6);
	fprintf(to, "%02X %08" PRIX32 ":%08" PRIX32 " 00:00000000 00000000     0        0 0\n",
		(unsigned)info->state, room, info->rx_bytes);
}

static void write_file(struct sea_proc *proc, const char *folder, bool v6)
{
	struct sea_socket_info info = { .size = sizeof(info) };
	uint64_t cursor = 0;
	unsigned n = 0;
	char path[128];
	FILE *to;

	snprintf(path, sizeof(path), "%s/tcp%s", folder, v6 ? "6" : "");
	to = fopen(path, "we");
	if (!to)
		return;
	fprintf(to,
		v6 ? "  sl  local_address                         remote_address                        "
		     "st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
		   : "  sl  local_address rem_address   "
		     "st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n");
	/* What is not bound or connected is not listed. */
	while (sea_socket_next(proc->stack, &cursor, &info))
		if (info.type == SOCK_STREAM && info.state != TCP_CLOSE &&
		    info.domain == (v6 ? AF_INET6 : AF_INET))
			put_socket(to, n++, &info, v6);
	(void)fclose(to);
}

void sea_proc_net_write(struct sea_dut *dut, const char *folder)
{
	struct sea_proc *proc = (struct sea_proc *)dut;

	write_file(proc, folder, false);
	write_file(proc, folder, true);
}
