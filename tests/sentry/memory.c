/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sentry/conform.h"

#define PAGE 4096
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

/* 0, or -1 with errno: where it came to lie differs from run to run. */
static int mapped(void *at)
{
	return at == MAP_FAILED ? -1 : 0;
}

static void mappings(void)
{
	char *at = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0);

	section("mmap");
	SHOW(mapped(at));
	SHOW(mapped(mmap(NULL, 0, RW, ANON, -1, 0)));
	SHOW(mapped(mmap(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0)));
	SHOW(mapped(mmap(NULL, PAGE, RW, MAP_PRIVATE, -1, 0)));
	SHOW(mapped(mmap(at + 1, PAGE, RW, ANON | MAP_FIXED, -1, 0)));
	SHOW(mapped(mmap(NULL, PAGE, RW, ANON, -1, 1)));
	SHOW(mapped(mmap(NULL, 1ul << 50, RW, ANON, -1, 0)));
	SHOW(mapped(mmap(at, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0)));
	SHOW(at[5]);
	at[5] = 1, at[PAGE] = 2;
	SHOW(mprotect(at + PAGE, PAGE, PROT_READ));
	SHOW(at[PAGE]);
	SHOW(mprotect(at + 1, PAGE, PROT_READ));
	SHOW(mprotect(at, 0, PROT_READ));
	SHOW(mprotect(at, PAGE, 0x100));
	SHOW(munmap(at + 2 * PAGE, PAGE));
	SHOW(mprotect(at, 4 * PAGE, RW));
	SHOW(munmap(at + 1, PAGE));
	SHOW(munmap(at, 0));
	SHOW(munmap(at + 2 * PAGE, PAGE));
	SHOW(madvise(at, PAGE, MADV_DONTNEED));
	SHOW(at[5]);
	SHOW(madvise(at, PAGE, 12345));
	SHOW(madvise(at, 4 * PAGE, MADV_WILLNEED));
	SHOW(msync(at, PAGE, MS_SYNC));
	SHOW(msync(at, PAGE, MS_SYNC | MS_ASYNC));
	SHOW(msync(at + 2 * PAGE, PAGE, MS_SYNC));
	at[7] = 9;
	at = mremap(at, PAGE, 20 * PAGE, MREMAP_MAYMOVE);
	SHOW(mapped(at));
	SHOW(at[7]);
	SHOW(at[19 * PAGE]);
	SHOW(mapped(mremap(at, 20 * PAGE, 30 * PAGE, 0x80)));
	SHOW(mapped(mremap(at, 20 * PAGE, 0, 0)));
	SHOW(mapped(mremap(at + 1, PAGE, PAGE, 0)));
	SHOW(munmap(at, 20 * PAGE));
	SHOW(mapped(mremap(at, PAGE, 2 * PAGE, MREMAP_MAYMOVE)));
}

static void files(void)
{
	int fd = open("map", O_RDWR | O_CREAT | O_TRUNC, 0600), ro;
	char *shared, *private, byte;

	section("file mapping");
	SHOW(ftruncate(fd, PAGE + 100));
	SHOW(pwrite(fd, "abc", 3, 0));
	shared = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, fd, 0);
	private = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE, fd, 0);
	SHOW(mapped(shared));
	SHOW(mapped(private));
	SHOW(shared[1]);
	SHOW(private[1]);
	shared[0] = 'X', private[2] = 'Y';
	SHOW(pread(fd, &byte, 1, 0));
	SHOW(byte);
	SHOW(pread(fd, &byte, 1, 2));
	SHOW(byte);
	SHOW(private[0]);
	SHOW(shared[2]);
	SHOW(shared[PAGE + 200]);
	ro = open("map", O_RDONLY);
	SHOW(mapped(mmap(NULL, PAGE, RW, MAP_SHARED, ro, 0)));
	SHOW(mapped(mmap(NULL, PAGE, RW, MAP_PRIVATE, ro, 0)));
	shared = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, ro, 0);
	SHOW(mprotect(shared, PAGE, RW));
	close(ro);
	ro = open("map", O_WRONLY);
	SHOW(mapped(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, ro, 0)));
	close(ro);
	SHOW(close(fd));
	SHOW(shared[0]);
	SHOW(unlink("map"));
}

static void across_fork(void)
{
	int *shared = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	static int private = 1;
	int status;

	section("fork memory");
	*shared = 1;
	if (!fork()) {
		private = 2;
		*shared += 10;
		_exit(private);
	}
	SHOW(wait(&status) > 0);
	SHOW(WEXITSTATUS(status));
	SHOW(private);
	SHOW(*shared);
	SHOW(munmap(shared, PAGE));
}

static void heap(void)
{
	char *end = sbrk(0);

	section("brk");
	SHOW(brk(end + 100000));
	end[99999] = 5;
	SHOW((char *)sbrk(0) - end);
	SHOW(brk(end));
	SHOW((char *)sbrk(0) - end);
	SHOW(brk((void *)~0xffful));
}

void conform_memory(void)
{
	mappings();
	files();
	across_fork();
	heap();
}
