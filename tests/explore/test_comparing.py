"""Two branches beside each other: every number is that of an eager run of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from glassgrad.explore.messages.comparing import Compare, Compared
from glassgrad.explore.messages.parts import Refused
from glassgrad.explore.messages.training import (
    Configure,
    EditInput,
    EditParameter,
    LeaveOut,
    Seek,
    Timeline,
    Upload,
)
from glassgrad.explore.training import Training


def test_a_changed_weight_beside_the_run_without_it(page: Callable[..., Any]) -> None:
    """Weights, losses and differences are those of two runs made apart; lacking steps are made."""
    listener = page()
    listener.train(7)
    listener.ask(EditParameter, index=4, value=1.75)
    listener.ask(Compare, original=0, changed=1, step=19)
    found = listener.last(Compared)
    plain, edited = Training(compiled=False), Training(compiled=False)
    for _ in range(7):
        plain.step()
    was = plain.engine.weights[4]
    for _ in range(12):
        plain.step()
    for _ in range(7):
        edited.step()
    edited.edit_parameter(4, 1.75)
    for _ in range(12):
        edited.step()
    assert (found.step, found.parted, found.last) == (19, 7, 19)
    one, other = plain.engine, edited.engine
    assert found.original.training.loss == one.scores()[0]
    assert found.changed.training.loss == other.scores()[0]
    gaps = [b - a for a, b in zip(one.weights, other.weights, strict=True)]
    assert listener.numbers(Compared, "differences") == gaps
    (change,) = found.changes
    assert (change.step, change.thing, change.now) == (7, "layers[0].neurons[1].w[1]", "1.75")
    assert float(change.was.replace("\N{MINUS SIGN}", "-")) == pytest.approx(was, rel=1e-5)
    assert (listener.session.training.steps, listener.last(Timeline).current) == (7, 1)
    assert [branch.last for branch in listener.last(Timeline).branches] == [19, 19]


def test_branches_of_branches_name_all_that_differs(page: Callable[..., Any]) -> None:
    """A sample left out after another rate: both changes are told, each with its step."""
    listener = page()
    listener.train(3)
    configuration = listener.session.training.configuration
    listener.ask(Configure, configuration=msgspec.structs.replace(configuration, rate=0.4))
    listener.train(2)
    listener.ask(LeaveOut, sample=5)
    listener.ask(Compare, original=0, changed=2, step=9)
    found = listener.last(Compared)
    told = [(c.branch, c.step, c.thing, c.was, c.now) for c in found.changes]
    assert told == [(1, 3, "rate", "0.15", "0.4"), (2, 5, "sample 5", "", "left out")]
    assert (found.original.parts[5], found.changed.parts[5]) == ("train", "left_out")
    listener.ask(Compare, original=1, changed=2, step=0)
    assert (listener.last(Compared).step, listener.last(Compared).parted) == (5, 5)
    listener.ask(Seek, step=1, branch=0)
    listener.ask(Compare, original=0, changed=0, step=1)
    assert (listener.last(Compared).changes, listener.last(Compared).step) == ([], 9)


def test_share_of_the_plane_that_is_decided_otherwise(page: Callable[..., Any]) -> None:
    """A last bias of 100 and one of -100 decide every point otherwise."""
    listener = page()
    listener.ask(EditParameter, index=50, value=100.0)
    listener.train(1)
    listener.ask(Seek, step=0, branch=0)
    listener.ask(EditParameter, index=50, value=-100.0)
    listener.ask(Compare, original=1, changed=2, step=0)
    assert listener.last(Compared).otherwise == 1.0
    assert min(listener.numbers(Compared, "difference")) == pytest.approx(-2.0)


def test_of_several_classes_the_probability_that_has_moved_is_told(
    page: Callable[..., Any],
) -> None:
    """Between all for the first class and all for the second the whole probability has moved."""
    listener = page()
    configuration = listener.session.training.configuration
    listener.ask(Configure, configuration=msgspec.structs.replace(configuration, data="blobs"))
    listener.ask(EditParameter, index=50, value=100.0)
    listener.train(1)
    listener.ask(Seek, step=0, branch=0)
    listener.ask(EditParameter, index=55, value=100.0)
    listener.ask(Compare, original=1, changed=2, step=0)
    assert listener.last(Compared).otherwise == 1.0
    moved = listener.numbers(Compared, "difference")
    assert (min(moved), max(moved)) == (pytest.approx(1.0), pytest.approx(1.0))


def test_a_branch_that_is_not_there_is_refused(page: Callable[..., Any]) -> None:
    """The refusal says how many there are, and the training stays where it was."""
    listener = page()
    listener.train(2)
    listener.ask(Compare, original=0, changed=8, step=1)
    assert "1 branches of time" in listener.last(Refused).text
    assert listener.session.training.steps == 2


def test_a_column_may_be_called_as_it_likes(page: Callable[..., Any]) -> None:
    """Signs that a change is written with are a column's own where they are in its name."""
    listener = page()
    listener.ask(Upload, name="odd.csv", text="a; b = c,y\n1,0\n2,1\n4,0\n8,1\n")
    listener.train(1)
    listener.ask(EditInput, sample=2, input=0, value=0.25)
    listener.ask(EditInput, sample=1, input=0, value=0.5)
    listener.ask(EditInput, sample=2, input=0, value=0.75)
    listener.ask(Compare, original=0, changed=1, step=1)
    told = [(c.thing, c.now) for c in listener.last(Compared).changes]
    assert told == [("sample 2, a; b = c", "0.75"), ("sample 1, a; b = c", "0.5")]
