#!/usr/bin/python3
"""A step of training by twinmill and by PyTorch (DistributedDataParallel, gloo): the same network, batch, data and cores, in turns.

    tests/bench/training.py build/release/twinmill [--width 16] [--pixels 128] [--batch 8] [--steps 8] [--rounds 5]

Both train the G-UNet with Adam and weighted cross entropy, with one thread a rank, on one rank and on two. PyTorch gets its images from
memory, ready and without augmentation; twinmill reads them from a store through its loader. Needs Debian's python3-torch.
"""

import argparse
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import time

import numpy
import torch
from torch import nn

CLASSES = 2


def double_convolution(inward, outward):
    def once(a, b):
        return [nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(inplace=True)]

    return nn.Sequential(*once(inward, outward), *once(outward, outward))


class GUNet(nn.Module):
    def __init__(self, width):
        super().__init__()
        widths = [width << level for level in range(4)]
        self.down = nn.ModuleList([double_convolution(a, b) for a, b in zip([1, *widths[:-1]], widths)])
        self.bottom = double_convolution(widths[-1], 2 * widths[-1])
        self.up = nn.ModuleList([nn.ConvTranspose2d(2 * w, w, 2, stride=2) for w in widths])
        self.join = nn.ModuleList([double_convolution(2 * w, w) for w in widths])
        self.head = nn.Conv2d(width, CLASSES, 1)

    def forward(self, x):
        skips = []
        for down in self.down:
            x = down(x)
            skips.append(x)
            x = nn.functional.max_pool2d(x, 2)
        x = self.bottom(x)
        for level in reversed(range(4)):
            x = self.join[level](torch.cat([skips[level], self.up[level](x)], 1))
        return self.head(x)


def samples(ids, pixels):
    """The pattern that `twinmill bench training` draws, normalised."""
    place, number = numpy.arange(pixels * pixels)[None, :], numpy.asarray(ids)[:, None]
    images = ((place * 7919 + number * 104729) % 1000 / 1000).astype(numpy.float32)
    images = (images - images.mean(1, keepdims=True)) / images.std(1, keepdims=True)
    masks = ((place * 31 + number * 17) % 97 == 0).astype(numpy.int64)
    return torch.from_numpy(images).view(-1, 1, pixels, pixels), torch.from_numpy(masks).view(-1, pixels, pixels)


def pytorch_rank(given):
    torch.set_num_threads(1)
    torch.manual_seed(1)
    rank, ranks = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    torch.distributed.init_process_group("gloo")
    network = GUNet(given.width)
    parallel = nn.parallel.DistributedDataParallel(network)
    optimiser = torch.optim.Adam(parallel.parameters(), lr=1e-3)
    loss_of = nn.CrossEntropyLoss(weight=torch.tensor([0.2, 1.8]))
    share = given.batch // ranks
    batches = [samples(range(b * given.batch + rank * share, b * given.batch + (rank + 1) * share), given.pixels) for b in range(given.steps)]
    seconds = []
    for _ in range(1 + given.repeats):
        torch.distributed.barrier()
        started = time.perf_counter()
        for images, masks in batches:
            optimiser.zero_grad(set_to_none=True)
            loss = loss_of(parallel(images), masks)
            loss.backward()
            optimiser.step()
            loss.item()
        seconds.append((time.perf_counter() - started) / given.steps)
    if rank == 0:
        print(json.dumps({"parameters": sum(p.numel() for p in network.parameters()), "step_s": seconds[1:]}))


def words(given):
    return [f"--{name}={getattr(given, name)}" for name in ("width", "pixels", "batch", "steps", "repeats")]


def run_pytorch(given, ranks):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    children = []
    for rank in range(ranks):
        env = {**os.environ, "RANK": str(rank), "WORLD_SIZE": str(ranks), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
        children.append(subprocess.Popen([sys.executable, __file__, given.program, "--as-rank", *words(given)], env=env, stdout=subprocess.PIPE, text=True))
    said = [child.communicate()[0] for child in children]
    if any(child.returncode for child in children):
        raise SystemExit("a rank of PyTorch failed")
    return json.loads(said[0])


def run_twinmill(given, ranks):
    command = [given.program, "bench", "training", "--json", "--threads=1", f"--ranks={ranks}", *words(given)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    for name, value in (("width", 16), ("pixels", 128), ("batch", 8), ("steps", 8), ("repeats", 2), ("rounds", 5)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--as-rank", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.as_rank:
        return pytorch_rank(given)
    found = {(who, ranks): [] for who in ("twinmill", "pytorch") for ranks in (1, 2)}
    shares = []
    for _ in range(given.rounds):
        for ranks in (1, 2):
            ours, theirs = run_twinmill(given, ranks), run_pytorch(given, ranks)
            if ours["parameters"] != theirs["parameters"]:
                raise SystemExit(f"the networks differ: {ours['parameters']} and {theirs['parameters']} parameters")
            found["twinmill", ranks].append(min(ours["step_s"]))
            found["pytorch", ranks].append(min(theirs["step_s"]))
            shares.append(ours["loader_wait_share"])
            memory = ours["peak_memory_bytes"]
    print(f"{platform.machine()}, {os.cpu_count()} cores, PyTorch {torch.__version__}, {time.strftime('%Y-%m-%d')}; G-UNet of width {given.width}, "
          f"{given.pixels} x {given.pixels} pixels, batch {given.batch}, one thread a rank; {given.rounds} rounds in turns")
    print("            least s/step   median s/step")
    for (who, ranks), seconds in found.items():
        print(f"{who:9} {ranks}   {min(seconds):10.4f}   {statistics.median(seconds):10.4f}")
    for ranks in (1, 2):
        pairs = [theirs / ours for ours, theirs in zip(found["twinmill", ranks], found["pytorch", ranks])]
        print(f"PyTorch's step / ours, {ranks} rank(s): {min(found['pytorch', ranks]) / min(found['twinmill', ranks]):.2f} of the least, "
              f"{statistics.median(pairs):.2f} median of pairs")
    for who in ("twinmill", "pytorch"):
        pairs = [one / two for one, two in zip(found[who, 1], found[who, 2])]
        print(f"{who}: two ranks {min(found[who, 1]) / min(found[who, 2]):.2f} times one (least), {statistics.median(pairs):.2f} (median of pairs)")
    print(f"waiting for the loader: {100 * max(shares):.2f} % of a step at most; {memory / 1e6:.0f} MB a rank with two ranks")
    return None


if __name__ == "__main__":
    main()
