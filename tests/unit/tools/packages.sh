#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tools/lib/packages.sh against an apt, a dpkg, a sudo and a user that only pretend.
set -u
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
failed=0

# pretend NAME <<BODY: a command of that name.
pretend() {
	{ echo "#!/bin/sh"; cat; } >"$scratch/$1"
	chmod +x "$scratch/$1"
}

# in_library COMMANDS: runs them where the library is read and the pretenders are found first.
in_library() {
	PATH=$scratch:$PATH sh -c ". '$SEA_SRCDIR/tools/lib/packages.sh'; $1" 2>&1 </dev/null
}

# expect SENTENCE COMMANDS OUTPUT
expect() {
	got=$(in_library "$2")
	if [ "$got" = "$3" ]; then
		echo "ok: $1"
	else
		printf 'FAILED: %s\nexpected: %s\ngot:      %s\n' "$1" "$3" "$got"
		failed=1
	fi
}

pretend dpkg-query <<'END'
case "$*" in *" here") echo installed ;; *" removed") echo config-files ;; *) exit 1 ;; esac
END
pretend id <<'END'
echo 0
END
pretend apt-get <<'END'
[ "$1" = update ] && { echo updated; exit 0; }
case "$*" in *refused*) exit 100 ;; esac
for word; do case $word in -*) ;; *) echo "$word" >>"${0%/*}/installed" ;; esac; done
END

expect missing_packages_are_named "packages_missing here gone here removed" "gone removed "
expect nothing_missing_means_no_apt "packages_need here && echo fine" "fine"
expect root_installs_what_is_missing "packages_need here gone && echo fine" \
	"Installing with apt: gone 
updated
fine"
[ "$(tr '\n' ' ' <"$scratch/installed")" = "install gone " ] || {
	echo "FAILED: apt was asked for more than what is missing: $(cat "$scratch/installed")"
	failed=1
}
expect what_apt_refuses_is_said "packages_need refused || echo without" \
	"Installing with apt: refused 
updated
apt could not install: refused 
without"
expect root_needs_no_sudo "as_root echo again; echo on" "on"

pretend id <<'END'
echo 1000
END
pretend sudo <<'END'
[ "$1" = -n ] && exit "${SUDO_ANSWER:-0}"
echo "sudo $*"
END
expect a_user_is_told_what_to_install "packages_need gone || echo without" \
	"Missing packages: gone 
Installing them takes root: apt-get install gone 
without"
expect a_user_goes_on_as_root "CI=; CC=; CFLAGS=; as_root tools/check --x; echo on" \
	"sudo env SEA_AS_ROOT=1 tools/check --x"
expect sudo_without_effect_is_tried_once "SEA_AS_ROOT=1; as_root tools/check; echo on" "on"
expect a_refusing_sudo_is_no_obstacle "export SUDO_ANSWER=1; as_root tools/check; echo on" "on"
exit $failed
