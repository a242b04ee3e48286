#!/usr/bin/env bash
# Makes sure that everything needed to build and test is installed (Debian 12, Ubuntu 24.04).
#
#   tests/packages.sh build   what a build needs
#   tests/packages.sh test    also what the tests need (compilers for the fuzz targets, Java for Kafka)
#
# Installs what is missing with apt-get when run as root; otherwise says what to install and fails.
set -eu

build="gcc cmake ninja-build pkg-config flex bison librdkafka-dev libsqlite3-dev libjansson-dev libicu-dev libpcre2-dev libxxhash-dev sqlite3"
test="$build clang libclang-rt-14-dev libcmocka-dev python3 openssl maven openjdk-17-jre-headless"

case "${1:-build}" in
build) wanted=$build ;;
test) wanted=$test ;;
*) echo "usage: tests/packages.sh build|test" >&2; exit 1 ;;
esac

missing=()
for package in $wanted; do
    dpkg -s "$package" >/dev/null 2>&1 && continue
    # Java and Maven may be there without Debian's packages.
    case "$package" in
    maven) command -v mvn >/dev/null && continue ;;
    openjdk-17-jre-headless) command -v java >/dev/null && continue ;;
    cmake) command -v cmake >/dev/null && continue ;;
    python3) command -v python3 >/dev/null && continue ;;
    esac
    missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" != 0 ]; then
    echo "These packages are missing. Install them and start again:" >&2
    echo "  sudo apt-get install ${missing[*]}" >&2
    exit 1
fi
echo "installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
