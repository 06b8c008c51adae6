"""Programs that repeat themselves: what becomes a loop over time, and that it computes the same."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import pytest

import glassgrad as gg
from glassgrad import ops
from glassgrad.compiler.ir.graph import OPCODES, Graph
from glassgrad.compiler.ir.loops import Loop, Program
from glassgrad.compiler.ir.outside import Outside, outside_of
from glassgrad.compiler.rolling import extrapolate
from glassgrad.compiler.rolling.cuts import Cuts, choices
from glassgrad.compiler.rolling.differentiate import differentiate
from glassgrad.compiler.rolling.extrapolate import extrapolated
from glassgrad.compiler.rolling.roll import roll
from glassgrad.compiler.rolling.simplify import simplified
from glassgrad.compiler.rolling.windows import Tape
from glassgrad.compiler.running.backends import Interpreter
from glassgrad.compiler.running.native import build
from tests.compiler.conftest import Case, Trace, layer

Vector = list[Any]


def dot(ws: Vector, xs: Vector) -> Any:
    """The sum of the products."""
    return sum(w * x for w, x in zip(ws, xs, strict=True))


def rnn(steps: int, batch: int = 1) -> Trace:
    """A plain recurrent network, its loss from the last state; the first state is zero."""
    t = Trace((batch, steps, 2), (batch,))
    cell, head = layer(t, 5, 3), layer(t, 3, 1)
    loss = 0.0
    for xs, y in zip(t.inputs(batch, steps, 2), t.inputs(batch), strict=True):
        h: Vector = [0.0] * 3
        for x in xs:
            h = [z.tanh() for z in cell([*x, *h])]
        loss = loss + (head(h)[0] - y) ** 2
    return finished(t, loss / batch)


def rnn_of_all(steps: int) -> Trace:
    """Every state is kept, and the loss is over all outputs; the first state is a parameter."""
    t = Trace((steps, 2), (steps,))
    h, cell, head = t.params(3), layer(t, 5, 3), layer(t, 3, 1)
    kept = []
    xs, ys = t.inputs(steps, 2), t.inputs(steps)
    for x in xs:
        h = [z.tanh() for z in cell([*x, *h])]
        kept.append(h)
    outs = [head(h)[0] for h in kept]
    return finished(t, sum((o - y) ** 2 for o, y in zip(outs, ys, strict=True)) / steps)


def lstm(steps: int, batch: int = 1) -> Trace:
    """Four gates, a cell and a state; the output of every step counts, within the loop."""
    t = Trace((batch, steps, 2), (batch, steps))
    gates = [layer(t, 4, 2) for _ in range(4)]
    head, loss = layer(t, 2, 1), 0.0
    for xs, ys in zip(t.inputs(batch, steps, 2), t.inputs(batch, steps), strict=True):
        h: Vector = [0.0, 0.0]
        c: Vector = [0.0, 0.0]
        for x, y in zip(xs, ys, strict=True):
            i, f, o, g = ([*gate([*x, *h])] for gate in gates)
            c = [
                b.sigmoid() * s + a.sigmoid() * d.tanh()
                for a, b, d, s in zip(i, f, g, c, strict=True)
            ]
            h = [a.sigmoid() * s.tanh() for a, s in zip(o, c, strict=True)]
            loss = loss + (head(h)[0] - y) ** 2
    return finished(t, loss)


def gru(steps: int) -> Trace:
    """A reset and an update gate; the state is a mixture of the old and the new."""
    t = Trace((steps, 2))
    update, reset, cell = (layer(t, 5, 3) for _ in range(3))
    h = t.params(3)
    for x in t.inputs(steps, 2):
        u = [z.sigmoid() for z in update([*x, *h])]
        r = [z.sigmoid() for z in reset([*x, *h])]
        new = [z.tanh() for z in cell([*x, *(a * b for a, b in zip(r, h, strict=True))])]
        h = [a * o + (1.0 - a) * n for a, o, n in zip(u, h, new, strict=True)]
    return finished(t, dot(h, h))


def euler(steps: int) -> Trace:
    """A pendulum, by angle, speed and length, with a kick in the third step."""
    t = Trace((), ())
    angle, speed, length = t.params(3)
    dt, target = t.inputs(2)
    for k in range(steps):
        speed = speed - dt * 0.2 * angle.sin() / (2.0 + length)
        speed = speed + 0.25 if k == 2 else speed
        angle = angle + dt * 0.2 * speed
    return finished(t, (angle - target) ** 2 + speed * speed)


def runge_kutta(steps: int) -> Trace:
    """The classical method of fourth order on a pendulum with friction."""
    t = Trace(())
    state, friction, h = t.params(2), t.param(), 0.05

    def slope(s: Vector) -> Vector:
        return [s[1], -s[0].sin() - friction * s[1]]

    def moved(s: Vector, k: Vector, by: float) -> Vector:
        return [a + by * b for a, b in zip(s, k, strict=True)]

    for _ in range(steps):
        k1 = slope(state)
        k2 = slope(moved(state, k1, h / 2))
        k3 = slope(moved(state, k2, h / 2))
        k4 = slope(moved(state, k3, h))
        parts = zip(state, k1, k2, k3, k4, strict=True)
        state = [s + h / 6 * (a + 2 * b + 2 * c + d) for s, a, b, c, d in parts]
    return finished(t, state[0] * state[0] + t.input() * state[1])


def leapfrog(steps: int) -> Trace:
    """Each number comes from the two before it."""
    t = Trace(())
    a, b, spring = t.params(3)
    for _ in range(steps):
        a, b = b, 2.0 * b - a - 0.01 * spring * b.sin()
    return finished(t, b * b * t.input())


def layers(depth: int) -> Trace:
    """Equal layers with weights of their own."""
    t = Trace((3, 4))
    each, loss = [layer(t, 4, 4) for _ in range(depth)], 0.0
    for x in t.inputs(3, 4):
        for one in each:
            x = [z.tanh() for z in one(x)]
        loss = loss + dot(x, x)
    return finished(t, loss)


def layers_in_time(steps: int) -> Trace:
    """Five equal layers at every step of a recurrence over two sequences."""
    t = Trace((2, steps, 2))
    first, each, loss = layer(t, 4, 2), [layer(t, 2, 2) for _ in range(5)], 0.0
    for xs in t.inputs(2, steps, 2):
        h = t.params(2)
        for x in xs:
            h = [z.tanh() for z in first([*x, *h])]
            for one in each:
                h = [z.sigmoid() for z in one(h)]
        loss = loss + dot(h, h)
    return finished(t, loss)


def two_lengths(steps: int) -> Trace:
    """Two sequences through one cell, the second longer, one loss for each."""
    t = Trace((steps, 1), (steps + 7, 1))
    cell, losses = layer(t, 3, 2), []
    for count in (steps, steps + 7):
        h: Vector = [0.0, 0.0]
        for x in t.inputs(count, 1):
            h = [z.tanh() for z in cell([*x, *h])]
        losses.append(dot(h, h))
    total = losses[0] + 2.0 * losses[1]
    for k, p in enumerate(t.parameters):
        t.graph.output("grad", k, (t.grad(total, p) + t.grad(losses[1], p)).node)
        t.graph.output("data", k, (p - 0.1 * t.grad(losses[0], p)).node)
    t.graph.output("result", 0, total.node)
    return t


def there_and_back(steps: int) -> Trace:
    """One cell runs forward, another backward, and each output sees both; ends are special."""
    t = Trace((steps, 2))
    forward, backward, out = layer(t, 4, 2), layer(t, 4, 2), layer(t, 4, 1)
    xs, total = t.inputs(steps, 2), 0.0
    ahead, behind = [t.params(2)], [t.params(2)]
    for x in xs:
        ahead.append([z.tanh() for z in forward([*x, *ahead[-1]])])
    for x in reversed(xs):
        behind.append([z.tanh() for z in backward([*x, *behind[-1]])])
    for k, (a, b) in enumerate(zip(ahead[1:], reversed(behind[1:]), strict=True)):
        score = out([*a, *b])[0]
        total = total + (score.exp() if k in (0, steps - 1) else score**2)
    return finished(t, total)


def chosen(steps: int) -> Trace:
    """A choice at every step whose other side is not finite."""
    t = Trace((steps,))
    a, b = t.params(2)
    for x in t.inputs(steps):
        positive = ops.gt(a * x, 0.0)
        up, down = 0.1 * (a * x).log(), 0.1 * (-a * x).log()
        a = ops.where(positive, 0.5 * a + up, 0.5 * a - down + b)
    return finished(t, a * a + b)


def finished(t: Trace, loss: Any) -> Trace:
    """The trace with a step of gradient descent."""
    t.finish(loss)
    return t


PROGRAMS: dict[str, Callable[[int], Trace]] = {
    "rnn": rnn,
    "rnn of a batch": lambda steps: rnn(steps, 9),
    "rnn of all": rnn_of_all,
    "lstm": lstm,
    "lstm of a batch": lambda steps: lstm(steps, 8),
    "gru": gru,
    "euler": euler,
    "runge-kutta": runge_kutta,
    "leapfrog": leapfrog,
    "layers": layers,
    "layers in time": layers_in_time,
    "two lengths": two_lengths,
    "there and back": there_and_back,
    "chosen": chosen,
}


def program_of(trace: Trace) -> tuple[Program, Outside]:
    """The differentiated statements of a trace."""
    outside = outside_of(trace.graph)
    graph = simplified(trace.graph)
    assert graph is not None
    rolled = roll(graph, outside)
    assert rolled is not None
    return differentiate(rolled), outside


@pytest.mark.parametrize("name", PROGRAMS)
def test_loops_and_native_code_compute_what_the_graph_says(name: str, make: Any) -> None:
    """Values and gradients agree with the graph's interpreter, by the loops' own and natively."""
    trace = PROGRAMS[name](12)
    case = make[1](trace.graph)
    program, outside = program_of(trace)
    assert any(isinstance(item, Loop) and not item.backward for item in program.items)
    assert any(isinstance(item, Loop) and item.backward for item in program.items)
    program.verify()
    kinds = outside.kinds
    memory = {kinds["PARAM"]: case.params.copy(), kinds["PARAM_GRAD"]: case.grads.copy()}
    memory |= {kinds["STATE"]: case.states.copy()}
    memory |= dict(zip(outside.inputs, (x.copy() for x in case.arguments), strict=True))
    program.run(memory)
    names = {"data": "PARAM", "grad": "PARAM_GRAD", "state": "STATE", "result": "RESULT"}
    case.agrees([memory[kinds[names[out.kind]]][out.index] for out in case.graph.outputs])
    case.agrees(make[2](build(trace.graph), case))


@pytest.mark.parametrize("name", PROGRAMS)
def test_code_does_not_grow_with_the_number_of_steps(name: str) -> None:
    """As many statements, and as much machine code, for 30 steps as for 60."""
    short, long = (PROGRAMS[name](steps) for steps in (30, 60))
    counts = [len(list(program_of(trace)[0].statements())) for trace in (short, long)]
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name != "there and back"])
def test_a_long_trace_has_the_program_that_short_ones_foretell(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is read off traces of a few steps is, word for word, what the whole trace rolls to."""
    monkeypatch.setattr(extrapolate, "_WORTH", (64, 32))
    graph = PROGRAMS[name](140).graph
    outside = outside_of(graph)
    foretold = extrapolated(graph, outside, None)
    assert foretold is not None
    assert str(differentiate(foretold)) == rolled_as_it_is(graph, outside)


def rolled_as_it_is(graph: Graph, outside: Outside) -> str:
    """The differentiated statements of the whole trace."""
    short = simplified(graph)
    rolled = None if short is None else roll(short, outside)
    assert rolled is not None
    return str(differentiate(rolled))


def test_a_batch_is_told_from_as_many_neurons_and_from_the_parameters() -> None:
    """140 samples in a layer of 140 neurons; of its 1,262 parameters each is updated."""
    samples = 140
    t = Trace((samples, 6), (samples,))
    hidden, head, loss = layer(t, 6, samples), layer(t, samples, 2), 0.0
    for x, y in zip(t.inputs(samples, 6), t.inputs(samples), strict=True):
        scores = head([z.relu() for z in hidden(x)])
        loss = loss + (scores[0] - y) ** 2 + scores[1].tanh()
    graph = finished(t, loss / samples).graph
    outside = outside_of(graph)
    foretold = extrapolated(graph, outside, None)
    assert foretold is not None
    assert str(differentiate(foretold)) == rolled_as_it_is(graph, outside)


@pytest.mark.parametrize("place", [0, 2, 12, 100, 200, 287, 298, 299])
def test_what_reads_one_repetition_among_many_reads_that_one(place: int) -> None:
    """A trace cut short reads it from the nearer end, and none is made where it was left out."""
    t = Trace((300, 2))
    one, total, rows = layer(t, 2, 1), 0.0, t.inputs(300, 2)
    for x in rows:
        total = total + x[0] * x[1].sin()
    found = [one(x)[0].tanh() for x in rows]
    for h in found:
        total = total + h * h.cos()
    graph = finished(t, total * found[place].exp()).graph
    tape = Tape(graph, 64)
    cuts = Cuts(tape, choices(tape.windows)[-1])
    short = cuts.cut(cuts.times - 9)
    assert (short is None) == (place in (12, 100, 200, 287))
    if short is not None:
        (read,) = (short.a[i] for i, op in enumerate(short.op) if op == OPCODES["exp"])
        kept = [i for i, op in enumerate(short.op) if op == OPCODES["tanh"]]
        assert kept.index(read) == (place if place < 9 else len(kept) - 300 + place)


def test_what_does_not_grow_evenly_is_not_foretold() -> None:
    """Two directions of time share families in an order that no rule gives: rolled as it is."""
    graph = there_and_back(260).graph
    assert extrapolated(graph, outside_of(graph), None) is None


def test_every_window_gives_back_the_trace_it_was_found_in() -> None:
    """With no repetition left out, a trace is itself: the same numbers come out."""
    for name in ("lstm", "two lengths", "layers"):
        graph = PROGRAMS[name](70).graph
        tape = Tape(graph, 64)
        cuts = Cuts(tape, choices(tape.windows)[-1])
        same, shorter = cuts.cut(0), cuts.cut(cuts.times - 5)
        assert same is not None
        assert shorter is not None
        shorter.verify()
        assert len(shorter) < len(graph) / 4
        case = Case(graph, seed=3)
        flat = [x for argument in case.arguments for x in argument.tolist()]
        assert same.evaluate(flat, case.params, case.grads, case.states) == case.expected.tolist()


def test_a_simulation_of_a_hundred_thousand_steps_has_the_code_of_a_short_one() -> None:
    """The gradient of a pendulum by Euler's method, against the same recurrence by hand."""

    def compiled(steps: int) -> tuple[Any, gg.Value, gg.Value]:
        start, length = gg.Value(0.4), gg.Value(2.6)

        @gg.compile
        def energy(speed: Any, dt: Any) -> Any:
            angle = start
            for _ in range(steps):
                speed = speed - dt * (angle.sin() / length)
                angle = angle + dt * speed
            loss = angle * angle + speed * speed
            loss.backward()
            return loss

        return energy, start, length

    steps, dt, speed = 100_000, 2e-4, -0.3
    energy, start, length = compiled(steps)
    loss = energy(speed, dt)
    angle, angles = start.data, [start.data]
    for _ in range(steps):
        speed -= dt * (math.sin(angle) / 2.6)
        angle += dt * speed
        angles.append(angle)
    assert loss.data == pytest.approx(angle * angle + speed * speed, rel=1e-11)
    by_angle, by_speed, by_length = 2.0 * angle, 2.0 * speed, 0.0
    for angle in reversed(angles[:-1]):
        by_speed += by_angle * dt
        by_length += by_speed * dt * math.sin(angle) / 2.6**2
        by_angle -= by_speed * dt * math.cos(angle) / 2.6
    assert start.grad == pytest.approx(by_angle, rel=1e-9)
    assert length.grad == pytest.approx(by_length, rel=1e-9)


@pytest.mark.parametrize("steps", [9, 100, 270])  # the last one is foretold
def test_ten_steps_of_training_agree(steps: int) -> None:
    """A recurrent network learns the same eagerly, by the graph's interpreter and natively."""

    def learned(compiled: Callable[[Any], Any]) -> list[float]:
        draw = random.Random(11)
        values = [gg.Value(draw.uniform(-0.7, 0.7)) for _ in range(13)]
        cells = [values[0:3], values[3:6]]
        start, out = values[6:8], values[8:11]
        rows = [[draw.uniform(-1.0, 1.0) for _ in range(steps)] for _ in range(3)]

        def step(xs: Any, rate: Any) -> Any:
            loss = 0.0
            for row in xs:
                h = start
                for x in row:
                    h = [(w[0] * x + w[1] * h[0] + w[2] * h[1]).tanh() for w in cells]
                    loss = loss + 0.1 * (out[0] * h[0] + out[1] * h[1] + out[2] - x) ** 2
            for v in values:
                v.grad = 0.0
            loss.backward()
            for v in values:
                v.data -= rate * v.grad
            return loss

        run = compiled(step)
        losses = [run(rows, 0.2 / steps).data for _ in range(10)]
        return [*losses, *(v.data for v in values), *(v.grad for v in values)]

    eager = learned(lambda step: step)
    assert eager[9] < eager[0]
    for backend in (None, Interpreter()):
        got = learned(lambda step, backend=backend: gg.compile(step, backend=backend))
        assert got == pytest.approx(eager, rel=1e-10, abs=1e-12)
