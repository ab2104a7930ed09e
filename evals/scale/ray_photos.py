#!/usr/bin/env python3
"""Locates photos on a Ray cluster, or on this machine, by workers that keep their model warm.

    python3 ray_photos.py PHOTOS -o ANSWERS.jsonl [--workers 4] [--address auto] [-- FLAGS OF navig worker]

PHOTOS is a folder, or a file with one path a line. Paths are taken as from the folder in which this is started, which
must be the same on every machine (a shared file system). ANSWERS gets one line a photo, in the order in which they are
done: a navig.result/1, or a navig.error/1 for a photo that failed; the path is the key. The same command goes on after
any kill: photos with a line are not done again. Exit code: 0 all is done, 1 it cannot work, 3 done but some photos
failed, 130 interrupted.
"""

import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import cluster
import ray
from answers import Answers

PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".gif", ".bmp", ".heic", ".heif", ".avif"}
# Codes by which navig says that it cannot work at all: no such program, wrong settings, a needed asset is missing.
UNUSABLE = (1, 2, 4)


class Locator:
    """One warm navig."""

    def __init__(self, command, folder):
        pipe, self.said = subprocess.PIPE, tempfile.TemporaryFile()
        self.child = subprocess.Popen(cluster.tied(command), cwd=folder, stdin=pipe, stdout=pipe, stderr=self.said)

    def ended(self):
        code = self.child.wait()
        self.said.seek(0)
        return code, self.said.read().decode(errors="replace")[-600:].strip()

    def locate(self, paths):
        """(lines of the photos, None), or fewer lines and, when navig ended, its exit code and last words."""
        asked = "".join(json.dumps({"path": path}, ensure_ascii=False) + "\n" for path in paths)
        lines = []
        try:
            self.child.stdin.write(asked.encode())
            self.child.stdin.flush()
        except BrokenPipeError:
            return lines, self.ended()
        for _ in paths:
            line = self.child.stdout.readline()
            if not line.endswith(b"\n"):
                return lines, self.ended()
            lines.append(line)
        return lines, None


def listed(photos):
    """The paths, each once."""
    if os.path.isdir(photos):
        found = sorted(str(p) for p in pathlib.Path(photos).rglob("*") if p.suffix.lower() in PICTURES and p.is_file())
    else:
        found = pathlib.Path(photos).read_text(encoding="utf-8").split("\n")
    return list(dict.fromkeys(path for path in found if path))


def locate_all(own, flags, todo, answers):
    """Gives out the photos until each has its line. Only this process writes, and each photo once, whoever dies."""
    actor = ray.remote(num_cpus=own.cpus, num_gpus=own.gpus, max_restarts=0)(Locator)
    begin = [own.navig, "worker", "--jsonl", *flags], os.getcwd()
    batches = collections.deque(todo[i:i + own.batch] for i in range(0, len(todo), own.batch))
    deaths = collections.Counter()
    in_hand = {}

    def give(worker):
        if batches:
            batch = batches.popleft()
            in_hand[worker.locate.remote(batch)] = worker, batch
        else:
            ray.kill(worker)  # It has nothing in hand; one that waits for its processor may start.

    for _ in range(min(own.workers or cluster.places(own), len(batches))):
        give(actor.remote(*begin))
    while in_hand:
        (ref,), _ = ray.wait(list(in_hand))
        worker, batch = in_hand.pop(ref)
        try:
            lines, ended = ray.get(ref)
        except ray.exceptions.RayActorError:
            lines, ended = [], ("unknown, with its worker", "")
        answers.keep(batch, lines)
        if ended and ended[0] in UNUSABLE:
            sys.exit(f"navig worker ended with {ended[0]}: {ended[1]}")
        if ended:
            ray.kill(worker)
            worker, left = actor.remote(*begin), batch[len(lines):]
            print(f"a navig ended ({ended[0]}), is replaced; given out again: {len(left)}", file=sys.stderr, flush=True)
            for path in reversed(left):  # One by one, so that one that kills navig takes no other with it.
                deaths[path] += 1
                if deaths[path] < own.tries:
                    batches.appendleft([path])
                else:
                    said = f"navig ended {own.tries} times with this photo in hand"
                    error = {"schema": "navig.error/1", "path": path, "error": said}
                    answers.keep([path], [json.dumps(error, ensure_ascii=False).encode() + b"\n"])
        give(worker)


def main():
    parser = cluster.parser(__doc__)
    parser.add_argument("photos", metavar="PHOTOS", help="a folder, or a file with one path a line")
    parser.add_argument("-o", "--output", metavar="FILE", required=True, help="the answers; what is there is kept")
    parser.add_argument("--workers", type=int, metavar="N", help="warm navigs (default: as the processors take)")
    # 16 paths of the greatest length fit into a pipe, so the worker need not read while it writes.
    parser.add_argument("--batch", type=int, default=4, choices=range(1, 17), metavar="1-16",
                        help="photos that a worker gets at a time, and does again when it dies (default: 4)")
    parser.add_argument("--tries", type=int, default=3, metavar="N",
                        help="deaths of navig after which a photo counts as failed (default: 3)")
    own, flags = cluster.arguments(parser)
    paths, answers = listed(own.photos), Answers(own.output)
    todo = [path for path in paths if path not in answers.failed]
    print(f"{len(paths)} photos, {len(paths) - len(todo)} of them answered before", file=sys.stderr, flush=True)
    try:
        if todo:
            cluster.connect(own)
            locate_all(own, flags, todo, answers)
    except KeyboardInterrupt:
        print("interrupted; the same command goes on from there", file=sys.stderr)
        return 130
    finally:
        ray.shutdown()
    failed = sum(answers.failed[path] for path in paths)
    print(f"{len(paths)} photos answered, {failed} of them failed", file=sys.stderr)
    return 3 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
