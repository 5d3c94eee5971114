#!/bin/sh
# build.sh LANGUAGE...: builds the example handlers of these languages, one after the other, and says how long each took.
#
# What a language needs is installed by its own build.sh, into the build directory; see the README.md beside that.
# Exit codes: 0 all built, 1 one was not (the others are built all the same), 2 usage.
set -eu

guests=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || {
    echo "usage: build.sh LANGUAGE..." >&2
    exit 2
}
failed=
for language in "$@"; do
    [ -x "$guests/$language/build.sh" ] || {
        echo "guests: there is no language $language; there are: $(cd "$guests" && echo */build.sh | sed 's|/build.sh||g')" >&2
        exit 2
    }
    begun=$(date +%s)
    "$guests/$language/build.sh" || failed="$failed $language"
    echo "guests: $language took $(($(date +%s) - begun)) s"
done
[ -z "$failed" ] || {
    echo "guests: not built:$failed" >&2
    exit 1
}
