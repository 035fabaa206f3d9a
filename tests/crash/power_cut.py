"""Turns a folder into what a power cut would have left of it, from the logs of the crash layer (undo_log.hpp).

All processes must be gone. Of everything that was written, renamed, removed or created and not synced afterwards, a
random choice is taken back: single blocks of writes, changes of length, and for the names in a folder the last few
changes, since file systems keep these in order. A name lasts when its folder was synced, a content when its file was.
"""

import collections
import os
import pathlib
import random
import shutil
import struct

ENTRY = struct.Struct("=IIQQQQQQQ")
MAGIC = 0x54435243
WRITE, RESIZE, CREATE, RENAME, UNLINK, MAKE_FOLDER, DONE, SYNC, UNSEEN = range(1, 10)
NAMES = (CREATE, RENAME, UNLINK, MAKE_FOLDER)
BLOCK = 4096


class Operation:
    """One call of one process, with what it replaced."""

    def __init__(self, kind, payload, began, inode, offset, length, old_length):
        self.kind, self.payload, self.began, self.inode = kind, payload, began, inode
        self.offset, self.length, self.old_length = offset, length, old_length
        self.ended = None  # Never: the process was killed in it.
        self.later = b""  # The bytes of a write, known once it is undone.

    def paths(self):
        return [pathlib.Path(os.fsdecode(path)) for path in self.payload.split(b"\0")]


def read_log(path, operations, syncs):
    """Adds what one process did. A torn last record is of a call that was never made."""
    data = path.read_bytes()
    at, mine = 0, {}
    while at + ENTRY.size <= len(data):
        magic, kind, size, number, time, inode, offset, length, old_length = ENTRY.unpack_from(data, at)
        if magic != MAGIC:
            raise ValueError(f"{path} is damaged at byte {at}")
        payload = data[at + ENTRY.size : at + ENTRY.size + size]
        at += ENTRY.size + size
        if len(payload) < size:
            return
        if kind == UNSEEN:
            raise ValueError(f"the crash layer cannot undo what was done: {os.fsdecode(payload)}")
        if kind == DONE:
            mine[number].ended = time
        elif kind == SYNC:
            syncs[inode].append((time, os.fsdecode(payload)))
        else:
            mine[number] = Operation(kind, payload, time, inode, offset, length, old_length)
            operations.append(mine[number])


class PowerCut:
    """The logs of one folder. `forgotten(path)` says which syncs shall count as not made, to see that this shows."""

    def __init__(self, folder, log, forgotten=lambda path: False):
        self.folder, self.log = pathlib.Path(folder).resolve(), pathlib.Path(log)
        self.operations, self.syncs = [], collections.defaultdict(list)
        self.undone = collections.Counter()
        for path in sorted(self.log.glob("log-*")):
            read_log(path, self.operations, self.syncs)
        self.operations.sort(key=lambda operation: operation.began)
        self.synced_at = {}
        for inode, times in self.syncs.items():
            self.synced_at[inode] = max((time for time, path in times if not forgotten(path)), default=-1)

    def lasting(self, operation, inode):
        return operation.ended is not None and operation.ended <= self.synced_at.get(inode, -1)

    def apply(self, seed, survive=None):
        """`survive` is the chance of what was not synced, 0 to 1; by default drawn from the seed as well."""
        dice = random.Random(seed)
        if survive is None:
            survive = dice.choice((0.0, 0.0, 0.5, dice.random()))
        for inode in sorted({operation.inode for operation in self.operations if operation.kind in (WRITE, RESIZE)}):
            self.cut_content(inode, dice, survive)
        self.cut_names(dice, survive)
        for path in self.log.iterdir():
            path.unlink()
        return self.undone

    def cut_content(self, inode, dice, survive):
        path = self.log / f"inode-{inode}"
        mine = [operation for operation in self.operations if operation.inode == inode and operation.kind in (WRITE, RESIZE)]
        first = next((i for i, operation in enumerate(mine) if not self.lasting(operation, inode)), None)
        if first is None or not path.exists():
            return
        with open(path, "r+b") as file:
            for operation in reversed(mine[first:]):
                file.seek(operation.offset)
                if operation.kind == WRITE:
                    operation.later = file.read(operation.length)
                    file.seek(operation.offset)
                    file.write(operation.payload)
                    file.truncate(operation.old_length)
                else:
                    length = file.seek(0, os.SEEK_END)
                    file.truncate(operation.old_length)
                    if operation.offset < operation.old_length and length <= operation.old_length:
                        file.seek(operation.offset)
                        file.write(operation.payload)
            for operation in mine[first:]:
                chance = 1.0 if self.lasting(operation, inode) else survive
                kept = self.redo(file, operation, dice, chance)
                if not kept:
                    self.undone["write" if operation.kind == WRITE else "length"] += 1

    def redo(self, file, operation, dice, chance):
        """Whether all of it is there again."""
        if operation.kind == RESIZE:
            if dice.random() >= chance:
                return False
            file.truncate(operation.offset)
            return True
        kept, at = True, 0
        while at < len(operation.later):
            size = min(BLOCK - (operation.offset + at) % BLOCK, len(operation.later) - at)
            if dice.random() < chance:
                file.seek(operation.offset + at)
                file.write(operation.later[at : at + size])
            else:
                kept = False
            at += size
        return kept

    def cut_names(self, dice, survive):
        by_folder = collections.defaultdict(list)
        for operation in self.operations:
            if operation.kind in NAMES:
                by_folder[operation.paths()[-1].parent].append(operation)
        names = {}
        for folder in sorted(by_folder):
            if not folder.is_dir():
                continue
            inode = folder.stat().st_ino
            tail = by_folder[folder]
            first = next((i for i, operation in enumerate(tail) if not self.lasting(operation, inode)), len(tail))
            tail = tail[first:]
            kept = 0
            while kept < len(tail) and (self.lasting(tail[kept], inode) or dice.random() < survive):
                kept += 1
            for operation in reversed(tail[kept:]):
                self.undo_name(operation, names)
        for path, inode in names.items():
            if (path.stat(follow_symlinks=False).st_ino if path.exists() else 0) == inode:
                continue
            path.unlink(missing_ok=True)
            if inode and path.parent.is_dir():
                os.link(self.log / f"inode-{inode}", path)

    def undo_name(self, operation, names):
        def at(path):
            return names[path] if path in names else path.stat().st_ino if path.exists() else 0

        paths = operation.paths()
        if operation.kind == CREATE and at(paths[0]) == operation.inode:
            names[paths[0]] = 0
        elif operation.kind == UNLINK and at(paths[0]) == 0:
            names[paths[0]] = operation.inode
        elif operation.kind == RENAME and at(paths[1]) == operation.inode:
            names[paths[0]], names[paths[1]] = operation.inode, operation.offset
        elif operation.kind == MAKE_FOLDER:
            for path in [path for path in names if path.is_relative_to(paths[0])]:
                del names[path]
            shutil.rmtree(paths[0], ignore_errors=True)
        else:
            return
        self.undone["name"] += 1
