"""Loads an extract into PostgreSQL with PostGIS and pg_trgm: the same objects, tags and names that navig keeps."""

import os
import pathlib
import subprocess
import time
import tomllib

import postgres

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
DATABASE = "map"

# Names that differ only in case and accents are one row, as in navig; so ten rows are ten different names.
NAMES = """
CREATE TABLE name AS
    SELECT row_number() OVER ()::int AS id, folded, min(name) AS name FROM
        (SELECT name, lower(unaccent(name)) AS folded FROM raw_name) raw GROUP BY folded;
CREATE UNIQUE INDEX name_folded ON name (folded);
CREATE TABLE named AS
    SELECT DISTINCT name.id AS name_id, raw.osm_type, raw.osm_id
    FROM raw_name raw JOIN name ON name.folded = lower(unaccent(raw.name));
DROP TABLE raw_name;
CREATE INDEX named_name ON named (name_id);
CREATE INDEX named_object ON named (osm_id, osm_type);
"""
INDEXES = {
    "place": "CREATE INDEX object_place ON object USING gist ((geom::geography))",
    "tags": "CREATE INDEX object_tags ON object USING gin (tags)",
    "trigrams": "CREATE INDEX name_trigrams ON name USING gin (folded gin_trgm_ops)",
    "analyze": "ANALYZE",
}
# The other index that pg_trgm offers, for `<->`; measured, but counted only if it is the one that wins.
NEAREST = "CREATE INDEX name_nearest ON name USING gist (folded gist_trgm_ops(siglen=64))"


def lua(value):
    """A value of TOML as Lua writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"[{lua(k)}] = {lua(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "{" + ", ".join(map(lua, value)) + "}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"' if isinstance(value, str) else str(value)


def timed(server, text):
    started = time.perf_counter()
    asked = server.sql(text, DATABASE, check=False)
    if asked.returncode != 0:
        raise RuntimeError(f"{text[:80]}: {asked.stderr.strip()}")
    return round(time.perf_counter() - started, 3)


def load(server, extract, features):
    """Fills the database of a running server; says what it cost."""
    table = server.folder / "features.lua"
    table.write_text("return " + lua(tomllib.loads(features.read_text())) + "\n")
    server.sql(f"CREATE DATABASE {DATABASE}")
    server.sql("CREATE EXTENSION postgis; CREATE EXTENSION pg_trgm; CREATE EXTENSION unaccent", DATABASE)
    empty = server.data_bytes(DATABASE)
    command = [
        "osm2pgsql", "--create", "--output=flex", f"--style={HERE / 'objects.lua'}", f"--database={DATABASE}",
        f"--host={server.folder}", "--username=peer", f"--number-processes={os.cpu_count()}", "--cache=2000", str(extract),
    ]
    cost = {"steps_seconds": {}}
    started = time.perf_counter()
    with postgres.PeakMemory(os.getpid()) as peak:
        # The driver itself is in the family; what it holds before is taken off again.
        mine = postgres.proportional_mb(os.getpid())
        run = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "NAVIG_FEATURES": str(table)})
        if run.returncode != 0:
            raise RuntimeError(f"osm2pgsql ended with {run.returncode}:\n{run.stderr[-3000:]}")
        cost["steps_seconds"]["osm2pgsql"] = round(time.perf_counter() - started, 3)
        cost["steps_seconds"]["names"] = timed(server, NAMES)
        for step, text in INDEXES.items():
            cost["steps_seconds"][step] = timed(server, text)
        cost["seconds"] = round(time.perf_counter() - started, 3)
    cost["peak_mb"] = round(peak.mb - mine, 1)
    cost["bytes"] = server.data_bytes(DATABASE)
    cost["bytes_of_an_empty_database"] = empty
    sizes = "SELECT relname, pg_relation_size(oid) FROM pg_class WHERE relname ~ '^(object|name|named)(_|$)' ORDER BY 2 DESC"
    cost["largest"] = dict(line.split("|") for line in server.sql(sizes, DATABASE).stdout.splitlines())
    counts = "SELECT osm_type, count(*) FROM object GROUP BY 1 ORDER BY 1"
    cost["objects"] = {k: int(v) for k, v in (line.split("|") for line in server.sql(counts, DATABASE).stdout.splitlines())}
    cost["names"] = int(server.sql("SELECT count(*) FROM name", DATABASE).stdout)
    return cost
