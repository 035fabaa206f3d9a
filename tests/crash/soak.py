#!/usr/bin/env python3
"""Breaks running campaigns in random ways, resumes them, and checks that nothing acknowledged is ever lost.

Usage: soak.py [--faults N] [--seed S] [--keep FOLDER]

Prints each fault as it happens and a table at the end; exit code 1 when anything was wrong. TWINMILL_CRASH_SEED is the
default of --seed. The same seed makes the same choices; the moments at which they hit depend on the machine.
"""

import argparse
import collections
import contextlib
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

from campaign_run import CampaignRun
from support import SOURCE, digest, folder, twinmill
from witness import Ledger

CAMPAIGN = SOURCE / "tests" / "crash" / "soak.toml"


class Fault:
    """One way to break a run, how often it was used, and what followed."""

    def __init__(self, name, weight, act):
        self.name, self.weight, self.act = name, weight, act
        self.count = self.redone = self.taken_back = 0
        self.codes = collections.Counter()


def kill_one(choose, patience):
    def act(run, dice):
        target = choose(run, dice)
        if target is None:
            return False
        run.signal(target, signal.SIGKILL)
        run.wait_for_end(patience)
        return True

    return act


def kill_everything(run, dice):
    run.kill_everything()
    return True


def power_cut(run, dice):
    run.kill_everything()
    run.cut_power(dice.random())
    return True


def stop_for_a_while(run, dice):
    target = run.a_worker(dice)
    if target is None:
        return False
    run.signal(target, signal.SIGSTOP)
    run.wait_for_end(dice.uniform(0.3, 6))
    run.signal(target, signal.SIGCONT)
    run.wait_for_end(dice.uniform(0, 3))
    return True


def stop_for_ever(run, dice):
    target = run.a_worker(dice)
    if target is None:
        return False
    run.signal(target, signal.SIGSTOP)
    run.wait_for_end(dice.uniform(1, 8))
    run.kill_everything()
    return True


def ask_to_stop(run, dice):
    run.signal(run.launcher(), signal.SIGTERM)
    run.must_end(within=60, after="SIGTERM")
    return True


def ask_twice(run, dice):
    run.signal(run.launcher(), signal.SIGINT)
    time.sleep(dice.uniform(0, 0.3))
    run.signal(run.launcher(), signal.SIGINT)
    run.must_end(within=30, after="a second Ctrl-C")
    return True


def all_faults():
    return [
        Fault("SIGKILL of rank 0", 3, kill_one(lambda run, dice: run.rank(0), 20)),
        Fault("SIGKILL of a worker", 3, kill_one(lambda run, dice: run.a_worker(dice), 3)),
        Fault("SIGKILL of mpirun", 2, kill_one(lambda run, dice: run.mpirun(), 20)),
        Fault("SIGKILL of the launcher", 2, kill_one(lambda run, dice: run.launcher(), 20)),
        Fault("SIGKILL of everything", 2, kill_everything),
        Fault("power cut", 4, power_cut),
        Fault("worker stopped for a while", 1, stop_for_a_while),
        Fault("worker stopped for ever", 1, stop_for_ever),
        Fault("SIGTERM", 1, ask_to_stop),
        Fault("Ctrl-C twice", 1, ask_twice),
    ]


class Soak:
    def __init__(self, there, seed, wanted):
        self.there, self.seed, self.wanted = there, seed, wanted
        self.dice = random.Random(seed)
        self.faults = all_faults()
        self.done = self.rounds = self.reported = self.late_crashes = 0
        self.wrong = []
        self.begun = time.monotonic()

    def say(self, text):
        print(f"[{time.monotonic() - self.begun:6.1f} s] {text}", flush=True)

    def next_fault(self):
        """Each kind once in random order, then by weight: a short soak has all of them as well."""
        unused = [fault for fault in self.faults if fault.count == 0]
        if unused:
            return self.dice.choice(unused)
        return self.dice.choices(self.faults, [fault.weight for fault in self.faults])[0]

    def campaign(self, ranks_per_task, heartbeat_seconds=4):
        """A short heartbeat, so that a stopped worker is missed soon."""
        path = self.there / f"soak-{ranks_per_task}-{heartbeat_seconds}.toml"
        path.write_text(CAMPAIGN.read_text() + f"\n[run]\nranks_per_task = {ranks_per_task}\nheartbeat_seconds = {heartbeat_seconds}\n")
        return path

    def round(self):
        """One campaign, from its first start to its end."""
        self.rounds += 1
        grouped, whole_way = self.rounds % 3 == 0, self.rounds % 4 == 2
        run = CampaignRun(
            self.there / f"round-{self.rounds}", self.campaign(2 if grouped else 1), ranks=5 if grouped else 4,
            until=() if whole_way else ("--until", "simulate"))
        self.say(f"round {self.rounds}: {'2 workers of 2 ranks' if grouped else '3 workers'}{', the whole way' if whole_way else ''}")
        since_complete = 0  # Faults that training got.
        while self.done < self.wanted and since_complete < 4:
            run.start()
            complete = 0 < run.samples == self.total
            since_complete += complete
            if run.wait_for_end(self.dice.uniform(0.5, 6 if complete else 3.5)):
                if run.code == 0:
                    break
                self.examine(run, None)
                continue
            self.break_it(run)
        self.finish(run)

    def break_it(self, run):
        fault = self.next_fault()
        ranks = len(run.processes())
        if not fault.act(run, self.dice):
            return  # The run had not come so far, or had just ended.
        self.done += 1
        fault.count += 1
        self.examine(run, fault)
        self.say(f"{self.done}/{self.wanted} {fault.name} of {ranks} processes: exit code {run.code}, {run.samples} samples done, "
                 f"{run.cut_off} leases cut off")

    def examine(self, run, fault):
        """After a fault, or an end by itself: a run that goes on is left alone."""
        if run.is_running():
            run.witness.published()
            if fault:
                fault.codes["goes on"] += 1
            return
        self.wrong += [f"{fault.name if fault else 'by itself'}: {problem}" for problem in run.look()]
        if fault:
            fault.codes[str(run.code)] += 1
            fault.redone += run.cut_off
            fault.taken_back += run.taken_back
        self.report_new()

    def report_new(self):
        for problem in self.wrong[self.reported:]:
            self.say(f"WRONG: {problem}")
        self.reported = len(self.wrong)

    def finish(self, run):
        for _ in range(5):
            run.start()
            run.wait_for_end(240)
            self.wrong += run.look()
            if run.code == 0:
                break
        else:
            self.wrong.append(f"the undisturbed rest of round {self.rounds} ended with {run.code}: {run.words()}")
        self.wrong += run.at_the_end(self.expected)
        self.late_crashes += run.late_crashes
        self.report_new()
        self.say(f"round {self.rounds} is complete: {run.samples} samples")
        if not self.wrong:
            shutil.rmtree(run.there)

    def go(self):
        self.say(f"seed {self.seed}, {self.wanted} faults")
        twinmill("run", self.campaign(1, 600), "--dir", self.there / "undisturbed", "--until", "simulate", "--ranks", 2)
        self.expected = digest(self.there / "undisturbed")
        self.total = len(Ledger(self.there / "undisturbed" / "ledger.sqlite", self.there / "scratch").done)
        while self.done < self.wanted and not self.wrong:
            self.round()
        self.table()
        return 1 if self.wrong else 0

    def table(self):
        print("\n| fault | times | exit codes (times) | leases redone | unsynced calls taken back |\n|---|---|---|---|---|")
        for fault in self.faults:
            codes = ", ".join(f"{code} ({count})" for code, count in sorted(fault.codes.items()))
            print(f"| {fault.name} | {fault.count} | {codes} | {fault.redone} | {fault.taken_back or ''} |")
        minutes = (time.monotonic() - self.begun) / 60
        print(f"\n{self.done} faults in {self.rounds} campaigns, {minutes:.1f} min, seed {self.seed}: {len(self.wrong)} problem(s)")
        print(f"{self.late_crashes} time(s) a rank crashed while mpirun ended a broken run")
        for problem in self.wrong:
            print(f"  {problem}")


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--faults", type=int, default=20)
    options.add_argument("--seed", type=int, default=int(os.environ.get("TWINMILL_CRASH_SEED", 2026)))
    options.add_argument("--keep", type=pathlib.Path, help="a new folder to work in, kept afterwards")
    given = options.parse_args()
    with contextlib.ExitStack() as stack:
        if given.keep:
            given.keep.mkdir(parents=True)
        there = given.keep.resolve() if given.keep else stack.enter_context(folder())
        return Soak(there, given.seed, given.faults).go()


if __name__ == "__main__":
    sys.exit(main())
