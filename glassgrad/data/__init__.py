"""Data sets: made-up points, real tables, and your own CSV files turned into numbers.

X, y = data.moons(200, noise=0.1, seed=0)

table = data.read_table("iris.csv")
train, validation, test = data.split(len(table), seed=0, stratify=table.column("species"))
encoder = data.Encoder.fit(table, "species", rows=train)
X, y = encoder.inputs(table), encoder.targets(table)
"""

from glassgrad.data import tables, toy
from glassgrad.data.encode import Encoder
from glassgrad.data.errors import DataError
from glassgrad.data.read import MISSING, Table, read_table
from glassgrad.data.split import split
from glassgrad.data.toy import blobs, circles, demo_moons, lecture, moons, spirals, xor

__all__ = [
    "MISSING",
    "DataError",
    "Encoder",
    "Table",
    "blobs",
    "circles",
    "demo_moons",
    "lecture",
    "moons",
    "read_table",
    "spirals",
    "split",
    "tables",
    "toy",
    "xor",
]
