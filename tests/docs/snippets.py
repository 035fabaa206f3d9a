"""The programs printed in a Markdown page, to be run as they are printed.

    import snippets
    names, printed = snippets.run("docs/python.md", "h5py", folder="/tmp/somewhere")

From a shell: snippets.py PAGE HEADING [FOLDER] runs a section's Python programs one after the other.
"""

import contextlib
import io
import os
import re
import sys


def section(page, heading):
    """Text below a heading of any level, up to the next one of the same or a higher level."""
    with open(page, encoding="utf-8") as file:
        lines = file.read().split("\n")
    level, text, inside_code = 0, [], False
    for line in lines:
        inside_code ^= line.startswith("```")
        match = None if inside_code else re.match(r"(#+) +(.*?) *$", line)
        if match and level and len(match[1]) <= level:
            break
        if match and not level and match[2] == heading:
            level = len(match[1])
        elif level:
            text.append(line)
    if not level:
        raise AssertionError(f"{page} has no section {heading}")
    return "\n".join(text)


def blocks(page, heading, language="python"):
    """The fenced blocks of one language in a section, as they are printed."""
    return re.findall(rf"^```{language}\n(.*?)^```$", section(page, heading), re.MULTILINE | re.DOTALL)


def run_block(code, variables=None, folder=".", name="snippet"):
    """Runs one program in a folder; returns its variables and what it printed."""
    names = {"__name__": "__main__", **(variables or {})}
    printed, before = io.StringIO(), os.getcwd()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(code, name, "exec"), names)  # pylint: disable=exec-used
    finally:
        os.chdir(before)
    return names, printed.getvalue()


def run(page, heading, variables=None, folder=".", number=None):
    """Runs the programs of a section one after the other with common variables (or the one of this number, from 0)."""
    programs = blocks(page, heading)
    if not programs:
        raise AssertionError(f"the section {heading} of {page} prints no program")
    names, printed = dict(variables or {}), ""
    for i, code in enumerate(programs):
        if number is None or i == number:
            names, text = run_block(code, names, folder, f"{page}, {heading}, program {i + 1}")
            printed += text
    return names, printed


def main():
    page, heading, *rest = sys.argv[1:]
    print(run(os.path.abspath(page), heading, folder=rest[0] if rest else ".")[1], end="")


if __name__ == "__main__":
    main()
