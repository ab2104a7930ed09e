#!/usr/bin/env python3
"""Writes lists and pictures in the published layouts of OSV-5M and of the data of NAVIG's evaluation. All values are invented.

venv/bin/pip install pillow==13.0.0 && venv/bin/python make.py
"""

import csv
import json
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
# The header of test.csv, as osv5m.py of the data set has it.
HEADER = (
    "id,latitude,longitude,thumb_original_url,country,sequence,captured_at,lon_bin,lat_bin,cell,region,sub-region,city,"
    "land_cover,road_index,drive_side,climate,soil,dist_sea,quadtree_10_5000,quadtree_10_25000,quadtree_10_1000,quadtree_10_50000,"
    "quadtree_10_12500,quadtree_10_500,quadtree_10_2500,unique_region,unique_sub-region,unique_city,unique_country,"
    "creator_username,creator_id"
).split(",")
OSV5M = [
    # Archive, id, latitude, longitude, country, region, sub-region, city, creator; without a sub-region, and in Kraków.
    ("00", "1000000000000001", "-43.95", "-176.56", "NZ", "Chatham Islands", "", "Waitangi", "111336000000000"),
    (
        "03",
        "1000000000000002",
        "50.0614300",
        "19.9365800",
        "PL",
        "Lesser Poland",
        "Kraków",
        "Kraków",
        "111336000000000",
    ),
    ("04", "100000000000003", "14.7166700", "-17.4677000", "SN", "Dakar", "Dakar", "Dakar", "104700000000000"),
]
NAVIG = [
    # Ids are text; coordinates are numbers in one line and text in another, for NAVIG reads both.
    {"ID": "gsv_0", "LAT": 40.517, "LON": -8.08, "country": "Portugal", "city": "Tondela"},
    {"ID": "gsv_2", "LAT": "41.3275", "LON": "19.8189", "country": "Albania", "city": "Tirana"},
    # An id with points, in the manner of NAVIG's examples.
    {"ID": "-33.3741232_-70.661976", "LAT": -33.3741232, "LON": -70.661976, "country": "Chile", "city": "Santiago"},
]


def picture(path, tone):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (64, 48), (tone, tone, tone + 8)).save(path, quality=60, optimize=True)


def osv5m(folder):
    rows = []
    for number, (archive, name, lat, lon, country, region, subregion, city, creator) in enumerate(OSV5M):
        row = dict.fromkeys(HEADER, "0")
        row |= {
            "id": name,
            "latitude": lat,
            "longitude": lon,
            "thumb_original_url": "",
            "country": country,
            "sequence": f"seq{number}",
        }
        row |= {
            "captured_at": "1500000000000",
            "lon_bin": "0",
            "lat_bin": "8",
            "cell": "(0, 8)",
            "region": region,
            "sub-region": subregion,
        }
        row |= {"city": city, "creator_username": f"creator{creator[:3]}", "creator_id": creator, "dist_sea": "0.00688"}
        row |= {"unique_region": f"{region}_{country}", "unique_country": country}
        row |= {"unique_sub-region": f"{subregion}_{region}_{country}" if subregion else ""}
        row |= {"unique_city": f"{city}_{subregion or 'NaN'}_{region}_{country}"}
        rows.append(row)
        picture(folder / "images" / "test" / archive / f"{name}.jpg", 100 + 20 * number)
    with (folder / "test.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, HEADER, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def navig(folder):
    for number, row in enumerate(NAVIG):
        picture(folder / "images" / f"{row['ID']}.jpg", 110 + 20 * number)
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in NAVIG)
    (folder / "meta.jsonl").write_text(lines, encoding="utf-8")


if __name__ == "__main__":
    osv5m(HERE / "osv5m")
    navig(HERE / "navig")
