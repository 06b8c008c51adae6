"""Tables as sources of samples: those on disk, and those that a page's user brings."""

from __future__ import annotations

from ..data import DataError, Encoder, Table
from ..data.errors import quoted
from ..data.read import table_of
from .dataset import MOST_INPUTS, Dataset, Learn, divided, encoded_dataset, few, table_dataset
from .messages.training import Configuration
from .start import Source


def table_source(name: str, table: Table, target: str, learn: Learn = Encoder.fit) -> Source:
    """Return what makes samples of a table; the rows held out are those of the configuration."""

    def source(configuration: Configuration) -> Dataset:
        share, seed = configuration.held_out, configuration.data_seed
        return few(table_dataset(name, table, target, share, seed, learn))

    return source


def encoded_source(name: str, table: Table, encoder: Encoder) -> Source:
    """Return what makes samples of a table as an encoder sees them that was trained on it."""
    whole = few(encoded_dataset(name, table.drop_missing(encoder.target), encoder))
    return lambda configuration: divided(whole, configuration.held_out, configuration.data_seed)


def uploaded(name: str, text: str, target: str | None) -> tuple[Table, str]:
    """Return the table that is in a file's text, and the column to predict.

    Raises:
        DataError: it is no table, or one that a page cannot show; says what is wrong and where.
    """
    wrong = next((i for i, c in enumerate(text) if c in "\0\ufffd"), None)
    if wrong is not None:
        line = text.count("\n", 0, wrong) + 1
        raise DataError(
            f"{name} is no text in UTF-8: line {line} holds a byte that is none. Save the table as"
            " CSV (UTF-8)."
        )
    if not text.strip():
        raise DataError(f"{name} is empty.")
    table = table_of(text.encode("utf-8", "replace"), name)
    if len(table.columns) > MOST_INPUTS:
        raise DataError(
            f"{name} has {len(table.columns)} columns, of which the explorer can show"
            f" {MOST_INPUTS}. Leave out those that are not needed."
        )
    if len(table.columns) < 2:
        raise DataError(
            f"{name} has one column, {quoted(table.columns)}. A network needs at least one to"
            " predict from, and one to predict."
        )
    return table, table.columns[table.position(target if target is not None else -1)]
