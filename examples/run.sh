#!/usr/bin/env bash
# Runs every lesson: the commands of its README, in a folder of its own, and compares what comes out with what it says.
#
#   examples/run.sh [BUILD_FOLDER]             build/release if not given
#   UPDATE=1 examples/run.sh [BUILD_FOLDER]    writes what comes out into the READMEs
#
# SPDX-License-Identifier: Apache-2.0
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
build=$(cd "${1:-$root/build/release}" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Lesson 5 builds against the installed library; sanitizers must be the same on both sides.
cached() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }
CC=$(cached CMAKE_C_COMPILER)
sanitize=$(cached PW_SANITIZE)
CFLAGS="-std=c11 -Wall -Wextra ${sanitize:+-fsanitize=$sanitize}"
export CC CFLAGS
cmake --install "$build" --prefix "$folder" >/dev/null
# The .pc file names the prefix of the configuration; here it is this folder.
package=$(find "$folder" -name pitwall.pc)
library=$(dirname "$(dirname "$package")")
sed -i "s|^prefix=.*|prefix=$folder|; s|^libdir=.*|libdir=$library|; s|^includedir=.*|includedir=$folder/include|" "$package"
export PKG_CONFIG_PATH=$library/pkgconfig LD_LIBRARY_PATH=$library

python3 -B "$root/tests/docs/run_blocks.py" "$folder/bin/pitwall" ${UPDATE:+--update} "$here"/0*/README.md
