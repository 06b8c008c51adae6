"""The command line: one file for each verb. What is heavy is imported by the verb that needs it."""

from __future__ import annotations

import click

from .bench import bench
from .cache import cache
from .data import data
from .draw import draw
from .evaluate import evaluate
from .explore import explore
from .ir import ir
from .predict import predict
from .train import train


class _InOrder(click.Group):
    """A group whose help lists the verbs in the order in which they are needed."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return list(self.commands)


EXIT_CODES = "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 stopped by Ctrl-C."


@click.group(
    cls=_InOrder,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
)
def program() -> None:
    """Train neural networks on tables, and see every number in them."""


for verb in (train, predict, evaluate, explore, draw, data, ir, cache, bench):
    program.add_command(verb)
