#!/bin/sh
# build.sh [NAME...]: builds the C++ example handlers, all or the named ones, to guest-examples/target/components/cpp/NAME.wasm.
#
# clang compiles, as for C (../c/build.sh), with libc++ and without exceptions; memory comes from C's arena here too.
# wit-bindgen makes NAME_cpp.h, which the handlers include, and what lies behind it: generated at every build, since it
# is a function of world.wit.
#
# Exit codes: 0 built or nothing to do, 1 does not compile or something is missing (one line says what).
set -eu

language=cpp
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../tools.sh
. "$here/../tools.sh"
# shellcheck source=../c/toolchain.sh
. "$here/../c/toolchain.sh"

# Every run pays for its memory, and the stack is the first part of it: one that overflows is a trap, as it comes first.
compile() {
    file=$(underscored "$1")
    "$wit_bindgen" cpp "$stage/wit" --out-dir "$stage" || fail "wit-bindgen refuses $1/world.wit; see above"
    awk -f "$here/lists.awk" "$stage/$file.cpp" >"$stage/bindings.cpp"
    text_is_utf8 bindings.cpp "$here/text.awk"
    # shellcheck disable=SC2086 # lists of words
    "$clang" $target -std=c17 -O2 -flto -Wall -Wextra -Werror -c "$guests/c/arena/arena.c" -o "$stage/arena.o" &&
        "$clangxx" $target -std=c++23 -fno-exceptions -fno-rtti -O2 -flto -DNDEBUG -Wall -Wglobal-constructors -Wextra -Werror \
            -isystem "$stage" -I"$here/sdk" "$here/$1/$file.cpp" "$here/arena/arena.cpp" "$stage/bindings.cpp" "$stage/arena.o" "$stage/${file}_component_type.o" \
            $link -lc++ -lc++abi -lc -o "$stage/$file.wasm" &&
        "$componentize" "$stage/$file.wasm" --output "$stage/component.wasm"
}

main() {
    # shellcheck disable=SC2046 # a list of words
    [ $# -gt 0 ] || set -- $(all_names)
    check_names "$@"
    find_clang
    find_componentize
    for name in "$@"; do
        ! is_current "$name" "$here/arena" "$here/sdk" "$here/lists.awk" "$here/text.awk" "$guests/c/arena" "$guests/c/bindings" "$guests/c/toolchain.sh" "$componentize" || continue
        find_wit_bindgen
        say "c++: $name"
        stage "$name"
        compile "$name" || fail "$name does not compile; see above"
        publish "$stage/component.wasm" "$name"
    done
    say "$# in guest-examples/target/components/cpp: $*"
}

main "$@"
