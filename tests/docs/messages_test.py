"""Messages that docs/troubleshooting.md quotes are what the program says: their fixed words stand in the sources.

    messages_test.py SOURCE
"""

import pathlib
import re
import sys
import unittest

SOURCE = pathlib.Path(sys.argv[1])


def spoken():
    """All words between quotes in the program's sources, what stands in several pieces joined."""
    text = ""
    for folder in ("src", "scheduler", "workers", "include"):
        for path in sorted((SOURCE / folder).rglob("*.[ch]pp")):
            code = re.sub(r'"\s*\n\s*"', "", path.read_text())
            text += "\n".join(re.findall(r'"((?:[^"\\]|\\.)*)"', code)) + "\n"
    return text.replace('\\"', '"')


def quoted(page):
    """First cells of the tables' rows."""
    return re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE)


def missing(message, words):
    pieces = [piece.strip(" ?") for piece in re.split(r"\.\.\.", message)]
    return [piece for piece in pieces if len(piece) > 3 and piece not in words]


class Messages(unittest.TestCase):
    def test_each_is_in_the_sources(self):
        words, messages = spoken(), quoted((SOURCE / "docs" / "troubleshooting.md").read_text())
        self.assertGreaterEqual(len(messages), 25)
        for message in messages:
            with self.subTest(message=message):
                self.assertEqual(missing(message, words), [])
                self.assertTrue(any(len(piece) > 8 for piece in message.split("...")), "nothing of it is fixed")

    def test_others_are_not(self):
        words = spoken()
        self.assertEqual(missing("... is in use by another program (...", words), ["is in use by another program ("])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
