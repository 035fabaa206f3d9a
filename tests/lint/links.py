"""Relative links of the Markdown pages, with their anchors."""
import re
import urllib.parse

import sources

FENCE = re.compile(r"^\s*(```|~~~)")
LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")


def prose(text):
    """(line number, line) outside fenced blocks, without inline code."""
    fenced = False
    for number, line in enumerate(text.split("\n"), 1):
        if FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            yield number, line


def anchors(text):
    """Anchors of all headings, made as the usual Markdown viewers make them."""
    found = {}
    for _, line in prose(text):
        match = HEADING.match(line)
        if match:
            title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", match.group(1)).lower()
            slug = re.sub(r"[^\w\- ]", "", title).replace(" ", "-")
            found[slug] = found.get(slug, -1) + 1
    return {slug if n == 0 else f"{slug}-{n}" for slug, count in found.items() for n in range(count + 1)}


def check(root):
    problems = []
    pages = sorted(root.glob("*.md"))
    pages += sources.files(root, ["docs", "slurm", "src", "campaigns", "tests", "scheduler", "workers"], {".md"})
    for page in pages:
        text = sources.read(page)
        for number, line in prose(text):
            for link in LINK.findall(re.sub(r"`[^`]*`", "", line)):
                parts = urllib.parse.urlsplit(link)
                if parts.scheme or parts.netloc:
                    continue
                target = (page.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else page
                place = page.relative_to(root)
                if not target.exists():
                    problems.append((place, number, f"the link to {link} leads nowhere"))
                elif parts.fragment and target.suffix == ".md" and parts.fragment not in anchors(sources.read(target)):
                    problems.append((place, number, f"the link to {link} names a heading that is not there"))
    return problems
