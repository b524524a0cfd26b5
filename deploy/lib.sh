# Sourced by deploy/run and tests/run: what to install, how to build.
# The caller has set top, the source tree, and name, its own.

say() {
	printf '%s: %s\n' "$name" "$*" >&2
}

die() {
	say "$*"
	exit 1
}

as_root() {
	if [ "$EUID" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

# missing_packages USE...: those of deploy/packages that are not installed.
missing_packages() {
	local use package
	for use; do
		sed -n "s/^$use //p" "$top/deploy/packages"
	done | tr ' ' '\n' | while read -r package; do
		dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null |
			grep -qx installed || printf '%s\n' "$package"
	done
}

# Debian starts and enables a service as it installs it, and a web server would
# take port 80 with a page of its own. Nobody asked for that here: those that
# are not there yet are told not to start while apt-get runs, and not to at the
# next boot. A server that was there before is left as it is, and so is a policy
# that somebody else has set.
policy=/usr/sbin/policy-rc.d
held=()

hold_servers() {
	local server
	for server in nginx lighttpd caddy h2o; do
		PATH=$PATH:/usr/sbin command -v $server >/dev/null ||
			held+=("$server")
	done
	[ ${#held[@]} -gt 0 ] && [ ! -e $policy ] || return 0
	trap 'as_root rm -f $policy' EXIT
	printf '#!/bin/sh\ncase " %s " in *" $1 "*) exit 101 ;; esac\n' \
		"${held[*]}" | as_root install -m 755 /dev/stdin $policy
}

# caddy has a unit alone, which update-rc.d does not know.
disable_server() {
	as_root update-rc.d "$1" disable || true
	! command -v systemctl || as_root systemctl disable "$1" || true
}

release_servers() {
	local server
	[ -n "$(trap -p EXIT)" ] || return 0
	trap - EXIT
	as_root rm -f $policy
	for server in "${held[@]}"; do
		PATH=$PATH:/usr/sbin command -v "$server" >/dev/null || continue
		disable_server "$server" >/dev/null 2>&1
		say "$server is installed, but neither started nor enabled"
	done
}

# install_packages USE...: what is missing, by apt-get.
install_packages() {
	local log=$top/build/install.log
	local -a missing
	mapfile -t missing < <(missing_packages "$@")
	[ ${#missing[@]} -gt 0 ] || return 0
	[ "$EUID" -eq 0 ] || command -v sudo >/dev/null ||
		die "neither root nor sudo to install ${missing[*]}"
	say "installing ${missing[*]}"
	mkdir -p "$top/build"
	hold_servers
	if ! { as_root apt-get -qq update && as_root env \
		DEBIAN_FRONTEND=noninteractive apt-get -qq -y install \
		--no-install-recommends "${missing[@]}"; } \
		</dev/null >"$log" 2>&1; then
		tail -n 20 "$log" >&2
		die "apt-get failed; its log is build/install.log"
	fi
	release_servers
}

# build_in FOLDER OPTION...: configures where that was not done yet, and makes.
build_in() {
	local folder=$1 log=$1/make.log
	shift
	mkdir -p "$folder"
	say "building in ${folder#"$top/"}"
	if ! (
		set -e
		cd "$folder"
		[ -x "$top/configure" ] || "$top/autogen.sh"
		[ -e config.status ] || "$top/configure" "$@"
		make -j"$(nproc)"
	) >"$log" 2>&1; then
		tail -n 30 "$log" >&2
		return 1
	fi
}
