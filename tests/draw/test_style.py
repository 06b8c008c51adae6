"""The means of every picture: numbers as written, widths as measured, colours, scales, PNG."""

import struct
import zlib
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import glassgrad.draw
from glassgrad.draw import style
from glassgrad.draw.axes import Scale, scale_for
from glassgrad.draw.colour import mix
from glassgrad.draw.figures import columns, figure, fill, shorten, tick
from glassgrad.draw.measure import FONT_FILES, Face, fit, is_bundled, text_width
from glassgrad.draw.png import encode

FONTS = Path(glassgrad.draw.__file__).parent / "fonts"
FACES: dict[str, Face] = dict(zip(FONT_FILES, ("regular", "bold", "mono"), strict=True))


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0.70710678, "+0.7071"),
        (-1.5, "−1.5000"),
        (0.0, "0.0000"),
        (-0.0, "0.0000"),
        (6.8813735870195432, "+6.8814"),
        (0.00005, "+0.0001"),
        (0.0000499, "+5.0e−5"),
        (-3.2e-11, "−3.2e−11"),
        (123456.789, "+123456.7890"),
        (1e6, "+1.000e6"),
        (-6.02214076e23, "−6.022e23"),
        (float("nan"), "nan"),
        (float("inf"), "+inf"),
        (float("-inf"), "−inf"),
    ],
)
def test_numbers_are_written_with_four_decimals(number: float, written: str) -> None:
    """Four decimals, a true minus, an explicit plus; a power of ten where these say nothing."""
    assert figure(number) == written


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_written_number_is_never_zero_by_rounding(number: float) -> None:
    """Only an exact zero is shown as zero, and the sign is kept."""
    written = float(figure(number).replace("−", "-"))
    assert (written > 0) - (written < 0) == (number > 0) - (number < 0)


@given(st.text(max_size=40), st.integers(1, 30))
def test_shortened_names_fit(name: str, length: int) -> None:
    """A shortened name is at most as long as asked, on one line, and keeps its beginning."""
    short = shorten(name, length)
    assert len(short) <= length
    assert "\n" not in short
    assert " ".join(name.split())[: (length - 1) // 2] == short[: (length - 1) // 2]


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=30))
def test_filled_text_takes_its_columns(text: str) -> None:
    """Whatever is written into a table takes exactly the columns of its cell."""
    assert columns(fill(text, 12)) == 12


def test_ticks_of_axes() -> None:
    """Ticks are round numbers written as short as can be."""
    assert [tick(value) for value in Scale(-0.31, 1.02).ticks()] == ["0", "0.5", "1"]
    assert [tick(value) for value in Scale(0.031, 1.7, logarithmic=True).ticks()] == [
        "0.05",
        "0.1",
        "0.2",
        "0.5",
        "1",
    ]
    assert [tick(value) for value in Scale(1, 20000).ticks(4)] == [
        "5000",
        "10000",
        "15000",
        "20000",
    ]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=9))
@example([0.16666666663556465])  # its scale ends just short of a round number
def test_scales_hold_their_numbers(numbers: list[float]) -> None:
    """Every number lies inside the scale made for it, in its order, and there are ticks."""
    scale = scale_for(numbers)
    places = [scale(number) for number in sorted(numbers)]
    assert scale.low < scale.high
    assert all(0 <= a <= b <= 1 for a, b in pairwise([0, *places, 1]))
    assert all(scale.low <= value <= scale.high for value in scale.ticks())


def advances(path: Path) -> dict[str, float]:
    """The advance widths in a font file, read from its cmap (format 4) and hmtx tables."""
    data = path.read_bytes()
    tables = {}
    for index in range(struct.unpack(">H", data[4:6])[0]):
        name, _, offset, length = struct.unpack(">4sIII", data[12 + 16 * index : 28 + 16 * index])
        tables[name.decode()] = data[offset : offset + length]
    (units,) = struct.unpack(">H", tables["head"][18:20])
    (metrics,) = struct.unpack(">H", tables["hhea"][34:36])
    widths = [struct.unpack(">H", tables["hmtx"][4 * i : 4 * i + 2])[0] for i in range(metrics)]
    cmap = tables["cmap"]
    found = {}
    for index in range(struct.unpack(">H", cmap[2:4])[0]):
        (start,) = struct.unpack(">I", cmap[8 + 8 * index : 12 + 8 * index])
        if struct.unpack(">H", cmap[start : start + 2])[0] == 4:
            found = _segments(cmap[start:])
    return {chr(code): widths[min(glyph, metrics - 1)] / units for code, glyph in found.items()}


def _segments(table: bytes) -> dict[int, int]:
    """Code points and glyphs of a cmap subtable of format 4 (OpenType, cmap)."""
    count = struct.unpack(">H", table[6:8])[0] // 2

    def numbers(start: int) -> list[int]:
        return list(struct.unpack(f">{count}H", table[start : start + 2 * count]))

    ends, starts = numbers(14), numbers(16 + 2 * count)
    deltas, offsets_at = numbers(16 + 4 * count), 16 + 6 * count
    offsets = numbers(offsets_at)
    glyphs = {}
    for k, (first, last) in enumerate(zip(starts, ends, strict=True)):
        for code in range(first, min(last, 0xFFFE) + 1):
            if offsets[k]:
                at = offsets_at + 2 * k + offsets[k] + 2 * (code - first)
                (glyph,) = struct.unpack(">H", table[at : at + 2])
                glyphs[code] = (glyph + deltas[k]) % 65536 if glyph else 0
            else:
                glyphs[code] = (code + deltas[k]) % 65536
    return glyphs


@pytest.mark.parametrize("name", FONT_FILES)
def test_measured_widths_are_those_of_the_fonts(name: str) -> None:
    """No character of a bundled font is wider than the table says, and none is far narrower."""
    found = advances(FONTS / name)
    assert {"0", "a", "Z", "−", "∂", "×", "…"} <= set(found)
    for character, width in found.items():
        if is_bundled(character):
            measured = text_width(character, 1.0, FACES[name])
            assert width <= measured + 1e-9
            assert name != "DejaVuSansMono.ttf" or measured - width < 2e-3


@pytest.mark.parametrize("name", FONT_FILES)
def test_figures_stand_in_columns(name: str) -> None:
    """All digits of a bundled font are equally wide, so that numbers line up."""
    found = advances(FONTS / name)
    widths = [found[digit] for digit in "0123456789"]
    assert max(widths) - min(widths) < 0.002


def test_fonts_are_small_and_licensed() -> None:
    """The bundled fonts take less than 150 kB and come with their licences."""
    files = list(FONTS.iterdir())
    assert sum(path.stat().st_size for path in files) < 150_000
    assert "SIL Open Font License" in (FONTS / "Inter-LICENCE.txt").read_text("utf-8")
    assert "Bitstream Vera" in (FONTS / "DejaVuSansMono-LICENCE.txt").read_text("utf-8")


@given(st.text(max_size=40), st.floats(10, 200))
def test_fitted_text_fits(text: str, room: float) -> None:
    """A text cut to a room is no wider than the room, unless one character alone is."""
    cut = fit(text, room, 12)
    assert text_width(cut, 12) <= room or len(cut) <= 1


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("text", ["INK", "INK_2", "INK_3", "PLUS_TEXT", "MINUS_TEXT", "ALARM"])
@pytest.mark.parametrize("ground", ["PAGE", "SURFACE", "SUNKEN"])
def test_texts_can_be_read(text: str, ground: str) -> None:
    """Each text colour has a contrast of at least 4.5:1 (WCAG 2, AA) on each surface."""
    light, dark = luminance(getattr(style, ground)), luminance(getattr(style, text))
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_colours_mix_evenly_in_lightness() -> None:
    """Half way between black and white in OKLab is the grey of lightness 0.5, which is #636363."""
    assert mix("#000000", "#ffffff", 0.5) == b"\x63\x63\x63"
    assert mix("#ee9d66", "#6cb0da", 0.0) == bytes([0xEE, 0x9D, 0x66])


def test_encoded_pictures_hold_their_pixels() -> None:
    """A PNG has its size in the header, checked chunks, and rows behind a filter byte."""
    rows = [bytes([1, 2, 3, 4, 5, 6]), bytes([7, 8, 9, 250, 251, 252])]
    data = encode(rows, 2)
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(
            kind + body
        )
        chunks[kind] = body
        at += 12 + length
    assert struct.unpack(">IIBB", chunks[b"IHDR"][:10]) == (2, 2, 8, 2)
    assert zlib.decompress(chunks[b"IDAT"]) == b"\0" + rows[0] + b"\0" + rows[1]
