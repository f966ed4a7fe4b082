/* SPDX-License-Identifier: Apache-2.0 */
/* ELF files. Whoever made one may mean harm: every number of it is checked before it is used. */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "sentry-glue/kernel/kernel.h"
#include "sentry-glue/loader/loader.h"
#include "sentry-glue/mm/patch.h"
#include "sentry-glue/vfs/node.h"

#define PHDRS_MAX 64
/* Where programs that may lie anywhere do, but for the random part. */
#define PIE_BASE 0x555555554000ull
#define NEAR_BITS 16 /* of its random part, in pages, where it lies among libraries */

static int refuse(struct sea_task *task, const char *why)
{
	task->kernel->why = why;
	return -ENOEXEC;
}

static int read_headers(struct sea_task *task, struct sea_node *node, Elf64_Ehdr *eh,
			Elf64_Phdr *ph)
{
	if (sea_data_read(node, eh, sizeof(*eh), 0) != sizeof(*eh) ||
	    memcmp(eh->e_ident, ELFMAG, SELFMAG))
		return refuse(task, "it is no program that can be run: not ELF, and no #! line");
	if (eh->e_ident[EI_CLASS] != ELFCLASS64 || eh->e_machine != EM_X86_64)
		return refuse(task, "it is a program for another architecture; only x86-64 runs");
	if ((eh->e_type != ET_EXEC && eh->e_type != ET_DYN) || eh->e_phnum > PHDRS_MAX ||
	    !eh->e_phnum || eh->e_phentsize != sizeof(*ph))
		return refuse(task, "it is an ELF file that is not a program");
	if (sea_data_read(node, ph, eh->e_phnum * sizeof(*ph), eh->e_phoff) !=
	    (int64_t)(eh->e_phnum * sizeof(*ph)))
		return refuse(task, "its program headers are cut off");
	return 0;
}

/* The range of all segments. */
static int extent(struct sea_task *task, const Elf64_Ehdr *eh, const Elf64_Phdr *ph, uint64_t *low,
		  uint64_t *high)
{
	*low = ~0ull;
	*high = 0;
	for (int i = 0; i < eh->e_phnum; i++) {
		if (ph[i].p_type != PT_LOAD)
			continue;
		if (ph[i].p_filesz > ph[i].p_memsz || ph[i].p_vaddr >= SEA_GUEST_TOP ||
		    ph[i].p_memsz > SEA_GUEST_TOP - ph[i].p_vaddr ||
		    (ph[i].p_vaddr - ph[i].p_offset) & SEA_PAGE_MASK ||
		    ph[i].p_offset + ph[i].p_filesz < ph[i].p_offset)
			return refuse(task, "a segment of it makes no sense");
		if (SEA_PAGE_DOWN(ph[i].p_vaddr) < *low)
			*low = SEA_PAGE_DOWN(ph[i].p_vaddr);
		if (ph[i].p_vaddr + ph[i].p_memsz > *high)
			*high = ph[i].p_vaddr + ph[i].p_memsz;
	}
	return *high ? 0 : refuse(task, "it has nothing to load");
}

static uint64_t random_pages(unsigned int bits)
{
	uint64_t r = 0;

	if (getrandom(&r, sizeof(r), 0) != sizeof(r))
		return 0;
	return (r & ((1ull << bits) - 1)) * SEA_PAGE;
}

/* What is added to each address: 0 for programs that say where they want to be. */
static int64_t bias_of(struct sea_mm *mm, const Elf64_Ehdr *eh, uint64_t low, uint64_t high,
		       int is_interpreter)
{
	uint64_t len = SEA_PAGE_UP(high) - low, top = mm->top, at;

	if (eh->e_type == ET_EXEC)
		return 0;
	/* Among the libraries, where its system calls reach bridges (mm/patch.h), or by itself. */
	if (!is_interpreter && !sea_patch_able(mm))
		return (int64_t)(PIE_BASE + random_pages(28) - low);
	if (!is_interpreter)
		top -= random_pages(NEAR_BITS);
	at = sea_vma_gap(&mm->vmas, SEA_MM_BOTTOM, top, len);
	return at ? (int64_t)(at - low) : -ENOMEM;
}

/* Above the program, or, where the libraries would be in its way, where that would be else. */
static uint64_t heap_of(const struct sea_mm *mm, uint64_t end)
{
	if (end > PIE_BASE && sea_patch_able(mm))
		return PIE_BASE + random_pages(28);
	return SEA_PAGE_UP(end) + (1ull << 20);
}

static int prot_of(uint32_t flags)
{
	return (flags & PF_R ? PROT_READ : 0) | (flags & PF_W ? PROT_WRITE : 0) |
	       (flags & PF_X ? PROT_EXEC : 0);
}

/* Zeros from the end of what the file has to the end of the segment. */
static int map_zeros(struct sea_mm *mm, uint64_t from, uint64_t to, int prot)
{
	static const uint8_t zeros[SEA_PAGE];
	struct sea_mmap how = { .addr = SEA_PAGE_UP(from),
				.len = SEA_PAGE_UP(to) - SEA_PAGE_UP(from),
				.prot = prot,
				.prot_max = PROT_READ | PROT_WRITE | PROT_EXEC,
				.flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED };
	int64_t got = 0;

	if (how.len)
		got = sea_mm_mmap(mm, NULL, &how);
	if (got < 0)
		return (int)got;
	/* What the page has of the file behind the segment; a page that cannot be written has none
	 * that anyone could miss. */
	if (from & SEA_PAGE_MASK && prot & PROT_WRITE)
		return sea_mm_write(mm, NULL, from, zeros, SEA_PAGE_UP(from) - from);
	return 0;
}

static int map_segment(struct sea_mm *mm, struct sea_node *node, const Elf64_Phdr *ph,
		       uint64_t bias)
{
	uint64_t start = SEA_PAGE_DOWN(ph->p_vaddr) + bias, file_end, end;
	struct sea_mmap how = { .addr = start,
				.prot = prot_of(ph->p_flags),
				.prot_max = PROT_READ | PROT_WRITE | PROT_EXEC,
				.flags = MAP_PRIVATE | MAP_FIXED,
				.object = &node->object,
				.offset = SEA_PAGE_DOWN(ph->p_offset) };
	int64_t got = 0;

	file_end = ph->p_vaddr + bias + ph->p_filesz;
	end = ph->p_vaddr + bias + ph->p_memsz;
	how.len = SEA_PAGE_UP(file_end) - start;
	if (!ph->p_filesz)
		file_end = start;
	else
		got = sea_mm_mmap(mm, NULL, &how);
	if (got < 0)
		return (int)got;
	return end > file_end ? map_zeros(mm, file_end, end, how.prot) : 0;
}

static int note_interpreter(struct sea_task *task, struct sea_node *node, const Elf64_Phdr *ph,
			    struct sea_image *image)
{
	uint64_t n = ph->p_filesz;

	if (n < 2 || n > sizeof(image->interpreter) ||
	    sea_data_read(node, image->interpreter, n, ph->p_offset) != (int64_t)n ||
	    image->interpreter[n - 1])
		return refuse(task, "the name of its interpreter makes no sense");
	return 0;
}

int sea_elf_load(struct sea_task *task, struct sea_mm *mm, struct sea_node *node,
		 struct sea_image *image, int is_interpreter)
{
	uint64_t low, high;
	int64_t bias;
	Elf64_Ehdr eh;
	Elf64_Phdr ph[PHDRS_MAX];
	int err = read_headers(task, node, &eh, ph);

	memset(image, 0, sizeof(*image));
	if (!err)
		err = extent(task, &eh, ph, &low, &high);
	if (err)
		return err;
	bias = bias_of(mm, &eh, low, high, is_interpreter);
	if (bias < 0 && bias > -4096)
		return (int)bias;
	if (high + (uint64_t)bias > SEA_GUEST_TOP)
		return refuse(task, "a segment of it makes no sense");
	for (int i = 0; i < eh.e_phnum && !err; i++) {
		if (ph[i].p_type == PT_LOAD)
			err = map_segment(mm, node, &ph[i], (uint64_t)bias);
		else if (ph[i].p_type == PT_INTERP && !is_interpreter)
			err = note_interpreter(task, node, &ph[i], image);
		if (ph[i].p_type == PT_LOAD && eh.e_phoff >= ph[i].p_offset &&
		    eh.e_phoff - ph[i].p_offset < ph[i].p_filesz)
			image->phdr = ph[i].p_vaddr + (uint64_t)bias + eh.e_phoff - ph[i].p_offset;
	}
	image->entry = image->program = eh.e_entry + (uint64_t)bias;
	image->base = is_interpreter ? low + (uint64_t)bias : 0;
	image->phnum = eh.e_phnum;
	image->heap = heap_of(mm, high + (uint64_t)bias);
	return err;
}
