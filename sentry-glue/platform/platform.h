/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The platform seam: how guest code runs, and how its memory comes to be mapped.
 *
 * A *vcpu* is one guest thread's place to run: a host task in a *stub* process, which holds nothing
 * but the guest's mappings and one page of ours. Vcpus that sprang from each other share their
 * mappings. All memory that is ever mapped is a range of the one memory file.
 *
 * One host thread owns a vcpu, from start() or attach() on: it alone may call what takes a vcpu,
 * but for kick(), which any thread may. Between two calls of run() the guest stands still, and
 * map() and unmap() act at once, for every vcpu that shares the mappings.
 *
 * Calls give 0 or -errno. -ESRCH says that the host took the stub away (it was killed, or memory
 * ran out): the sandbox cannot go on.
 */
#ifndef SEA_SENTRY_PLATFORM_PLATFORM_H
#define SEA_SENTRY_PLATFORM_PLATFORM_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/user.h>

#include <seastack/compiler.h>

/* Guests own the addresses from 0 up to this one; what is above is the stub's. */
#define SEA_GUEST_TOP 0x7fffe0000000ull

struct sea_vcpu;
struct sea_platform;
struct sea_trap;

enum sea_stop {
	SEA_STOP_SYSCALL, /* regs.orig_rax is its number; rax, rcx and r11 are as Linux has them   */
	SEA_STOP_SIGNAL, /* an instruction raised `info`: SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP */
	SEA_STOP_KICKED, /* kick() was called; may come once more than it was called             */
};

struct sea_event {
	enum sea_stop why;
	bool bridged; /* a system call that came over a bridge */
	siginfo_t info;
};

/* CPU time in ns since the vcpu began. */
struct sea_ran {
	int64_t guest;   /* the guest's code; exact in the sum over a stub (meter.h) */
	int64_t watched; /* of the owner's time: it only watched the guest            */
};

/*
 * A bridge: code of the stub's that does what a system call instruction of the guest's and the few
 * bytes after it do, but stops there without a signal. A jump to it takes their place.
 */
struct sea_bridge {
	uint64_t at;      /* where guests have it                        */
	uint64_t from;    /* where the jump goes: there, or to an island (mm/island.c) */
	uint64_t site;    /* the system call instruction, of two bytes   */
	uint8_t after[8]; /* the instructions behind that it does too ... */
	uint8_t len;      /* ... and their bytes                         */
	bool live;        /* the jump to it is there                     */
	bool gone;        /* there is to be none any more                */
};

/* Bridges are within reach of what lies below SEA_GUEST_TOP. */
#define SEA_BRIDGES (SEA_GUEST_TOP + 0x10010000)
#define SEA_BRIDGES_END (SEA_GUEST_TOP + 0x1fff0000)
#define SEA_BRIDGE_SIZE 128u

struct sea_platform_ops {
	const char *name;

	/* Either may be NULL. Both are called by the thread that lives longest. */
	int (*init)(struct sea_platform *platform);
	void (*fini)(struct sea_platform *platform);

	/* A stub without mappings and its first vcpu, owned by the caller. */
	int (*start)(struct sea_platform *platform, struct sea_vcpu **vcpu);
	/* One more vcpu with `from`'s mappings. Nobody owns it before attach(). */
	int (*spawn)(struct sea_vcpu *from, struct sea_vcpu **vcpu);
	int (*attach)(struct sea_vcpu *vcpu);
	/* Ends it, and with the last of its stub the stub. Also for one that was never attached. */
	void (*stop)(struct sea_vcpu *vcpu);

	/* Runs the guest with exactly these registers until it stops, and gives those it then has. */
	int (*run)(struct sea_vcpu *vcpu, struct user_regs_struct *regs, struct sea_event *event);
	void (*kick)(struct sea_vcpu *vcpu);

	void (*ran)(struct sea_vcpu *vcpu, struct sea_ran *ran);

	/* Pages: addr, len and offset are multiples of 4096 below SEA_GUEST_TOP; prot is PROT_*. */
	int (*map)(struct sea_vcpu *vcpu, uint64_t addr, uint64_t len, int prot, uint64_t offset);
	int (*unmap)(struct sea_vcpu *vcpu, uint64_t addr, uint64_t len);

	/* Of platforms with bridges: its bytes, at most SEA_BRIDGE_SIZE of them. */
	void (*bridge_put)(const struct sea_bridge *bridge, uint8_t *to);
	/* The address in it of what stands behind the call. */
	uint64_t (*bridge_behind)(const struct sea_bridge *bridge);
	/* A stop inside the bridge becomes one that the guest's own code could have made. `rsp` is
	 * what run() was given. */
	void (*bridge_leave)(const struct sea_bridge *bridge, struct user_regs_struct *regs,
			     struct sea_event *event, uint64_t rsp);

	/* The extended state (x87, SSE, AVX, ...) in the XSAVE standard format. */
	int (*xstate_get)(struct sea_vcpu *vcpu, void *area, size_t size);
	int (*xstate_set)(struct sea_vcpu *vcpu, const void *area, size_t size);
};

/* The host's vDSO (vdso.h). */
#define SEA_VDSO_AREAS 4u

struct sea_vdso {
	unsigned int n; /* 0: there is none, or it is not as we know it */
	struct sea_vdso_area {
		uint64_t from, to, len; /* here; for guests; bytes */
		char name[16];
	} area[SEA_VDSO_AREAS]; /* from the lowest; they keep their distances */
	uint64_t len;           /* of all */
	uint64_t header;        /* of the image, for guests: AT_SYSINFO_EHDR */
};

struct sea_platform {
	const struct sea_platform_ops *ops;
	int memfd;             /* what map() maps; borrowed */
	int stubfd;            /* the stub's page           */
	bool bridges;          /* it has them on this machine */
	struct sea_trap *trap; /* of that platform            */
	struct sea_vdso vdso;  /* that guests have            */
	int64_t began;         /* CLOCK_MONOTONIC, ns ...     */
	uint64_t began_cycles; /* ... and the same in cycles  */
};

extern const struct sea_platform_ops sea_platform_ptrace;
extern const struct sea_platform_ops sea_platform_trap;

/* `vdso` is what guests get of it; NULL: none. -ENOSYS, -EPERM: this machine does not allow it. */
SEA_MUST_USE int sea_platform_init(struct sea_platform *platform,
				   const struct sea_platform_ops *ops, int memfd,
				   const struct sea_vdso *vdso);
void sea_platform_fini(struct sea_platform *platform);

/* Bytes of the extended state on this machine (xstate.h); at most SEA_XSTATE_MAX. */
#define SEA_XSTATE_MAX 16384u
size_t sea_xstate_size(void);

#endif
