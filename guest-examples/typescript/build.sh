#!/bin/sh
# build.sh [NAME...]: builds the TypeScript example handlers, all or the named ones, to
# guest-examples/target/components/typescript/NAME.wasm.
#
# tsc checks the types, esbuild makes one module of a handler and what it imports. componentize-qjs puts it into QuickJS, runs
# it up to where the first event would come, and keeps that: a run does not start an interpreter. All come from npm, with
# the versions below, into the build directory; Node.js runs them.
#
# Exit codes: 0 built or nothing to do, 1 does not compile or something is missing (one line says what).
set -eu

language=typescript
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../tools.sh
. "$here/../tools.sh"

check_types() {
    checked=yes
    "$typescript_home/node_modules/.bin/tsc" --project "$here" || fail "the types do not fit; see above"
}

compile() {
    "$npm_home/node_modules/.bin/esbuild" "$here/$1/$1.ts" --bundle --format=esm --external:'evroute:*' \
        --log-level=warning --outfile="$stage/$1.mjs" &&
        "$npm_home/node_modules/.bin/componentize-qjs" --wit "$stage/wit" --js "$stage/$1.mjs" --sync --stub-wasi \
            --output "$stage/component.wasm" >"$stage/log" || { cat "$stage/log"; return 1; }
}

main() {
    # shellcheck disable=SC2046 # a list of words
    [ $# -gt 0 ] || set -- $(all_names)
    check_names "$@"
    command -v npm >/dev/null || fail "no npm here: apt-get install -y --no-install-recommends $("$here/need.sh" | head -n 1)"
    find_typescript
    find_qjs
    checked=
    for name in "$@"; do
        ! is_current "$name" "$guests/javascript/sdk" "$here/tsconfig.json" || continue
        [ -n "$checked" ] || check_types
        say "typescript: $name"
        stage "$name"
        compile "$name" || fail "$name does not compile; see above"
        publish "$stage/component.wasm" "$name"
    done
    say "$# in guest-examples/target/components/typescript: $*"
}

main "$@"
