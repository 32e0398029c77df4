"""Tides: serves the water levels measured in a harbour."""

import csv
from pathlib import Path
from statistics import fmean

from fastapi import FastAPI

LEVELS = Path(__file__).parent / "data" / "levels.csv"

with LEVELS.open(newline="") as file:
    READINGS = [{"time": row["time"], "cm": int(row["cm"])} for row in csv.DictReader(file)]

app = FastAPI(title="Tides")


@app.get("/health")
def health() -> dict:
    """Says that the service works and that its data is there."""
    return {"status": "ok", "readings": len(READINGS)}


@app.get("/levels")
def levels() -> dict:
    """All readings, with their mean."""
    return {"mean_cm": round(fmean(r["cm"] for r in READINGS), 1), "readings": READINGS}
