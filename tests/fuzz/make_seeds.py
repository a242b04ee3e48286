#!/usr/bin/env python3
# Writes seeds for the fuzz targets from what lies about: records and statements of conformance cases (JSON files), our own SQL
# and golden files.
#
#     make_seeds.py OUT_FOLDER FOLDER...     (makes OUT_FOLDER/json, /delimited and /parser)
#
# A seed begins with the bytes from which the fuzz target makes its schema; types are chosen to fit
# the record. SPDX-License-Identifier: Apache-2.0
import hashlib
import json
import pathlib
import sys

COLUMNS = ["A", "B", "lap", "LAP", "A longer name, quoted", "\u00c9t\u00e9"]
FIELDS = ["X", "y", "Y", "LAP"]
BOOLEAN, INTEGER, BIGINT, DOUBLE, STRING, DECIMAL, ARRAY, MAP, STRUCT = 0, 1, 2, 3, 4, 9, 11, 13, 14


class Number(str):
    """A number as it was spelled."""


def text_of(value):
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(text_of(v) for v in value) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{text_of(v)}" for k, v in value.items()) + "}"
    return json.dumps(value, ensure_ascii=len(str(value)) % 2 == 0)


def type_of(value, depth=0):
    """The bytes of a type that takes the value."""
    if isinstance(value, bool):
        return bytes([BOOLEAN])
    if isinstance(value, Number):
        if "." in value:
            return bytes([DECIMAL, 29, 10]) if len(value) % 2 else bytes([DOUBLE])
        return bytes([BIGINT if len(value) > 9 else INTEGER])
    if isinstance(value, list) and value and depth < 3:
        return bytes([ARRAY]) + type_of(value[0], depth + 1)
    if isinstance(value, dict) and value and depth < 3:
        members = list(value.values())
        if len(members) == 1:
            return bytes([MAP]) + type_of(members[0], depth + 1)
        kinds = b"".join(type_of(v, depth + 1) for v in members[:4])
        return bytes([STRUCT, len(members[:4]) - 1]) + kinds
    return bytes([STRING])


def rename(value, names, depth=0):
    """The same value with the names of the fuzz target's columns and fields."""
    if isinstance(value, list):
        return [rename(v, FIELDS, depth + 1) for v in value]
    if not isinstance(value, dict):
        return value
    keys = list(value)
    new = {}
    for i, key in enumerate(keys):
        name = names[i] if i < len(names) else key
        new[name] = rename(value[key], FIELDS, depth + 1)
    return new


def json_seed(value):
    renamed = rename(value, COLUMNS)
    if isinstance(value, dict) and value:
        members = list(renamed.values())[: len(COLUMNS)]
        shape = (len(members) - 1) | (0x80 if len(members) == 1 else 0)
        # 6 * 0x15 + 2 = 0x80: the flag must not change the count.
        shape = next(s for s in range(shape & 0x80, 256) if s % 6 == len(members) - 1)
        header = bytes([shape, 0x2D]) + b"".join(type_of(v) for v in members)
    else:
        header = bytes([0, 1]) + type_of(renamed)
    return header + text_of(renamed).encode("utf-8", "replace")


def delimited_seed(value):
    cells = value.split(",")[:5]
    header = bytes([len(cells) - 1, 1, 0x15])
    for i in range(5):
        cell = cells[i] if i < len(cells) else ""
        kind = 1 if cell.isdigit() else 3 if cell.replace(".", "").isdigit() else 4
        header += bytes([kind, 0])
    return header + value.encode("utf-8", "replace")


def keep(folder, seed):
    (folder / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)


def seeds_of_case(case, out):
    for statement in case.get("statements") or []:
        if isinstance(statement, str):
            keep(out / "parser", statement.encode())
    for record in case.get("inputs") or []:
        for value in (record.get("key"), record.get("value")):
            if value is None:
                continue
            keep(out / "json", json_seed(value))
            if isinstance(value, str) and not isinstance(value, Number):
                keep(out / "delimited", delimited_seed(value))


def main():
    out = pathlib.Path(sys.argv[1])
    for kind in ("json", "delimited", "parser"):
        (out / kind).mkdir(parents=True, exist_ok=True)
    for folder in map(pathlib.Path, sys.argv[2:]):
        for path in sorted([*folder.rglob("*.sql"), *folder.rglob("*.test")]):
            keep(out / "parser", path.read_bytes())
        for path in sorted(folder.rglob("*.json")):
            try:
                document = json.loads(path.read_text(), parse_int=Number, parse_float=Number)
            except ValueError:
                continue
            for case in document.get("cases", []) if isinstance(document, dict) else []:
                if isinstance(case, dict):
                    seeds_of_case(case, out)


main()
