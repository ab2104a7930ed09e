#!/usr/bin/env python3
"""Writes town.osm.pbf: Ebenholm, an invented town on an invented island, as a tiny OpenStreetMap extract.

    python3 town.py

Needs nothing but Python 3; the same script gives the same bytes. The format is that of the OpenStreetMap wiki, "PBF Format".
"""

import struct
from pathlib import Path

# In the open Atlantic, so that nobody takes it for a place.
LAT, LON = 30.0, -38.0
METRE_LAT, METRE_LON = 1 / 111_195, 1 / (111_195 * 0.866)

strings = [""]
nodes, ways, relations = [], [], []


def number_of(text):
    if text not in strings:
        strings.append(text)
    return strings.index(text)


def node(east, north, **tags):
    """A node so many metres east and north of the middle of the town."""
    nodes.append((len(nodes) + 1, round((LAT + north * METRE_LAT) * 1e7), round((LON + east * METRE_LON) * 1e7), tagged(tags)))
    return len(nodes)


def way(points, **tags):
    first = [node(*p) if isinstance(p, tuple) else p for p in points]
    ways.append((len(ways) + 1, first, tagged(tags)))
    return len(ways)


def box(east, north, wide, high, **tags):
    corners = [node(east, north), node(east + wide, north), node(east + wide, north + high), node(east, north + high)]
    return way([*corners, corners[0]], **tags)


def tagged(tags):
    """Keys of OpenStreetMap have colons, names of Python do not."""
    return {key.replace("__", ":"): value for key, value in tags.items()}


def town():
    # Streets: two that cross, a quay along the river, a bypass.
    crossing = node(0, 0, highway="traffic_signals", crossing="zebra")
    way([(-600, 0), (-200, 0), crossing, (300, 0), (600, 20)], highway="secondary", name="Lantern Street", ref="E 7", maxspeed="30 mph")
    way([(0, -500), (0, -100), crossing, (0, 250), (20, 500)], highway="tertiary", name="Rue du Héron", name__de="Reiherstraße")
    way([(-600, -220), (-150, -210), (200, -215), (600, -230)], highway="residential", name="Quay of the Herons")
    way([(-900, 700), (0, 760), (900, 690)], highway="trunk", ref="N 12", name="Northern Bypass")
    way([(-40, 130), (0, 120), (60, 128)], highway="pedestrian", name="Cobbler's Lane", surface="sett")
    # The river, and two bridges whose directions differ by about 65 degrees.
    way([(-900, -300), (-300, -290), (300, -295), (900, -310)], waterway="river", name="Oda")
    way([(0, -250), (0, -340)], highway="tertiary", bridge="yes", name="Old Bridge", bridge__structure="arch")
    way([(400, -270), (490, -310)], highway="residential", bridge="yes", name="Iron Bridge", bridge__structure="truss")
    # Railway, station, tram.
    way([(-900, 420), (0, 400), (900, 430)], railway="rail", electrified="contact_line", name="Island Line")
    node(10, 404, railway="station", name="Ebenholm Central", name__ru="Эбенхольм")
    node(-190, 3, railway="tram_stop", name="Lantern Street")
    # Shops and what else has a sign.
    node(35, 12, shop="bakery", name="Bäckerei Quendel", phone="+999 12 345", addr__street="Lantern Street", addr__housenumber="14")
    node(-28, -14, amenity="cafe", name="Café Luna", name__el="Καφέ Λούνα")
    node(-480, 14, amenity="cafe", name="Café Luna")
    node(62, -11, shop="books", name="Moth & Candle Books", website="https://example.org/")
    node(22, 140, amenity="pharmacy", name="Apotheke zum Uhu")
    node(150, 9, shop="supermarket", name="Krämer", brand="Krämer")
    node(-330, -8, shop="supermarket", name="Krämer", brand="Krämer")
    node(500, 30, shop="supermarket", name="Krämer", brand="Krämer")
    node(-60, 90, amenity="post_box")
    node(4, -120, amenity="drinking_water", name="<b>Well</b> & \u202edlo")
    # Buildings.
    box(-70, 40, 30, 45, building="church", amenity="place_of_worship", religion="christian", name="Saint Odile", name__fr="Sainte-Odile")
    node(-62, 80, man_made="tower", tower__type="bell_tower", height="164 ft")
    box(80, 30, 25, 25, building="apartments", building__levels="7", addr__street="Lantern Street", addr__housenumber="20")
    box(110, 30, 25, 25, building="yes", building__levels="3;4")
    box(-130, -60, 40, 30, building="yes")
    box(-15, 385, 60, 18, building="train_station", name="Ebenholm Central")
    box(200, 80, 150, 110, leisure="park", name="Heron Park")
    # On the hills.
    for i in range(4):
        node(-800 + 90 * i, 900 + 15 * i, power="generator", generator__source="wind", generator__method="wind_turbine")
    pylons = [node(-900 + 250 * i, 1_000 - 20 * i, power="tower") for i in range(6)]
    way(pylons, power="line", voltage="110000;20000")
    # The town and a quarter of it.
    edge = [node(-1_000, -600), node(1_000, -600), node(1_000, 1_200), node(-1_000, 1_200)]
    outer = way([*edge, edge[0]])
    half = [node(-1_000, -200), node(1_000, -200)]
    south = way([edge[0], edge[1], half[1], half[0], edge[0]])
    relations.append((1, [("way", outer, "outer")], {"type": "boundary", "boundary": "administrative", "admin_level": "8", "name": "Ebenholm"}))
    relations.append((2, [("way", south, "outer")], {"type": "boundary", "boundary": "administrative", "admin_level": "10", "name": "Odaside"}))
    relations.append((3, [("way", 999_999, "")], {"type": "route", "route": "bus", "ref": "4", "name": "Bus 4 to nowhere"}))
    node(0, 60, place="town", name="Ebenholm", population="4200")


# Protocol buffers, as little of them as this needs.


def varint(n):
    n &= (1 << 64) - 1
    out = bytearray()
    while True:
        out.append(n & 127 | (128 if n > 127 else 0))
        n >>= 7
        if not n:
            return bytes(out)


def zigzag(n):
    return varint((n << 1) ^ (n >> 63))


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def whole(number, n):
    return varint(number << 3) + varint(n)


def packed(number, values, write=varint):
    return field(number, b"".join(write(v) for v in values))


def steps(values):
    return [b - a for a, b in zip([0, *values], values)]


def pairs(tags):
    return [(number_of(k), number_of(v)) for k, v in tags.items()]


def blob(kind, data):
    body = field(1, data)
    head = field(1, kind.encode()) + whole(3, len(body))
    return struct.pack(">I", len(head)) + head + body


def dense():
    keys = [n for _, _, _, tags in nodes for n in [*(i for pair in pairs(tags) for i in pair), 0]]
    columns = [packed(place, steps([n[i] for n in nodes]), zigzag) for place, i in ((1, 0), (8, 1), (9, 2))]
    return field(2, field(2, b"".join(columns) + packed(10, keys)))


def tag_fields(tags):
    return packed(2, [k for k, _ in pairs(tags)]) + packed(3, [v for _, v in pairs(tags)])


def way_group():
    return field(2, b"".join(field(3, whole(1, i) + tag_fields(tags) + packed(8, steps(refs), zigzag)) for i, refs, tags in ways))


def relation_group():
    def one(i, members, tags):
        roles = packed(8, [number_of(role) for _, _, role in members])
        ids = packed(9, steps([m for _, m, _ in members]), zigzag)
        kinds = packed(10, [("node", "way", "relation").index(kind) for kind, _, _ in members])
        return field(4, whole(1, i) + tag_fields(tags) + roles + ids + kinds)

    return field(2, b"".join(one(*r) for r in relations))


def main():
    town()
    groups = dense() + way_group() + relation_group()
    table = field(1, b"".join(field(1, s.encode()) for s in strings))
    header = field(4, b"OsmSchema-V0.6") + field(4, b"DenseNodes") + field(16, b"town.py of navig") + whole(32, 1_767_225_600)
    (Path(__file__).parent / "town.osm.pbf").write_bytes(blob("OSMHeader", header) + blob("OSMData", table + groups))


main()
