#!/bin/sh
# The programs that images are booted with: an emulator, its firmware, a TPM in software.
set -eu

wanted=
for each in qemu-system-x86_64:qemu-system-x86 swtpm:swtpm sbsign:sbsigntool; do
  command -v "${each%%:*}" >/dev/null || wanted="$wanted ${each#*:}"
done
[ -e /usr/share/OVMF/OVMF_CODE.fd ] || [ -e /usr/share/OVMF/OVMF_CODE_4M.fd ] || wanted="$wanted ovmf"
[ -n "$wanted" ] || exit 0
command -v apt-get >/dev/null || { echo "image: needs apt, or installed by hand:$wanted" >&2; exit 1; }
echo "image: system packages:$wanted"
as_root=
[ "$(id -u)" = 0 ] || as_root=sudo
$as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive \
  apt-get install -qq --yes --no-install-recommends $wanted >/dev/null
