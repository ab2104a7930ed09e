#!/usr/bin/env python3
"""Proves that a kill loses nothing and doubles nothing.

    VENV/bin/python test_kill.py [--navig navig] [--result kill.json] [-- FLAGS OF navig eval run AND navig worker]

Needs Linux and the package `ray`. Makes pictures, locates them without Ray and undisturbed, and then by each driver
with two workers, while something is killed (SIGKILL) in the middle: a Ray worker, which must take its navig along;
navig alone, as by a lack of memory; or the driver, which is then started again. Every sample must be there exactly
once, equal to that of the undisturbed run but for times and ledgers; what was written before is not done again; and no
process may be left. A kill that came too late does not count and is made again. Exit code: 0 all held, 1 not.
"""

import argparse
import collections
import json
import os
import pathlib
import platform
import random
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib

import ray

HERE = pathlib.Path(__file__).resolve().parent
SHARDS, WORKERS, LIMIT_S = 6, 2, 900
# What two runs of the same photo may differ in.
TIMES = re.compile(r"timings|took|seconds|_ms$|_s$|^(ledger|started|ended|finished|time)$")


class Wrong(Exception):
    """Something does not hold."""


def hold(what, holds):
    if not holds:
        raise Wrong(what)


def picture(path, seed):
    """A PNG of noise over a slope of two colours; no two are alike."""
    rng, side = random.Random(seed), 256
    low, high = [[rng.randrange(256) for _ in range(3)] for _ in range(2)]
    rows = bytearray()
    for y in range(side):
        colour = [(l * (side - y) + h * y) // side for l, h in zip(low, high)]
        rows += b"\0" + bytes(min(255, c + n % 24) for n, c in zip(rng.randbytes(3 * side), colour * side))
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks))


def make_task(folder, photos):
    names = [f"photo-{i:02}.png" for i in range(1, photos + 1)]
    for seed, name in enumerate(names):
        picture(folder / name, seed)
    (folder / "list.csv").write_text("id,lat,lon\n" + "".join(f"{name},{i},{2 * i}\n" for i, name in enumerate(names)))
    (folder / "photos.txt").write_text("".join(f"{folder / name}\n" for name in names))
    task = folder / "kill.toml"
    task.write_text('name = "kill"\nversion = "1"\nabout = "Noise."\nlicence = "None."\npictures = "Beside the list."\n'
                    '\n[list]\nfile = "list.csv"\n')
    return task, names


def processes():
    """{pid: (parent, command)} of those that run."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit():
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                if state not in "ZX":
                    command = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
                    found[int(entry.name)] = int(parent), command
        except OSError:
            pass  # It ended meanwhile.
    return found


def below(pid):
    """The descendants of a process, as `processes` gives them."""
    every, inside = processes(), {pid}
    for _ in every:
        more = {p for p, (parent, _) in every.items() if parent in inside} - inside
        if not more:
            break
        inside |= more
    return {p: every[p] for p in inside - {pid} if p in every}


def gone(pids, within_s):
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if not set(pids) & set(processes()):
            return True
        time.sleep(0.01)
    return False


def lines(path):
    """The whole lines of a file, as objects; none when it is not there."""
    try:
        return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]
    except FileNotFoundError:
        return []


def timeless(value):
    if isinstance(value, dict):
        return {k: timeless(v) for k, v in value.items() if not TIMES.search(k)}
    return [timeless(v) for v in value] if isinstance(value, list) else value


class Shards:
    """The benchmark in parts."""

    name = "ray_shards.py"

    def __init__(self, navig, flags, task, names):
        self.navig, self.flags, self.task, self.names, self.data = navig, flags, task, names, task.parent

    def reference(self, folder):
        command = [self.navig, "eval", "run", self.task, "--data", self.data, "--out", folder, *self.flags]
        subprocess.run([*command, "--shard", "1/1"], check=True, capture_output=True)
        subprocess.run([self.navig, "eval", "merge", folder], check=True, capture_output=True)
        return lines(folder / "samples.jsonl")

    def command(self, folder):
        at_once = ["--cpus", 0.5, "--workers", WORKERS]
        return [self.task, "--data", self.data, "--out", folder, "--shards", SHARDS, *at_once]

    def in_the_middle(self, folder):
        """(what the command of the navig to kill holds, lines written by then) once a shard is half done."""
        for shard in range(1, SHARDS + 1):
            written = lines(folder / f"shard-{shard}-of-{SHARDS}" / "samples.jsonl.part")
            if 2 <= len(written) < len(self.names) // SHARDS:
                return f"{shard}/{SHARDS}", written
        return None

    def results(self, folder):
        return lines(folder / "samples.jsonl")

    def key(self, line):
        return line["id"]

    def cut(self, folder):
        """How many lines are halved; here it is navig that writes, and that is killed."""
        return 0


class Photos(Shards):
    """A list of photos and warm workers."""

    name = "ray_photos.py"

    def reference(self, folder):
        asked = "".join(json.dumps({"path": str(self.data / name)}) + "\n" for name in self.names)
        command = [self.navig, "worker", "--jsonl", *self.flags]
        run = subprocess.run(command, input=asked.encode(), check=True, capture_output=True)
        return [json.loads(line) for line in run.stdout.splitlines()]

    def command(self, folder):
        return [self.data / "photos.txt", "-o", folder / "answers.jsonl", "--cpus", 0.5, "--workers", WORKERS]

    def in_the_middle(self, folder):
        written = self.results(folder)
        return ("worker", written) if len(self.names) // 4 <= len(written) < len(self.names) * 2 // 3 else None

    def results(self, folder):
        return lines(folder / "answers.jsonl")

    def key(self, line):
        return pathlib.Path(line["path"] if "path" in line else line["photo"]["path"]).name

    def cut(self, folder):
        """Halves the last line, as a kill within a write can."""
        path = folder / "answers.jsonl"
        whole = path.read_bytes()
        last = len(whole) - whole[:-1].rfind(b"\n") - 1
        os.truncate(path, len(whole) - last // 2)
        return 1


def start(way, folder, log):
    command = [sys.executable, HERE / way.name, *way.command(folder), "--navig", way.navig, "--", *way.flags]
    return subprocess.Popen([str(c) for c in command], stdout=log, stderr=log)


def killed(way, whom, reference):
    """One kill; what was found, or None when it came too late."""
    with tempfile.TemporaryDirectory() as name, open(pathlib.Path(name) / "log", "w+") as log:
        folder = pathlib.Path(name) / "run"
        folder.mkdir()
        drivers, seen = [], set()
        try:
            found = disturbed(way, whom, folder, log, drivers, seen)
        except subprocess.TimeoutExpired:
            raise Wrong(f"{way.name} ends within {LIMIT_S} s") from None
        finally:
            for driver in drivers:
                seen |= set(below(driver.pid))
                driver.kill()
                driver.wait()
        if found is None:
            return None
        log.seek(0)
        hold(f"{way.name} ended with {found['exit']}: {log.read()[-1500:]}", found.pop("exit") == 0)
        # Ray's own agents take a minute to see that their driver was killed.
        hold("no process is left", gone(seen, 180))
        results, written = way.results(folder), found.pop("written")
        counts = collections.Counter(way.key(line) for line in results)
        found["samples"] = len(results)
        found["lost"] = len(set(way.names) - set(counts))
        found["doubled"] = sum(n > 1 for n in counts.values())
        hold(f"every sample is there once: {found}", sorted(counts.elements()) == sorted(way.names))
        unlike = [way.key(line) for line in results if timeless(line) != timeless(reference[way.key(line)])]
        hold(f"the samples are as undisturbed, unlike are {unlike}", not unlike)
        again = [way.key(line) for line in written if line not in results]
        hold(f"what was written is not done again, but for lines that were cut: {again}", len(again) <= found["cut"])
        return found


def disturbed(way, whom, folder, log, drivers, seen):
    """Kills in the middle, and waits for the end; None when there was no middle."""
    drivers.append(start(way, folder, log))
    end = time.monotonic() + LIMIT_S
    while not (middle := way.in_the_middle(folder)):
        if drivers[0].poll() is not None or time.monotonic() > end:
            return None
        time.sleep(0.005)
    mark, written = middle
    inside = below(drivers[0].pid)
    seen |= set(inside)
    navigs = [pid for pid, (_, command) in inside.items() if mark in command and {"--shard", "--jsonl"} & set(command)]
    if not navigs:
        return None
    navig, worker = navigs[0], inside[navigs[0]][0]
    hold("navig is the child of a Ray worker", inside[worker][1][0].startswith("ray::"))
    if whom == "worker":
        os.kill(navig, signal.SIGSTOP)  # So that it cannot come to its own end before it is looked for.
    os.kill({"worker": worker, "navig": navig, "driver": drivers[0].pid}[whom], signal.SIGKILL)
    found = {"driver": way.name, "killed": whom, "written_before": len(written), "written": written, "cut": 0}
    if whom == "driver":
        # The next one begins at once, while workers and navigs of the first may still live.
        drivers[0].wait()
        found["cut"] = way.cut(folder)
        drivers.append(start(way, folder, log))
    else:
        ended = gone({navig}, 2)
        if not ended:
            os.kill(navig, signal.SIGKILL)
        hold("navig ends with its worker", ended)
    found["exit"] = drivers[-1].wait(LIMIT_S)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--navig", default="navig", help="the program (default: navig)")
    parser.add_argument("--photos", type=int, default=36, help="pictures that are made (default: 36)")
    parser.add_argument("--result", type=pathlib.Path, help="keep the result in this file, JSON")
    given = sys.argv[1:]
    cut = given.index("--") if "--" in given else len(given)
    own, flags = parser.parse_args(given[:cut]), given[cut + 1:]
    own.navig = os.path.abspath(own.navig) if os.sep in own.navig else own.navig
    version = subprocess.run([own.navig, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    report = {
        "navig": version, "ray": ray.__version__, "python": platform.python_version(), "system": platform.system(),
        "cores": len(os.sched_getaffinity(0)), "photos": own.photos, "shards": SHARDS, "workers": WORKERS,
        "flags": flags, "kills": [],
    }
    wrong = 0
    with tempfile.TemporaryDirectory() as name:
        # Newer versions of Ray end the children of a worker themselves; this is about what the drivers do. Ray's own
        # files are to go, too; its sockets need a short path.
        os.environ["RAY_process_group_cleanup_enabled"] = "false"
        os.environ["RAY_TMPDIR"] = name
        data = pathlib.Path(name) / "data"
        data.mkdir()
        task, names = make_task(data, own.photos)
        for way in (Shards(own.navig, flags, task, names), Photos(own.navig, flags, task, names)):
            lone = pathlib.Path(name) / f"reference-{way.name}"
            reference = {way.key(line): line for line in way.reference(lone)}
            hold("the undisturbed run has every sample", sorted(reference) == sorted(names))
            print(f"{way.name}: {len(reference)} samples undisturbed, without Ray", flush=True)
            for whom in ("worker", "navig", "driver"):
                try:
                    found = next((f for f in (killed(way, whom, reference) for _ in range(5)) if f), None)
                    hold("of 5 kills one hits the middle", found)
                    found["good"] = True
                    print(f"  {whom} killed with {found['written_before']} written: {found['samples']} samples, each "
                          "once and as undisturbed; what was written is not done again; no process is left", flush=True)
                except Wrong as error:
                    wrong += 1
                    found = {"driver": way.name, "killed": whom, "good": False}
                    print(f"  {whom} killed: WRONG: {error}", flush=True)
                report["kills"].append(found)
    print(f"{len(report['kills']) - wrong} of {len(report['kills'])} kills lost and doubled nothing")
    if own.result:
        own.result.parent.mkdir(parents=True, exist_ok=True)
        own.result.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
