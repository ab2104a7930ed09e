"""The extracts that the evaluations run on, and what lies in them. Needs the Python package `osmium`."""

import dataclasses
import math
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
EARTH_RADIUS_M = 6_371_000.0


def folder():
    """The folder of extracts: NAVIG_TEST_DATA, or shared/data beside the project."""
    data = os.environ.get("NAVIG_TEST_DATA") or ROOT.parent / "shared" / "data"
    return pathlib.Path(data) / "osm"


def every(chosen=None):
    """Paths of all extracts, the large one last; `chosen` keeps those whose path contains one of the words."""
    found = [p for part in ("converted", "original", "derived") for p in sorted((folder() / part).glob("*.osm.pbf"))]
    return [p for p in found if not chosen or any(word in str(p) for word in chosen)]


def title(path):
    """`original/monaco_2026.osm.pbf`, as the probes write it."""
    return f"{path.parent.name}/{path.name}"


@dataclasses.dataclass(slots=True)
class Thing:
    """An element with tags. `line` holds the positions of a way's nodes that the extract has, else the node alone."""

    id: str
    tags: dict
    line: list

    @property
    def at(self):
        return self.line[len(self.line) // 2]


def things(path, keep):
    """Every node and way that has a position and whose tags `keep` accepts."""
    import osmium

    filtered = osmium.FileProcessor(str(path)).with_locations("sparse_mem_array")
    for element in filtered.with_filter(osmium.filter.EmptyTagFilter()):
        if not keep(element.tags) or element.is_relation():
            continue
        if element.is_node():
            places = [element.location]
        else:
            places = [node.location for node in element.nodes]
        line = [(p.lat, p.lon) for p in places if p.valid()]
        if line:
            yield Thing(element.type_str() + str(element.id), dict(element.tags), line)


def metres(a, b):
    """Great-circle distance of two positions in degrees."""
    lat1, lon1, lat2, lon2 = map(math.radians, (*a, *b))
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, h)))


def metres_to_line(point, line):
    """Distance to the nearest point of a line, on a plane that touches the Earth at `point`."""
    if len(line) == 1:
        return metres(point, line[0])
    scale = math.radians(1) * EARTH_RADIUS_M
    shrink = math.cos(math.radians(point[0]))
    plane = [((lon - point[1]) * scale * shrink, (lat - point[0]) * scale) for lat, lon in line]
    best = math.inf
    for (x1, y1), (x2, y2) in zip(plane, plane[1:]):
        dx, dy = x2 - x1, y2 - y1
        along = -(x1 * dx + y1 * dy) / (dx * dx + dy * dy) if dx or dy else 0.0
        along = min(1.0, max(0.0, along))
        best = min(best, math.hypot(x1 + along * dx, y1 + along * dy))
    return best


class Grid:
    """Things by cells of about `cell_m`, for finding what lies near a position."""

    def __init__(self, things, cell_m=300.0):
        self.cell_deg = cell_m / 111_195.0
        self.cells = {}
        for thing in things:
            for cell in {self.cell(p) for p in self.dense(thing.line)}:
                self.cells.setdefault(cell, []).append(thing)

    def cell(self, at):
        return (math.floor(at[0] / self.cell_deg), math.floor(at[1] * math.cos(math.radians(at[0])) / self.cell_deg))

    def dense(self, line):
        """The line with points so close that no cell is jumped over."""
        yield line[0]
        for a, b in zip(line, line[1:]):
            steps = max(1, math.ceil(max(abs(a[0] - b[0]), abs(a[1] - b[1])) / (self.cell_deg / 2)))
            for i in range(1, min(steps, 10_000) + 1):
                yield (a[0] + (b[0] - a[0]) * i / steps, a[1] + (b[1] - a[1]) * i / steps)

    def near(self, at, within_m):
        """(metres, thing) of everything within the distance, nearest first, each once."""
        reach = math.ceil(within_m / (self.cell_deg * 111_195.0))
        y, x = self.cell(at)
        seen = {}
        for dy in range(-reach, reach + 1):
            for dx in range(-reach, reach + 1):
                for thing in self.cells.get((y + dy, x + dx), ()):
                    if thing.id not in seen:
                        seen[thing.id] = (metres_to_line(at, thing.line), thing)
        return sorted((pair for pair in seen.values() if pair[0] <= within_m), key=lambda pair: (pair[0], pair[1].id))
