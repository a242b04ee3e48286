#!/usr/bin/env bash
# docs/functions.md is made from the function registry: the committed one must be what the binary prints.
# SPDX-License-Identifier: Apache-2.0
#   test_generated.sh PITWALL DOCS_FOLDER
set -eu
if ! diff -u "$2/functions.md" <("$1" docs functions); then
    echo "docs/functions.md is not up to date: $1 docs functions > docs/functions.md" >&2
    exit 1
fi
