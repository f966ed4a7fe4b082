dnl SPDX-License-Identifier: Apache-2.0
dnl What configure.ac asks, one macro per question. Flags are collected in SEA_CFLAGS and
dnl SEA_LDFLAGS, which Makefile.am uses; CFLAGS and LDFLAGS stay the user's.

dnl SEA_CFLAG(flag, [if-yes], [if-no]): adds the flag if the compiler knows it.
AC_DEFUN([SEA_CFLAG], [
	AS_VAR_PUSHDEF([cache], [sea_cv_cflag_$1])dnl
	AC_CACHE_CHECK([whether $CC knows $1], [cache], [
		sea_save_CFLAGS=$CFLAGS
		CFLAGS="$CFLAGS -Werror $1"
		AC_COMPILE_IFELSE([AC_LANG_PROGRAM()],
			[AS_VAR_SET([cache], [yes])], [AS_VAR_SET([cache], [no])])
		CFLAGS=$sea_save_CFLAGS])
	AS_VAR_IF([cache], [yes], [SEA_CFLAGS="$SEA_CFLAGS $1"
		$2], [:
		$3])
	AS_VAR_POPDEF([cache])dnl
])

dnl SEA_LDFLAG(flag): adds the flag to the links of programs and the library if the linker knows it.
AC_DEFUN([SEA_LDFLAG], [
	AS_VAR_PUSHDEF([cache], [sea_cv_ldflag_$1])dnl
	AC_CACHE_CHECK([whether the linker knows $1], [cache], [
		sea_save_LDFLAGS=$LDFLAGS
		LDFLAGS="$LDFLAGS -Werror $1"
		AC_LINK_IFELSE([AC_LANG_PROGRAM()],
			[AS_VAR_SET([cache], [yes])], [AS_VAR_SET([cache], [no])])
		LDFLAGS=$sea_save_LDFLAGS])
	AS_VAR_IF([cache], [yes], [SEA_LDFLAGS="$SEA_LDFLAGS $1"])
	AS_VAR_POPDEF([cache])dnl
])

AC_DEFUN([SEA_LANGUAGE], [
	AC_SUBST([SEA_CFLAGS])
	AC_SUBST([SEA_LDFLAGS])
	SEA_CFLAG([-std=gnu17], [], [AC_MSG_ERROR([the compiler must know C17 (-std=gnu17)])])
	SEA_CFLAG([-fvisibility=hidden])
	SEA_CFLAG([-fno-common])
	SEA_CFLAG([-fno-strict-aliasing])
	# What __FILE__ says in an assertion does not depend on where it was built.
	AC_CACHE_CHECK([whether $CC knows -fmacro-prefix-map], [sea_cv_prefix_map], [
		sea_save_CFLAGS=$CFLAGS
		CFLAGS="$CFLAGS -Werror -fmacro-prefix-map=a=b"
		AC_COMPILE_IFELSE([AC_LANG_PROGRAM()],
			[sea_cv_prefix_map=yes], [sea_cv_prefix_map=no])
		CFLAGS=$sea_save_CFLAGS])
	AS_IF([test $sea_cv_prefix_map = yes],
		[SEA_CFLAGS="$SEA_CFLAGS -fmacro-prefix-map=\$(top_srcdir)/="])
])

AC_DEFUN([SEA_WARNINGS], [
	SEA_CFLAG([-Wall])
	SEA_CFLAG([-Wextra])
	SEA_CFLAG([-Wconversion])
	SEA_CFLAG([-Wshadow])
	SEA_CFLAG([-Wstrict-prototypes])
	SEA_CFLAG([-Wmissing-prototypes])
	SEA_CFLAG([-Wvla])
	SEA_CFLAG([-Wformat=2])
	AC_ARG_ENABLE([werror],
		[AS_HELP_STRING([--enable-werror], [treat compiler warnings as errors])],
		[], [enable_werror=no])
	AS_IF([test "x$enable_werror" != xno], [SEA_CFLAG([-Werror])])
])

AC_DEFUN([SEA_HARDENING], [
	SEA_CFLAG([-fstack-protector-strong])
])

dnl --enable-sanitizers=LIST, comma separated as for -fsanitize=.
AC_DEFUN([SEA_SANITIZERS], [
	AC_ARG_ENABLE([sanitizers],
		[AS_HELP_STRING([--enable-sanitizers@<:@=LIST@:>@],
			[build with the compiler's sanitizers @<:@address,undefined@:>@])],
		[], [enable_sanitizers=no])
	AS_CASE([$enable_sanitizers],
		[yes], [SEA_SANITIZER_LIST=address,undefined],
		[no], [SEA_SANITIZER_LIST=],
		[SEA_SANITIZER_LIST=$enable_sanitizers])
	AS_IF([test -n "$SEA_SANITIZER_LIST"], [
		SEA_SANITIZE="-fsanitize=$SEA_SANITIZER_LIST"
		AC_MSG_CHECKING([whether $CC links with $SEA_SANITIZE])
		sea_save_CFLAGS=$CFLAGS
		CFLAGS="$CFLAGS $SEA_SANITIZE"
		AC_LINK_IFELSE([AC_LANG_PROGRAM()], [AC_MSG_RESULT([yes])], [
			AC_MSG_RESULT([no])
			AC_MSG_ERROR([these sanitizers do not work here: $SEA_SANITIZER_LIST])])
		CFLAGS=$sea_save_CFLAGS
		SEA_CFLAGS="$SEA_CFLAGS $SEA_SANITIZE"
		SEA_LDFLAGS="$SEA_LDFLAGS $SEA_SANITIZE"
		SEA_CFLAG([-fno-omit-frame-pointer])
		SEA_CFLAG([-fno-sanitize-recover=all])
	])
	AC_SUBST([SEA_SANITIZER_LIST])
])

AC_DEFUN([SEA_COVERAGE], [
	AC_ARG_ENABLE([coverage],
		[AS_HELP_STRING([--enable-coverage], [count executed lines; see make coverage])],
		[], [enable_coverage=no])
	AS_IF([test "x$enable_coverage" != xno], [
		SEA_CFLAG([--coverage], [SEA_LDFLAGS="$SEA_LDFLAGS --coverage"],
			[AC_MSG_ERROR([the compiler does not know --coverage])])
		SEA_CFLAG([-fprofile-update=atomic])
		AC_CHECK_PROGS([GCOV], [gcov-`$CC -dumpversion` gcov])
	])
	AM_CONDITIONAL([ENABLE_COVERAGE], [test "x$enable_coverage" != xno])
	AC_SUBST([enable_coverage])
])

dnl With fuzzers, the objects carry the fuzzer's instrumentation and only the targets under
dnl tests/fuzz take their main from it; without, the targets replay their corpus.
AC_DEFUN([SEA_FUZZERS], [
	AC_ARG_ENABLE([fuzzers],
		[AS_HELP_STRING([--enable-fuzzers], [build tests/fuzz with libFuzzer (clang)])],
		[], [enable_fuzzers=no])
	AS_IF([test "x$enable_fuzzers" != xno], [
		SEA_CFLAG([-fsanitize=fuzzer-no-link], [],
			[AC_MSG_ERROR([--enable-fuzzers needs clang (CC=clang) with its runtime])])
		SEA_LDFLAGS="$SEA_LDFLAGS -fsanitize=fuzzer-no-link"
	])
	AC_SUBST([enable_fuzzers])
	AM_CONDITIONAL([ENABLE_FUZZERS], [test "x$enable_fuzzers" != xno])
])

AC_DEFUN([SEA_LINKER], [
	SEA_LDFLAG([-Wl,-z,relro])
	SEA_LDFLAG([-Wl,-z,now])
	AC_CACHE_CHECK([for version scripts], [sea_cv_version_script], [
		echo 'SEASTACK_0 { global: sea_*; local: *; };' >conftest.map
		sea_save_LDFLAGS=$LDFLAGS
		LDFLAGS="$LDFLAGS -shared -fPIC -Wl,--version-script,conftest.map"
		AC_LINK_IFELSE([AC_LANG_SOURCE([int sea_x(void); int sea_x(void) { return 0; }])],
			[sea_cv_version_script=yes], [sea_cv_version_script=no])
		LDFLAGS=$sea_save_LDFLAGS])
	AM_CONDITIONAL([HAVE_VERSION_SCRIPT], [test "x$sea_cv_version_script" = xyes])
	# The runtime of a sanitizer is linked into programs only: a library may then miss symbols.
	AS_IF([test -z "$SEA_SANITIZER_LIST" && test "x$enable_fuzzers" = xno], [
		SEA_LIB_LDFLAGS="-Wl,-z,defs"])
	AC_SUBST([SEA_LIB_LDFLAGS])
])

dnl Tests are many and large: what links them soonest, one thread each, as make starts several.
AC_DEFUN([SEA_TEST_LINKER], [
	AC_CACHE_CHECK([what links tests soonest], [sea_cv_test_ldflags], [
		sea_save_LDFLAGS=$LDFLAGS
		for sea_cv_test_ldflags in "-fuse-ld=lld -Wl,--threads=1" ""; do
			LDFLAGS="$sea_save_LDFLAGS $SEA_LDFLAGS $sea_cv_test_ldflags"
			AC_LINK_IFELSE([AC_LANG_PROGRAM()], [break])
		done
		LDFLAGS=$sea_save_LDFLAGS])
	SEA_TEST_LDFLAGS=$sea_cv_test_ldflags
	AC_SUBST([SEA_TEST_LDFLAGS])
])

dnl Convenience libraries hold position-independent objects whichever library they end in, so
dnl compiling each source a second time for the static one would be wasted.
AC_DEFUN([SEA_LIBTOOL_ONCE], [
	AS_IF([test "x$enable_shared" = xyes && test "x$enable_static" = xyes],
		[SEA_LIBTOOLFLAGS=--tag=disable-static])
	AC_SUBST([SEA_LIBTOOLFLAGS])
])

dnl The sentry intercepts system calls: it knows how on Linux on x86-64.
AC_DEFUN([SEA_SENTRY], [
	AC_CHECK_HEADER([sys/rseq.h], [sea_rseq=yes], [sea_rseq=no])
	AS_CASE([$host], [x86_64-*-linux-gnu*], [sea_sentry=$sea_rseq], [sea_sentry=no])
	AM_CONDITIONAL([SENTRY], [test $sea_sentry = yes])
])

AC_DEFUN([SEA_TEST_PROGRAMS], [
	AC_CHECK_PROGS([PYTHON], [python3])
	AC_CHECK_PROGS([CLANG_FORMAT], [clang-format])
	AC_CHECK_PROGS([CXX_CHECK], [g++ clang++])
	AC_CHECK_PROGS([TIMEOUT], [timeout])
	AM_CONDITIONAL([HAVE_PYTHON], [test -n "$PYTHON"])
])

dnl SEA_LIBRARY(NAME, module, what it is for)
AC_DEFUN([SEA_LIBRARY], [
	PKG_CHECK_MODULES([$1], [$2], [have_$1=yes], [have_$1=no])
	AM_CONDITIONAL([HAVE_$1], [test "x$have_$1" = xyes])
	AS_IF([test "x$have_$1" = xyes],
		[AC_DEFINE([HAVE_$1], [1], [Define to 1 if there is $2.])
		sea_line="yes"], [sea_line="no (without: $3)"])
	SEA_LIBRARIES="$SEA_LIBRARIES
    m4_bpatsubst([$2], [ .*], []): $sea_line"
])

AC_DEFUN([SEA_SUMMARY], [
	cat <<_EOF

$PACKAGE_NAME $PACKAGE_VERSION

  host:        $host
  compiler:    $CC $CFLAGS
  flags:      $SEA_CFLAGS
  prefix:      $prefix
  library:     shared $enable_shared, static $enable_static, version script $sea_cv_version_script
  werror:      $enable_werror
  sanitizers:  ${SEA_SANITIZER_LIST:-no}
  fuzzers:     $enable_fuzzers
  coverage:    $enable_coverage
  python3:     ${PYTHON:-no (without: tests/tidy)}
  libraries:$SEA_LIBRARIES

_EOF
])
