#!/usr/bin/env python3
"""The rules of the source tree that a program can check (README.md lists them). Exit status 1 if one is broken.

SPDX-License-Identifier: Apache-2.0"""
import re
import sys
from pathlib import Path

FILE_LINES_MAX = 700
FUNCTION_LINES_MAX = 70
LINE_COLUMNS_MAX = 100
README_LINES_MAX = 40

# A folder includes its own files and those of lower ranks.
RANKS = {
    "base": 0, "types": 1, "parser": 1, "functions": 2, "formats": 2, "state": 2, "kafka": 2, "catalog": 2,
    "expr": 3, "plan": 4, "operators": 5, "runtime": 6, "session": 7,
}

# Where a library's header may be included; tests may include any.
HOMES = {
    r"librdkafka/": ["engine/kafka/"],
    r"sqlite3\.h": ["engine/state/", "engine/kafka/", "engine/catalog/", "engine/base/sqlite_util",
                    "engine/session/pull", "engine/session/table_rows"],
    r"jansson\.h": ["engine/formats/", "src/"],
    r"unicode/": ["engine/functions/"],
    r"pcre2\.h": ["engine/functions/"],
    r"xxhash\.h": ["engine/base/"],
}

# Calls that have a better form, and the one file or folder that may have them.
BANNED = {
    "malloc": ["engine/base/mem.c"], "calloc": ["engine/base/mem.c"], "realloc": ["engine/base/mem.c"],
    "free": ["engine/base/mem.c", "engine/kafka/rdkafka_conf.c"],  # librdkafka's own text "strdup": [], "strcpy": [], "strcat": [], "sprintf": [], "vsprintf": [],
    "gets": [], "atoi": [], "atol": [], "atof": [], "gettimeofday": [],
    "exit": ["engine/base/", "src/"], "printf": ["src/"], "rand": [], "system": [],
}

WORDS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


class Tidy:
    def __init__(self, root):
        self.root = root
        self.count = 0

    def say(self, path, line, message):
        print(f"{path.relative_to(self.root)}:{line}: {message}")
        self.count += 1


def blank_out(text):
    """Comments, strings and characters replaced by spaces, so that what is left is code."""
    pattern = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def folder_of(path, root):
    """engine/plan/x.c is in plan, parser/x.c in parser; None for what has no rank."""
    parts = path.relative_to(root).parts
    name = parts[1] if parts[0] == "engine" and len(parts) > 2 else parts[0]
    return name if name in RANKS else None


def check_includes(tidy, path, text):
    relative = path.relative_to(tidy.root).as_posix()
    own = folder_of(path, tidy.root)
    is_test = relative.startswith("tests/")
    for match in re.finditer(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', text, re.M):
        line = text.count("\n", 0, match.start(2)) + 1
        name = match.group(2)
        if ".." in name.split("/"):
            tidy.say(path, line, f'includes "{name}": paths begin at the root of the layers')
        first = name.split("/")[0]
        if match.group(1) == '"' and first in RANKS and own is not None and first != own:
            if RANKS[first] >= RANKS[own]:
                tidy.say(path, line, f"{own} (rank {RANKS[own]}) includes {name} (rank {RANKS[first]})")
        for pattern, homes in HOMES.items():
            if is_test or not re.match(pattern, name):
                continue
            if not any(relative.startswith(home) for home in homes):
                tidy.say(path, line, f"<{name}> has its home in {', '.join(homes)}")


def check_lines(tidy, path, text):
    lines = text.splitlines()
    if len(lines) > FILE_LINES_MAX and path.suffix != ".y":  # a grammar cannot be cut in two
        tidy.say(path, len(lines), f"{len(lines)} lines; at most {FILE_LINES_MAX}")
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_COLUMNS_MAX:
            tidy.say(path, number, f"{len(line)} columns; at most {LINE_COLUMNS_MAX}")
        if WORDS.search(line):
            tidy.say(path, number, "unfinished work belongs into an issue")
    if "SPDX-License-Identifier: Apache-2.0" not in re.sub(r"\s*\n[\s*]*", " ", text):
        tidy.say(path, 1, "no SPDX-License-Identifier")


def check_functions(tidy, path, code):
    """A brace at depth 0 behind a parenthesis opens a function."""
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group()), code, flags=re.M)
    depth, opened, name, before = 0, 0, "", 0
    for match in re.finditer(r"[{};]", code):
        if match.group() == "{":
            if depth == 0:
                head = code[before:match.start()]
                call = re.search(r"(\w+)\s*\([^;{}]*\)\s*(?:__attribute__\s*\(\(.*?\)\)\s*)?$", head, re.S)
                opened = match.start() if call else -1
                name = call.group(1) if call else ""
                if call:
                    opened = before + call.start()
            depth += 1
        elif match.group() == "}":
            depth -= 1
            if depth == 0 and opened >= 0 and name:
                first = code.count("\n", 0, opened) + 1
                length = code.count("\n", 0, match.start()) + 1 - first + 1
                if length > FUNCTION_LINES_MAX:
                    tidy.say(path, first, f"{name} has {length} lines; at most {FUNCTION_LINES_MAX}")
            before = match.end()
        elif depth == 0:
            before = match.end()


def check_calls(tidy, path, code):
    relative = path.relative_to(tidy.root).as_posix()
    for match in re.finditer(r"(?<![\w.>])(\w+)\s*\(", code):
        homes = BANNED.get(match.group(1))
        if homes is None or any(relative.startswith(home) for home in homes):
            continue
        line = code.count("\n", 0, match.start()) + 1
        where = f"only in {', '.join(homes)}" if homes else "not used here"
        tidy.say(path, line, f"{match.group(1)}() is {where}")


def check_docs(tidy, path, text):
    """Rows of functions and settings have a text for people."""
    for match in re.finditer(r"\{[\s\\]*\.signature\s*=", text):
        depth, end = 0, match.start()
        for end in range(match.start(), len(text)):
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            if depth == 0:
                break
        if not re.search(r"\.doc\s*=\s*(?!\"\")", text[match.start():end]):
            tidy.say(path, text.count("\n", 0, match.start()) + 1, "a function without a doc")
    if path.name != "setting_list.h":
        return
    body = text[text.index("#define"):].replace("\\\n", " ")
    rows = re.findall(r"X\((\w+), ((?:[^()\"]|\"[^\"]*\")*)\)", body)
    for name, rest in rows:
        if len(re.findall(r'"[^"]*"', rest)) < 5 or rest.rstrip().endswith('""'):
            tidy.say(path, 1, f"setting {name} without a doc")
    if len(rows) < 10:
        tidy.say(path, 1, "the rows of settings cannot be found")


def check_folder(tidy, folder):
    sources = sorted(p.name for p in folder.iterdir() if p.suffix in (".c", ".l", ".y"))
    if not sources:
        return
    readme = folder / "README.md"
    if not readme.exists():
        tidy.say(folder, 0, "no README.md")
        return
    text = readme.read_text()
    lines = text.count("\n")
    if lines > README_LINES_MAX:
        tidy.say(readme, lines, f"{lines} lines; at most {README_LINES_MAX}")
    named = set(re.findall(r"[\w.]+\.[cly]\b", text))
    for stem, ends in re.findall(r"(\w+)\.(h\b|\{[chly,]+\}|\[[chly]+\])", text):
        named.add(stem + ".c")  # a header stands for its source
    for start in re.findall(r"(\w+_)\*\.c", text):
        named.update(source for source in sources if source.startswith(start))
    for source in sources:
        if source not in named:
            tidy.say(readme, 1, f"does not name {source}")


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    tidy = Tidy(root)
    files = [p for top in ("engine", "parser", "src", "tests") for p in sorted((root / top).rglob("*"))
             if p.suffix in (".c", ".h", ".l", ".y")]
    for path in files:
        text = path.read_text()
        is_test = path.relative_to(root).parts[0] == "tests"
        code = blank_out(text)
        check_lines(tidy, path, text)
        check_includes(tidy, path, text)
        if path.suffix in (".c", ".h"):
            check_functions(tidy, path, code)
            if not is_test:
                check_calls(tidy, path, code)
                check_docs(tidy, path, text)
    for folder in [root / "parser", root / "src", *sorted((root / "engine").iterdir())]:
        if folder.is_dir():
            check_folder(tidy, folder)
    print(f"{len(files)} files, {tidy.count} findings")
    return 1 if tidy.count else 0


if __name__ == "__main__":
    sys.exit(main())
