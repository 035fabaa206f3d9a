"""Every command that the documents print is run, or its words are checked against the program; or it is marked.

    commands_test.py TWINMILL SOURCE

Commands stand in fenced blocks: all lines of one that is marked `sh`, and in unmarked ones those that begin with a
program that is known here. What runs in seconds is run, on a small campaign in place of the reader's. What takes longer
is held against the program's own help. A line that says "needs a cluster" is for a reader who has one.
"""

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

import snippets

PROGRAM, SOURCE = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
PAGES = [SOURCE / "README.md", SOURCE / "slurm" / "README.md", *sorted((SOURCE / "docs").glob("*.md"))]
# Run as they are printed, without --watch. The others take minutes, a terminal or a browser: their words are checked.
RUN = {"plan", "status", "explain", "digest", "verify", "report", "inspect", "export", "evaluate", "submit", "man", "completion"}
# Programs of others, whose words nobody here can judge.
FOREIGN = {"xdg-open", "ssh", "scp", "git", "cd", "export", "source", "less", "man", "sbatch", "squeue", "scancel", "apptainer", "spack", "cat",
           "python3", "sudo", "chmod", "kill"}
OURS = {"twinmill", "mpirun", "cmake", "ctest", "cp", "./quickstart.sh", "./check.sh"}


class Mistake(Exception):
    pass


def without_comment(line):
    """Up to a comment, or to the words that stand beside a command after three spaces."""
    return re.split(r"\s+#\s|\s{3,}", line.strip(), maxsplit=1)[0].strip()


def printed_commands(text):
    """(line, is it marked as needing a cluster) of each command in fenced blocks, continued lines joined."""
    for language, block in re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if language not in ("", "sh"):
            continue
        for line in block.replace("\\\n", " ").split("\n"):
            command = without_comment(line)
            if not command or command.startswith("#"):
                continue
            word = program_of(command)
            if language == "sh" or word in OURS | FOREIGN or word.startswith("./"):
                yield command, "needs a cluster" in line


def inline_commands(text):
    """`twinmill COMMAND --option` in the sentences of a page."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return [re.sub(r"\s+", " ", command) for command in re.findall(r"`(twinmill [a-z][^`]*)`", text)]


def program_of(command):
    words = command.split()
    while words and re.match(r"^[A-Z_]+=", words[0]):  # SETTING=value program
        words.pop(0)
    return words[0] if words else ""


def run(*words, cwd, code=0):
    done = subprocess.run([str(w) for w in words], cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300, check=False)
    if done.returncode != code:
        raise Mistake(f"exit code {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


class Help:
    """What the program says of its own words."""

    def __init__(self):
        self.commands = set(re.findall(r"^  twinmill ([a-z]+)", subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, check=True).stdout, re.MULTILINE))
        self.pages = {}

    def options(self, command, kind):
        words = (command, kind) if command == "bench" and kind else (command,)
        if words not in self.pages:
            page = subprocess.run([PROGRAM, *words, "--help"], capture_output=True, text=True, check=False).stdout
            self.pages[words] = set(re.findall(r"(?<![\w-])--[a-z][\w-]*", page))
        return self.pages[words]

    def check(self, words):
        """Of `twinmill`, without the program's name."""
        if words[0].startswith("--"):
            return
        if words[0] not in self.commands:
            raise Mistake(f"twinmill has no command {words[0]}")
        kind = words[1] if len(words) > 1 else ""
        for word in words[1:]:
            option = word.split("=")[0]
            if option.startswith("--") and option not in self.options(words[0], kind):
                raise Mistake(f"twinmill {words[0]} has no option {option}")


class Commands(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.help = Help()
        cls.folder = tempfile.TemporaryDirectory(prefix="twinmill-docs-")
        cls.there = pathlib.Path(cls.folder.name)
        for name in ("tests", "slurm", "docs"):
            (cls.there / name).symlink_to(SOURCE / name)
        shutil.copytree(SOURCE / "campaigns", cls.there / "campaigns")
        # A small run stands for the reader's.
        run(PROGRAM, "run", "campaigns/tiny.toml", "--dir", "runs/quickstart", "--ranks", "2", cwd=cls.there)
        for name in ("first", "mine"):
            shutil.copytree(cls.there / "runs" / "quickstart", cls.there / "runs" / name)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def judge(self, command):
        """Runs or checks a command; returns which of both."""
        words = [w for w in shlex.split(command, comments=True) if not re.match(r"^[A-Z_]+=", w)]
        if "&&" in words:
            at = words.index("&&")
            self.judge(shlex.join(words[:at]))
            return self.judge(shlex.join(words[at + 1 :]))
        program, rest = words[0], words[1:]
        if program == "mpirun":
            if "twinmill" not in rest:
                raise Mistake("mpirun starts no twinmill")
            self.help.check(rest[rest.index("twinmill") + 1 :])
            return "checked"
        if program == "twinmill":
            return self.judge_ours(rest)
        if program == "cp":
            shutil.copy(self.there / rest[0], self.there / rest[1])
            return "run"
        if program in ("./quickstart.sh", "./check.sh"):
            usage = run("bash", SOURCE / program, "--help", cwd=SOURCE)
            for option in rest:
                if option not in usage:
                    raise Mistake(f"{program} has no option {option}")
            return "checked"
        if program == "cmake":
            presets = {p["name"] for p in json.loads((SOURCE / "CMakePresets.json").read_text())["configurePresets"]}
            if "--preset" in rest and rest[rest.index("--preset") + 1] not in presets:
                raise Mistake("CMakePresets.json has no such preset")
            for option in re.findall(r"-D(TWINMILL_\w+)", command):
                if not any(option in path.read_text() for path in (SOURCE / "CMakeLists.txt", SOURCE / "src" / "modules.cmake")):
                    raise Mistake(f"CMakeLists.txt has no option {option}")
            return "checked"
        if program == "ctest":
            lists = "".join(path.read_text() for path in (SOURCE / "tests").rglob("CMakeLists.txt"))
            for flag, what in zip(rest, rest[1:]):
                if flag in ("-L", "-C") and what not in lists:
                    raise Mistake(f"no test has the label or configuration {what}")
            return "checked"
        if program in FOREIGN:
            for word in rest:
                if word.startswith(("campaigns/", "slurm/", "tests/", "docs/")) and not (SOURCE / word).exists():
                    raise Mistake(f"there is no {word}")
            return "foreign"
        raise Mistake(f"{program} is no program that this test knows")

    def judge_ours(self, words):
        self.help.check(words)
        for word in words:
            if word.startswith(("campaigns/", "slurm/", "tests/")) and not (self.there / word).exists():
                raise Mistake(f"there is no {word}")
        if words[0] not in RUN or "--help" in words:
            return "checked"
        if words[0] == "export":
            out = self.there / words[words.index("--out") + 1]
            if out.is_dir():
                shutil.rmtree(out)
            out.unlink(missing_ok=True)
        if words[0] == "plan":
            words = [*words, "--nominal"]
        # A campaign that was stopped or has failures says so by its exit code; this one has neither.
        run(PROGRAM, *(w for w in words if w != "--watch"), cwd=self.there)
        return "run"

    def test_printed_commands(self):
        counts = {"run": 0, "checked": 0, "foreign": 0, "needs a cluster": 0}
        for page in PAGES:
            for command, cluster in printed_commands(page.read_text()):
                with self.subTest(page=page.name, command=command):
                    try:
                        counts["needs a cluster" if cluster else self.judge(command)] += 1
                    except Mistake as mistake:
                        self.fail(f"{page.name}: {command}: {mistake}")
        print(counts)
        self.assertGreaterEqual(counts["run"], 15)
        self.assertGreaterEqual(counts["checked"], 10)

    def test_commands_in_sentences(self):
        found = 0
        for page in PAGES:
            for command in inline_commands(page.read_text()):
                with self.subTest(page=page.name, command=command):
                    try:
                        self.help.check(command.split()[1:])
                    except Mistake as mistake:
                        self.fail(f"{page.name}: {command}: {mistake}")
                    found += 1
        self.assertGreaterEqual(found, 20)

    def test_the_program_for_results_of_dft(self):
        """docs/relaxation.md: a relaxed structure becomes a file with a label, which the program then reads."""
        shutil.copy(next((SOURCE / "campaigns" / "relaxed").glob("66d91ec1*.extxyz")), self.there / "dft-result.extxyz")
        snippets.run(str(SOURCE / "docs" / "relaxation.md"), "Bring your own DFT results", folder=self.there)
        seen = json.loads(run(PROGRAM, "inspect", "mos2-w.extxyz", "--json", cwd=self.there))
        self.assertEqual(seen["labels"], {"dopant": 1})

    def test_what_is_wrong_is_found(self):
        page = (SOURCE / "README.md").read_text()
        for right, wrong in (("twinmill status runs/first", "twinmill stat runs/first"), ("--licence", "--license"),
                             ("campaigns/quickstart.toml", "campaigns/quick.toml"), ("--preset release", "--preset relaese"),
                             ("twinmill digest runs/first", "twinmill digest runs/frist")):
            self.assertIn(right, page)
            with self.subTest(wrong=wrong), self.assertRaises(Mistake):
                for command, _ in printed_commands(page.replace(right, wrong)):
                    self.judge(command)


if __name__ == "__main__":
    os.environ.setdefault("OMPI_ALLOW_RUN_AS_ROOT", "1")
    os.environ.setdefault("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")
    unittest.main(argv=sys.argv[:1], verbosity=2)
