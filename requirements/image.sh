#!/bin/sh
# What images are booted with (image/boot/host.py): an emulator, its firmware, a TPM in software, and
# what an owner signs with.
set -eu

wanted=
for each in openssl:openssl qemu-system-x86_64:qemu-system-x86 sbsign:sbsigntool swtpm:swtpm; do
  command -v "${each%%:*}" >/dev/null || wanted="$wanted ${each#*:}"
done
for each in OVMF_CODE_4M.fd OVMF_CODE_4M.secboot.fd OVMF_VARS_4M.fd; do
  [ -e "/usr/share/OVMF/$each" ] || { wanted="$wanted ovmf"; break; }
done
[ -n "$wanted" ] || exit 0
command -v apt-get >/dev/null || { echo "image: needs apt, or installed by hand:$wanted" >&2; exit 1; }
echo "image: system packages:$wanted"
as_root=
[ "$(id -u)" = 0 ] || as_root=sudo
$as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive \
  apt-get install -qq --yes --no-install-recommends $wanted >/dev/null
