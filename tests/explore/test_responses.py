"""What neurons answer to many points, by either way."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from glassgrad import MLP, Neuron
from glassgrad.explore.responses import Responses, activations


def test_much_is_asked_of_native_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand samples of a table take no thousand calls of each neuron, and answer the same."""
    model = MLP(12, [24, 16, 3], rng=random.Random(2))
    points = np.random.default_rng(3).normal(size=(1000, 12))
    calls = 0
    original = Neuron.__call__

    def counted(self: Neuron, x: Any) -> Any:
        nonlocal calls
        calls += 1
        return original(self, x)

    monkeypatch.setattr(Neuron, "__call__", counted)
    answers = Responses(model, compiled=False)(points)
    assert 0 < calls < 43 * 100
    calls = 0
    few = Responses(model, compiled=False)(points[:20])
    assert calls == 43 * 20
    expected = [[a.data for layer in activations(model, x) for a in layer] for x in points[:20]]
    np.testing.assert_array_equal(few, expected)
    np.testing.assert_allclose(answers[:20], expected, rtol=0.0, atol=1e-12)
    model.parameters()[0].data += 1.0
    moved = Responses(model, compiled=False)(points)
    assert not np.allclose(moved, answers)
