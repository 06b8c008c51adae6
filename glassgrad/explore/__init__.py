"""The explorer: a page in which every number of a network can be seen to move.

Data flows one way: a page sends requests, a `Session` answers by reports; `server`, `widget` and
`record` carry both to a browser, a notebook and a file.

The package is called like a function, `gg.explore(model)`: what is done and where it lives share
the name, and whichever is imported first, `gg.explore` is both.
"""

from __future__ import annotations

import sys
from types import ModuleType

TYPE_CHECKING = False  # as in `typing`
if TYPE_CHECKING:
    from typing import Any

    from .widget import Explorer


class _Explore(ModuleType):
    def __call__(self, *arguments: Any, **options: Any) -> Explorer:
        """See `glassgrad.explore.widget.explore`.

        Raises:
            ImportError: the explorer's packages are not installed; the message says how to.
        """
        try:
            from .widget import explore
        except ImportError as error:
            raise ImportError(
                "The explorer needs packages that come with the extra: "
                f'pip install "glassgrad[explore]". ({error})'
            ) from error
        return explore(*arguments, **options)


sys.modules[__name__].__class__ = _Explore
