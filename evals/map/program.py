"""Runs navig for the evaluations of the map, and describes the machine."""

import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

import extracts

WORK = extracts.ROOT / "target" / "evals-map"


def machine():
    model = next((l.split(":", 1)[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), "unknown")
    memory = next(int(l.split()[1]) // 1024 for l in open("/proc/meminfo") if l.startswith("MemTotal"))
    cores = len(os.sched_getaffinity(0))
    return {
        "cpu": model, "cores": cores, "memory_mb": memory, "system": platform.system(),
        "load_before": round(os.getloadavg()[0], 2), "navig_commit": commit(),
    }


def commit():
    asked = subprocess.run(["git", "log", "-1", "--format=%h"], cwd=extracts.ROOT, capture_output=True, text=True)
    return asked.stdout.strip()


class Failed(Exception):
    """navig ended with an error; the text is what it said."""


# A child starts with the peak of the process that forks it, so a large script cannot measure a small program: this does.
SPAWNER = """
import json, resource, subprocess, sys, time
started = time.perf_counter()
run = subprocess.run(sys.argv[1:], capture_output=True, text=True, errors="replace")
seconds = time.perf_counter() - started
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([seconds, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime, run.returncode, run.stderr]))
"""


def measured(command):
    """(seconds, peak resident MB, processor seconds, exit code, stderr) of a command; the peak is the kernel's own."""
    asked = [sys.executable, "-I", "-S", "-c", SPAWNER, *map(str, command)]
    return json.loads(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)


def index(navig, extract, fresh=False):
    """The index of an extract, built when it is missing or older than the program; (path, what the build cost)."""
    WORK.mkdir(parents=True, exist_ok=True)
    out = WORK / (extract.parent.name + "-" + extract.name.replace(".osm.pbf", ".navosm"))
    kept = out.with_suffix(".cost.json")
    up_to_date = out.exists() and kept.exists() and out.stat().st_mtime > pathlib.Path(navig).stat().st_mtime
    if up_to_date and not fresh:
        return out, json.loads(kept.read_text())
    out.unlink(missing_ok=True)
    seconds, peak, cpu, code, said = measured([navig, "index", "osm", extract, "-o", out])
    if code != 0:
        raise Failed(f"{extracts.title(extract)}: exit {code}: {said.strip()[-600:]}")
    cost = {"seconds": round(seconds, 3), "cpu_seconds": round(cpu, 3), "peak_mb": round(peak, 1), "bytes": out.stat().st_size,
            "extract_bytes": extract.stat().st_size}
    kept.write_text(json.dumps(cost))
    return out, cost


def info(navig, path):
    asked = subprocess.run([navig, "index", "info", str(path), "--format", "json"], capture_output=True, text=True)
    if asked.returncode != 0:
        raise Failed(f"info of {path.name}: exit {asked.returncode}: {asked.stderr.strip()[-600:]}")
    return json.loads(asked.stdout)


def search(navig, maps, queries):
    """One result for each query, asked in one process; a query is a text of the language or its JSON form."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as batch:
        for query in queries:
            batch.write(json.dumps({"query": query} if isinstance(query, str) else query, ensure_ascii=False) + "\n")
        batch.flush()
        command = [navig, "search", "--batch", batch.name, "--format", "json"]
        for path in maps:
            command += ["--map", str(path)]
        asked = subprocess.run(command, capture_output=True, text=True)
    lines = asked.stdout.splitlines()
    if len(lines) != len(queries):
        raise Failed(f"{len(lines)} results for {len(queries)} queries, exit {asked.returncode}: {asked.stderr.strip()[-600:]}")
    return [json.loads(line) for line in lines]


def quoted(text):
    """A text as the query language takes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def as_text(report):
    """A result as JSON, in which files have their names and not the folders of the machine that it was made on."""
    text = json.dumps(report, ensure_ascii=False, indent=1) + "\n"
    for folder in (tempfile.gettempdir(), str(extracts.ROOT)):
        text = re.sub(re.escape(folder) + r"(?:/[^/\s\"':]+)*/([^/\s\"':]+)", r"\1", text)
    return text


def keep(name, report):
    """Writes a result beside the scripts."""
    out = pathlib.Path(__file__).resolve().parent / "results"
    out.mkdir(exist_ok=True)
    (out / f"{name}.json").write_text(as_text(report), encoding="utf-8")


def table(head, rows):
    """Rows as a Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(str(c).replace("|", "\\|") for c in row) + " |" for row in rows])


def percent(hits, of):
    return f"{100 * hits / of:.1f} %" if of else "-"


def milliseconds(result):
    """The time that navig states for one question."""
    return result["took_ms"]
