"""All that a training run was asked for, kept with it so that it can go on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..files import write_atomically
from .tables import Reading

FILE = "settings.json"


@dataclass(frozen=True)
class Settings:
    """What `glassgrad train` was asked for; its help tells what each is.

    Args:
        digest: of the cells of the table when the run began; empty before that.
    """

    table: str
    reading: Reading
    target: str | None
    task: str | None
    drop: tuple[str, ...]
    text: tuple[str, ...]
    numeric: tuple[str, ...]
    split: tuple[float, float, float]
    hidden: tuple[int, ...]
    activation: str
    loss: str
    optimiser: str
    lr: float
    l2: float
    epochs: int
    batch_size: int
    patience: int
    seed: int
    digest: str = ""


def save_settings(folder: Path, settings: Settings) -> None:
    """Keep the settings in the folder of their run."""
    kept = {**asdict(settings), "table": _absolute(settings.table)}
    text = json.dumps(kept, indent=2) + "\n"
    write_atomically(folder / FILE, text.encode())


def load_settings(folder: Path) -> Settings:
    """Return the settings of the run in a folder.

    Raises:
        ValueError: there is no run in it, or its settings are damaged.
    """
    path = folder / FILE
    try:
        data: dict[str, Any] = json.loads(path.read_text("utf-8"))
        data["reading"] = Reading(**data["reading"])
        for name, value in data.items():
            data[name] = tuple(value) if isinstance(value, list) else value
        return Settings(**{**data, "table": _relative(data["table"])})
    except FileNotFoundError:
        raise ValueError(f"There is no run in {folder}: it has no {FILE}.{_runs(folder)}") from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is damaged ({error}); begin the run anew.") from error


def _absolute(table: str) -> str:
    """Return a name of a table that holds in other folders too."""
    return str(Path(table).absolute()) if Path(table).is_file() else table


def _relative(table: str) -> str:
    """Return the name of a table as it is said from here."""
    here = Path.cwd()
    return str(Path(table).relative_to(here)) if Path(table).is_relative_to(here) else table


def _runs(folder: Path) -> str:
    """Name the runs that lie beside a folder in which there is none."""
    beside = folder.parent
    found = sorted(path.parent.name for path in beside.glob(f"*/{FILE}"))
    return f" In {beside} there are {', '.join(found)}." if found else ""
