#!/bin/sh
# build.sh [NAME...]: builds the Zig example handlers, all or the named ones, to guest-examples/target/components/zig/NAME.wasm.
#
# Zig reads C: wit-bindgen makes a C header of world.wit, `zig translate-c` makes the module `bindings` of that, and Zig's
# own C compiler compiles what lies behind it, with C's arena (../c/arena). Zig comes from pip, into the build directory.
#
# Exit codes: 0 built or nothing to do, 1 does not compile or something is missing (one line says what).
set -eu

language=zig
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../tools.sh
. "$here/../tools.sh"

zig() { ZIG_GLOBAL_CACHE_DIR=$tools/zig-cache ZIG_LOCAL_CACHE_DIR=$tools/zig-cache "$pip_home/bin/python" -m ziglang "$@"; }

# The headers of a C library are wanted, but nothing of it is linked: Zig has memcpy and its like.
compile() {
    "$wit_bindgen" c "$stage/wit" --rename-world bindings --out-dir "$stage" || fail "wit-bindgen refuses $1/world.wit; see above"
    text_is_utf8 bindings.c "$guests/c/bindings/text.awk"
    zig translate-c -target wasm32-wasi -lc -I"$stage" "$stage/bindings.h" >"$stage/bindings.zig" &&
        zig cc -target wasm32-wasi -O2 -c "$guests/c/arena/arena.c" -o "$stage/arena.o" &&
        zig cc -target wasm32-wasi -O2 -I"$stage" -c "$stage/bindings.c" -o "$stage/bindings.o" &&
        zig build-exe -target wasm32-freestanding -fno-entry -rdynamic -O ReleaseSmall --stack 4096 -fstrip --export=__heap_base \
            "$stage/bindings.o" "$stage/bindings_component_type.o" "$stage/arena.o" \
            --dep evroute --dep bindings -Mroot="$here/$1/handler.zig" --dep bindings -Mevroute="$here/sdk/evroute.zig" \
            -Mbindings="$stage/bindings.zig" -femit-bin="$stage/core.wasm" &&
        "$componentize" "$stage/core.wasm" --output "$stage/component.wasm"
}

main() {
    # shellcheck disable=SC2046 # a list of words
    [ $# -gt 0 ] || set -- $(all_names)
    check_names "$@"
    missing=$("$here/need.sh" | head -n 1)
    [ -z "$missing" ] || fail "no pip here: apt-get install -y --no-install-recommends $missing"
    find_componentize
    find_zig
    [ -d "$tools/zig-cache" ] || say "zig: the first build makes Zig's translator of C too, about a minute"
    for name in "$@"; do
        ! is_current "$name" "$here/sdk" "$guests/c/arena" "$guests/c/bindings" "$componentize" || continue
        find_wit_bindgen
        say "zig: $name"
        stage "$name"
        compile "$name" || fail "$name does not compile; see above"
        publish "$stage/component.wasm" "$name"
    done
    say "$# in guest-examples/target/components/zig: $*"
}

main "$@"
