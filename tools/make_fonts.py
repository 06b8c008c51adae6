r"""Makes the bundled font subsets and their table of widths; run when the characters change.

    python tools/make_fonts.py Inter-Regular.otf Inter-SemiBold.otf DejaVuSansMono.ttf \
        DejaVuSans.ttf DejaVuSans-Bold.ttf

Needs fontTools. The first three files (Debian: fonts-inter, fonts-dejavu-core) become the subsets.
The last two only widen the table: a browser without Inter falls back to a wider face, and text
must stay inside its box there too.
"""

import json
import math
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).parents[1] / "glassgrad" / "draw" / "fonts"
CHARACTERS = (
    [chr(c) for c in range(0x20, 0x7F)]
    + [chr(c) for c in range(0xA0, 0x100)]
    + [chr(c) for c in range(0x391, 0x3CA)]
    + list("−∂×·…∞≈≤≥≠√∑∏–—‘’“”•←↑→↓⁰⁴⁵⁶⁷⁸⁹⁻⁺ⁿ₀₁₂₃₄₅₆₇₈₉✓")
)

FAMILIES = {
    "Inter-Regular.otf": "Inter",
    "Inter-SemiBold.otf": "Inter",
    "DejaVuSansMono.ttf": "DejaVu Sans Mono",
}


def keep_figures_in_columns(font: TTFont) -> None:
    """Makes the tabular figures the default ones: not every renderer applies `tnum`."""
    for record in font["GSUB"].table.FeatureList.FeatureRecord:
        if record.FeatureTag == "tnum":
            for index in record.Feature.LookupListIndex:
                for table in font["GSUB"].table.LookupList.Lookup[index].SubTable:
                    mapping = getattr(getattr(table, "ExtSubTable", table), "mapping", {})
                    for cmap in font["cmap"].tables:
                        for code, glyph in cmap.cmap.items():
                            if chr(code) in "0123456789.+-−":
                                cmap.cmap[code] = mapping.get(glyph, glyph)
            return


def make_subset(source: str, target: Path) -> TTFont:
    """Writes the subset of one font file and returns it."""
    font = TTFont(source)
    if "GSUB" in font:
        keep_figures_in_columns(font)
    options = subset.Options(
        layout_features=[], hinting=False, notdef_outline=True, desubroutinize=True
    )
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[ord(c) for c in CHARACTERS])
    subsetter.subset(font)
    for record in font["name"].names:
        if record.nameID == 1:  # one family with two weights, also for readers of the old names
            record.string = FAMILIES[target.name]
    font.save(target)
    return TTFont(target)


def widths(*fonts: TTFont) -> dict[str, int]:
    """The widest advance of each of the first font's characters, in thousandths of the size."""
    table = {}
    for code in sorted(fonts[0].getBestCmap()):
        advances = [
            font["hmtx"][font.getBestCmap()[code]][0] / font["head"].unitsPerEm
            for font in fonts
            if code in font.getBestCmap()
        ]
        table[chr(code)] = math.ceil(1000 * max(advances))
    return table


if __name__ == "__main__":
    regular, bold, mono, wide, wide_bold = sys.argv[1:]
    tables = {
        "regular": widths(make_subset(regular, HERE / "Inter-Regular.otf"), TTFont(wide)),
        "bold": widths(make_subset(bold, HERE / "Inter-SemiBold.otf"), TTFont(wide_bold)),
        "mono": widths(make_subset(mono, HERE / "DejaVuSansMono.ttf")),
    }
    text = json.dumps(tables, ensure_ascii=False, separators=(",", ":"))
    (HERE / "widths.json").write_text(text + "\n", encoding="utf-8")
