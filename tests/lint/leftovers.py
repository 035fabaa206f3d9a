"""What must not be left in the tree: notes to oneself, paths of one machine, folders that nobody expects."""
import re

import sources

TOP_FOLDERS = {"src", "include", "scheduler", "workers", "campaigns", "slurm", "tests", "docs", ".ci", ".git"}
SHIPPED = ["include", "src", "scheduler", "workers", "campaigns", "slurm", "docs", ".ci"]
TEXT = {".cpp", ".hpp", ".in", ".py", ".sh", ".cmake", ".toml", ".md", ".txt", ".json", ".html", ".css", ".js", ""}

# Spelled in halves, so that this file passes its own check.
NOTE = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
MACHINE_PATH = re.compile(r"(?<![\w.}\-/])/(?:work|tmp|root)/")


def check_words(root):
    """Notes to oneself anywhere; paths of one machine in what is shipped."""
    problems = []
    shipped = sources.files(root, SHIPPED, TEXT)
    top = sorted(path for path in root.iterdir() if path.is_file() and path.suffix in TEXT | {".yml"})
    for file in shipped + top + sources.files(root, ["tests"], TEXT):
        path = file.relative_to(root)
        if "__pycache__" in path.parts or path.name in {"LICENSE", ".git"}:
            continue
        for number, line in enumerate(sources.read(file).split("\n"), 1):
            note = NOTE.search(line)
            if note:
                problems.append((path, number, f'"{note.group()}" is a note to oneself; do it, or open an issue'))
            place = MACHINE_PATH.search(line) if path.parts[0] != "tests" else None
            if place:
                problems.append((path, number, f'"{place.group()}" is a path of one machine; make it relative or an option'))
    return problems


def check_folders(root):
    """Top-level folders other than the fixed ones and those that .gitignore names."""
    ignored = set()
    if (root / ".gitignore").exists():
        ignored = {line.strip("/ ") for line in sources.read(root / ".gitignore").split("\n") if line.startswith("/")}
    return [
        (path.relative_to(root), 1, "is no folder of docs/architecture.md; put its content into one that is")
        for path in sorted(root.iterdir())
        if path.is_dir() and path.name not in TOP_FOLDERS | ignored
    ]


def check(root):
    return check_words(root) + check_folders(root)
