#!/bin/sh
# need.sh: prints the Debian packages that build.sh is missing on this machine, in one line, and why in another; or nothing.
set -eu

language=c
# shellcheck source=toolchain.sh
. "$(dirname "$0")/toolchain.sh"

missing=$(missing_packages)
[ -z "$missing" ] || printf '%s\n' "$missing" "clang, its linker and a C library for WebAssembly"
