/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nc(1) in small, to be linked statically: "ADDRESS PORT" or "-l PORT". What comes in on standard input goes to the peer,
 * what the peer says to standard output; each direction ends by itself.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int die(void)
{
	exit(1);
}

static int connected(const char *address, const char *port)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	struct sockaddr_in name = { .sin_family = AF_INET,
				    .sin_port = htons((uint16_t)atoi(port)) };

	if (address) {
		if (inet_pton(AF_INET, address, &name.sin_addr) != 1 ||
		    connect(fd, (struct sockaddr *)&name, sizeof(name)))
			die();
		return fd;
	}
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&name, sizeof(name)) || listen(fd, 1))
		die();
	return accept(fd, NULL, NULL);
}

/* False at the end. */
static int pass(int from, int to)
{
	char bytes[16384];
	ssize_t n = read(from, bytes, sizeof(bytes)), done = 0;

	while (n > 0 && done < n) {
		ssize_t m = write(to, bytes + done, (size_t)(n - done));

		if (m < 0)
			die();
		done += m;
	}
	if (n < 0)
		die();
	return n > 0;
}

int main(int argc, char **argv)
{
	struct pollfd ends[2] = { { .fd = 0, .events = POLLIN }, { .events = POLLIN } };
	int peer;

	if (argc != 3)
		die();
	peer = connected(strcmp(argv[1], "-l") ? argv[1] : NULL, argv[2]);
	ends[1].fd = peer;
	while (ends[0].fd >= 0 || ends[1].fd >= 0) {
		if (poll(ends, 2, -1) < 0)
			die();
		if (ends[0].fd >= 0 && ends[0].revents && !pass(0, peer)) {
			shutdown(peer, SHUT_WR);
			ends[0].fd = -1;
		}
		if (ends[1].fd >= 0 && ends[1].revents && !pass(peer, 1))
			ends[1].fd = -1;
	}
	return 0;
}
