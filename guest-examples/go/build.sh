#!/bin/sh
# build.sh [NAME...]: builds the Go example handlers, all or the named ones, to guest-examples/target/components/go/NAME.wasm.
#
# wit-bindgen makes a module around the handler's package: generated at every build, since it is a function of world.wit.
# The Go toolchain, from pip, compiles it without a module proxy: pkg/ is what the bindings import. Wizer, from npm, runs
# it up to where the first event would come, and keeps that: a run does not start Go's run-time. wasi.wat answers what that
# asks of WASI.
#
# Exit codes: 0 built or nothing to do, 1 does not compile or something is missing (one line says what).
set -eu

language=go
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../tools.sh
. "$here/../tools.sh"

# A package for each event that the world exports, which calls the handler's function: evroute:tm/local-request and
# TmLocalRequest. No example's event is one without a verdict.
exports() {
    sed -n 's/^ *export evroute:\([a-z-]*\)\/\([a-z-]*\)@.*/\1-\2/p' "$stage/wit/world.wit" | while read -r event; do
        package=export_evroute_$(underscored "$event")
        function=$(echo "$event" | awk -F- '{ for (i = 1; i <= NF; i++) printf "%s%s", toupper(substr($i, 1, 1)), substr($i, 2) }')
        mkdir "$stage/$package"
        printf 'package %s\n\nimport (\n\t"go.bytecodealliance.org/pkg/wit/guarded"\n\t"wit_component/handler"\n)\n\n' \
            "$package" >"$stage/$package/handle.go"
        printf 'var Handle = guarded.Verdict(handler.%s)\n' "$function" >>"$stage/$package/handle.go"
    done
}

compile() {
    "$wit_bindgen" go "$stage/wit" --out-dir "$stage" || fail "wit-bindgen refuses $1/world.wit; see above"
    for bindings in "$stage/wit_exports.go" "$stage"/*/wit_bindings.go; do
        awk -f "$here/text.awk" "$bindings" "$bindings" >"$stage/changed"
        mv "$stage/changed" "$bindings"
    done
    mkdir "$stage/handler" "$stage/evroute"
    cp "$here/$1"/*.go "$stage/handler/"
    cp -r "$here/sdk/." "$stage/evroute"
    exports
    echo "replace go.bytecodealliance.org/pkg => $here/pkg" >>"$stage/go.mod"
    (cd "$stage" && GOPROXY=off GOFLAGS=-mod=mod GOTOOLCHAIN=local GOWORK=off GOOS=wasip1 GOARCH=wasm GOCACHE="$tools/go-cache" \
        "$go" build -buildmode=c-shared "-ldflags=-w -checklinkname=0" -o core.wasm .) &&
        "$wizer" --allow-wasi --init-func _initialize --wasm-bulk-memory true \
            "$stage/core.wasm" -o "$stage/started.wasm" &&
        "$componentize" "$stage/started.wasm" --wit "$stage/wit" --world "$1" \
            --adapt "wasi_snapshot_preview1=$here/wasi.wat" --output "$stage/component.wasm"
}

main() {
    # shellcheck disable=SC2046 # a list of words
    [ $# -gt 0 ] || set -- $(all_names)
    check_names "$@"
    missing=$("$here/need.sh" | head -n 1)
    [ -z "$missing" ] || fail "not all that Go needs is here: apt-get install -y --no-install-recommends $missing"
    find_componentize
    find_go
    for name in "$@"; do
        ! is_current "$name" "$here/pkg" "$here/sdk" "$here/text.awk" "$here/wasi.wat" "$componentize" || continue
        find_wit_bindgen
        say "go: $name"
        stage "$name"
        compile "$name" || fail "$name does not compile; see above"
        publish "$stage/component.wasm" "$name"
    done
    say "$# in guest-examples/target/components/go: $*"
}

main "$@"
