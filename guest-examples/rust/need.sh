#!/bin/sh
# need.sh: prints the Debian packages that build.sh is missing on this machine, in one line, and why in another; or nothing.
#
# Nothing is missing where Rust's wasm32-unknown-unknown target is installed, or where EVROUTE_RUSTUP=1 lets build.sh
# add it.
set -eu

# shellcheck source=toolchain.sh
. "$(dirname "$0")/toolchain.sh"

if [ "${EVROUTE_RUSTUP:-}" = 1 ] || target_is_installed; then
    exit 0
fi
missing=$(missing_packages)
[ -z "$missing" ] || printf '%s\n' "$missing" "a Rust compiler for WebAssembly; with EVROUTE_RUSTUP=1 rustup's target instead"
