/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tools/exec/path.h"

static void is(const char *folder, const char *path, enum sea_exec_path kind, const char *name)
{
	char got[SEA_SYSCTL_NAME_MAX] = "";

	assert_int_equal(sea_exec_path(folder, path, got), kind);
	if (name)
		assert_string_equal(got, name);
}

static void sysctls_are_named_with_dots(void **state)
{
	is("/", "/proc/sys/net/ipv4/ip_forward", SEA_EXEC_PATH_SYSCTL, "net.ipv4.ip_forward");
	is("/", "/proc/sys/net", SEA_EXEC_PATH_SYSCTL, "net");
	is("/", "/proc/sys/net/ipv4/conf/eth0.5/mtu", SEA_EXEC_PATH_SYSCTL,
	   "net.ipv4.conf.eth0/5.mtu");
}

static void tables_are_found_by_each_name_of_their_folder(void **state)
{
	is("/", "/proc/net/tcp", SEA_EXEC_PATH_TABLE, "tcp");
	is("/", "/proc/self/net/tcp6", SEA_EXEC_PATH_TABLE, "tcp6");
	is("/", "/proc/thread-self/net/dev", SEA_EXEC_PATH_TABLE, "dev");
	is("/", "/proc/4711/net/stat/rt_cache", SEA_EXEC_PATH_TABLE, "stat/rt_cache");
	is("/", "/proc/self/task/4712/net/tcp", SEA_EXEC_PATH_TABLE, "tcp");
	is("/", "/proc/4711/task/4712/net/stat", SEA_EXEC_PATH_TABLE, "stat");
	is("/", "/proc/net", SEA_EXEC_PATH_TABLE, "");
	is("/", "/proc/4711/net/", SEA_EXEC_PATH_TABLE, "");
}

static void dots_and_slashes_are_followed(void **state)
{
	is("/", "//proc/./sys/../sys/net//core/", SEA_EXEC_PATH_SYSCTL, "net.core");
	is("/", "/../../proc/net/../net/tcp", SEA_EXEC_PATH_TABLE, "tcp");
	is("/proc/sys/net/ipv4", "../core/somaxconn", SEA_EXEC_PATH_SYSCTL, "net.core.somaxconn");
	is("/proc/sys", "net/core/somaxconn", SEA_EXEC_PATH_SYSCTL, "net.core.somaxconn");
	is("/proc/sys/net", "../kernel/pid_max", SEA_EXEC_PATH_OTHER, NULL);
}

static void all_else_is_the_kernels(void **state)
{
	is("/", "/etc/passwd", SEA_EXEC_PATH_OTHER, NULL);
	is("/", "/procnet/tcp", SEA_EXEC_PATH_OTHER, NULL);
	is("/", "/proc/cpuinfo", SEA_EXEC_PATH_OTHER, NULL);
	is("/", "/proc/sysnet", SEA_EXEC_PATH_OTHER, NULL);
	is("/", "/proc/47x/net/tcp", SEA_EXEC_PATH_OTHER, NULL);
	is("/", "/proc/self/task/net/tcp", SEA_EXEC_PATH_OTHER, NULL);
	is("/", "/proc/net/unix", SEA_EXEC_PATH_OTHER, NULL);
	is("/", "/proc/sys/net/unix/max_dgram_qlen", SEA_EXEC_PATH_OTHER, NULL);
	is("/", "/proc/sys/network/x", SEA_EXEC_PATH_OTHER, NULL);
	is("/", "", SEA_EXEC_PATH_OTHER, NULL);
}

static void what_is_too_long_is_no_file_of_ours(void **state)
{
	char path[400] = "/proc/sys/net/";

	memset(path + strlen(path), 'x', SEA_SYSCTL_NAME_MAX);
	is("/", path, SEA_EXEC_PATH_OTHER, NULL);
	is("/", "/proc/net/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r", SEA_EXEC_PATH_OTHER, NULL);
}

static void names_have_a_path(void **state)
{
	char path[SEA_EXEC_NAME_MAX];

	assert_int_equal(sea_exec_path_of(SEA_EXEC_PATH_SYSCTL, "net.ipv4.conf.eth0/5.mtu", path),
			 34);
	assert_string_equal(path, "/proc/sys/net/ipv4/conf/eth0.5/mtu");
	sea_exec_path_of(SEA_EXEC_PATH_TABLE, "stat/rt_cache", path);
	assert_string_equal(path, "/proc/net/stat/rt_cache");
	sea_exec_path_of(SEA_EXEC_PATH_TABLE, "", path);
	assert_string_equal(path, "/proc/net");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sysctls_are_named_with_dots),
		cmocka_unit_test(tables_are_found_by_each_name_of_their_folder),
		cmocka_unit_test(dots_and_slashes_are_followed),
		cmocka_unit_test(names_have_a_path),
		cmocka_unit_test(all_else_is_the_kernels),
		cmocka_unit_test(what_is_too_long_is_no_file_of_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
