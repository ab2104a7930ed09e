#!/usr/bin/env python3
"""Writes income.csv, the income class of each economy, from the Python package `bblocks-places` 0.0.6 (MIT).

    pip download --no-deps bblocks-places==0.0.6 && data/income/income.py bblocks_places-0.0.6-py3-none-any.whl

The package keeps the World Bank's classification of July 2025 (by income per head in 2024, fiscal year 2026) beside the
codes of countries. Columns: iso2; class, one of low, lower-middle, upper-middle and high; year in which it was published.
An economy that the World Bank does not classify is left out.
"""

import csv
import hashlib
import io
import pathlib
import sys
import zipfile

HERE = pathlib.Path(__file__).parent
TABLE = "bblocks/places/concordance.csv"
SHA256 = "1c2ad860366cea2bd4181ee3da6248720ee15ef0d8e134d71c2fd03cb292a415"
YEAR = 2025
CLASSES = {
    "Low income": "low",
    "Lower middle income": "lower-middle",
    "Upper middle income": "upper-middle",
    "High income": "high",
}
# The package's table was written by a reader that takes Namibia's code for "not available".
LOST = {"NAM": "NA"}


def main():
    table = zipfile.ZipFile(sys.argv[1]).read(TABLE)
    found = hashlib.sha256(table).hexdigest()
    if found != SHA256:
        sys.exit(f"{TABLE}: SHA-256 {found}, not {SHA256}: the year above may no longer be right")
    rows = []
    for row in csv.DictReader(io.StringIO(table.decode("utf-8-sig"))):
        code = row["iso2_code"] or LOST.get(row["iso3_code"], "")
        income = CLASSES.get(row["income_level"])
        if income and code:
            rows.append((code, income, YEAR))
    with (HERE / "income.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("iso2", "class", "year"), *sorted(rows)])


if __name__ == "__main__":
    main()
