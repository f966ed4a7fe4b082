/* SPDX-License-Identifier: Apache-2.0 */
#include "sentry-glue/platform/stub.h"
#include "sentry-glue/platform/meter.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sentry-glue/platform/trap.h"

/*
 * In assembler, since the child has no stack of its own that it might use: no return, no sanitizer,
 * no handler of the C library. 56 is clone, 34 is pause.
 */
long sea_stub_clone(void);
extern const char sea_stub_site[];

asm(".pushsection .text\n"
    ".globl sea_stub_clone, sea_stub_site\n"
    ".hidden sea_stub_clone, sea_stub_site\n"
    ".type sea_stub_clone, @function\n"
    "sea_stub_clone:\n"
    "	mov $56, %eax\n"
    "	xor %edi, %edi\n"
    "	xor %esi, %esi\n"
    "	xor %edx, %edx\n"
    "	xor %r10d, %r10d\n"
    "	xor %r8d, %r8d\n"
    "	syscall\n"
    "	test %rax, %rax\n"
    "	jz 1f\n"
    "	ret\n"
    "1:	mov $34, %eax\n"
    "	syscall\n"
    "	jmp 1b\n"
    "sea_stub_site:\n"
    "	syscall\n"
    "	int3\n"
    ".size sea_stub_clone, . - sea_stub_clone\n"
    ".popsection\n");

/* The page: SEA_STUB_CALL at 0, SEA_STUB_SPAWN at 16; the gaps are int3. */
static const uint8_t call_code[] = { 0x0f, 0x05, /* syscall */ 0xcc /* int3 */ };
static const uint8_t spawn_code[] = {
	0x0f, 0x05,                   /* syscall                  */
	0x85, 0xc0,                   /* test %eax, %eax          */
	0x74, 0x01,                   /* jz child                 */
	0xcc,                         /* int3                     */
	0xb8, 0x22, 0x00, 0x00, 0x00, /* child: mov $34, %eax     */
	0x0f, 0x05,                   /* syscall: pause           */
	0xeb, 0xf7,                   /* jmp child                */
};

int sea_stub_page_new(void)
{
	uint8_t page[4096];
	int fd = memfd_create("seastack-stub", MFD_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	memset(page, 0xcc, sizeof(page));
	memcpy(page, call_code, sizeof(call_code));
	memcpy(page + (SEA_STUB_SPAWN - SEA_STUB_CALL), spawn_code, sizeof(spawn_code));
	sea_trap_code_put(page);
	if (write(fd, page, sizeof(page)) == sizeof(page))
		return fd;
	err = errno ? -errno : -EIO;
	close(fd);
	return err;
}

pid_t sea_stub_fork(void)
{
	return (pid_t)sea_stub_clone();
}

uint64_t sea_stub_fork_site(void)
{
	return (uint64_t)(uintptr_t)sea_stub_site;
}

uint64_t sea_stub_rseq(uint64_t fs_base)
{
	return __rseq_size ? fs_base + (uint64_t)__rseq_offset : 0;
}

int sea_platform_init(struct sea_platform *platform, const struct sea_platform_ops *ops, int memfd,
		      const struct sea_vdso *vdso)
{
	int fd = sea_stub_page_new(), err;

	if (fd < 0)
		return fd;
	*platform = (struct sea_platform){ .ops = ops, .memfd = memfd, .stubfd = fd };
	sea_meter_init(platform);
	if (vdso)
		platform->vdso = *vdso;
	err = ops->init ? ops->init(platform) : 0;
	if (err)
		close(fd);
	return err;
}

void sea_platform_fini(struct sea_platform *platform)
{
	if (platform->ops->fini)
		platform->ops->fini(platform);
	close(platform->stubfd);
}
