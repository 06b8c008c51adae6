"""Colours, type and spacing of every picture, in one place.

Colour says two things only. Blue and vermillion: the sign of a number. Plum: something is wrong.
All else is ink on neutral. No meaning rests on colour alone: signs stand in
front of numbers, classes have shapes, what is wrong says so. The hues are those of the Okabe-Ito
set, which stay apart under the common kinds of colour vision; texts have a contrast of at least
4.5:1 on the surfaces used here.
"""

PAGE = "#f3f5f4"
SURFACE = "#ffffff"
SUNKEN = "#e9edeb"
LINE = "#dde3e0"
LINE_FIRM = "#7e8b86"
INK = "#141c19"
INK_2 = "#46524d"
INK_3 = "#5e6a65"

PLUS = "#0072b2"
MINUS = "#d55e00"
PLUS_TEXT = "#00609a"
MINUS_TEXT = "#a84300"
MAP_PLUS = "#6cb0da"
MAP_ZERO = "#f7f7f4"
MAP_MINUS = "#ee9d66"

ALARM = "#9c2a70"
ALARM_SOFT = "#f8e4f0"

# Classes have no sign, so they have neither of the two hues: sand, slate, moss, clay, ...
CLASS_TINTS = ("#e2cf9b", "#aebfca", "#c6cdb2", "#d3bfae", "#dad7d1", "#b9b7c9")
CLASS_INKS = ("#7a5c00", "#3c5566", "#55603a", "#6b4f3b", "#55534d", "#4a4769")

SANS = 'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif'
MONO = '"DejaVu Sans Mono", ui-monospace, Menlo, Consolas, monospace'

TINY = 11  # ticks, names, captions: nothing smaller exists
SMALL = 12  # numbers
BODY = 13

STEP = 4  # everything stands on a grid of this many pixels
MARGIN = 16


def sign_colour(value: float) -> str:
    """The line colour of a number's sign."""
    return MINUS if value < 0 else PLUS


def sign_text(value: float) -> str:
    """The text colour of a number's sign; an exact zero has none."""
    return INK_2 if value == 0 else MINUS_TEXT if value < 0 else PLUS_TEXT
