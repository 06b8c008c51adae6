"""`Unsupported`: what has no native code, where the interpreter takes over."""

from __future__ import annotations


class Unsupported(Exception):
    """There is no native code for something; the message says for what, as part of a sentence."""
