#!/usr/bin/env python3
"""Does the index hold what the extract holds? Counts by tag against osmium, and places against the borders around them.

    VENV/bin/python evals/map/agree.py [WORD ...] [--navig target/release/navig]

Needs osmium-tool and the Python package `osmium`. For every extract (or those whose path holds one of the words):

- it is indexed, and the cost is noted;
- for each of FILTERS, the elements that `osmium tags-filter -R` finds are compared with the index. Elements that nobody can
  place are subtracted and shown: ways of which no node is in the extract, relations of which no member is, elements that
  come twice. Which those are is worked out here, apart from navig, and compared with the ids that `index info` lists as left
  out. Where the index gives all ids of a tag (up to 1,000 answers), the sets of ids are compared too. Where ids are too
  large for osmium's tables (beyond 2^40) its text output is filtered here instead;
- each `place=*` node that names a parent (is_in, is_in:*, addr:city and their like), or is the admin_centre or label of a
  boundary of its own name, should lie inside a boundary of that name, if the extract has all of one. The share
  for which navig says so is given, beside the share for which osmium's own polygons do: mappers err as well.

Prints tables; kept in evals/map/results/agree.json.
"""

import argparse
import collections
import os
import subprocess
import sys
import tempfile

import extracts
import program
from reading import folded

FILTERS = ["shop", "amenity", "tourism", "office", "historic", "place", "power", "public_transport", "railway=station",
           "highway=primary", "highway=bus_stop", "addr:housenumber", "name"]
PARENT_KEYS = ("is_in", "addr:city", "addr:suburb", "addr:district", "addr:state", "addr:province", "addr:county", "addr:municipality")
LARGEST_FOR_OSMIUM = 1 << 40
MOST = 1000


def matches(tags, wanted):
    key, _, value = wanted.partition("=")
    found = tags.get(key)
    return found is not None and (not value or found == value)


def as_query(wanted):
    return wanted if "=" in wanted else f"{wanted}=*"


class Contents:
    """What an extract holds: the elements of each filter, and which of them can be placed."""

    def __init__(self, path):
        import osmium

        self.nodes, self.largest, relations = set(), 0, {}
        self.of = {wanted: set() for wanted in FILTERS}
        self.seen = collections.Counter()
        ways, self.unplaced = set(), {}
        tagged = []
        for element in osmium.FileProcessor(str(path)):
            kind, number = element.type_str(), element.id
            self.largest = max(self.largest, abs(number))
            if kind == "n":
                if element.location.valid():
                    self.nodes.add(number)
            if not element.tags and kind == "n":
                continue
            if kind == "r":
                relations[number] = [(m.type, m.ref) for m in element.members]
            wanted_here = [w for w in FILTERS if matches(element.tags, w)]
            refs = [node.ref for node in element.nodes] if kind == "w" else None
            if kind == "w":
                tagged.append((number, refs))
            for wanted in wanted_here:
                self.seen[wanted] += 1
                self.of[wanted].add(f"{kind}{number}")
            if kind == "n" and wanted_here and not element.location.valid():
                self.unplaced[f"n{number}"] = "out-of-range"
        for number, refs in tagged:
            if any(ref in self.nodes for ref in refs):
                ways.add(number)
            else:
                self.unplaced[f"w{number}"] = "no-nodes"
        placed = set()
        growing = True
        while growing:
            growing = False
            for number, members in relations.items():
                if number not in placed and any(
                    ref in (self.nodes if kind == "n" else ways if kind == "w" else placed) for kind, ref in members
                ):
                    placed.add(number)
                    growing = True
        for number in relations.keys() - placed:
            self.unplaced[f"r{number}"] = "no-members"
        for number in relations.keys() & placed:
            self.unplaced.pop(f"r{number}", None)

    def placeable(self, wanted):
        return {i for i in self.of[wanted] if i not in self.unplaced}


def osmium_count(path, wanted, largest):
    """How many elements osmium-tool finds."""
    if largest < LARGEST_FOR_OSMIUM:
        command = ["osmium", "tags-filter", "-R", "--no-progress", "-f", "opl", "-o", "-", str(path), "nwr/" + wanted]
        found = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
        return found.count(b"\n")
    text = subprocess.Popen(["osmium", "cat", "--no-progress", "-f", "opl", str(path)], stdout=subprocess.PIPE, text=True)
    count = 0
    for line in text.stdout:
        tags = next((part[1:] for part in line.split(" ") if part.startswith("T")), "").strip()
        keys = dict(pair.split("=", 1) for pair in tags.split(",") if "=" in pair)
        key, _, value = wanted.partition("=")
        key = key.replace(":", "%3a%") if key.replace(":", "%3a%") in keys else key
        count += key in keys and (not value or keys[key] == value)
    return count


def counts(navig, path, index, contents):
    info = program.info(navig, index)
    queries = [as_query(w) + f" & limit {MOST}" for w in FILTERS]
    rows = []
    for wanted, result in zip(FILTERS, program.search(navig, [index], queries)):
        there, ours = osmium_count(path, wanted, contents.largest), result["clauses"][0]["candidates"]
        placeable = contents.placeable(wanted)
        own = {o["osm"] for h in result["hits"] for o in h["objects"]}
        # `more` are other elements of the same thing; they need not have the tag themselves.
        got = own | {i for h in result["hits"] for o in h["objects"] for i in o.get("more", [])}
        whole = result["verdict"]["type"] == "complete" and len(result["hits"]) < MOST and not any(h["merged"] for h in result["hits"])
        rows.append({
            "filter": wanted, "osmium": there, "not_placeable": there - len(placeable), "navig": ours,
            "difference": ours - len(placeable), "ids_compared": whole,
            "ids_missing": sorted(placeable - got)[:20] if whole else [], "ids_more": sorted(own - placeable)[:20] if whole else [],
        })
    return info, rows


def admin_areas(path):
    """(relation id, folded names, rings) of every whole administrative boundary, and its centres."""
    import osmium

    areas, centres, outlines = {}, [], {}
    nodes = {n.id for n in osmium.FileProcessor(str(path), osmium.osm.NODE)}
    ways = {w.id for w in osmium.FileProcessor(str(path), osmium.osm.WAY) if all(n.ref in nodes for n in w.nodes)}
    with tempfile.TemporaryDirectory() as folder:
        ordered = subprocess.run(["osmium", "fileinfo", "-e", "-g", "data.objects_ordered", str(path)], capture_output=True, text=True)
        if ordered.stdout.strip() == "no":
            sorted_path = os.path.join(folder, "sorted.osm.pbf")
            subprocess.run(["osmium", "sort", "--no-progress", str(path), "-o", sorted_path], check=True)
            path = sorted_path
        wanted = osmium.filter.TagFilter(("boundary", "administrative"))
        files = osmium.FileProcessor(str(path)).with_locations("sparse_mem_array").with_areas(wanted).with_filter(wanted)
        for element in files:
            if element.is_relation():
                names = names_of(element.tags)
                outlines[element.id] = [m.ref for m in element.members if m.type == "w" and m.role in ("outer", "inner", "")]
                centres += [(m.ref, element.id, names) for m in element.members if m.type == "n" and m.role in ("admin_centre", "admin_center", "label", "capital")]
            if element.is_area() and not element.from_way():
                rings = []
                for outer in element.outer_rings():
                    rings.append([(n.lat, n.lon) for n in outer])
                    rings += [[(n.lat, n.lon) for n in inner] for inner in element.inner_rings(outer)]
                if rings:
                    areas[element.orig_id()] = (names_of(element.tags), rings)
    # One that the frame cuts may still close around an island or a lake, and is not the area that its name means.
    whole = {number: area for number, area in areas.items() if ways.issuperset(outlines.get(number, ()))}
    return whole, centres


def names_of(tags):
    found = set()
    for tag in tags:
        if tag.k.split(":")[0] in ("name", "alt_name", "official_name", "short_name", "int_name", "loc_name", "old_name"):
            found |= {folded(part) for part in tag.v.split(";")}
    return found


def inside(at, rings):
    odd = False
    for ring in rings:
        for (lat1, lon1), (lat2, lon2) in zip(ring, ring[1:]):
            if (lat1 > at[0]) != (lat2 > at[0]) and at[1] < lon1 + (at[0] - lat1) / (lat2 - lat1) * (lon2 - lon1):
                odd = not odd
    return odd


def parents(path, areas, centres):
    """(node id, position, parent name, ids of the boundaries of that name)."""
    by_name = collections.defaultdict(set)
    for number, (names, _) in areas.items():
        for name in names:
            by_name[name].add(number)
    own = collections.defaultdict(set)
    for node, relation, names in centres:
        if relation in areas:
            own[f"n{node}"] |= {(relation, name) for name in names}
    out = []
    for thing in extracts.things(path, lambda tags: "place" in tags):
        if not thing.id.startswith("n"):
            continue
        said = set()
        for key, value in thing.tags.items():
            if key in PARENT_KEYS or key.startswith("is_in:"):
                said |= {folded(part) for part in value.replace(",", ";").split(";")}
        names = {folded(v) for k, v in thing.tags.items() if k == "name" or k.startswith("name:")}
        for name in sorted(said):
            if by_name.get(name):
                out.append((thing.id, thing.at, name, by_name[name]))
        for relation, name in sorted(own.get(thing.id, ())):
            if name in names:
                out.append((thing.id, thing.at, name, {relation}))
    return out


def borders(navig, path, index):
    areas, centres = admin_areas(path)
    asked = parents(path, areas, centres)
    results = program.search(navig, [index], [f"osm={node}" for node, *_ in asked]) if asked else []
    ours = theirs = both = 0
    wrong = []
    for (node, at, name, wanted), result in zip(asked, results):
        said = {int(a["osm"][1:]) for h in result["hits"][:1] for a in h["areas"] if a["osm"].startswith("r")}
        navig_says, osmium_says = bool(said & wanted), any(inside(at, areas[r][1]) for r in wanted)
        ours, theirs, both = ours + navig_says, theirs + osmium_says, both + (navig_says and osmium_says)
        if not navig_says:
            wrong.append({"node": node, "at": at, "parent": name, "boundaries": sorted(wanted), "osmium_says_inside": osmium_says, "navig_says": sorted(said)})
    return {"boundaries_of_osmium": len(areas), "asked": len(asked), "navig": ours, "osmium": theirs, "both": both, "outside": wrong[:50]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--navig", default=str(extracts.ROOT / "target" / "release" / "navig"))
    options = parser.parse_args()
    report = {"machine": program.machine(), "extracts": {}}
    count_rows, border_rows, sums = [], [], collections.Counter()
    for path in extracts.every(options.words):
        title = extracts.title(path)
        try:
            index, cost = program.index(options.navig, path)
            info, rows = counts(options.navig, path, index, Contents(path))
            around = borders(options.navig, path, index)
        except program.Failed as failed:
            report["extracts"][title] = {"failed": str(failed)}
            count_rows.append([title, "-", "-", "-", "-", "-", str(failed)[:100]])
            continue
        report["extracts"][title] = {"cost": cost, "info": info, "filters": rows, "borders": around}
        off = [f"{r['filter']} {r['difference']:+d}" for r in rows if r["difference"]]
        off += [f"{r['filter']} ids" for r in rows if r["ids_missing"] or r["ids_more"]]
        count_rows.append([title, f"{cost['seconds']:.2f}", f"{cost['peak_mb']:.0f}", f"{cost['bytes'] / 1e6:.2f}",
                           sum(r["osmium"] for r in rows), sum(r["not_placeable"] for r in rows), ", ".join(off) or "agree"])
        if around["asked"]:
            border_rows.append([title, around["boundaries_of_osmium"], around["asked"], program.percent(around["navig"], around["asked"]),
                                program.percent(around["osmium"], around["asked"]), around["osmium"] - around["both"]])
            sums.update({k: around[k] for k in ("asked", "navig", "osmium", "both")})
        print(count_rows[-1], border_rows[-1:] if around["asked"] else "", file=sys.stderr)
    border_rows.append(["all", "-", sums["asked"], program.percent(sums["navig"], sums["asked"]), program.percent(sums["osmium"], sums["asked"]), sums["osmium"] - sums["both"]])
    print(program.table(["extract", "build, s", "peak, MB", "index, MB", "elements of the filters", "not placeable", "navig"], count_rows))
    print("\n" + program.table(["extract", "boundaries", "places with a parent", "inside by navig", "inside by osmium", "osmium only"], border_rows))
    report["borders"] = dict(sums)
    report["machine"]["load_after"] = round(os.getloadavg()[0], 2)
    program.keep("agree", report)


if __name__ == "__main__":
    main()
