#!/bin/sh
# build.sh [NAME...]: builds the Rust example handlers, all or the named ones, to guest-examples/target/components/NAME.wasm.
#
# Handlers are compiled for wasm32-unknown-unknown, which knows no WASI, so they can import nothing but evroute:*.
# Where that target comes from, first match wins:
#   1. it is installed (rustup target, or any rustc in PATH that has it);
#   2. EVROUTE_RUSTUP=1: `rustup target add`, which downloads;
#   3. Debian's rustc-web and rust-web-src: the target's libraries are built once from source, without network.
#
#   EVROUTE_CACHE=DIR          where those libraries are kept (default: target/ of this repository)
#   EVROUTE_COMPONENTIZE=FILE  the evroute-componentize to use (default: built from this repository)
#
# Exit codes: 0 built or nothing to do, 1 does not compile or something is missing (one line says what).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
guests=$(dirname "$here")
repository=$(dirname "$guests")
# shellcheck source=toolchain.sh
. "$here/toolchain.sh"

say() { echo "guests: $*"; }
fail() {
    say "$*" >&2
    exit 1
}

choose_target() {
    if target_is_installed; then
        flavour=installed-$(rustc -V | cut -d' ' -f2)
        return
    fi
    if [ "${EVROUTE_RUSTUP:-}" = 1 ]; then
        say "adding Rust's wasm32-unknown-unknown target with rustup (EVROUTE_RUSTUP=1)"
        timeout 120 rustup target add wasm32-unknown-unknown ||
            fail "rustup could not add the target; without EVROUTE_RUSTUP=1, Debian's packages are used"
        flavour=installed-$(rustc -V | cut -d' ' -f2)
        return
    fi
    missing=$(missing_packages)
    [ -z "$missing" ] ||
        fail "no Rust compiler for wasm32-unknown-unknown here: apt-get install -y --no-install-recommends $missing" \
            "(or EVROUTE_RUSTUP=1 for: rustup target add wasm32-unknown-unknown)"
    use_debian
}

use_debian() {
    flavour=$(debian_flavour)
    sysroot=${EVROUTE_CACHE:-$repository/target}/wasm-sysroot/$flavour
    if [ ! -d "$sysroot" ]; then
        say "building Rust's libraries for wasm32-unknown-unknown once, from rust-web-src (about 40 s) ..."
        "$here/mkstd.sh" "$sysroot" || fail "could not build Rust's libraries for wasm32-unknown-unknown; see above"
        # What was compiled against an earlier build of them does not fit any more.
        rm -rf "$guests/target/$flavour"
    fi
    export RUSTC=/usr/bin/rustc
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$(wasm_linker)
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER
    flags="--sysroot=$sysroot"
}

# Before choose_target: this is an ordinary program and wants the ordinary compiler.
find_componentize() {
    componentize=${EVROUTE_COMPONENTIZE:-}
    if [ -z "$componentize" ]; then
        host_target=${CARGO_TARGET_DIR:-$repository/target}
        # With the features that the whole workspace gives to what it is made of: tests and server find all of that built.
        (cd "$repository" && cargo build --quiet --workspace --bin evroute-componentize --target-dir "$host_target") ||
            fail "could not build evroute-componentize; see above"
        componentize=$host_target/debug/evroute-componentize
    fi
}

# Every run pays for its memory, and the shadow stack is the first part of it: one that overflows is a trap.
# __heap_base tells evroute-componentize how little memory will do (rust/evroute-guest/src/small_memory.rs).
compile() {
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="${flags:-} -Clink-arg=-zstack-size=4096 -Clink-arg=--export=__heap_base"
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS
    # The examples' own folders choose no toolchain: env, not a file, so that `cargo build` of a copy works too.
    (cd "$guests" && env -u RUSTFLAGS -u CARGO_ENCODED_RUSTFLAGS -u CARGO_BUILD_TARGET -u RUSTC_WRAPPER \
        cargo build --release --target wasm32-unknown-unknown --target-dir "target/$flavour" "$@") ||
        fail "an example does not compile; see above"
}

# Those that are handlers; the others are libraries.
all_names() {
    grep -l '^crate-type = .*cdylib' "$here"/*/Cargo.toml | while read -r manifest; do
        basename "$(dirname "$manifest")"
    done
}

main() {
    [ $# -gt 0 ] || set -- $(all_names)
    packages=
    for name in "$@"; do
        [ -f "$here/$name/Cargo.toml" ] || fail "there is no example $name in $here; there are: $(all_names | tr '\n' ' ')"
        packages="$packages --package $name"
    done
    find_componentize
    choose_target
    # shellcheck disable=SC2086 # a list of words
    compile $packages
    mkdir -p "$guests/target/components"
    for name in "$@"; do
        core=$guests/target/$flavour/wasm32-unknown-unknown/release/$(echo "$name" | tr - _).wasm
        "$componentize" "$core" --output "$guests/target/components/$name.wasm" || exit 1
    done
    say "$# in guest-examples/target/components: $*"
}

main "$@"
