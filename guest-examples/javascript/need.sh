#!/bin/sh
# need.sh: prints the Debian packages that build.sh is missing on this machine, in one line, and why in another; or nothing.
set -eu

command -v npm >/dev/null || printf '%s\n' "nodejs npm" "npm, from which the compiler for JavaScript comes"
