"""The shape of the code: arrows between files point down, the core stays small and light."""

import ast
import graphlib
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "glassgrad"

# A file or folder of glassgrad/ -> its floor. It may import what stands on a lower floor.
FLOORS = {
    "files": 0,
    "locks": 0,
    "modes": 0,
    "nested": 0,
    "row_check": 0,
    "spelling": 0,
    "ops": 1,
    "backward": 2,
    "value": 3,
    "functions": 2,
    "ranges": 2,
    "data": 3,
    "losses": 4,
    "nn": 4,
    "optim": 4,
    "transforms": 4,
    "compiler": 5,
    "draw": 5,
    "numeric": 5,
    "training": 6,
    "model_file": 7,
    "explore": 8,
    "bench": 8,
    "cli": 9,
    "__init__": 10,
    "__main__": 11,
}

# A folder of glassgrad/compiler/ -> its floor there. What makes a compiled function stands on top.
COMPILER_FLOORS = {"ir": 0, "machine": 1, "tracing": 2, "rolling": 3, "emitting": 4, "running": 5}
TOP_OF_COMPILER = 6

# (importing unit, imported unit) -> why this one arrow may point up.
UPWARD = {
    ("backward", "value"): "only to name the type of the nodes that it walks over",
    ("value", "draw"): "in a notebook a Value shows itself as the picture of its graph",
}

# (importing module, imported module) -> why these two may name each other.
CIRCLES = {
    ("ops.operand", "ops.primitive"): "an operand binds rows, and rows dispatch to operands",
    (
        "compiler.ir.listing",
        "compiler.ir.loops",
    ): "a statement writes itself by the text form's file",
}

CORE = ["modes", "ops", "backward", "value", "nn", "optim"]
CORE_STATEMENTS = 1000
FILE_LINES = 400


@dataclass(frozen=True)
class Arrow:
    """One import inside the package: module `source`, at `line`, imports module `target`."""

    source: str
    target: str
    line: int
    types_only: bool = False

    @property
    def units(self) -> tuple[str, str]:
        """The files or folders of glassgrad/ that it goes from and to."""
        return unit_of(self.source), unit_of(self.target)

    def points_down(self) -> bool:
        """Tell whether it stays in its unit or goes to a lower floor."""
        above, below = self.units
        return above == below or FLOORS[above] > FLOORS[below]

    def __str__(self) -> str:
        """Name the arrow as an editor finds it."""
        return f"{self.source} (line {self.line}) -> {self.target}"


def module_of(path: Path) -> str:
    """Return the dotted name inside the package: 'nn', 'draw.svg', 'draw.__init__'."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


FILES = {module_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def unit_of(module: str) -> str:
    """Return the file or folder of glassgrad/ that a module belongs to."""
    return module.split(".")[0]


def resolve(parts: list[str], name: str | None = None) -> str:
    """Return the module that `from glassgrad.<parts> import <name>` reaches."""
    if name is not None and (deeper := find([*parts, name])):
        return deeper
    found = find(parts)
    assert found, f"glassgrad.{'.'.join(parts)} does not exist"
    return found


def find(parts: list[str]) -> str | None:
    """Return the module of this dotted path, a folder's being its __init__, or None."""
    for candidate in (".".join(parts), ".".join([*parts, "__init__"])):
        if candidate in FILES:
            return candidate
    return None


def targets_of(node: ast.stmt, source: str) -> list[str]:
    """Return the modules of the package that an import statement of module `source` reaches."""
    if isinstance(node, ast.Import):
        names = [alias.name.split(".") for alias in node.names]
        return [resolve(parts) for top, *parts in names if top == "glassgrad"]
    if not isinstance(node, ast.ImportFrom):
        return []
    parts = node.module.split(".") if node.module else []
    if node.level:
        parts = [*source.split(".")[: -node.level], *parts]
    elif not parts or parts.pop(0) != "glassgrad":
        return []
    return [resolve(parts, alias.name) for alias in node.names]


def imports_of(tree: ast.AST, types_only: bool = False) -> Iterator[tuple[ast.stmt, bool]]:
    """Yield each import statement, lazy ones too, and whether it is for the type checker alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node, types_only
        guarded = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        yield from imports_of(node, types_only or guarded)


@cache
def arrows() -> list[Arrow]:
    """Return every import from one file of the package to another."""
    return [
        Arrow(source, target, node.lineno, types_only)
        for source, path in FILES.items()
        for node, types_only in imports_of(ast.parse(path.read_text("utf-8")))
        for target in targets_of(node, source)
    ]


def test_every_file_has_a_floor() -> None:
    """Each file or folder of the package stands in the table of floors."""
    assert {unit_of(module) for module in FILES} <= set(FLOORS)


def test_arrows_point_down() -> None:
    """A module imports only its own folder and lower floors, but for listed exceptions in use."""
    rising = [arrow for arrow in arrows() if not arrow.points_down()]
    assert [str(arrow) for arrow in rising if arrow.units not in UPWARD] == []
    assert {arrow.units for arrow in rising} >= UPWARD.keys(), "an exception is no longer needed"


def floor_in_compiler(module: str) -> int:
    """Return the floor of a module of the compiler: that of its folder."""
    _, *folders, _ = module.split(".")
    return COMPILER_FLOORS[folders[0]] if folders else TOP_OF_COMPILER


def test_arrows_in_the_compiler_point_down() -> None:
    """A module of the compiler imports only its own folder and lower floors of the compiler."""
    inside = [arrow for arrow in arrows() if arrow.units == ("compiler", "compiler")]
    rising = [a for a in inside if floor_in_compiler(a.source) < floor_in_compiler(a.target)]
    assert len(inside) > 100
    assert [str(arrow) for arrow in rising] == []


def test_no_circles() -> None:
    """No chain of imports leads back to where it began, lazy ones and those for types included.

    But for listed pairs, of which one names the other for the type checker alone.
    """
    graph: dict[str, set[str]] = {module: set() for module in FILES}
    named = {(arrow.source, arrow.target) for arrow in arrows() if arrow.types_only}
    assert CIRCLES.keys() <= named, "an exception is no longer needed"
    for arrow in arrows():
        pair = (arrow.source, arrow.target)
        if arrow.units not in UPWARD and not (arrow.types_only and pair in CIRCLES):
            graph[arrow.source].add(arrow.target)
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        pytest.fail("imports in a circle: " + " <- ".join(error.args[1]))


@pytest.mark.parametrize("used", ["gg", "gg.Value, gg.grad, gg.MLP, gg.losses, gg.optim, gg.data"])
def test_the_core_loads_only_the_standard_library(used: str) -> None:
    """Neither `import glassgrad` nor the engine and networks bring in a module from outside."""
    script = f"import sys; before = set(sys.modules); import glassgrad as gg; {used}"
    script += "; print(*set(sys.modules) - before)"
    command = [sys.executable, "-c", script]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    outside = {name.split(".")[0] for name in loaded} - set(sys.stdlib_module_names)
    assert outside == {"glassgrad"}


def statements(path: Path) -> int:
    """Count the statements of a file, docstrings aside.

    Statements, not lines: the formatter spreads one row of the table over ten lines.
    """
    nodes = [
        node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.stmt)
    ]
    prose = [n for n in nodes if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)]
    return len(nodes) - len(prose)


def test_core_is_read_in_one_sitting() -> None:
    """The core that a learner reads is at most a thousand statements."""
    sizes = {name: statements(path) for name, path in FILES.items() if unit_of(name) in CORE}
    assert sum(sizes.values()) <= CORE_STATEMENTS, f"statements: {sizes}"


@pytest.mark.parametrize("path", FILES.values(), ids=FILES)
def test_file_holds_one_idea(path: Path) -> None:
    """No file of the package is longer than 400 lines."""
    lines = path.read_text("utf-8").count("\n")
    assert lines <= FILE_LINES


def test_each_cited_note_exists_once() -> None:
    """A `Note [X]` that a file cites stands as a heading of its own in just one place."""
    texts = [path.read_text("utf-8") for path in FILES.values()]
    written = Counter(name for text in texts for name in re.findall(r"Note \[([^\]\n]+)\]", text))
    headings = Counter(
        name for text in texts for name in re.findall(r"(?m)^#? *Note \[([^\]\n]+)\]$", text)
    )
    assert headings == Counter(dict.fromkeys(written, 1))
