#!/bin/sh
# Makes ./configure from a fresh clone.
set -eu
cd "$(dirname "$0")"
exec autoreconf --install --force "$@"
