// SPDX-License-Identifier: Apache-2.0
/* What configures the device `linux`: sysctls, and programs of this machine run in its namespace. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "packetimpact/dut/linux.h"

/* -- programs in the namespace -- */

static void enter(const struct sea_linux *lx)
{
	sea_snippet_child();
	if (setns(lx->netns, CLONE_NEWNET))
		_exit(126);
}

static int wait_for(struct sea_linux *lx, pid_t pid)
{
	return sea_snippet_wait(&lx->snippets, pid, lx->patience_ms, NULL);
}

int sea_linux_command(struct sea_dut *dut, int argc, char *const argv[], int out_fd, int err_fd)
{
	pid_t pid;

	(void)argc;
	(void)fflush(stdout);
	pid = fork();
	if (!pid) {
		enter(sea_linux_of(dut));
		(void)dup2(out_fd, STDOUT_FILENO);
		(void)dup2(err_fd, STDERR_FILENO);
		(void)execvp(argv[0], argv);
		_exit(127);
	}
	return pid < 0 ? -errno : wait_for(sea_linux_of(dut), pid);
}

static int run_shell(struct sea_dut *dut, const char *text, const char *dir)
{
	char pid_text[16];
	pid_t pid;

	snprintf(pid_text, sizeof(pid_text), "%d", getpid());
	if (setenv("PACKETDRILL_PID", pid_text, 1))
		return -errno;
	(void)fflush(stdout);
	(void)fflush(stderr);
	pid = fork();
	if (!pid) {
		enter(sea_linux_of(dut));
		if (chdir(dir))
			_exit(127);
		/* as sh, which scripts are written for */
		(void)execl("/bin/bash", "sh", "-c", text, (char *)NULL);
		(void)execl("/bin/sh", "sh", "-c", text, (char *)NULL);
		_exit(127);
	}
	return pid < 0 ? -errno : wait_for(sea_linux_of(dut), pid);
}

/* -- tun0 -- */

/* Which congestion control the route to the peer names, now that commands were run. */
static void choose_congctl(struct sea_linux *lx)
{
	char cc[32] = "", text[512];
	const char *want = "cubic";

	if (!lx->first_cc[0] ||
	    sea_linux_sysctl_get(&lx->dut, "net.ipv4.tcp_congestion_control", cc, sizeof(cc)) < 0)
		return;
	if (strcmp(cc, lx->first_cc))
		want = cc;
	if (!strcmp(want, lx->route_cc))
		return;
	snprintf(text, sizeof(text), "PATH=$PATH:/usr/sbin:/sbin ip route replace %s congctl %s",
		 lx->route, want);
	if (!run_shell(&lx->dut, text, "/"))
		snprintf(lx->route_cc, sizeof(lx->route_cc), "%s", want);
}

int sea_linux_shell(struct sea_dut *dut, const char *text, const char *dir)
{
	int status = run_shell(dut, text, dir);

	choose_congctl(sea_linux_of(dut));
	return status;
}

/* The kernel makes an address of IPv6 its own a little later than it takes it, also without looking for others. */
#define WAIT_FOR_ADDRESS                                                        \
	"for tries in $(seq 600); do\n"                                         \
	"ip -6 route show table local | grep -q '^local '\"$mine \" && break\n" \
	"sleep 0.05\n"                                                          \
	"done\n"

/* As packetdrill does it: the gateway is on the link without being there, so it never needs to answer. */
int sea_linux_configure(struct sea_linux *lx, const struct sea_dut_config *config)
{
	char local[SEA_ADDR_TEXT_MAX], remote[SEA_ADDR_TEXT_MAX], gateway[SEA_ADDR_TEXT_MAX];
	const bool v6 = config->local.family == SEA_AF_INET6;
	char text[1024];

	sea_addr_text(&config->local, local);
	sea_addr_text(&config->remote, remote);
	sea_addr_text(&config->gateway, gateway);
	snprintf(lx->route, sizeof(lx->route), "%s/%u %s %s dev tun0", remote,
		 config->remote_prefix_len, config->gateway.family ? "via" : "",
		 config->gateway.family ? gateway : "");
	snprintf(text, sizeof(text),
		 "set -e; export PATH=$PATH:/usr/sbin:/sbin\n"
		 "for k in accept_dad=0 router_solicitations=0 addr_gen_mode=1; do\n"
		 "f=/proc/sys/net/ipv6/conf/tun0/${k%%=*}; ! [ -e $f ] || echo ${k#*=} >$f\n"
		 "done\n"
		 "ip link set lo up; ip link set tun0 mtu %u up\n"
		 "mine=%s\n"
		 "ip addr add $mine/%u dev tun0 %s\n"
		 "%sip route add %s",
		 config->mtu, local, config->prefix_len, v6 ? "nodad" : "",
		 v6 ? WAIT_FOR_ADDRESS : "", lx->route);
	if (run_shell(&lx->dut, text, "/"))
		return -EIO;
	if (sea_linux_sysctl_set(&lx->dut, "net.ipv4.tcp_congestion_control", "cubic") == -EPERM)
		(void)sea_linux_sysctl_get(&lx->dut, "net.ipv4.tcp_congestion_control",
					   lx->first_cc, sizeof(lx->first_cc));
	choose_congctl(lx);
	return 0;
}

int sea_linux_offload(struct sea_dut *dut, const char *name, bool on)
{
	char *const argv[] = { (char[]){ "ethtool" },
			       (char[]){ "-K" },
			       (char[]){ "tun0" },
			       (char *)(uintptr_t)name,
			       on ? (char[]){ "on" } : (char[]){ "off" },
			       NULL };
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int status = sea_linux_command(dut, 5, argv, null, null);

	(void)close(null);
	return status ? -EOPNOTSUPP : 0;
}

/* -- sysctls: /proc/sys/net is that of whoever opens it -- */

static int open_sysctl(struct sea_linux *lx, const char *name, int flags)
{
	int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), fd = -EPERM;
	const bool slashes = strcspn(name, "/") < strcspn(name, ".");
	char path[PATH_MAX];
	size_t n = (size_t)snprintf(path, sizeof(path), "/proc/sys/%s", name);

	for (size_t i = 10; !slashes && i < n && i < sizeof(path); i++)
		path[i] = (char)(path[i] == '.' ? '/' : path[i] == '/' ? '.' : path[i]);
	if (home >= 0 && !setns(lx->netns, CLONE_NEWNET)) {
		fd = open(path, flags | O_CLOEXEC);
		fd = fd < 0 ? -errno : fd;
		if (setns(home, CLONE_NEWNET))
			abort();
	}
	if (home >= 0)
		(void)close(home);
	return fd;
}

int sea_linux_sysctl_get(struct sea_dut *dut, const char *name, char *text, size_t len)
{
	int fd = open_sysctl(sea_linux_of(dut), name, O_RDONLY), err;
	char value[4096];
	ssize_t n;

	if (fd < 0)
		return fd;
	n = read(fd, value, sizeof(value) - 1);
	err = n < 0 ? -errno : 0;
	(void)close(fd);
	if (err)
		return err;
	while (n && value[n - 1] == '\n')
		n--;
	value[n] = 0;
	snprintf(text, len, "%s", value);
	return (int)n;
}

int sea_linux_sysctl_set(struct sea_dut *dut, const char *name, const char *text)
{
	int fd = open_sysctl(sea_linux_of(dut), name, O_WRONLY), err;

	if (fd < 0)
		return fd;
	err = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	(void)close(fd);
	return err;
}

bool sea_linux_sysctl_next(struct sea_dut *dut, char name[SEA_SYSCTL_NAME_MAX])
{
	(void)dut;
	(void)name;
	return false;
}
