# shellcheck shell=sh
# toolchain.sh: what this machine has for building wasm32-unknown-unknown, or $rust_target where that
# is set: handlers that use std are built for wasm32-wasip1. Sourced by build.sh and need.sh.

rust_target=${rust_target:-wasm32-unknown-unknown}

# rustup's toolchain (or any other that is first in PATH) with the target added.
target_is_installed() {
    libraries=$(rustc --print target-libdir --target "$rust_target" 2>/dev/null) || return 1
    ls "$libraries"/libcore-*.rlib >/dev/null 2>&1
}

# The examples use edition 2024, so Rust 1.85 or later.
debian_rustc_is_recent() {
    [ -x /usr/bin/rustc ] || return 1
    minor=$(/usr/bin/rustc -V | sed -n 's/^rustc 1\.\([0-9]*\)\..*/\1/p')
    [ "${minor:-0}" -ge 85 ]
}

# The libraries can be built only from the sources of the very compiler that builds them.
debian_sources_match() {
    [ -x /usr/bin/rustc ] || return 1
    sources=$(/usr/bin/rustc --print sysroot)/lib/rustlib/src/rust
    [ -d "$sources/library/vendor" ] && [ "$(cat "$sources/src/version")" = "$(/usr/bin/rustc -V | cut -d' ' -f2)" ]
}

# Names version and commit of Debian's compiler, since its libraries fit no other.
debian_flavour() { echo "debian-$(/usr/bin/rustc -V | sed 's/^rustc \([^ ]*\) (\([^ ]*\).*/\1-\2/')"; }

# Debian's rustc brings no linker for WebAssembly; rustup's does, and so does lld, from version 19 on.
wasm_linker() {
    host=$(rustc -vV 2>/dev/null | sed -n 's/^host: //p')
    for linker in "$(rustc --print sysroot 2>/dev/null)/lib/rustlib/$host/bin/rust-lld" \
        /usr/bin/wasm-ld-22 /usr/bin/wasm-ld-21 /usr/bin/wasm-ld-20 /usr/bin/wasm-ld-19; do
        if [ -x "$linker" ]; then
            echo "$linker"
            return
        fi
    done
}

# Debian's packages that are missing, in one line; empty when there are none.
missing_packages() {
    missing=
    if ! debian_rustc_is_recent; then
        missing="rustc-web rust-web-src"
    elif ! debian_sources_match; then
        # Debian's newest release has a recent compiler under the plain name, and each name has its own sources.
        case $(dpkg -S /usr/bin/rustc 2>/dev/null) in
            rustc:*) missing=rust-src ;;
            *) missing=rust-web-src ;;
        esac
    fi
    [ -n "$(wasm_linker)" ] || missing="$missing lld-22"
    # What std is made of there.
    if [ "$rust_target" = wasm32-wasip1 ] && [ ! -f /usr/lib/wasm32-wasi/libc.a ]; then
        missing="$missing wasi-libc"
    fi
    echo "${missing# }"
}
