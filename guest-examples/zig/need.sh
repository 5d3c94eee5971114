#!/bin/sh
# need.sh: prints the Debian packages that build.sh is missing on this machine, in one line, and why in another; or nothing.
set -eu

python3 -c 'import ensurepip, venv' 2>/dev/null || printf '%s\n' "python3 python3-venv" "pip, from which Zig comes"
