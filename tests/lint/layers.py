"""Who may include and link whom: the tables of docs/architecture.md against every include, name and link line."""
import pathlib
import re
from typing import NamedTuple

import sources

PAGE = pathlib.Path("docs/architecture.md")
FOLDERS = ["include", "src", "scheduler", "workers"]
OUTSIDE_SRC = {"scheduler", "workers"}


class Vendor(NamedTuple):
    name: str
    identifiers: list  # Compiled patterns of names in code.
    headers: list      # Starts of includes, with quote or bracket.
    targets: list      # Starts of words in link lines.
    modules: set


class Rules(NamedTuple):
    may_include: dict  # Module -> set of modules.
    vendors: list


def _rows(text, first_heading):
    """Cells of the Markdown table whose first heading is given."""
    rows, inside = [], False
    for line in text.split("\n"):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            inside = False
        elif inside and not set(cells[0]) <= set("-: "):
            rows.append(cells)
        elif cells[0] == first_heading:
            inside = True
    return rows


def _names(cell):
    return {name.strip() for name in cell.split(",") if name.strip()}


def read_rules(root):
    text = sources.read(root / PAGE)
    modules = _rows(text, "module")
    vendors = _rows(text, "library")
    if not modules or not vendors:
        raise ValueError(f"{PAGE}: the tables of modules and libraries are missing")
    everything = {row[0] for row in modules}
    may_include = {row[0]: everything if row[2] == "everything" else _names(row[2]) for row in modules}
    return Rules(may_include, [_vendor(row) for row in vendors])


def _vendor(row):
    identifiers, headers = [], []
    for word in re.findall(r"`([^`]+)`", row[1]):
        if word[0] in '<"':
            headers.append(word)
        elif word.endswith("*"):
            identifiers.append(re.compile(rf"\b{re.escape(word[:-1])}\w+" if word[-2] == "_" else rf"\b{re.escape(word[:-1])}\w*"))
        else:
            identifiers.append(re.compile(rf"\b{re.escape(word)}"))
    return Vendor(row[0], identifiers, headers, re.findall(r"`([^`]+)`", row[2]), _names(row[3]))


def module_of(path):
    """Module that owns a file (relative path), or None."""
    parts = path.parts
    if parts[0] in OUTSIDE_SRC:
        return parts[0]
    if parts[0] == "src" and len(parts) > 2:
        return parts[1]
    if parts[:2] == ("include", "twinmill") and len(parts) > 3:
        return parts[2]
    return None


def included_module(root, path, name):
    """Module of a quoted include, or None when it is not ours."""
    if name[0] != '"':
        return None
    name = pathlib.Path(name.strip('"'))
    if name.parts[0] == "twinmill" and len(name.parts) > 2:
        return name.parts[1]
    if name.parts[0] in OUTSIDE_SRC:
        return name.parts[0]
    own = module_of(path)
    beside = (root / path.parent / name).resolve()
    if beside.exists():
        return module_of(beside.relative_to(root.resolve())) if beside.is_relative_to(root.resolve()) else None
    candidates = [folder for folder in (root / "src").glob("*") if (folder / name).exists()]
    candidates += [root / folder for folder in OUTSIDE_SRC if (root / folder / name).exists()]
    owners = {module_of((folder / name).relative_to(root)) for folder in candidates}
    return own if own in owners or len(owners) != 1 else owners.pop()


def check_sources(root, rules):
    """(path, line, message) of each forbidden include or name; and module -> set of modules it includes."""
    problems, used = [], {module: set() for module in rules.may_include}
    for file in sources.files(root, FOLDERS, sources.CPP):
        path = file.relative_to(root)
        module = module_of(path)
        if module not in rules.may_include:
            problems.append((path, 1, f"the file belongs to no module of {PAGE}"))
            continue
        text = sources.read(file)
        for line, name in sources.includes(text):
            other = included_module(root, path, name)
            if other is not None and other != module:
                used[module].add(other)
                if other not in rules.may_include[module]:
                    problems.append((path, line, f"{module} may not include {other} ({name})"))
            for vendor in rules.vendors:
                if module not in vendor.modules and any(name.startswith(header) for header in vendor.headers):
                    problems.append((path, line, f"{module} may not include {vendor.name} ({name})"))
        strangers = [vendor for vendor in rules.vendors if module not in vendor.modules]
        for number, line in enumerate(sources.code_lines(text), 1):
            if line.lstrip().startswith("#include"):
                continue
            for vendor in strangers:
                for pattern in vendor.identifiers:
                    match = pattern.search(line)
                    if match:
                        problems.append((path, number, f"{module} may not name {vendor.name} ({match.group()})"))
    return problems, used


class Links(NamedTuple):
    direct: dict  # Module -> {linked module: (path, line)}.
    public: dict  # Module -> set of modules it passes on.


def _owner(target):
    """Module of a target; what LibTorch is behind is a part of its module, as twinmill_train_torch is of train."""
    name = target.removeprefix("twinmill_")
    return name.removesuffix("_torch")


def check_links(root, rules, used):
    """Problems of the link lines of all modules but app, which links as it likes."""
    problems, links = [], Links({}, {})
    for module in sorted(rules.may_include):
        folder = root / module if module in OUTSIDE_SRC else root / "src" / module
        file = folder / "CMakeLists.txt"
        if module == "app" or not file.exists():
            continue
        problems += _read_links(root, rules, module, file.relative_to(root), links)
    for module, others in used.items():
        if module not in links.direct:
            continue
        path, line = links.direct[module].get("", (None, 1))
        reachable = set()
        for other in links.direct[module]:
            reachable |= {other} | _passed_on(links, other)
        for other in sorted(others & rules.may_include[module] - reachable):
            problems.append((path, line, f"{module} includes {other}, but does not link twinmill_{other}"))
        for other, place in links.direct[module].items():
            if other and other not in others:
                problems.append((*place, f"{module} links twinmill_{other}, but includes nothing of it"))
    return problems


def _passed_on(links, module, seen=frozenset()):
    result = set()
    for other in links.public.get(module, set()) - seen:
        result |= {other} | _passed_on(links, other, seen | {module})
    return result


def _read_links(root, rules, module, path, links):
    problems, targets = [], []
    direct, public = {"": (path, 1)}, set()
    for command in sources.cmake_commands(sources.read(root / path)):
        if command.name in ("twinmill_module", "add_library") and command.words:
            targets.append(command.words[0][1].removeprefix("twinmill_"))
            direct[""] = (path, command.line)
        if command.name not in ("twinmill_module", "target_link_libraries"):
            continue
        keyword = "SOURCES"
        for line, word in command.words[1:]:
            if word in ("SOURCES", "PUBLIC", "PRIVATE", "INTERFACE", "INCLUDE"):
                keyword = word
                continue
            if keyword in ("SOURCES", "INCLUDE"):
                continue
            other = _owner(word) if word.startswith("twinmill_") and word != "twinmill_flags" else None
            if other and other != module:
                direct[other] = (path, line)
                public |= {other} if keyword != "PRIVATE" else set()
                if other not in rules.may_include[module]:
                    problems.append((path, line, f"{module} may not link {word}"))
            for vendor in rules.vendors:
                if module not in vendor.modules and any(word.strip("${}").startswith(t) for t in vendor.targets):
                    problems.append((path, line, f"{module} may not link {vendor.name} ({word})"))
    for target in targets:
        if _owner(target) != module:
            problems.append((path, 1, f"target twinmill_{target} is not named after its folder, {module}"))
    if targets:
        links.direct[module] = direct
        links.public[module] = public
    elif any((root / path.parent).glob("*.cpp")):
        problems.append((path, 1, f"no target twinmill_{module} is made of the sources here"))
    return problems


def check(root):
    rules = read_rules(root)
    problems, used = check_sources(root, rules)
    return problems + check_links(root, rules, used)
