"""What a picture can become: files, text on a stream, a cell of a notebook."""

import builtins
import io
import struct
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from glassgrad import Value, draw
from glassgrad.draw import picture as module


@pytest.fixture
def picture() -> draw.Picture:
    """A picture of one product."""
    return draw.graph(Value(2.0, label="a") * Value(-3.0, label="b"))


def test_suffix_says_the_format(picture: draw.Picture, tmp_path: Path) -> None:
    """.svg and .txt hold what svg() and text() return."""
    picture.save(tmp_path / "p.svg")
    picture.save(str(tmp_path / "p.TXT"))
    assert (tmp_path / "p.svg").read_text("utf-8") == picture.svg()
    assert (tmp_path / "p.TXT").read_text("utf-8") == picture.text() + "\n"
    ET.parse(tmp_path / "p.svg")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("p.jpg", r"'p\.jpg' has '\.jpg'"),
        ("p", "'p' has none"),
        ("p.sgv", r"did you mean p\.svg\?"),
    ],
)
def test_unknown_suffixes_are_refused(
    picture: draw.Picture, tmp_path: Path, name: str, says: str
) -> None:
    """The message names the three formats, what came, and the nearest one."""
    with pytest.raises(ValueError, match=rf"\.svg, \.png, \.txt.*{says}"):
        picture.save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_save_keeps_the_old_file(
    picture: draw.Picture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the PNG cannot be made, what stood at its place is untouched and nothing is left over."""
    place = tmp_path / "p.png"
    place.write_bytes(b"old")

    def fail(*_: Any) -> bytes:
        raise OSError("no room")

    monkeypatch.setattr(module, "render", fail)
    with pytest.raises(OSError, match="no room"):
        picture.save(place)
    assert place.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [place]


def test_png_has_the_size_of_the_picture(picture: draw.Picture) -> None:
    """A PNG is `scale` times as large as the SVG says."""
    pytest.importorskip("resvg_py", reason="resvg is not installed: the extra glassgrad[png]")
    size = ET.fromstring(picture.svg()).attrib
    for scale in (1, 2, 1.5):
        data = picture.png(scale)
        width, height = struct.unpack(">II", data[16:24])
        assert width == pytest.approx(scale * float(size["width"]), abs=1)
        assert height == pytest.approx(scale * float(size["height"]), abs=1)


def test_png_has_its_text_without_system_fonts(picture: draw.Picture) -> None:
    """The letters are drawn by the bundled fonts: without texts the picture is another one."""
    pytest.importorskip("resvg_py", reason="resvg is not installed: the extra glassgrad[png]")
    svg = picture.svg()
    for said in (">+2.0000<", ">a<", ">∂ 0.0000<"):  # bold, mono, regular
        assert said in svg
        blank = svg.replace(said, "><")
        assert module.render(blank, 1) != module.render(svg, 1)


def test_png_without_resvg_says_how_to_get_it(
    picture: draw.Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the extra and the formats that need nothing."""
    found = builtins.__import__

    def without(name: str, *rest: Any, **named: Any) -> Any:
        if name == "resvg_py":
            raise ImportError(name)
        return found(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r'pip install "glassgrad\[png\]".*\.svg'):
        picture.png()


def test_scale_must_be_positive(picture: draw.Picture) -> None:
    """A scale of 0 is refused."""
    with pytest.raises(ValueError, match="above 0, not 0"):
        picture.png(0)


def test_notebooks_and_print(picture: draw.Picture, capsys: pytest.CaptureFixture[str]) -> None:
    """A notebook asks for SVG; print writes text."""
    assert picture._repr_svg_() == picture.svg()
    print(picture)
    assert capsys.readouterr().out == picture.text() + "\n"


class Stream(io.TextIOWrapper):
    """A stream of a given encoding that keeps what was written."""

    def __init__(self, encoding: str) -> None:
        self.bytes = io.BytesIO()
        super().__init__(self.bytes, encoding=encoding, newline="\n")

    def written(self) -> str:
        """What arrived so far."""
        self.flush()
        return self.bytes.getvalue().decode(self.encoding)


def test_show_falls_back_to_ascii() -> None:
    """A stream that cannot encode box drawing gets plain characters, whatever the labels hold."""
    picture = draw.graph(Value(1.0, label="ñ重"))
    stream = Stream("ascii")
    picture.show(stream)
    assert "+1.0000" in stream.written()
    full = Stream("utf-8")
    picture.show(full)
    assert full.written() == picture.text() + "\n"


def test_show_writes_no_colour_into_files() -> None:
    """Colour is for terminals: into a file no escape codes are written."""
    picture = draw.decision_boundary(lambda X: [x[0] for x in X], [[-1, 0], [1, 0]], [-1, 1])
    stream = Stream("utf-8")
    picture.show(stream)
    assert "\x1b" not in stream.written()
    assert "\x1b" in picture.text(colour=True)


def test_draw_loads_only_the_standard_library() -> None:
    """Drawing an SVG imports nothing from outside."""
    import subprocess

    code = (
        "import sys, glassgrad as gg\n"
        "gg.draw.graph(gg.Value(1.0) * 2).svg()\n"
        "gg.draw.loss_curve([1.0, 0.5]).text()\n"
        "print([m for m in ('numpy', 'resvg_py', 'rich', 'click') if m in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


def test_its_repr_says_what_to_do(picture: draw.Picture) -> None:
    """Where a notebook is not there to show it, one line says the size and the ways to see it."""
    root = ET.fromstring(picture.svg())
    size = f"{root.get('width')} x {root.get('height')}"
    assert repr(picture) == f'<Picture {size}: print it, show() it, or save("x.svg")>'


def test_a_repr_never_raises() -> None:
    """A picture that is too large to draw still has a repr."""

    def refuse(*_: Any) -> str:
        raise ValueError("too large")

    assert repr(draw.Picture(refuse, refuse)).startswith("<Picture: print it")
