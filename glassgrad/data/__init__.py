"""Data sets: made-up points, real tables, and your own CSV files turned into numbers.

X, y = data.moons(200, noise=0.1, seed=0)

table = data.read_table("iris.csv")
train, validation, test = data.split(len(table), seed=0, stratify=table.column("species"))
encoder = data.Encoder.fit(table, "species", rows=train)
X, y = encoder.inputs(table), encoder.targets(table)
"""

from . import tables, toy
from .encode import Encoder
from .errors import DataError
from .read import MISSING, Table, read_table
from .split import split
from .toy import blobs, circles, demo_moons, lecture, moons, spirals, xor

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
