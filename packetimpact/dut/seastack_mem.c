// SPDX-License-Identifier: Apache-2.0
/* Memory that calls name: looked at by the kernel, which says EFAULT where we would get a signal. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "packetimpact/dut/seastack.h"

#define PAGE 4096u
#define PAGES_AT_ONCE 1024u
#define IOV_MAX_LINUX 1024u

/* One byte of each page from `addr` on; returns how many pages were looked at, 0 for a bad one. */
static size_t pages(uint64_t addr, size_t len, struct iovec *iov)
{
	const uint64_t end = addr + len;
	size_t n = 0;

	for (uint64_t at = addr; at < end && n < PAGES_AT_ONCE; at = (at / PAGE + 1) * PAGE)
		iov[n++] = (struct iovec){ sea_proc_ptr(at), 1 };
	return n;
}

/* Where the kernel does not let a process look at itself so, addresses are believed. */
static bool refused(ssize_t n)
{
	return n < 0 && (errno == ENOSYS || errno == EPERM);
}

static bool touch(uint64_t addr, size_t len, bool write)
{
	struct iovec remote[PAGES_AT_ONCE], local;
	uint8_t bytes[PAGES_AT_ONCE];
	size_t n = pages(addr, len, remote);
	ssize_t got;

	local = (struct iovec){ bytes, n };
	got = process_vm_readv(getpid(), &local, 1, remote, n, 0);
	if (refused(got))
		return true;
	if (got != (ssize_t)n)
		return false;
	return !write || process_vm_writev(getpid(), &local, 1, remote, n, 0) == (ssize_t)n;
}

static bool reachable(uint64_t addr, size_t len, bool write)
{
	const uint64_t end = addr + len;

	if (!len)
		return true;
	if (addr < PAGE || end < addr)
		return false;
	while (addr < end) {
		if (!touch(addr, end - addr, write))
			return false;
		addr = (addr / PAGE + PAGES_AT_ONCE) * PAGE;
	}
	return true;
}

bool sea_proc_readable(uint64_t addr, size_t len)
{
	return reachable(addr, len, false);
}

bool sea_proc_writable(uint64_t addr, size_t len)
{
	return reachable(addr, len, true);
}

static int check_piece(struct iovec *piece, size_t *total, bool write)
{
	if ((ssize_t)piece->iov_len < 0)
		return -EINVAL;
	if (piece->iov_len > SEA_PROC_RW_MAX - *total)
		piece->iov_len = SEA_PROC_RW_MAX - *total;
	*total += piece->iov_len;
	return reachable((uintptr_t)piece->iov_base, piece->iov_len, write) ? 0 : -EFAULT;
}

int sea_proc_iov(struct sea_proc_op *op, uint64_t addr, uint64_t n, bool write)
{
	size_t total = 0;
	int err = 0;

	if (n > IOV_MAX_LINUX)
		return -EINVAL;
	if (!sea_proc_readable(addr, n * sizeof(struct iovec)))
		return -EFAULT;
	op->iov = calloc(n + 1, sizeof(*op->iov));
	if (!op->iov)
		return -ENOMEM;
	if (n)
		memcpy(op->iov, sea_proc_ptr(addr), n * sizeof(*op->iov));
	for (uint64_t i = 0; !err && i < n; i++)
		err = check_piece(&op->iov[i], &total, write);
	op->msg.msg_iov = op->iov;
	op->msg.msg_iovlen = n;
	op->want = total;
	return err;
}

int sea_proc_pin(struct sea_proc *proc, struct sea_proc_op *op)
{
	struct sea_proc_pinned *p = malloc(sizeof(*p) + op->want);
	uint8_t *at;

	if (!p)
		return -ENOBUFS;
	at = p->bytes;
	for (size_t i = 0; i < op->msg.msg_iovlen; i++) {
		if (op->iov[i].iov_len)
			memcpy(at, op->iov[i].iov_base, op->iov[i].iov_len);
		op->iov[i].iov_base = at;
		at += op->iov[i].iov_len;
	}
	p->next = proc->pinned;
	proc->pinned = p;
	return 0;
}

void sea_proc_unpin_all(struct sea_proc *proc)
{
	struct sea_proc_pinned *p;

	while ((p = proc->pinned)) {
		proc->pinned = p->next;
		free(p);
	}
}

int sea_proc_buf(struct sea_proc_op *op, uint64_t addr, uint64_t len, bool write)
{
	struct iovec piece = { sea_proc_ptr(addr), len };

	if ((int64_t)len < 0)
		return -EINVAL;
	return sea_proc_iov(op, (uintptr_t)&piece, 1, write);
}
