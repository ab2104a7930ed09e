"""The questions of the bench as SQL, each asked as a prepared statement within one session. Needs the Python package `psycopg`."""

import json
import time

import load

# Ten names, how often each occurs, and one thing that carries it: what an answer of navig says too.
AROUND = """
SELECT best.name, best.score, count(*) AS times, min(named.osm_type || named.osm_id)
FROM ({best}) best JOIN named ON named.name_id = best.id GROUP BY best.id, best.name, best.score ORDER BY best.score DESC
"""
BY_THRESHOLD = """SELECT id, name, similarity(folded, {q}) AS score FROM name WHERE folded %% {q} ORDER BY score DESC LIMIT 10"""
BY_DISTANCE = """SELECT id, name, 1 - (folded <-> {q}) AS score FROM name ORDER BY folded <-> {q} LIMIT 10"""
THRESHOLDS = [0.2, 0.3, 0.4]
# A question that takes longer counts as this long, and without an answer; it happens where the planner misjudges a join.
LONGEST_S = 20


def connect(server):
    import psycopg

    session = psycopg.connect(host=str(server.folder), user="peer", dbname=load.DATABASE, autocommit=True)
    session.prepare_threshold = 0
    session.execute(f"SET statement_timeout = '{LONGEST_S}s'")
    return session


def ask(session, text, values):
    """(milliseconds, rows), all rows fetched."""
    import psycopg

    started = time.perf_counter()
    try:
        rows = session.execute(text, values, prepare=True).fetchall()
    except psycopg.errors.QueryCanceled:
        rows = None
    return (time.perf_counter() - started) * 1000, rows


def name_statement(how):
    """The statement of a way to search; folding the question is part of the work."""
    fold = "lower(unaccent(%(q)s::text))"
    return AROUND.format(best=(BY_DISTANCE if how == "distance" else BY_THRESHOLD).format(q=fold))


def search_names(session, readings, how):
    """For each reading (milliseconds, names, best first); `how` is "distance" or a threshold of similarity."""
    if how != "distance":
        session.execute(f"SET pg_trgm.similarity_threshold = {how}")
    statement = name_statement(how)
    for reading in readings[:20]:
        ask(session, statement, {"q": reading})
    out = []
    for reading in readings:
        ms, rows = ask(session, statement, {"q": reading})
        out.append((ms, [row[0] for row in rows or []]))
    return out


def clause(alias, spec, values):
    """A condition that a row of `object` fulfils a clause."""
    if "name" in spec:
        values.append(spec["name"])
        return (
            f"({alias}.osm_type, {alias}.osm_id) IN (SELECT named.osm_type, named.osm_id FROM named JOIN name ON name.id = named.name_id "
            f"WHERE name.folded = lower(unaccent(%s::text)))"
        )
    key, value = spec["tag"]
    values.append(json.dumps({key: value}, ensure_ascii=False))
    return f"{alias}.tags @> %s::jsonb"


def together_statement(question, form):
    """All anchors that have a thing of its own for every other clause within reach; `form` is "exists" or "join"."""
    values, first, *rest = [], *question["clauses"]
    where = clause("a", first, values)
    conditions = []
    for i, spec in enumerate(rest):
        alias = f"b{i}"
        reach = f"ST_DWithin(a.geom::geography, {alias}.geom::geography, {question['within_m']})"
        others = [f"({alias}.osm_id, {alias}.osm_type) <> ({o}.osm_id, {o}.osm_type)" for o in ["a", *(f"b{j}" for j in range(i))]]
        conditions.append((alias, " AND ".join([clause(alias, spec, values), reach, *others])))
    tables = "object a"
    if form == "join":
        tables += "".join(f", object {alias}" for alias, _ in conditions)
        where += "".join(f" AND {condition}" for _, condition in conditions)
    else:
        where += "".join(f" AND EXISTS (SELECT FROM object {alias} WHERE {condition}" for alias, condition in conditions)
        where += ")" * len(conditions)
    point = "ST_PointOnSurface(a.geom)"
    answer = f"SELECT DISTINCT ON (a.osm_type, a.osm_id) lower(a.osm_type) || a.osm_id, ST_Y({point}), ST_X({point})"
    return f"{answer} FROM {tables} WHERE {where}", values


def search_together(session, questions, form):
    """For each question (milliseconds, {id of anchor: position}), with nothing for an answer where the time was over. Asked
    twice; the second time counts."""
    out = []
    for question in questions:
        statement, values = together_statement(question, form)
        ms, rows = ask(session, statement, values)
        if rows is not None:
            ms, rows = ask(session, statement, values)
        out.append((ms, None if rows is None else {osm: (lat, lon) for osm, lat, lon in rows}))
    return out
