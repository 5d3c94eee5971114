# shellcheck shell=sh
# toolchain.sh: clang for WebAssembly, as Debian packages it. Sourced by the build.sh and need.sh of C and C++.

CLANG_VERSION=22
WASI=/usr/include/wasm32-wasi

# Debian's packages that are missing for $language, in one line; empty when there are none.
missing_packages() {
    missing=
    command -v "clang-$CLANG_VERSION" >/dev/null || missing="clang-$CLANG_VERSION"
    command -v "wasm-ld-$CLANG_VERSION" >/dev/null || missing="$missing lld-$CLANG_VERSION"
    [ -f "$WASI/string.h" ] || missing="$missing wasi-libc"
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
