"""Turns SVG into PNG by resvg, with the bundled fonts, so that text looks the same everywhere."""

import struct
import zlib
from collections.abc import Iterable
from importlib.resources import as_file

from .measure import FONT_FILES, FONTS, is_bundled


def render(svg: str, scale: float = 2.0) -> bytes:
    """A PNG of an SVG picture, `scale` pixels to the unit.

    Raises:
        ImportError: resvg is not installed; the message says how to install it.
        ValueError: The scale is not above 0.
    """
    if not scale > 0:
        raise ValueError(f"scale is the number of pixels to the unit, above 0, not {scale}")
    try:
        from resvg_py import svg_to_bytes
    except ImportError as error:
        raise ImportError(
            "PNG pictures need resvg, which comes with the extra: "
            'pip install "glassgrad[png]". SVG and text need nothing: save to "….svg" or "….txt".'
        ) from error
    with as_file(FONTS) as folder:
        return bytes(
            svg_to_bytes(
                svg_string=svg,
                zoom=scale,
                # System fonts differ and are slow to list; only other scripts need them.
                skip_system_fonts=is_bundled(svg),
                font_files=[str(folder / name) for name in FONT_FILES],
                sans_serif_family="Inter",
                monospace_family="DejaVu Sans Mono",
            )
        )


def encode(rows: Iterable[bytes], width: int) -> bytes:
    """A PNG of raw pixels: each row is `width` times red, green, blue.

    Source: Portable Network Graphics Specification (ISO/IEC 15948), colour type 2.
    """
    lines = list(rows)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, len(lines), 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + line for line in lines), 9)
    return b"".join(
        (b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", header), chunk(b"IDAT", pixels), chunk(b"IEND", b""))
    )
