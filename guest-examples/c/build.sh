#!/bin/sh
# build.sh [NAME...]: builds the C example handlers, all or the named ones, to guest-examples/target/components/c/NAME.wasm.
#
# clang compiles, with the C library of WASI for <string.h>; arena/arena.c is in place of its allocator, and nothing is left
# that asks for WASI. wit-bindgen makes the header that the handlers include and what lies behind it: generated at every
# build, since it is a function of world.wit.
#
# Exit codes: 0 built or nothing to do, 1 does not compile or something is missing (one line says what).
set -eu

language=c
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../tools.sh
. "$here/../tools.sh"
# shellcheck source=toolchain.sh
. "$here/toolchain.sh"

# Every run pays for its memory, and the stack is the first part of it: one that overflows is a trap, as it comes first.
compile() {
    file=$(underscored "$1")
    "$wit_bindgen" c "$stage/wit" --rename-world bindings --out-dir "$stage" || fail "wit-bindgen refuses $1/world.wit; see above"
    sed -n -f "$here/sdk/world.sed" "$stage/bindings.h" >"$stage/world.h"
    text_is_utf8 bindings.c "$here/bindings/text.awk"
    # shellcheck disable=SC2086 # lists of words
    "$clang" $target -std=c17 -O2 -flto -Wall -Wextra -Wno-unused-parameter -Werror -I"$stage" -I"$here/sdk" \
        "$here/$1/$file.c" "$here/arena/arena.c" "$stage/bindings.c" "$stage/bindings_component_type.o" \
        $link -lc -o "$stage/$file.wasm" &&
        "$componentize" "$stage/$file.wasm" --output "$stage/component.wasm"
}

main() {
    # shellcheck disable=SC2046 # a list of words
    [ $# -gt 0 ] || set -- $(all_names)
    check_names "$@"
    find_clang
    find_componentize
    for name in "$@"; do
        ! is_current "$name" "$here/arena" "$here/bindings" "$here/sdk" "$here/toolchain.sh" "$componentize" || continue
        find_wit_bindgen
        say "c: $name"
        stage "$name"
        compile "$name" || fail "$name does not compile; see above"
        publish "$stage/component.wasm" "$name"
    done
    say "$# in guest-examples/target/components/c: $*"
}

main "$@"
