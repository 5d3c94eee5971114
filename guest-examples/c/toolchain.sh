# shellcheck shell=sh
# toolchain.sh: clang for WebAssembly, as Debian packages it. Sourced by the build.sh and need.sh of C and C++.

CLANG_VERSION=22
WASI=/usr/include/wasm32-wasi

# The compiler's own library, as clang names it; Debian puts it beside the compiler.
builtins() {
    echo "/usr/lib/llvm-$CLANG_VERSION/lib/clang/$CLANG_VERSION/lib/wasi/libclang_rt.builtins-wasm32.a"
}

# Debian's packages that are missing for $language, in one line; empty when there are none.
missing_packages() {
    missing=
    command -v "clang-$CLANG_VERSION" >/dev/null || missing="clang-$CLANG_VERSION"
    command -v "wasm-ld-$CLANG_VERSION" >/dev/null || missing="$missing lld-$CLANG_VERSION"
    [ -f "$WASI/string.h" ] || missing="$missing wasi-libc"
    # What the compiler itself calls (128-bit multiplication and the like).
    [ -f "$(builtins)" ] || missing="$missing libclang-rt-$CLANG_VERSION-dev-wasm32"
    [ "$language" = c ] || [ -d "$WASI/c++" ] || missing="$missing libc++-$CLANG_VERSION-dev-wasm32"
    echo "${missing# }"
}

# Sets clang, clangxx, and the words that every compilation ($target) and every link ($link) has. Names of functions stay in
# the component: the log line of a run that failed says where it was.
find_clang() {
    missing=$(missing_packages)
    [ -z "$missing" ] || fail "no $language compiler for WebAssembly here: apt-get install -y --no-install-recommends $missing"
    clang=clang-$CLANG_VERSION
    clangxx=clang++-$CLANG_VERSION
    # Debian's libraries lie under the target's old name.
    target="--target=wasm32-wasi -Wno-deprecated -mbulk-memory"
    link="-fuse-ld=$(command -v "wasm-ld-$CLANG_VERSION") -nostdlib -Wl,--strip-debug -Wl,--no-entry -Wl,-z,stack-size=4096"
    link="$link -Wl,--stack-first -Wl,--export=__heap_base"
}
