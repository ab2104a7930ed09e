#!/usr/bin/env python3
"""Checks that every crate in the build has a licence that deny.toml allows. `cargo deny check` does the same and
more; this needs nothing installed. Exit status 1 names the crates that fail."""
import json, pathlib, re, subprocess, sys, tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Crates whose manifest gives a file instead of an expression; the file was read.
READ = {"nom-exif": "MIT"}


def allowed(expression, allow):
    """Evaluates an SPDX expression: OR needs one side, AND needs both. Old manifests write / for OR."""
    python = []
    for token in re.findall(r"\(|\)|/|[A-Za-z0-9.+-]+", expression):
        match token:
            case "(" | ")": python.append(token)
            case "OR" | "/": python.append("or")
            case "AND": python.append("and")
            case _ if python and python[-1] == "WITH":
                python[-2:] = [str(f"{python[-2]} WITH {token}" in allow)]
            case "WITH": python.append("WITH")
            case _: python.append(token)
    text = " ".join(t if t in ("(", ")", "or", "and", "True", "False") else str(t in allow) for t in python)
    return eval(text)  # only True, False, and, or and brackets are left


def main():
    rules = tomllib.loads((ROOT / "deny.toml").read_text())["licenses"]
    allow = set(rules["allow"])
    exceptions = {rule["crate"]: set(rule["allow"]) for rule in rules.get("exceptions", [])}
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", "x86_64-unknown-linux-gnu"]
    meta = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    bad = []
    for package in meta["packages"]:
        expression = package["license"] or READ.get(package["name"], "")
        if not expression or not allowed(expression, allow | exceptions.get(package["name"], set())):
            bad.append(f"{package['name']} {package['version']}: {expression or 'no licence stated'}")
    print(f"licences: {len(meta['packages'])} crates, {len(bad)} not allowed")
    print("\n".join(bad))
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
