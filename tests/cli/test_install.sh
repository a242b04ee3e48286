#!/usr/bin/env bash
# Installs into a folder of its own, looks at what is there, and builds a program against both
# libraries. SPDX-License-Identifier: Apache-2.0
#   test_install.sh CMAKE BUILD_FOLDER COMPILER "COMPILER FLAGS"
set -eu
cmake=$1 build=$2 compiler=$3 flags=$4
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

"$cmake" --install "$build" --prefix "$folder" >/dev/null
cd "$folder"
for file in bin/pitwall include/pitwall.h share/man/man1/pitwall.1 \
    share/bash-completion/completions/pitwall share/pitwall/queries/standings.sql; do
    [ -s "$file" ] || fail "$file is not installed"
done
library=$(dirname "$(find . -name libpitwall.a)")
[ -e "$library/libpitwall.so" ] || fail "libpitwall.so is not installed"
bin/pitwall --version | grep -q '^pitwall ' || fail "the installed binary does not run"

others=$(nm -D --defined-only "$library/libpitwall.so" | awk '{ print $3 }' |
    grep -v '^pitwall_' || true)
[ -z "$others" ] || fail "libpitwall.so shows $others"
others=$(nm -g --defined-only "$library/libpitwall.a" | awk 'NF == 3 { print $3 }' |
    grep -v '^pitwall_' || true)
[ -z "$others" ] || fail "libpitwall.a shows $others"

# The .pc file names the prefix of the configuration; here it is this folder.
sed "s|^prefix=.*|prefix=$folder|; s|^libdir=.*|libdir=$folder/$library|
     s|^includedir=.*|includedir=$folder/include|" "$library/pkgconfig/pitwall.pc" >pitwall.pc
export PKG_CONFIG_PATH=$folder
# shellcheck disable=SC2046,SC2086
$compiler $flags "$here/api_user.c" $(pkg-config --cflags --libs pitwall) -o shared
LD_LIBRARY_PATH=$folder/$library ./shared | grep -q '^SELECT' ||
    fail "the shared library does not work"
# Our part is static, what we stand on is not: distributions seldom carry all of that as archives.
# shellcheck disable=SC2046,SC2086
$compiler $flags "$here/api_user.c" -Iinclude "$library/libpitwall.a" \
    $(pkg-config --libs $(pkg-config --print-requires-private pitwall)) -lpthread -lm -o static
./static | grep -q '^SELECT' || fail "the static library does not work"
