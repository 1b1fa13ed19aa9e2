#!/bin/sh
# Set up everything the project needs, asking nothing. Run again, it only adds what is missing.
#
# Mirrors are those this machine's apt, pip and npm are configured with. What marks a step as done
# is written last, so an interrupted set-up recovers when run again.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
stamp=.venv/installed
project_stamp=.venv/project

SPEAKER=set-up
. requirements/apt.sh

# A command that exists may still be a stand-in that fails, so each candidate is run.
is_suitable() {
  "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

find_python() {
  for candidate in python3.13 python3.12 python3.11 python3 /usr/bin/python3; do
    if is_suitable "$candidate"; then echo "$candidate"; return; fi
  done
  fail "needs Python 3.11, 3.12 or 3.13, and there is none"
}

version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])'; }

identity() {
  printf '%s %s ' "$root" "$1"
  cat "requirements/python-$1.txt" requirements/build.txt | cksum
}

environment_is_ready() {
  [ -f $stamp ] && is_suitable .venv/bin/python &&
    [ "$(cat $stamp)" = "$(identity "$(version_of .venv/bin/python)")" ]
}

has_softhsm() {
  command -v softhsm2-util >/dev/null
}

# What the chain nodes' archives need before they can be fetched.
needed_for_nodes() {
  if [ ! -e .parts/anvil.done ] && ! command -v npm >/dev/null; then echo nodejs npm; fi
  if [ ! -e .parts/bitcoin.done ]; then
    [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || echo debian-archive-keyring
    # On a derivative, this package knows where Debian's own archive is.
    if [ "$(. /etc/os-release && echo "$ID")" != debian ]; then
      [ -e /usr/sbin/debootstrap ] || echo debootstrap
    fi
  fi
}

# A browser to look at the coordinator's page with, and the font that the console's is made of.
# Where chromium is a snap and no package, the tests in a browser are left out.
needed_for_screens() {
  [ -e /usr/share/fonts/X11/misc/ter-u16n_unicode.pcf.gz ] || echo xfonts-terminus
  if [ "$(. /etc/os-release && echo "$ID")" = debian ]; then
    command -v chromium >/dev/null || echo chromium
  fi
}

install_system_packages() {
  has_softhsm || set -- "$@" softhsm2
  # shellcheck disable=SC2046
  set -- "$@" $(needed_for_screens)
  # shellcheck disable=SC2046
  set -- "$@" $(needed_for_nodes)
  install_packages "$@"
}

make_environment() {
  python=$1
  version=$(version_of "$python")
  [ -f "requirements/python-$version.txt" ] || fail "there is no lock for Python $version"
  say "Python $version environment (about a minute)"
  "$python" -m venv --clear .venv
  pip_install --only-binary :all: -r requirements/build.txt
  # embit is published as pure Python source only.
  pip_install --only-binary :all: --no-binary embit -r "requirements/python-$version.txt"
  identity "$version" >$stamp
}

pip_install() {
  .venv/bin/python -m pip install -qq --disable-pip-version-check --no-input \
    --no-deps --no-build-isolation --require-hashes "$@"
}

install_project() {
  wanted=$(cksum <pyproject.toml)
  if [ -f $project_stamp ] && [ "$(cat $project_stamp)" = "$wanted" ]; then return; fi
  say "the project's own commands"
  .venv/bin/python -m pip install -qq --disable-pip-version-check --no-input \
    --no-deps --no-build-isolation --no-index --editable .
  echo "$wanted" >$project_stamp
}

if [ -L .venv ]; then
  say ".venv is a link to an environment of your own: left as it is"
  install_system_packages
elif environment_is_ready; then
  install_system_packages
  install_project
else
  python=$(find_python)
  if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    install_system_packages
  else
    install_system_packages "python$(version_of "$python")-venv"
  fi
  make_environment "$python"
  install_project
fi
.venv/bin/python -m tests.real_parts.fetch
