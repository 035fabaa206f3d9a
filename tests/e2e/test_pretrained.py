"""Training that starts from the weights in a file: found by name, known by content, refused when they do not fit."""

import re
import shlex
import subprocess
import sys
import unittest

import torch

from support import SOURCE, TINY, folder, twinmill


def convert(there, state):
    """weights.pt from a state dictionary as torchvision's files are, by the line that docs/training.md gives."""
    torch.save(state, there / "resnet152.pth", _use_new_zipfile_serialization=False)
    line = re.search(r'^python3 (-c "import torch; .*")$', (SOURCE / "docs" / "training.md").read_text(), re.MULTILINE).group(1)
    subprocess.run([sys.executable, *shlex.split(line)], cwd=there, check=True)
    (there / "resnet152.pt").rename(there / "weights.pt")


def campaign(path, pretrained, width=4):
    text = TINY.read_text()
    training = f'[training]\npretrained = "{pretrained}"\nlearning_rate = 1e-12\nwidth = {width}\nepochs = 1\nbatch_size = 4\n'
    path.write_text(text[: text.index("[training]")] + training)
    return path


class Pretrained(unittest.TestCase):
    def test_from_a_file_to_a_training(self):
        with folder() as there:
            run = there / "run"
            model = run / "models" / "model.pt"
            twinmill("run", TINY, "--dir", run, "--until", "train", "--ranks", 1)
            state = {name: tensor * 1.5 if tensor.is_floating_point() else tensor
                     for name, tensor in torch.jit.load(str(model)).state_dict().items()}
            convert(there, state)
            start = campaign(there / "start.toml", "weights.pt")
            twinmill("run", start, "--dir", run, "--until", "train", "--ranks", 2)
            trained = torch.jit.load(str(model)).state_dict()
            self.assertTrue(torch.allclose(trained["down1.conv1.weight"], state["down1.conv1.weight"], atol=1e-6))
            self.assertTrue(torch.allclose(trained["bottom.conv2.weight"], state["bottom.conv2.weight"], atol=1e-6))
            self.assertFalse(torch.allclose(trained["head.weight"], state["head.weight"], atol=1e-3), "drawn")

            # The file's content counts, its place does not.
            written = model.stat().st_mtime_ns
            (there / "elsewhere").mkdir()
            (there / "weights.pt").rename(there / "elsewhere" / "w.pt")
            moved = campaign(there / "moved.toml", "elsewhere/w.pt")
            twinmill("run", moved, "--dir", run, "--until", "train", "--ranks", 1)
            self.assertEqual(model.stat().st_mtime_ns, written)
            torch.save({**state, "bottom.norm2.bias": state["bottom.norm2.bias"] + 1}, there / "elsewhere" / "w.pt")
            twinmill("run", moved, "--dir", run, "--until", "train", "--ranks", 1)
            self.assertNotEqual(model.stat().st_mtime_ns, written)

            # What does not fit is told before anything is trained.
            written = model.stat().st_mtime_ns
            wide = campaign(there / "wide.toml", "elsewhere/w.pt", width=5)
            _, message = twinmill("run", wide, "--dir", run, "--until", "train", "--ranks", 1, code=2)
            self.assertIn("elsewhere/w.pt does not fit the network (of another shape are ", message)
            self.assertIn("bottom.conv1.weight (64 x 32 x 3 x 3 instead of 80 x 40 x 3 x 3)", message)
            self.assertEqual(model.stat().st_mtime_ns, written)

    def test_a_missing_file_is_a_mistake_in_the_campaign(self):
        with folder() as there:
            _, message = twinmill("plan", campaign(there / "c.toml", "nowhere.pt"), code=2)
            self.assertIn("training.pretrained: nowhere.pt", message)


if __name__ == "__main__":
    unittest.main()
