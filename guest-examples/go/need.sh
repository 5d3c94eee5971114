#!/bin/sh
# need.sh: prints the Debian packages that build.sh is missing on this machine, in one line, and why in another; or nothing.
set -eu

missing=
python3 -c 'import ensurepip, venv' 2>/dev/null || missing="python3 python3-venv"
command -v npm >/dev/null || missing="$missing nodejs npm"
[ -z "$missing" ] || printf '%s\n' "${missing# }" "pip, from which the Go toolchain comes, and npm, from which Wizer comes"
