"""Reading C++ and CMake as far as the checks need it."""
import pathlib
import re
from typing import NamedTuple

CPP = {".cpp", ".hpp", ".in"}

_TOKEN = re.compile(
    r'(?P<raw>R"(?P<mark>[^()\\\s]{0,16})\((?s:.*?)\)(?P=mark)")'
    r'|(?P<string>"(?:\\.|[^"\\\n])*")'
    r"|(?P<char>(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+')"
    r"|(?P<comment>//[^\n]*|/\*(?s:.*?)\*/)"
)
_INCLUDE = re.compile(r'^\s*#\s*include\s*(?P<name>"[^"]+"|<[^>]+>)')


class Include(NamedTuple):
    line: int
    name: str  # As written, with its quotes or brackets.


def code_lines(text):
    """Lines of C++ without comments, and with empty strings and characters."""

    def blank(match):
        newlines = "\n" * match.group().count("\n")
        return newlines or " " if match.group("comment") else '""' + newlines

    return _TOKEN.sub(blank, text).split("\n")


def includes(text):
    """Includes of a C++ text that are not commented out."""

    def keep_strings(match):
        return "\n" * match.group().count("\n") if match.group("comment") or match.group("raw") else match.group()

    found = []
    for number, line in enumerate(_TOKEN.sub(keep_strings, text).split("\n"), 1):
        match = _INCLUDE.match(line)
        if match:
            found.append(Include(number, match.group("name")))
    return found


class Command(NamedTuple):
    line: int
    name: str
    words: list  # Of (line, word).


def cmake_commands(text):
    """Commands of a CMake list file; comments dropped, quotes removed, nothing expanded."""
    text = re.sub(r'("(?:\\.|[^"\\])*")|#[^\n]*', lambda m: m.group(1) or "", text)
    commands = []
    for match in re.finditer(r"^[ \t]*(\w+)[ \t]*\(", text, re.M):
        depth, end = 1, match.end()
        while depth and end < len(text):
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        first = text.count("\n", 0, match.end()) + 1
        words = []
        for offset, line in enumerate(text[match.end() : end - 1].split("\n")):
            words += [(first + offset, word) for word in line.replace('"', " ").split()]
        commands.append(Command(text.count("\n", 0, match.start(1)) + 1, match.group(1).lower(), words))
    return commands


def files(root, folders, suffixes):
    """Files below the folders of a tree that have one of the suffixes, in a fixed order."""
    found = []
    for folder in folders:
        found += [path for path in sorted((root / folder).rglob("*")) if path.is_file() and path.suffix in suffixes]
    return found


def read(path: pathlib.Path):
    return path.read_text(encoding="utf-8", errors="replace")
