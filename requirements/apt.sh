# Sourced by the set-up's scripts: Debian packages, through the machine's own apt.

say() { printf '%s: %s\n' "$SPEAKER" "$*"; }
fail() { printf '%s: %s\n' "$SPEAKER" "$*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif ! command -v sudo >/dev/null; then fail "needs root, or sudo, for: $*"
  elif sudo -n true 2>/dev/null || [ -t 0 ]; then sudo "$@"
  else fail "sudo wants a password and there is no terminal; as root run: $*"
  fi
}

install_packages() {
  [ $# -gt 0 ] || return 0
  command -v apt-get >/dev/null || fail "needs apt, or installed by hand: $*"
  say "system packages: $*"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -qq --yes --no-install-recommends "$@" >/dev/null
}
