"""One campaign, one digest: for any number of ranks and however they are started."""

import unittest

from support import TINY, digest, folder, mpirun, twinmill


class Digest(unittest.TestCase):
    def test_any_number_of_ranks(self):
        digests = {}
        with folder() as there:
            for name, words, launcher in (
                ("alone", ["--ranks", 1], ()),
                ("two", ["--ranks", 2], ()),
                ("three", ["--ranks=3"], ()),
                ("three under mpirun", [], mpirun(3)),
                ("four under mpirun", [], mpirun(4)),
            ):
                run = there / name
                twinmill("run", TINY, "--dir", run, "--until", "simulate", *words, launcher=launcher)
                digests[name] = digest(run)
                twinmill("verify", run)
        self.assertEqual(len(set(digests.values())), 1, digests)
        self.assertRegex(digests["alone"], "^[0-9a-f]{32}$")

    def test_another_seed_gives_another_digest(self):
        with folder() as there:
            other = there / "other.toml"
            other.write_text(TINY.read_text().replace("[campaign]", "[campaign]\nseed = 99", 1))
            self.assertNotEqual(other.read_text(), TINY.read_text())
            for path, run in ((TINY, there / "a"), (other, there / "b")):
                twinmill("run", path, "--dir", run, "--until", "simulate", "--ranks", 1)
            self.assertNotEqual(digest(there / "a"), digest(there / "b"))


if __name__ == "__main__":
    unittest.main()
