#!/usr/bin/env python3
"""Kills the build of an index at random moments, and fills its disk: is a half index ever opened, is anything left behind?

    python3 evals/map/kill.py [--navig target/release/navig] [--extract EXTRACT.osm.pbf] [--times 10]

Each time: the build is started in an empty folder and killed (SIGKILL) after a random part of the time that a whole build
takes. Then `index info` of the target must say that there is no index, or there must be a whole one; the next build in the same
folder must succeed, `index check` must find it sound, and nothing but the index may lie there. In every other round an index
of another extract is in place before: it must stay what it was. A build that ended before its kill does not count. Then the build runs with too little room: a limit on the size of files (SIGXFSZ
ignored, so that writing fails as on a full disk), and, where mounting is allowed, a small file system of its own. It must end
with an error that names the file, and leave nothing. Kept in evals/map/results/kill.json.
"""

import argparse
import os
import pathlib
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time

import extracts
import program

SEED = 20261124


def build(navig, extract, out, **options):
    command = [navig, "index", "osm", str(extract), "-o", str(out)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def run(*command):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True)


def left(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


def killed(navig, extract, whole_s, rng, older):
    """One kill; what was found afterwards."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        out, spill = folder / "map.navosm", folder / "tmp"
        spill.mkdir()
        if older:
            out.write_bytes(older)
        environment = {**os.environ, "TMPDIR": str(spill)}
        after_s = rng.uniform(0.02, 0.98) * whole_s
        child = build(navig, extract, out, env=environment)
        time.sleep(after_s)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        found = {"after_s": round(after_s, 3), "killed": child.returncode == -signal.SIGKILL, "left": left(folder), "older": bool(older)}
        found["index_there"] = out.exists()
        info = run(navig, "index", "info", out)
        found["info_exit"], found["info_says"] = info.returncode, info.stderr.strip()[-300:]
        # A target that is there must be a whole one: the older one, or one that was finished before the kill.
        found["older_one_kept"] = not older or out.exists() and out.read_bytes() == older
        found["half_index"] = out.exists() and run(navig, "index", "check", out).returncode != 0
        again = build(navig, extract, out, env=environment)
        said = again.communicate()[1]
        found["next_build_exit"], found["next_build_says"] = again.returncode, said.strip()[-300:] if again.returncode else ""
        found["check_exit"] = run(navig, "index", "check", out).returncode
        found["left_after_next_build"] = [p for p in left(folder) if p not in ("map.navosm", "tmp")]
    good = not found["half_index"] and found["older_one_kept"] and found["next_build_exit"] == 0 and found["check_exit"] == 0
    found["good"] = good and not found["left_after_next_build"] and (found["index_there"] or found["info_exit"] != 0)
    return found


def small_files(limit_bytes):
    def set_limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))
    return set_limit


def full(navig, extract, folder, **options):
    """A build without room in `folder`; what it said and left."""
    out = folder / "map.navosm"
    child = build(navig, extract, out, env={**os.environ, "TMPDIR": str(folder)}, **options)
    said = child.communicate()[1].strip()
    found = {"exit": child.returncode, "says": said[-400:], "left": left(folder)}
    found["good"] = child.returncode > 0 and not found["left"] and "panicked" not in said and ("navosm" in said or str(folder) in said)
    return found


def full_disks(navig, extract, index_bytes):
    results = []
    for share in (0.05, 0.5, 0.95):
        with tempfile.TemporaryDirectory() as name:
            limit = int(index_bytes * share)
            results.append({"how": f"no file above {limit} bytes", **full(navig, extract, pathlib.Path(name), preexec_fn=small_files(limit))})
    for share in (0.3, 0.9):
        with tempfile.TemporaryDirectory() as name:
            size = max(64 << 10, int(index_bytes * share))
            how = f"a file system of {size} bytes"
            if run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", name).returncode != 0:
                results.append({"how": how, "skipped": "mounting is not allowed here", "good": True})
                continue
            try:
                results.append({"how": how, **full(navig, extract, pathlib.Path(name))})
            finally:
                run("umount", name)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--navig", default=str(extracts.ROOT / "target" / "release" / "navig"))
    parser.add_argument("--extract", type=pathlib.Path, default=extracts.folder() / "original" / "malta_2018.osm.pbf")
    parser.add_argument("--other", type=pathlib.Path, default=extracts.folder() / "original" / "monaco_2026.osm.pbf")
    parser.add_argument("--times", type=int, default=10)
    options = parser.parse_args()
    rng = random.Random(SEED)
    report = {"machine": program.machine(), "extract": extracts.title(options.extract)}
    with tempfile.TemporaryDirectory() as name:
        whole, other = pathlib.Path(name) / "whole.navosm", pathlib.Path(name) / "other.navosm"
        started = time.perf_counter()
        child = build(options.navig, options.extract, whole)
        said = child.communicate()[1]
        whole_s = time.perf_counter() - started
        if child.returncode != 0 or build(options.navig, options.other, other).wait() != 0:
            sys.exit(f"a whole build fails: {said}")
        index_bytes, older = whole.stat().st_size, other.read_bytes()
    report["whole_build_s"] = round(whole_s, 3)
    kills = []
    for _ in range(5 * options.times):
        found = killed(options.navig, options.extract, whole_s, rng, older if len(kills) % 2 else None)
        kills += [found] if found["killed"] else []
        if len(kills) == options.times:
            break
    report["kills"] = kills
    report["full_disk"] = full_disks(options.navig, options.extract, index_bytes)
    disks = report["full_disk"]
    print(program.table(["killed after, s", "of s", "older index", "left", "half index", "next build", "left then", "good"], [
        [k["after_s"], report["whole_build_s"], k["older"], " ".join(k["left"]), k["half_index"], k["next_build_exit"], " ".join(k["left_after_next_build"]) or "-", k["good"]] for k in kills]))
    print("\n" + program.table(["room", "exit", "says", "left", "good"], [
        [d["how"], d.get("exit", "-"), d.get("says", d.get("skipped"))[-120:].replace("\n", " "), " ".join(d.get("left", [])) or "-", d["good"]] for d in disks]))
    print(f"\n{sum(k['good'] for k in kills)} of {len(kills)} kills and {sum(d['good'] for d in disks)} of {len(disks)} full disks as they should be")
    report["machine"]["load_after"] = round(os.getloadavg()[0], 2)
    program.keep("kill", report)
    return 0 if all(x["good"] for x in kills + disks) else 1


if __name__ == "__main__":
    sys.exit(main())
