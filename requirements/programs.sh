#!/bin/sh
# `programs.sh WHO`: install what WHO (see programs.txt) needs and this machine lacks.
set -eu
cd "$(dirname "$0")/.."
SPEAKER="set-up of programs"
. requirements/apt.sh

# A user's path need not name the folders of the administrator's programs.
is_here() { [ -e "$1" ] || (PATH="$PATH:/usr/sbin:/sbin" && command -v "$1" >/dev/null); }

missing() {
  while read -r who program packages; do
    [ "$who" != "$1" ] || is_here "$program" || printf '%s\n' $packages
  done <requirements/programs.txt | sort -u
}

# shellcheck disable=SC2046
install_packages $(missing "$1")
