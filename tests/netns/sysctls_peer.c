/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every sysctl that the kernel and our registry both have: what it is when a network namespace, or a stack, is new,
 * and what comes of writing each of many texts: the result, and what is read afterwards. What is meant to differ is
 * listed with the reason (sysctls_meant.def), and the list is wrong when it does not differ. So is what only the kernel has.
 *
 *	sysctls_peer [-v]      (in a network namespace of its own; -v: every difference)
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/netns/world.h"

#define TEXT_MAX 1200

static const char *const texts[] = {
	/* around every limit that any of them has, and beyond what an integer holds */
	"-2147483649",
	"-2147483648",
	"-1000",
	"-32",
	"-31",
	"-3",
	"-2",
	"-1",
	"0",
	"1",
	"2",
	"3",
	"4",
	"5",
	"6",
	"7",
	"8",
	"9",
	"15",
	"16",
	"30",
	"31",
	"32",
	"47",
	"48",
	"49",
	"63",
	"64",
	"126",
	"127",
	"128",
	"254",
	"255",
	"256",
	"999",
	"1000",
	"1001",
	"1279",
	"1280",
	"2303",
	"2304",
	"4607",
	"4608",
	"32767",
	"32768",
	"65534",
	"65535",
	"65536",
	"86400",
	"119999",
	"120000",
	"120001",
	"1048576",
	"2147483",
	"2147484",
	"4294967",
	"4294968",
	"8589934",
	"2147483646",
	"2147483647",
	"2147483648",
	"4294967295",
	"4294967296",
	"99999999999999999999",
	/* how numbers are written */
	"",
	"\n",
	" ",
	" 7",
	"7 ",
	"7\n",
	"\n",
	"\t7\t\n",
	"+7",
	"--7",
	"- 7",
	"7-",
	"0x7",
	"0x",
	"07",
	"08",
	"7x",
	"x",
	"7 x",
	"7,8",
	"7.5",
	"1e3",
	/* more of them */
	"7 8",
	"7 8 9",
	"7 8 9 10",
	"9 8 7",
	"5000 6000",
	"6000 5000",
	"4096 8192 16384",
	"4096\t8192\n",
	"-1 8 9",
	"7 -1",
	"0 0 0",
	/* words */
	"reno",
	"cubic",
	"vegas",
	"cubic reno",
	"1-3",
	"1-3,7",
	"3-1",
	"80",
	"::1",
};

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* What differs, by name or by a pattern that names fit, and why. */
static struct meant {
	const char *pattern, *reason;
	bool differed; /* or it need not: it depends on the machine */
} meant[] = {
#define MEANT(pattern, reason) { pattern, reason, false },
#define MAY(pattern, reason) { pattern, reason, true },
#define LACKS(pattern, reason)
#include "tests/netns/sysctls_meant.def"
#undef LACKS
#undef MAY
#undef MEANT
};

/* What only the kernel has, likewise. */
static const struct {
	const char *pattern, *reason;
} lacks[] = {
#define MEANT(pattern, reason)
#define MAY(pattern, reason)
#define LACKS(pattern, reason) { pattern, reason },
#include "tests/netns/sysctls_meant.def"
#undef LACKS
#undef MAY
#undef MEANT
};

static bool verbose;
static struct world the_stack;
static unsigned names, writes, differing;

static void path_of(const char *name, char path[PATH_MAX])
{
	int n = snprintf(path, PATH_MAX, "/proc/sys/%s", name);

	for (char *at = path + sizeof("/proc/sys/") - 1; at < path + n; at++)
		*at = *at == '.' ? '/' : *at == '/' ? '.' : *at;
}

/* Its length without the end of the line, or -errno. */
static int kernel_read(const char *path, char text[TEXT_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, TEXT_MAX - 1);
	int err = errno;

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return -err;
	text[n] = 0;
	text[strcspn(text, "\n")] = 0;
	return (int)strlen(text);
}

/* What may not be written at all is not even opened. */
static int kernel_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));
	int err = fd < 0 ? EPERM : errno;

	if (fd >= 0)
		close(fd);
	return n < 0 ? -err : 0;
}

static int our_read(struct world *w, const char *name, char text[TEXT_MAX])
{
	int n = sea_sysctl_get(w->stack, name, text, TEXT_MAX);

	if (n >= 0)
		text[strcspn(text, "\n")] = 0;
	return n;
}

static const char *shown(const char *text)
{
	static char all[2][64];
	static unsigned turn;
	size_t n = 0;

	turn ^= 1;
	for (; *text && n < sizeof(all[0]) - 3; text++) {
		if (*text == '\n' || *text == '\t') {
			all[turn][n++] = '\\';
			all[turn][n++] = *text == '\n' ? 'n' : 't';
		} else {
			all[turn][n++] = *text;
		}
	}
	all[turn][n] = 0;
	return all[turn];
}

/* What one name says before and after a text was written. */
struct answer {
	int written, got;
	char text[TEXT_MAX];
};

static bool same(const struct answer *a, const struct answer *b)
{
	if (a->written != b->written || (a->got < 0) != (b->got < 0))
		return false;
	return a->got < 0 ? a->got == b->got : !strcmp(a->text, b->text);
}

static void say(const char *name, const char *text, const struct answer *kernel,
		const struct answer *ours)
{
	printf("# %s <- \"%s\": kernel %d, \"%s\"", name, shown(text), kernel->written,
	       shown(kernel->got < 0 ? strerror(-kernel->got) : kernel->text));
	printf("; ours %d, \"%s\"\n", ours->written,
	       shown(ours->got < 0 ? strerror(-ours->got) : ours->text));
}

static void ask(struct world *w, const char *name, const char *path, struct answer *kernel,
		struct answer *ours)
{
	kernel->got = kernel_read(path, kernel->text);
	ours->got = our_read(w, name, ours->text);
}

/* Writes in both worlds, then what was there before; true: the same came of it. */
static bool try_text(struct world *w, const char *name, const char *path, const char *text)
{
	struct answer kernel = { 0 }, ours = { 0 }, before = { 0 }, was = { 0 };
	bool agreed;

	ask(w, name, path, &before, &was);
	kernel.written = kernel_write(path, text);
	ours.written = sea_sysctl_set(w->stack, name, text, w->now);
	ask(w, name, path, &kernel, &ours);
	/* What is as it was is only compared where it was the same. */
	agreed = same(&before, &was) ? same(&kernel, &ours) : kernel.written == ours.written;
	if (!agreed && verbose)
		say(name, text, &kernel, &ours);
	(void)kernel_write(path, *before.text ? before.text : "\n");
	(void)!sea_sysctl_set(w->stack, name, was.text, w->now);
	writes++;
	return agreed;
}

/* How many answers differ. */
static unsigned try_name(struct world *w, const char *name, const char *path)
{
	struct answer kernel = { 0 }, ours = { 0 };
	unsigned bad;

	ask(w, name, path, &kernel, &ours);
	bad = !same(&kernel, &ours);
	if (bad && verbose)
		say(name, "(new)", &kernel, &ours);
	for (size_t i = 0; i < N(texts); i++)
		bad += !try_text(w, name, path, texts[i]);
	names++;
	return bad;
}

static struct meant *meant_of(const char *name)
{
	for (size_t i = 0; i < N(meant); i++)
		if (!fnmatch(meant[i].pattern, name, 0))
			return &meant[i];
	return NULL;
}

/* True: as it is meant. */
static bool judge(struct world *w, const char *name)
{
	struct meant *m = meant_of(name);
	char path[PATH_MAX];
	unsigned bad;

	path_of(name, path);
	if (access(path, F_OK))
		return true; /* not this kernel's, or not a namespace's */
	bad = try_name(w, name, path);
	if (!bad)
		return true;
	differing++;
	if (m)
		m->differed = true;
	else
		printf("%s: %u answers differ\n", name, bad);
	return m;
}

/* -- names and modes: what /proc/sys/net lists -- */

static unsigned kernels, lacking, badly_named;

static bool is_lacked(const char *name)
{
	for (size_t i = 0; i < N(lacks); i++)
		if (!fnmatch(lacks[i].pattern, name, 0))
			return true;
	return false;
}

/* The other way round than path_of(). */
static void name_of(const char *path, char name[PATH_MAX])
{
	snprintf(name, PATH_MAX, "%s", path + sizeof("/proc/sys/") - 1);
	for (; *name; name++)
		*name = *name == '.' ? '/' : *name == '/' ? '.' : *name;
}

static int see(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	char name[PATH_MAX];
	unsigned mode;

	(void)at;
	if (kind != FTW_F)
		return 0;
	name_of(path, name);
	mode = sea_sysctl_mode(the_stack.stack, name);
	kernels++;
	lacking += !mode;
	if (mode ? (mode == (st->st_mode & 0777) || meant_of(name)) && !is_lacked(name)
		 : is_lacked(name))
		return 0;
	printf("%s: mode %o, ours %o%s\n", name, st->st_mode & 0777, mode,
	       is_lacked(name) ? ", which is lacked" : "");
	badly_named++;
	return 0;
}

int main(int argc, char **argv)
{
	char name[SEA_SYSCTL_NAME_MAX] = "";
	unsigned bad = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	verbose = argc > 1 && strcmp(argv[1], "-v") == 0;
	if (!world_init(&the_stack, true))
		return 1;
	while (sea_sysctl_next(the_stack.stack, name))
		bad += !judge(&the_stack, name);
	for (size_t i = 0; i < N(meant); i++) {
		if (meant[i].differed)
			continue;
		printf("%s does not differ: %s\n", meant[i].pattern, meant[i].reason);
		bad++;
	}
	nftw("/proc/sys/net", see, 16, FTW_PHYS);
	bad += badly_named;
	printf("%u names of the kernel's, of which %u are lacked, %u not as they are meant\n",
	       kernels, lacking, badly_named);
	printf("%u sysctls, %u texts written, %u sysctls differ, %u not as they are meant\n", names,
	       writes, differing, bad);
	world_fini(&the_stack);
	return bad ? 1 : 0;
}
