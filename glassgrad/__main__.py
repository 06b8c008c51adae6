"""The program `glassgrad`, also `python -m glassgrad`."""

from __future__ import annotations

import click

from . import __version__
from .cli import program


def main() -> None:
    """Run the command line."""
    click.version_option(__version__, prog_name="glassgrad")(program)()


if __name__ == "__main__":
    main()
