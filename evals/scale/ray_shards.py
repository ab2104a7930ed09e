#!/usr/bin/env python3
"""Runs `navig eval run` in parts on a Ray cluster, or on this machine, and merges the parts.

    python3 ray_shards.py TASK --data DIR --out RUN --shards 8 [--address auto] [-- FLAGS OF navig eval run]

Each part is a Ray task. DIR and RUN must be the same folders on every machine (a shared file system). When a worker or
a machine dies, Ray starts its task again, and navig goes on from the last photo that it wrote. When this driver dies,
the same command goes on; finished parts are not done again. Exit code: 0 all is done, 1 a part is missing, 3 done but
some photos failed, 130 interrupted; else that of `navig eval merge`.
"""

import os
import socket
import subprocess
import sys
import time

import cluster
import ray

DONE = {0: "done", 3: "done, some photos failed"}


class Stopped(Exception):
    """navig was killed or interrupted, and would go on."""


class Failed(Exception):
    """navig says that it cannot do this shard; asking again does not help."""


def run_shard(command, wait_s):
    """Does a shard; (exit code, seconds, machine)."""
    started = time.monotonic()
    while True:
        run = subprocess.run(
            cluster.tied(command), stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
        took_s = time.monotonic() - started
        if run.returncode in DONE:
            return run.returncode, took_s, socket.gethostname()
        said = " ".join(run.stderr.split())[-400:]
        # The navig of a worker that Ray holds for dead may still live, on a machine that was cut off: its lock keeps us
        # out until it ends.
        if "in use" in said and took_s < wait_s:
            time.sleep(1)
        elif run.returncode < 0 or run.returncode == 130:
            raise Stopped(f"navig ended with {run.returncode}")
        else:
            raise Failed(f"navig ended with {run.returncode}: {said}")


def run_all(own, flags):
    """Does every shard; {shard: exit code}, without those that failed."""
    task = ray.remote(
        num_cpus=own.cpus, num_gpus=own.gpus, max_retries=own.retries, retry_exceptions=[Stopped])(run_shard)
    base = [own.navig, "eval", "run", own.task, "--data", own.data, "--out", own.out, *flags, "--shard"]
    waiting = list(range(own.shards, 0, -1))
    running, codes = {}, {}
    while waiting or running:
        while waiting and len(running) < (own.workers or own.shards):
            shard = waiting.pop()
            running[task.options(name=f"shard {shard}").remote([*base, f"{shard}/{own.shards}"], own.wait)] = shard
        (ref,), _ = ray.wait(list(running))
        shard = running.pop(ref)
        try:
            codes[shard], took_s, machine = ray.get(ref)
            said = f"{DONE[codes[shard]]}; {took_s:.1f} s on {machine}"
        except ray.exceptions.RayError as error:
            said = f"failed: {getattr(error, 'cause', None) or error}"
        print(f"shard {shard} of {own.shards}: {said}", flush=True)
    return codes


def main():
    parser = cluster.parser(__doc__)
    parser.add_argument("task", metavar="TASK", help="a benchmark by name, or a .toml file that describes one")
    parser.add_argument("--data", metavar="DIR", required=True, help="the folder that holds the list and the photos")
    parser.add_argument("--out", metavar="RUN", required=True, help="the folder of the run")
    parser.add_argument("--shards", type=int, required=True, metavar="N",
                        help="parts; a few times the workers, so that none waits long at the end")
    parser.add_argument("--workers", type=int, metavar="N",
                        help="parts at one time (default: as many as the processors take)")
    parser.add_argument("--retries", type=int, default=5, metavar="N",
                        help="times that a part is begun again (default: 5; -1: always)")
    parser.add_argument("--wait", type=float, default=600, metavar="S",
                        help="seconds to wait for a part that another navig has in use (default: 600)")
    own, flags = cluster.arguments(parser)
    own.data, own.out = os.path.abspath(own.data), os.path.abspath(own.out)
    own.task = os.path.abspath(own.task) if own.task.endswith(".toml") else own.task
    try:
        cluster.connect(own)
        codes = run_all(own, flags)
    except KeyboardInterrupt:
        print("interrupted; the same command goes on from there", file=sys.stderr)
        return 130
    finally:
        ray.shutdown()
    if len(codes) < own.shards:
        print("not merged: a part is missing; the same command does what is left", file=sys.stderr)
        return 1
    merged = subprocess.run([own.navig, "eval", "merge", own.out]).returncode
    return merged or max(codes.values())


if __name__ == "__main__":
    sys.exit(main())
