"""The program `glassgrad`, also `python -m glassgrad`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line."""
    # Imported in here, so that Ctrl-C while they load is no traceback.
    try:
        import click

        from . import __version__
        from .cli import program
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        sys.exit(130)  # as later, see `cli.console.STOPPED`
    click.version_option(__version__, prog_name="glassgrad")(program)()


if __name__ == "__main__":
    main()
