"""`program`: a random training step over scalars as Python text, to be run or pasted.

The text defines `make()`, which gives the step and what it keeps (parameters first),
`arguments(k)`, those of call k, and perhaps `between(kept, k)`, what its user changes before. A
step computes numbers over rows of data by functions that share parameters, builds losses, and then
clears, goes back, moves and remembers in random ways.
"""

from __future__ import annotations

from .blocks import BLOCKS
from .draws import Draws
from .writer import Scope, Writer

HEAD = """\
import math
from types import ModuleType
import numpy as np
import glassgrad as gg
from glassgrad import Value
from glassgrad.ops import TABLE
inf, nan, op = math.inf, math.nan, ModuleType("glassgrad.op")
vars(op).update(TABLE)
"""
_OPTIMISERS = (
    "SGD(p, lr=0.05)",
    "SGD(p, lr=0.05, momentum=0.9)",
    "Adam(p, lr=0.01)",
    "AdamW(p, lr=0.01)",
    "RMSprop(p, lr=0.01)",
    "SGD(p, lr=0.02, momentum=0.8, nesterov=True, weight_decay=0.01)",
    "SGD(p, lr=lambda t: 0.1 / (t + 1))",
)
_DERIVATIVES = (
    "gg.grad(lambda a: op.tanh(a * p[0]) * a)(p[-1])",
    "gg.grad(gg.grad(lambda a: op.sin(a * p[0]) * a * a))(y[0])",
    "gg.value_and_grad(lambda a, b: op.exp(-a * a) * b + p[0], (0, 1))(p[-1], x[0][0])",
    "gg.hessian(lambda a: op.tanh(a[0] * a[1] + p[-1]))([p[0].data, y[0]])",
    "gg.jvp(lambda a: [op.sin(a) * p[0], a * a], [x[0][0]], [2.0])",
)
_CHOOSING = ("op.where", "op.clip", "op.minimum", "op.maximum")


def program(draws: Draws) -> str:
    """The text of a program."""
    w = Writer(draws, large=draws.one_in(8))
    width, batch = draws.within(1, 3), draws.pick((1, 2, 3))
    if w.large:
        width, batch = draws.within(1, 9), draws.pick((1, 3, 5, 9, 16, 17))
    with w.block("def make():"):
        w.line("")  # the parameters, which are known at the end
        w.line(f"kept = [0.5, {draws.pick(('0.0', '-0.0', '2'))}, [0.1, -0.2]]")
        w.line("settings = {'rate': 0.5, 'scale': 1.0}")
        optimiser = draws.pick(("", *_OPTIMISERS)) if draws.below(3) == 1 else ""
        w.line(f"optimiser = gg.optim.{optimiser}" if optimiser else "optimiser = None")
        nets = [_net(w, width) for _ in range(draws.pick((1, 0, 1, 2 if w.large else 1)))]
        _forward(w, nets, width, batch)
        _step(w, bool(optimiser))
        w.line("return step, [p, kept, optimiser, settings]")
    w.lines[1] = f"    {_parameters(w, bool(optimiser))}"
    between = _between(draws)
    return "\n".join([HEAD, *w.lines, "", *_arguments(w, width, batch), *between, ""])


def _net(w: Writer, width: int) -> tuple[str, int]:
    """A function of one row, from blocks; its name and the length of what it returns."""
    name = w.name("net")
    with w.inner(Scope(vectors=[("row", width)])), w.block(f"def {name}(row, t):"):
        for _ in range(w.draws.within(1, 5 if w.large else 2)):
            w.draws.pick(BLOCKS)(w)
            if w.draws.one_in(8):
                w.scalar()
        out, length = w.scope.vectors[-1]
        w.line(f"return {out}")
    return name, length


def _forward(w: Writer, nets: list[tuple[str, int]], width: int, batch: int) -> None:
    """`forward(x, y, t, s)`: losses and other numbers, from the networks and from any scalars."""
    rows = [f"x[{i}]" for i in range(batch)]
    scope = Scope(vectors=[(row, width) for row in rows[:2]], numbers=["x[0][0]", "y[0]"])
    with w.inner(scope), w.block("def forward(x, y, t, s):"):
        losses = [_over_batch(w, *net, batch) for net in nets]
        scope.values = ["p[0]", f"p[{w.draws.below(max(1, w.parameters))}]", *losses]
        scope.numbers += ["p[0].data", "kept[0]", "p[0].grad"][: w.draws.below(4)]
        scope.numbers += w.draws.pick(
            ([], [], ["s['b'][1]"], ["s['a']"], ["kept[2][0]"], ["settings['rate']"])
        )
        for _ in range(w.draws.pick((0, 1, 2, 4, 16 if w.large else 6))):
            w.scalar()
            if w.draws.one_in(10):
                w.scope.values.append(w.draws.pick(("kept[1] * p[0]", "Value(2.0)")))
            if w.draws.one_in(12) and scope.values:
                w.scope.values.append(f"({w.operand()} * p[0]).detach()")
        if not nets and w.draws.one_in(2):
            w.draws.pick(BLOCKS)(w)
        terms = [*losses, *(f"op.tanh({v})" for v in scope.values[-3:])]
        if w.draws.one_in(4):
            terms.append("0.01 * sum(q * q for q in p)")
        w.line(f"first = {' + '.join(terms)}")
        w.line(f"return first, {w.draws.pick(('first * p[0]', 'p[0]', scope.values[-1]))}")


def _over_batch(w: Writer, net: str, length: int, batch: int) -> str:
    """A loss of a network over the rows; the name of it."""
    outs, loss = w.name("outs"), w.name("loss")
    w.line(f"{outs} = [{net}(row, t) for row in x]")
    k = w.draws.below(length)
    forms = (
        f"sum((o[{k}] - t) ** 2 for o, t in zip({outs}, y))",
        f"sum(op.relu(1.0 - t * o[{k}]) for o, t in zip({outs}, y)) / {batch}",
        f"-sum(gg.log_softmax(o)[{k}] for o in {outs}) / {batch}",
        f"sum(sum(a * a for a in o) for o in {outs})",
        f"sum(op.where(t > 0.0, o[0], -o[{k}]) for o, t in zip({outs}, y))",
        f"sum(op.sigmoid(o[{k}]) * o2[0] for o, o2 in zip({outs}, {outs}[::-1]))",
        f"gg.mean([gg.dot(o, o) for o in {outs}])",
    )
    w.line(f"{loss} = {w.draws.pick(forms)}")
    w.scope.vectors += [(f"{outs}[0]", length), (f"{outs}[-1]", length)]
    return loss


def _step(w: Writer, optimised: bool) -> None:
    """`step(x, y, t, s)`: going back and moving, once or more often."""
    draws = w.draws
    with w.block("def step(x, y, t, s):"):
        found = ["first", "second"]
        for _ in range(draws.pick((1, 1, 1, 2))):
            w.line("first, second = forward(x, y, t, s)")
            clear = draws.pick(
                ("for q in p: q.grad = 0.0", "", "for q in p[::2]: q.grad = 0.0", "p[0].grad = 1.0")
            )
            w.line(clear or "pass")
            if draws.one_in(10):
                w.line("with gg.no_grad(): third, _ = forward(x, y, t, s)")
                found.append("third")
            for root in draws.pick((["first"], ["first", "second"], ["second"], ["first"] * 2, [])):
                w.line(f"({root} + 0.0 * p[0]).backward()")
                if draws.one_in(6):
                    w.line("half = [q.grad * 0.5 for q in p]")
                    found.append("half")
            if draws.one_in(12):
                w.line(f"slope = {draws.pick(_DERIVATIVES)}")
                found.append("slope")
            _move(w, optimised)
        if draws.one_in(4):
            w.line(
                f"kept[{draws.below(2)}] = {draws.pick(('kept[0] * 0.5', '(first + p[0]).data'))}"
            )
        if draws.one_in(5):  # what the next call begins with
            w.line(f"kept[2]{draws.pick(('[:]', ''))} = [(first * 0.1).data, kept[2][0]]")
        extra = draws.pick(("", "x", "p[0]", "[q.grad for q in p]", "first > second", "kept[1]"))
        result = ", ".join([*found, *[extra] * bool(extra)])
        form = draws.pick(("[{}]", "[{}]", "({},)", "{{'a': [{}], 'b': s['a']}}", "[({},), [[]]]"))
        w.line(f"return {form.format(result)}")


def _move(w: Writer, optimised: bool) -> None:
    if optimised:
        w.line("optimiser.step()")
        return
    which = w.draws.pick(("p", "reversed(p)", "p[1::2] + p[::2]", "p[:2]"))
    rule = w.draws.pick(
        (
            "q.data -= 0.05 * q.grad",
            "q.data = q.data - y[0] * 0.01 * q.grad",
            "q.data -= 0.1 * settings['rate'] * q.grad",
            "q.data -= 0.01 * s['b'][0] * q.grad",
            "q.data += -0.05 * op.clip(q.grad, -1.0, 1.0)",
            "q.data = 0.99 * q.data - 0.05 * op.tanh(q.grad)",
            "q.data -= 0.05 * q.grad / op.sqrt(q.grad * q.grad + 1e-2)",
            "q.grad = 0.0",
        )
    )
    w.line(f"for q in {which}: {rule}")
    if w.draws.one_in(12):
        w.line("p[0].data, p[-1].data = p[-1].data, p[0].data")


def _parameters(w: Writer, optimised: bool) -> str:
    draws, count = w.draws, max(2, w.parameters)
    text = f"p = [Value(math.sin({draws.within(1, 9)} * i + 0.5)) for i in range({count})]"
    if draws.one_in(5):
        text += (
            f"; p[{draws.below(count)}].data = {draws.pick(('0.0', '-0.0', '1.0', '2', '30.0'))}"
        )
    if draws.one_in(8) and not optimised:
        text += f"; p[{draws.below(count)}] = p[0]"
    elif draws.one_in(8):
        text += "; p = p[::-1]"
    return text


def _arguments(w: Writer, width: int, batch: int) -> list[str]:
    """`arguments(k)`: rows and targets as lists or arrays, special numbers among them.

    Some are missing where the program can choose other numbers for them.
    """
    draws = w.draws
    numbers = f"math.cos({draws.within(1, 7)} * i + 2 * j + 0.1 * k + {draws.below(5)})"
    if draws.one_in(6):
        numbers = draws.pick((f"float(i == j) * {numbers}", f"round({numbers})", f"30 * {numbers}"))
    lines = [
        "def arguments(k):",
        f"    x = [[{numbers} for j in range({width})] for i in range({batch})]",
        f"    y = [float((i + k) % 3 - 1) for i in range({batch})]",
    ]
    chooses = any(row in line for line in w.lines for row in _CHOOSING)
    missing = chooses and draws.one_in(3)
    special = draws.pick(("nan", "inf", "-inf") if missing else ("0.0", "-0.0", "1.0", "1e-300"))
    if draws.one_in(5):
        lines.append(f"    x[{draws.below(batch)}][{draws.below(width)}] = {special}")
    low = ("", "-", "-")[draws.below(3)]  # t[i] selects among i + 1 or more
    count = 4 if w.selects else 0
    lines.append(f"    t = [{low}((2 * k + 3) * i % (i + 1)) for i in range({count})]")
    lines.append("    s = {'a': 0.3 - 0.1 * k, 'b': (k % 3, 0.5 * k)}")
    lines.append(f"    return {'np.array(x), np.array(y)' if draws.one_in(8) else 'x, y'}, t, s")
    return lines


def _between(draws: Draws) -> list[str]:
    """`between(kept, k)`: numbers that the user changes from call to call, now and then."""
    what = draws.pick(
        ("", "", "kept[3]['rate'] = 0.1 * k", "kept[1][0] = 0.5 - k", "kept[0][-1].data = 0.1 * k")
    )
    when = draws.pick(("", "if k % 3 == 1: ", "if k > 4: "))
    return ["def between(kept, k):", f"    {when}{what}"] if what else []
