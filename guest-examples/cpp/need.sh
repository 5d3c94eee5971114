#!/bin/sh
# need.sh: prints the Debian packages that build.sh is missing on this machine, in one line, and why in another; or nothing.
set -eu

language=cpp
# shellcheck source=../c/toolchain.sh
. "$(dirname "$0")/../c/toolchain.sh"

missing=$(missing_packages)
[ -z "$missing" ] || printf '%s\n' "$missing" "clang, its linker and the C and C++ libraries for WebAssembly"
