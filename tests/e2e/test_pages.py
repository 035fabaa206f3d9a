"""Help, completion and manual: made from one table of commands, and each of its examples does what it says."""

import os
import pathlib
import re
import shlex
import subprocess
import unittest

from support import PROGRAM, SOURCE, TINY, folder, twinmill


def commands():
    return re.findall(r"^  twinmill (\w+)", twinmill("--help")[0], re.MULTILINE)


def example(command):
    """The command line that a help page prints, and the page's options."""
    page = twinmill(command, "--help")[0]
    return re.search(r"^Example: (.+)$", page, re.MULTILINE)[1], set(re.findall(r"^\s+(?:-h \[ )?--([\w-]+)", page, re.MULTILINE))


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = cls.enterClassContext(folder())

    # The examples

    def test_every_example_runs(self):
        base = self.base / "examples"
        (base / "campaigns").mkdir(parents=True)
        for name in ("quickstart.toml", "relaxed.toml"):  # The tiny campaign stands for those that take minutes.
            os.symlink(TINY, base / "campaigns" / name)
        os.symlink(SOURCE / "tests", base / "tests")
        bin_folder = base / "bin"
        bin_folder.mkdir()
        os.symlink(PROGRAM, bin_folder / "twinmill")
        env = {**os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}"}
        order = sorted(commands(), key=lambda name: (name != "run", name))  # The others look at its directory.
        self.assertGreater(len(order), 15)
        for name in order:
            with self.subTest(command=name):
                line, _ = example(name)
                self.assertIn(f"twinmill {name}", line)
                code = 2 if name == "relax" else 0  # The tiny campaign has nothing to relax, and that is said.
                if name == "bench":
                    line += " --tasks 2000"
                if name == "run":
                    line += " --ranks 2"
                if name == "monitor":  # It ends when it is told to.
                    line, code = f"timeout -s INT 3 {line}", 124
                done = subprocess.run(["bash", "-c", line], cwd=base, env=env, capture_output=True, text=True, timeout=500, check=False)
                self.assertEqual(done.returncode, code, f"{line}\n{done.stdout}\n{done.stderr}")

    # Completion

    def complete(self, *words, cwd=None):
        """What real bash offers for the last word."""
        script = (
            'source <("$1" completion bash); shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
            "complete -p twinmill >&2; _twinmill; ((${#COMPREPLY[@]} == 0)) || printf '%s\\n' \"${COMPREPLY[@]}\""
        )
        done = subprocess.run(["bash", "--norc", "-c", script, "bash", PROGRAM, "twinmill", *words], cwd=cwd or self.base,
                              capture_output=True, text=True, timeout=60, check=True)
        self.assertEqual(done.stderr.strip(), "complete -F _twinmill twinmill")
        return set(done.stdout.splitlines())

    def test_bash_completes_commands_and_options(self):
        names = set(commands())
        self.assertEqual(self.complete("") - {"--help", "--version"}, names)
        self.assertEqual(self.complete("ex"), {name for name in names if name.startswith("ex")})
        for name in names - {"bench", "completion"}:
            self.assertEqual({word[2:] for word in self.complete(name, "--")}, example(name)[1], name)
        self.assertEqual(self.complete("run", "c.toml", "--unt"), {"--until"})
        self.assertEqual(self.complete("run", "c.toml", "--until", ""), {"relax", "simulate", "train", "evaluate", "report"})
        self.assertEqual(self.complete("simulate", "--mode", "=", "h"), {"hrtem"})
        self.assertEqual(self.complete("simulate", "--mode", "="), {"stem", "hrtem"})
        self.assertEqual(self.complete("simulate", "--energy-kev", ""), set())
        self.assertEqual(self.complete("bench", "sche"), {"scheduler"})
        self.assertIn("--workers", self.complete("bench", "fleet", "--"))
        self.assertNotIn("--workers", self.complete("bench", "store", "--"))
        self.assertEqual(self.complete("completion", ""), {"bash", "zsh"})
        self.assertEqual(self.complete("nonsense", "--"), set())

    def test_bash_completes_files_with_spaces(self):
        base = self.base / "files"
        (base / "a run").mkdir(parents=True)
        (base / "a run" / "x").mkdir()
        for name in ("my campaign.toml", "my notes.txt", "my $HOME `x`.toml"):
            (base / name).touch()
        self.assertEqual(self.complete("plan", "my", cwd=base), {"my campaign.toml", "my $HOME `x`.toml"})
        self.assertEqual(self.complete("plan", "", cwd=base), {"my campaign.toml", "my $HOME `x`.toml", "a run"})
        self.assertEqual(self.complete("status", "", cwd=base), {"a run"})
        self.assertEqual(self.complete("status", "a run/", cwd=base), {"a run/x"})
        self.assertEqual(self.complete("run", "c.toml", "--dir", "a", cwd=base), {"a run"})
        self.assertEqual(self.complete("inspect", "my n", cwd=base), {"my notes.txt"})

    def test_zsh_accepts_its_script(self):
        script = twinmill("completion", "zsh")[0]
        subprocess.run(["zsh", "-n", "/dev/stdin"], input=script, text=True, check=True, timeout=60)
        # And its completion system loads it, as from a folder of functions.
        (self.base / "_twinmill").write_text(script)
        words = f"fpath=({shlex.quote(str(self.base))} $fpath); autoload -Uz compinit; compinit -u -D; print -r -- $_comps[twinmill]; autoload +X _twinmill; whence -w _twinmill"
        done = subprocess.run(["zsh", "-f", "-c", words], capture_output=True, text=True, check=True, timeout=60)
        self.assertEqual(done.stdout.split("\n")[:2], ["_twinmill", "_twinmill: function"], done.stderr)
        self.assertEqual(done.stderr, "")

    # The manual

    def test_the_manual_has_every_command_and_option(self):
        page = self.base / "twinmill.1"
        page.write_text(twinmill("man")[0])
        for words in (["mandoc", "-T", "lint", "-W", "warning", page], ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page]):
            done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "MANROFFSEQ": ""})
            self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout if words[0] == "mandoc" else "")
        text = subprocess.run(["mandoc", "-T", "ascii", page], capture_output=True, text=True, check=True, timeout=60).stdout
        text = re.sub(r".\x08", "", text)
        for name in commands():
            self.assertIn(f"twinmill {name}", text)
            for option in example(name)[1] - {"help"}:
                self.assertIn(f"--{option}", text, name)
        self.assertIn("EXIT STATUS", text)

    def test_they_are_installed_where_they_are_looked_for(self):
        build = pathlib.Path(PROGRAM).parent
        prefix = self.base / "an installation"
        subprocess.run(["cmake", "--install", build, "--component", "pages", "--prefix", prefix], check=True, capture_output=True, timeout=120)
        for path, command in (("share/man/man1/twinmill.1", "man"), ("share/bash-completion/completions/twinmill", "completion bash"),
                              ("share/zsh/site-functions/_twinmill", "completion zsh")):
            installed, printed = (prefix / path).read_text(), twinmill(*command.split())[0]
            self.assertEqual(installed.split("\n")[1:], printed.split("\n")[1:])  # The first line may have a date.

    def test_mistakes_are_told(self):
        self.assertIn("known: bash and zsh", twinmill("completion", "fish", code=2)[1])
        self.assertIn("needs SHELL", twinmill("completion", code=2)[1])


if __name__ == "__main__":
    unittest.main()
