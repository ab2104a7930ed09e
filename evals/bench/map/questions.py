"""The questions of the bench, drawn from the extract with fixed seeds: misread names, and things that stand together."""

import collections
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "map"))

import extracts
import reading
from reading import folded

SEED = 20261121
KINDS = ["shop", "amenity", "tourism", "office", "craft", "leisure", "historic", "man_made", "railway", "public_transport", "power"]


def named_things(extract):
    """Everything of the extract with a name or one of the kinds, in the order of the file."""
    def keep(tags):
        return "name" in tags or any(kind in tags for kind in KINDS)
    return list(extracts.things(extract, keep))


def misread_names(things, count):
    """(reading, true name) for names drawn evenly from all different names of at least three letters."""
    different = {folded(t.tags["name"]): t.tags["name"] for t in things if "name" in t.tags}
    usable = sorted(name for name in different.values() if sum(c.isalnum() for c in name) >= 3)
    rng = random.Random(SEED)
    return [(reading.read(name, rng), name) for name in rng.sample(usable, min(count, len(usable)))]


def tag_of(thing):
    """The tag that says what a thing is: ("shop", "bakery"); nothing for things that only have a name."""
    for kind in KINDS:
        value = thing.tags.get(kind)
        if value and value not in ("yes", "no") and all(c.isalnum() or c == "_" for c in value):
            return (kind, value)
    return None


def together(things, count):
    """Questions of two to four clauses, each true at least at the place that it was drawn from.

    The first clause is the anchor; the others lie within `within_m` of it. Half of the questions name the anchor and the
    second clause; three in ten name the anchor only; two in ten are tags alone, none of which stands at more than 2,000 things.
    """
    rng = random.Random(SEED + 1)
    points = [t for t in things if len(t.line) == 1]
    frequency = collections.Counter(tag for t in things if (tag := tag_of(t)))
    rows = collections.Counter(folded(t.tags["name"]) for t in things if "name" in t.tags)
    grid = extracts.Grid(points)
    shops = [t for t in points if "name" in t.tags and tag_of(t) and sum(c.isalnum() for c in t.tags["name"]) >= 3]
    out = []
    while len(out) < count:
        anchor = rng.choice(shops)
        within = rng.choice([100, 200, 300, 500])
        others = [t for m, t in grid.near(anchor.at, within * 0.95) if t.id != anchor.id]
        style = len(out) % 10
        clauses = [{"tag": tag_of(anchor)} if style >= 8 else {"name": anchor.tags["name"]}]
        if style < 5:
            named = [t for t in others if "name" in t.tags and folded(t.tags["name"]) != folded(anchor.tags["name"])
                     and sum(c.isalnum() for c in t.tags["name"]) >= 3]
            if not named:
                continue
            clauses.append({"name": rng.choice(named).tags["name"]})
        tags = sorted({t for o in others if (t := tag_of(o)) and t != tag_of(anchor) and (style < 8 or frequency[t] <= 2000)})
        wanted = 2 + len(out) % 3 - len(clauses)
        if style >= 8 and frequency[tag_of(anchor)] > 2000 or len(tags) < wanted:
            continue
        clauses += [{"tag": tag} for tag in rng.sample(tags, wanted)]
        out.append({"anchor": anchor.id, "within_m": within, "clauses": clauses, "anchor_rows": rows[folded(anchor.tags["name"])]})
    return out
