"""The models of the field, as loops over scalars and compiled, beside the same in PyTorch."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value
from glassgrad.data import demo_moons
from tests.compiler.layers import (
    Nest,
    affine,
    attended,
    convolved,
    cross_entropy,
    flat,
    mapped,
    masked,
    normalised,
    numbers,
    product,
)

pytestmark = pytest.mark.torch
STEPS, RATE = 10, 0.05


@dataclass
class Model:
    """A loss written twice, over parameters of these shapes and the same data.

    `scalar(p, *x)` takes nested lists of Values, `tensor(torch, p, *x)` PyTorch's tensors; `x` is
    what `data(k)` gives for step k, floats or integers.
    """

    shapes: dict[str, tuple[int, ...]]
    data: Callable[[int], tuple[Nest, ...]]
    scalar: Callable[..., Any]
    tensor: Callable[..., Any]


def rows_of(count: int, width: int, seed: int) -> Nest:
    """Random rows of data."""
    return numbers((count, width), random.Random(seed))


def lecture() -> Model:
    """3-4-4-1 and four samples, squared error."""
    shapes = {"w1": (4, 3), "b1": (4,), "w2": (4, 4), "b2": (4,), "w3": (1, 4), "b3": (1,)}

    def scalar(p: Any, x: Nest, y: Nest) -> Any:
        loss = 0.0
        for xi, yi in zip(x, y, strict=True):
            for k in "123":
                xi = [z.tanh() for z in affine(p[f"w{k}"], p[f"b{k}"], xi)]
            loss = loss + (xi[0] - yi) ** 2
        return loss

    def tensor(torch: Any, p: Any, x: Any, y: Any) -> Any:
        for k in "123":
            x = torch.tanh(torch.nn.functional.linear(x, p[f"w{k}"], p[f"b{k}"]))
        return ((x[:, 0] - y) ** 2).sum()

    rows = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
    return Model(shapes, lambda _: (rows, [1.0, -1.0, -1.0, 1.0]), scalar, tensor)


def moons() -> Model:
    """2-16-16-1 with relu, hinge loss and L2."""
    shapes = {"w1": (16, 2), "b1": (16,), "w2": (16, 16), "b2": (16,), "w3": (1, 16), "b3": (1,)}

    def scalar(p: Any, x: Nest, y: Nest) -> Any:
        losses = []
        for xi, yi in zip(x, y, strict=True):
            for k in "12":
                xi = [z.relu() for z in affine(p[f"w{k}"], p[f"b{k}"], xi)]
            losses.append((1.0 - yi * affine(p["w3"], p["b3"], xi)[0]).relu())
        decay = 1e-3 * sum(q * q for nest in p.values() for q in flat(nest))
        return sum(losses) / len(losses) + decay

    def tensor(torch: Any, p: Any, x: Any, y: Any) -> Any:
        for k in "12":
            x = torch.relu(torch.nn.functional.linear(x, p[f"w{k}"], p[f"b{k}"]))
        score = torch.nn.functional.linear(x, p["w3"], p["b3"])[:, 0]
        return torch.relu(1 - y * score).mean() + 1e-3 * sum((q * q).sum() for q in p.values())

    def data(step: int) -> tuple[Nest, ...]:
        x, y = demo_moons()
        batch = slice(5 * step, 5 * step + 30)
        return [list(map(float, row)) for row in x[batch]], [float(t) for t in y[batch]]

    return Model(shapes, data, scalar, tensor)


def digits() -> Model:
    """16-8-10, softmax and cross-entropy."""
    shapes = {"w1": (8, 16), "b1": (8,), "w2": (10, 8), "b2": (10,)}

    def scalar(p: Any, x: Nest, labels: Any) -> Any:
        losses = []
        for row, label in zip(x, labels, strict=True):
            hidden = [z.relu() for z in affine(p["w1"], p["b1"], row)]
            losses.append(cross_entropy(affine(p["w2"], p["b2"], hidden), label))
        return sum(losses) / len(losses)

    def tensor(torch: Any, p: Any, x: Any, labels: Any) -> Any:
        f = torch.nn.functional
        scores = f.linear(torch.relu(f.linear(x, p["w1"], p["b1"])), p["w2"], p["b2"])
        return f.cross_entropy(scores, labels)

    def data(step: int) -> tuple[Nest, ...]:
        return rows_of(12, 16, step), [(step + 7 * k) % 10 for k in range(12)]

    return Model(shapes, data, scalar, tensor)


def convolutional() -> Model:
    """Two padded convolutions, the largest of each 2 by 2, and a layer."""
    shapes = {
        "k1": (2, 1, 3, 3),
        "b1": (2,),
        "k2": (2, 2, 3, 3),
        "b2": (2,),
        "w": (3, 8),
        "b": (3,),
    }

    def scalar(p: Any, x: Nest, labels: Any) -> Any:
        loss = 0.0
        for image, label in zip(x, labels, strict=True):
            h = mapped(gg.relu, convolved([image], p["k1"], p["b1"]))
            h = mapped(gg.tanh, convolved(h, p["k2"], p["b2"]))
            pooled = [
                gg.maximum(
                    gg.maximum(c[i][j], c[i][j + 1]), gg.maximum(c[i + 1][j], c[i + 1][j + 1])
                )
                for c in h
                for i in (0, 2)
                for j in (0, 2)
            ]
            loss = loss + cross_entropy(affine(p["w"], p["b"], pooled), label)
        return loss / len(labels)

    def tensor(torch: Any, p: Any, x: Any, labels: Any) -> Any:
        f = torch.nn.functional
        h = torch.relu(f.conv2d(x[:, None], p["k1"], p["b1"], padding=1))
        h = torch.tanh(f.conv2d(h, p["k2"], p["b2"], padding=1))
        scores = f.linear(f.max_pool2d(h, 2).flatten(1), p["w"], p["b"])
        return f.cross_entropy(scores, labels)

    return Model(
        shapes, lambda _: (numbers((3, 4, 4), random.Random(2)), [0, 2, 1]), scalar, tensor
    )


def strided() -> Model:
    """Two convolutions without a border, the second by steps of two, and the mean of each."""
    shapes = {"k1": (2, 1, 3, 3), "b1": (2,), "k2": (3, 2, 2, 2), "b2": (3,)}

    def valid(image: Nest, filters: Nest, bias: Nest, stride: int) -> Nest:
        places = range(0, len(image[0]) - len(filters[0][0]) + 1, stride)
        return [
            [
                [
                    b + sum(w * image[c][i + k][j + m] for c, kernel in enumerate(kernels)
                            for k, row in enumerate(kernel) for m, w in enumerate(row))
                    for j in places
                ]
                for i in places
            ]
            for kernels, b in zip(filters, bias, strict=True)
        ]  # fmt: skip

    def scalar(p: Any, x: Nest, labels: Any) -> Any:
        losses = []
        for image, label in zip(x, labels, strict=True):
            h = mapped(gg.relu, valid([image], p["k1"], p["b1"], 1))
            h = [flat(channel) for channel in valid(h, p["k2"], p["b2"], 2)]
            losses.append(cross_entropy([sum(c) / len(c) for c in h], label))
        return sum(losses) / len(losses)

    def tensor(torch: Any, p: Any, x: Any, labels: Any) -> Any:
        f = torch.nn.functional
        h = torch.relu(f.conv2d(x[:, None], p["k1"], p["b1"]))
        h = f.conv2d(h, p["k2"], p["b2"], stride=2)
        return f.cross_entropy(h.mean((2, 3)), labels)

    return Model(shapes, lambda _: (numbers((3, 6, 6), random.Random(6)), [2, 0, 1]),
                 scalar, tensor)  # fmt: skip


def recurrent() -> Model:
    """A plain recurrent network over two sequences of six."""
    shapes = {"wx": (5, 3), "wh": (5, 5), "b": (5,), "w": (1, 5), "c": (1,)}

    def scalar(p: Any, x: Nest, y: Nest) -> Any:
        loss = 0.0
        for sequence, target in zip(x, y, strict=True):
            h: Nest = [0.0] * 5
            for xi in sequence:
                z = affine(p["wx"], p["b"], xi)
                h = [(a + b).tanh() for a, b in zip(z, product(p["wh"], h), strict=True)]
            loss = loss + (affine(p["w"], p["c"], h)[0] - target) ** 2
        return loss

    def tensor(torch: Any, p: Any, x: Any, y: Any) -> Any:
        rnn = torch.nn.RNN(3, 5, batch_first=True, dtype=torch.float64)
        given = {"weight_ih_l0": p["wx"], "weight_hh_l0": p["wh"], "bias_ih_l0": p["b"]}
        given["bias_hh_l0"] = torch.zeros(5, dtype=torch.float64)
        _, h = torch.func.functional_call(rnn, given, (x,))
        return ((torch.nn.functional.linear(h[0], p["w"], p["c"])[:, 0] - y) ** 2).sum()

    data = numbers((2, 6, 3), random.Random(3)), [0.5, -1.0]
    return Model(shapes, lambda _: data, scalar, tensor)


def lstm() -> Model:
    """An LSTM over two sequences of five; gates in PyTorch's order."""
    size = 3
    shapes = {"wx": (4 * size, 2), "wh": (4 * size, size), "b": (4 * size,)}

    def scalar(p: Any, x: Nest) -> Any:
        loss = 0.0
        for sequence in x:
            h: Nest = [0.0] * size
            c: Nest = [0.0] * size
            for xi in sequence:
                z = affine(p["wx"], p["b"], xi)
                z = [a + b for a, b in zip(z, product(p["wh"], h), strict=True)]
                i, f, g, o = (z[k * size : (k + 1) * size] for k in range(4))
                c = [f[k].sigmoid() * c[k] + i[k].sigmoid() * g[k].tanh() for k in range(size)]
                h = [o[k].sigmoid() * c[k].tanh() for k in range(size)]
            loss = loss + sum(v * v for v in h) + sum(v.exp() for v in c)
        return loss

    def tensor(torch: Any, p: Any, x: Any) -> Any:
        net = torch.nn.LSTM(2, size, batch_first=True, dtype=torch.float64)
        given = {"weight_ih_l0": p["wx"], "weight_hh_l0": p["wh"], "bias_ih_l0": p["b"]}
        given["bias_hh_l0"] = torch.zeros(4 * size, dtype=torch.float64)
        _, (h, c) = torch.func.functional_call(net, given, (x,))
        return (h * h).sum() + c.exp().sum()

    return Model(shapes, lambda _: (numbers((2, 5, 2), random.Random(4)),), scalar, tensor)


def transformer_block(p: Any, tokens: Nest, attend: Callable[..., Nest]) -> Nest:
    """Causal attention and a layer, each normalised before and added to what came in."""
    inner = [normalised(t, p["g1"], p["s1"]) for t in tokens]
    q, k, v = ([product(p[name], t) for t in inner] for name in ("q", "k", "v"))
    mixed = [product(p["o"], t) for t in attend(q, k, v)]
    tokens = [
        [a + b for a, b in zip(t, m, strict=True)] for t, m in zip(tokens, mixed, strict=True)
    ]
    out = []
    for t in tokens:
        hidden = [z.gelu() for z in affine(p["w1"], p["b1"], normalised(t, p["g2"], p["s2"]))]
        out.append([a + b for a, b in zip(t, affine(p["w2"], p["b2"], hidden), strict=True)])
    return out


def torch_block(torch: Any, p: Any, h: Any) -> Any:
    """The same by PyTorch's own functions."""
    f, d = torch.nn.functional, h.shape[-1]
    inner = f.layer_norm(h, (d,), p["g1"], p["s1"])
    q, k, v = (inner @ p[name].T for name in ("q", "k", "v"))
    h = h + f.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True)[0] @ p["o"].T
    inner = f.layer_norm(h, (d,), p["g2"], p["s2"])
    return h + f.linear(f.gelu(f.linear(inner, p["w1"], p["b1"])), p["w2"], p["b2"])


def block_shapes(d: int, wide: int) -> dict[str, tuple[int, ...]]:
    """The parameters of a block."""
    square = dict.fromkeys(("q", "k", "v", "o"), (d, d))
    norms = dict.fromkeys(("g1", "s1", "g2", "s2"), (d,))
    return {**square, **norms, "w1": (wide, d), "b1": (wide,), "w2": (d, wide), "b2": (d,)}


def attention(attend: Callable[..., Nest] = attended) -> Model:
    """A block of causal attention, layer norm and residuals over five tokens."""

    def scalar(p: Any, x: Nest) -> Any:
        return sum(v * v for t in transformer_block(p, x, attend) for v in t)

    def tensor(torch: Any, p: Any, x: Any) -> Any:
        return (torch_block(torch, p, x) ** 2).sum()

    return Model(block_shapes(3, 4), lambda k: (rows_of(5, 3, k),), scalar, tensor)


def masked_attention() -> Model:
    """The same, with a mask."""
    return attention(masked)


def language_model() -> Model:
    """Embeddings of tokens and places, a block, and the surprise at each next token."""
    shapes = {
        "tokens": (6, 4),
        "places": (6, 4),
        **block_shapes(4, 8),
        "head": (6, 4),
        "bias": (6,),
    }

    def scalar(p: Any, text: Any) -> Any:
        h = []
        for i, token in enumerate(text[:-1]):
            row = p["tokens"][token]
            h.append([a + b for a, b in zip(row, p["places"][i], strict=True)])
        h = transformer_block(p, h, attended)
        losses = [cross_entropy(affine(p["head"], p["bias"], t), label)
                  for t, label in zip(h, text[1:], strict=True)]  # fmt: skip
        return sum(losses) / len(losses)

    def tensor(torch: Any, p: Any, text: Any) -> Any:
        f = torch.nn.functional
        h = torch_block(torch, p, p["tokens"][text[:-1]] + p["places"])
        return f.cross_entropy(f.linear(h, p["head"], p["bias"]), text[1:])

    return Model(shapes, lambda k: ([(3 * k + i * i) % 6 for i in range(7)],), scalar, tensor)


MODELS = (lecture, moons, digits, convolutional, strided, recurrent, lstm, attention,
          masked_attention, language_model)  # fmt: skip


def descent(parameters: list[Value]) -> Callable[[], None]:
    """Plain gradient descent by hand."""

    def move() -> None:
        for q in parameters:
            q.data -= RATE * q.grad

    return move


def adam(parameters: list[Value]) -> Callable[[], None]:
    """Adam by hand, on lists and a count."""
    m, v, t = [0.0] * len(parameters), [0.0] * len(parameters), [0]

    def move() -> None:
        t[0] += 1
        for i, q in enumerate(parameters):
            m[i] = 0.9 * m[i] + 0.1 * q.grad
            v[i] = 0.999 * v[i] + 0.001 * q.grad * q.grad
            step = m[i] / (1.0 - 0.9 ** t[0])
            q.data -= RATE * step / (gg.sqrt(v[i] / (1.0 - 0.999 ** t[0])) + 1e-8)

    return move


@pytest.mark.parametrize(("rule", "name"), [(descent, "SGD"), (adam, "Adam")])
@pytest.mark.parametrize("make", MODELS)
def test_ten_compiled_steps_are_those_of_pytorch(make: Any, rule: Any, name: str) -> None:
    """The loss of every step and all parameters after ten agree with PyTorch's."""
    import torch

    model, rng = make(), random.Random(1)
    start = {key: numbers(shape, rng) for key, shape in model.shapes.items()}
    p = {key: mapped(Value, nest) for key, nest in start.items()}
    parameters = [q for nest in p.values() for q in flat(nest)]
    move = rule(parameters)

    @gg.compile
    def step(*x: Any) -> Any:
        loss = model.scalar(p, *x)
        for q in parameters:
            q.grad = 0.0
        loss.backward()
        move()
        return loss

    tensors = {key: torch.tensor(nest, dtype=torch.float64, requires_grad=True)
               for key, nest in start.items()}  # fmt: skip
    optimiser = getattr(torch.optim, name)(tensors.values(), lr=RATE)
    losses, wanted = [], []
    for k in range(STEPS):
        x = model.data(k)
        losses.append(step(*x).data)
        loss = model.tensor(torch, tensors, *[torch.from_numpy(np.array(a)) for a in x])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        wanted.append(loss.item())
    assert step.stats["compilations"] == 1
    assert losses == pytest.approx(wanted, rel=1e-12, abs=1e-12)
    expected = [v for t in tensors.values() for v in t.flatten().tolist()]
    assert [q.data for q in parameters] == pytest.approx(expected, rel=1e-12, abs=1e-12)
    assert losses[-1] != losses[0]
