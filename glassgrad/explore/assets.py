"""The built page as text that needs no other file: for notebooks and saved files."""

from __future__ import annotations

import base64
import re
from pathlib import Path

ASSETS = Path(__file__).with_name("page")


def script() -> str:
    """Return the page's one ES module."""
    return (ASSETS / "explorer.js").read_text("utf-8")


def style() -> str:
    """Return the page's style sheet with its fonts in it."""
    sheet = (ASSETS / "explorer.css").read_text("utf-8")

    def inlined(found: re.Match[str]) -> str:
        font = base64.b64encode((ASSETS / found[1]).read_bytes()).decode()
        return f"url(data:font/woff2;base64,{font})"

    return re.sub(r"""url\(["']?(?:\./)?([\w.-]+\.woff2)["']?\)""", inlined, sheet)
