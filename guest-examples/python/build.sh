#!/bin/sh
# build.sh [NAME...]: builds the Python example handlers, all or the named ones, to
# guest-examples/target/components/python/NAME.wasm.
#
# componentize-py puts a handler into CPython, imports it, and keeps what is there then: a run does not start an
# interpreter. It comes from pip, with the version below, into the build directory.
#
# Exit codes: 0 built or nothing to do, 1 does not compile or something is missing (one line says what).
set -eu

language=python
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../tools.sh
. "$here/../tools.sh"

compile() {
    "$pip_home/bin/componentize-py" --quiet --wit-path "$stage/wit" --world "$1" componentize --stub-wasi \
        --python-path "$here/$1" --python-path "$here/sdk" --output "$stage/component.wasm" handler
}

main() {
    # shellcheck disable=SC2046 # a list of words
    [ $# -gt 0 ] || set -- $(all_names)
    check_names "$@"
    python3 -c 'import ensurepip, venv' 2>/dev/null ||
        fail "no Python environments here: apt-get install -y --no-install-recommends $("$here/need.sh" | head -n 1)"
    find_componentize_py
    for name in "$@"; do
        ! is_current "$name" "$here/sdk" || continue
        say "python: $name (about 7 s)"
        stage "$name"
        compile "$name" || fail "$name does not compile; see above"
        publish "$stage/component.wasm" "$name"
    done
    say "$# in guest-examples/target/components/python: $*"
}

main "$@"
