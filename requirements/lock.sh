#!/bin/sh
# Resolve every dependency anew and write the locks: versions and hashes, no addresses.
#
#   python-VERSION.txt   everything: both sides, their tests, oracles and linters
#   runtime-VERSION.txt  both sides without tests, in the versions of the file above
#   build.txt            what builds the project and the one dependency that has no wheel
#
# The index is the one pip is configured with.
set -eu
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
.venv/bin/python -m venv "$scratch"
"$scratch/bin/pip" install -qq uv
index=$("$scratch/bin/pip" config get global.index-url 2>/dev/null || true)
if [ -n "$index" ]; then
  export UV_DEFAULT_INDEX="$index"
fi

# Left out: crypt-r, which has no wheels. What virt-firmware needs it for is not used here.
compile() {
  "$scratch/bin/uv" pip compile pyproject.toml --quiet --upgrade --generate-hashes \
    --no-emit-index-url --no-emit-find-links --no-header --no-annotate --no-emit-package crypt-r \
    --python-platform x86_64-unknown-linux-gnu "$@"
}

for version in 3.11 3.12 3.13; do
  compile --extra coordinator --group test --group oracles --group image --group lint \
    --python-version "$version" --output-file "requirements/python-$version.txt"
  compile --extra coordinator --constraints "requirements/python-$version.txt" \
    --python-version "$version" --output-file "requirements/runtime-$version.txt"
done
"$scratch/bin/uv" pip compile --group build --quiet --upgrade --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
  --constraints requirements/python-3.11.txt --python-version 3.11 \
  --output-file requirements/build.txt
