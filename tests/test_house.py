"""What holds for the whole tree: what it may not contain, and that its examples run."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))

# What may stand nowhere. Each pattern has a [bracket], so that it does not match itself here.
UNWANTED = {
    "a path of one machine": r"(?<![\w.])/(wor[k]|roo[t]|home/\w+|Users/\w+|tm[p]|va[r])/",
    "the host of a package registry": r"pyp[i]\.org|pythonhoste[d]|npmj[s]\.|debia[n]\.org",
    "how the work is organised": r"(?i)\b(sub-?)?age[n]ts?\b|\bassista[n]ts?\b|\bissu[e] #?\d",
    "an unfinished place": r"\b(TOD[O]|FIXM[E]|XX[X]|HAC[K])\b",
}


def files() -> list[Path]:
    """Return the files that git keeps or would keep."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no git checkout")
    return [path for name in listed.decode().split("\0") if name and (path := ROOT / name).exists()]


@pytest.mark.parametrize(("what", "pattern"), UNWANTED.items(), ids=UNWANTED)
def test_tree_is_free_of(what: str, pattern: str) -> None:
    """No text file holds a machine's path, a registry's host or words about how it was made."""
    found = []
    for path in files():
        try:
            lines = path.read_text("utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # a font, a picture
        where = path.relative_to(ROOT)
        found += [
            f"{where}:{n}: {line}" for n, line in enumerate(lines, 1) if re.search(pattern, line)
        ]
    assert found == [], what


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_lock_names_no_address(lock: Path) -> None:
    """A lock file names packages, not where they were downloaded."""
    assert "://" not in lock.read_text("utf-8")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_lock_pins_every_package_with_hashes(lock: Path) -> None:
    """Each entry of a lock file has an exact version and at least one sha256."""
    entries = re.split(r"(?m)^(?=\w)", lock.read_text("utf-8"))[1:]
    assert entries
    for entry in entries:
        assert re.match(r"[\w.-]+==[\w.]+", entry)
        assert "--hash=sha256:" in entry


def pins(lock: Path) -> dict[str, list[str]]:
    """Return the versions of each package in a lock file; more than one where Pythons differ."""
    found: dict[str, list[str]] = {}
    for name, version in re.findall(r"(?m)^([\w.-]+)==([\w.]+)", lock.read_text("utf-8")):
        found.setdefault(canonicalize_name(name), []).append(version)
    return found


def requirements(group: str) -> list[Requirement]:
    """Return what pyproject.toml asks for in a dependency group, included groups too."""
    found = []
    for entry in PROJECT["dependency-groups"][group]:
        if isinstance(entry, dict):
            found += requirements(entry["include-group"])
        else:
            found.append(Requirement(entry))
    return found


@pytest.mark.parametrize("group", ["dev", "bench", "setup"])
def test_lock_answers_to_pyproject(group: str) -> None:
    """Every package that pyproject.toml asks for is pinned to a version that it allows."""
    asked = requirements(group)
    if group != "setup":
        asked += [Requirement(text) for text in PROJECT["project"]["dependencies"]]
    if group == "dev":
        extras = PROJECT["project"]["optional-dependencies"].values()
        asked += [Requirement(text) for extra in extras for text in extra]
    pinned = pins(ROOT / "requirements" / f"{group}.lock")
    for requirement in asked:
        versions = pinned.get(canonicalize_name(requirement.name), [])
        assert versions, f"{requirement} is not pinned: call ./dev lock"
        assert all(version in requirement.specifier for version in versions), requirement


def test_licence_is_in_the_tree() -> None:
    """The licence that pyproject.toml names lies in the tree, in the project's own name."""
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert text.startswith("MIT License")
    assert "the glassgrad authors" in text
    assert PROJECT["project"]["license"] == "MIT"


def test_wheel_holds_all_that_the_package_reads(tmp_path: Path) -> None:
    """The wheel is pure Python and brings every file of the package, data and fonts included."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    (wheel,) = tmp_path.glob("*-py3-none-any.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    package = {
        str(path.relative_to(ROOT)) for path in files() if ROOT / "glassgrad" in path.parents
    }
    assert "glassgrad/py.typed" in package
    assert package <= held


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs(example: Path, tmp_path: Path) -> None:
    """Each script in examples/ ends without an error or a warning."""
    command = [sys.executable, "-W", "error", str(example)]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
