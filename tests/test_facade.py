"""What `import glassgrad as gg` offers."""

import ast
from pathlib import Path

import pytest

import glassgrad as gg


def test_every_name_is_found() -> None:
    """Each name that the package lists can be looked up."""
    for name in gg.__all__:
        assert getattr(gg, name) is not None


def test_type_checkers_see_the_same_names() -> None:
    """The stub, which editors and type checkers read, names what the package finds on first use."""
    stub = ast.parse(Path(gg.__file__).with_suffix(".pyi").read_text("utf-8"))
    names = set()
    for node in stub.body:
        match node:
            case ast.ImportFrom(names=aliases):
                names.update(alias.asname for alias in aliases)
            case ast.AnnAssign(target=ast.Name(name)):
                names.add(name)
    assert sorted(name for name in names if not name.startswith("_")) == gg.__all__


def test_an_unknown_name_suggests_the_nearest() -> None:
    """A misspelt name is answered by the name that it is nearest to."""
    with pytest.raises(AttributeError, match=r"no name 'sigmoidd'\. Did you mean sigmoid\?"):
        _ = gg.sigmoidd


def test_dir_lists_public_names_once() -> None:
    """dir() is what the package offers, without its imports and private names."""
    _ = gg.Value
    assert gg.__dir__() == gg.__all__
    assert not [name for name in dir(gg) if name.startswith("_")]


def test_methods_that_are_looked_for_here() -> None:
    """A method of Values and networks is answered by how it is called."""
    with pytest.raises(AttributeError, match=r"Did you mean model.zero_grad\(\) or value.zero_g"):
        _ = gg.zero_grad
