"""Reads data/islands.csv and writes index.json: for each island the three nearest ones.

With these nine islands it takes no time; with all islands of the world it takes minutes.
"""

import csv
import json
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

HERE = Path(__file__).parent


def kilometres(a, b):
    """The distance between two places on a round earth."""
    north, east = radians(b[0] - a[0]), radians(b[1] - a[1])
    half = sin(north / 2) ** 2 + cos(radians(a[0])) * cos(radians(b[0])) * sin(east / 2) ** 2
    return round(2 * 6371 * asin(sqrt(half)))


with (HERE / "data" / "islands.csv").open(newline="") as file:
    lines = (line for line in file if line.strip() and not line.startswith("#"))
    islands = {row["name"]: (float(row["north"]), float(row["east"])) for row in csv.DictReader(lines)}

index = {
    name: sorted((kilometres(at, other), there) for there, other in islands.items() if there != name)[:3]
    for name, at in islands.items()
}
(HERE / "index.json").write_text(json.dumps(index))
print(f"{len(index)} islands")
