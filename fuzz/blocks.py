"""Parts of networks, each written as a Python user writes it: lists, sums, zips and ranges."""

from __future__ import annotations

from .recurrences import coupled, recurrence, running, simulation, stencil
from .writer import COMPARISONS, TAME, Writer

_LARGEST = 24  # numbers in a vector


def dense(w: Writer) -> None:
    """A layer, with one activation, with one for each neuron, or with none."""
    (h, n), m = w.latest(), w.draws.pick((2, 1, 3, 4, 5, 8, 9, 13) if w.large else (2, 1, 3))
    first = w.take(n * m + m)
    row = f"{first} + {n + 1} * i"
    forms = (
        f"sum((a * b for a, b in zip(p[{first} + {n} * i:], {h})), p[{first + n * m} + i])",
        f"sum(a * b for a, b in zip(p[{row}:], {h})) + p[{n} + {row}]",
        f"gg.dot(p[{first} + {n} * i : {first + n} + {n} * i], {h})",
    )
    z = w.draws.pick(forms)
    if w.draws.one_in(6):
        rows = ", ".join(f"op.{w.draws.pick(TAME)}" for _ in range(m))
        w.vector(f"[f({z}) for i, f in enumerate([{rows}])]", m)
        return
    w.vector(f"[{w.unary(z) if w.draws.below(3) else z} for i in range({m})]", m)


def elementwise(w: Writer) -> None:
    """A row on each number."""
    h, n = w.latest()
    w.vector(f"[{w.unary('a')} for a in {h}]", n)


def pairwise(w: Writer) -> None:
    """A row on two vectors, or a residual."""
    (h, n), (g, m) = w.latest(), w.draws.pick(w.scope.vectors)
    w.vector(f"[{w.binary('a', 'b')} for a, b in zip({h}, {g})]", min(n, m))


def choose(w: Writer) -> None:
    """A choice for each number, against a scalar or its neighbour."""
    h, n = w.latest()
    b = w.draws.pick((w.operand(), f"{h}[i - 1]", f"{h}[0]"))
    w.vector(f"[{w.choice('a', b, w.operand())} for i, a in enumerate({h})]", n)


def mask(w: Writer) -> None:
    """Some numbers multiplied by zero, or by another constant."""
    h, n = w.latest()
    factors = ", ".join(w.draws.pick(("1.0", "0.0", "2.0", "-1.0")) for _ in range(n))
    w.vector(f"[a * k for a, k in zip({h}, [{factors}])]", n)


def pick(w: Writer) -> None:
    """Some of the numbers, in any order, some twice."""
    (h, n), m = w.latest(), w.draws.within(1, 6)
    if w.draws.one_in(3):
        w.vector(f"{h}[::-1]", n)
        return
    chosen = [w.draws.below(n) for _ in range(m)]
    w.vector(f"[{h}[i] for i in {chosen}]", m)


def convolution(w: Writer) -> None:
    """A filter along a vector, with zeros around it or without."""
    h, n = w.latest()
    width = w.draws.within(1, min(3, n))
    pad, stride = w.draws.below(width), w.draws.within(1, 2)
    first = w.take(width + 1)
    count = (n + 2 * pad - width) // stride + 1
    at, ks = f"{stride} * i + k - {pad}", f"for k in range({width})"
    padded = f"([0.0] * {pad} + {h} + [0.0] * {pad})[{stride} * i + k]"
    product = f"p[{first} + k] * {h}[{at}] {ks} if 0 <= {at} < {n}"
    forms = (
        f"sum({product})",
        f"sum(p[{first} + k] * {padded} {ks})",
        f"sum(({product}), p[{first + width}])",
    )
    w.vector(f"[{w.draws.pick(forms)} for i in range({count})]", count)


def image(w: Writer) -> None:
    """Filters slid over a vector taken as an image."""
    h, n = w.latest()
    rows = next((r for r in (4, 3, 2) if n % r == 0 and n // r > 1), 0)
    if not rows:
        convolution(w)
        return
    columns, size, pad = n // rows, 2, w.draws.below(2)
    high, wide = rows + 2 * pad - size + 1, columns + 2 * pad - size + 1
    filters = 1 if high * wide > _LARGEST // 2 else w.draws.within(1, 2)
    first = w.take(filters * (size * size + 1))
    y, x = f"i + k - {pad}", f"j + l - {pad}"
    w.vector(
        f"[sum((p[{first} + {size * size + 1} * f + {size} * k + l] * {h}[{columns} * ({y}) + {x}] "
        f"for k in range({size}) for l in range({size}) "
        f"if 0 <= {y} < {rows} and 0 <= {x} < {columns}), "
        f"p[{first + size * size} + {size * size + 1} * f]) "
        f"for f in range({filters}) for i in range({high}) for j in range({wide})]",
        filters * high * wide,
    )


def attention(w: Writer) -> None:
    """Self-attention over a vector taken as tokens: all of them, the earlier ones, masked ones."""
    h, n = w.latest()
    d = w.draws.pick((2, 1, 3))
    count = n // d
    if not count:
        dense(w)
        return
    first, t, names = w.take(3 * d * d), w.name("t"), [w.name(x) for x in "qkv"]
    w.line(f"{t} = [{h}[{d} * i : {d} * i + {d}] for i in range({count})]")
    for k, name in enumerate(names):
        w.line(
            f"{name} = [[sum(p[{first + k * d * d} + {d} * i + j] * a for j, a in enumerate(x)) "
            f"for i in range({d})] for x in {t}]"
        )
    q, k_, v = names
    form = w.draws.below(3)
    seen = "i + 1" if form == 1 else count
    score = f"sum(a * b for a, b in zip({q}[i], {k_}[j])) / {d**0.5!r}"
    if form == 2:
        score = f"({score} if j <= i else {w.draws.pick(('-1e9', '-inf'))})"
    s, e = w.name("s"), w.name("e")
    w.line(f"{s} = [[{score} for j in range({seen})] for i in range({count})]")
    soft = w.draws.pick(("gg.softmax(a)", "[op.exp(b) / sum(op.exp(c) for c in a) for b in a]"))
    w.line(f"{e} = [{soft} for a in {s}]")
    w.vector(
        f"[sum({e}[i][j] * {v}[j][k] for j in range({seen})) "
        f"for i in range({count}) for k in range({d})]",
        count * d,
    )


def triangle(w: Writer) -> None:
    """Pairs of a vector's numbers: with those before, behind, near or beside; and their sums."""
    h, n = w.latest()
    near = w.draws.within(1, 2)
    others = w.draws.pick(
        (
            "range(i + 1)",
            "range(i)",
            f"range(i, {n})",
            f"range(i + 1, {n})",
            f"range(max(0, i - {near}), min({n}, i + {near + 1}))",
            f"[j for j in range({n}) if j != i]",
        )
    )
    first, e = w.take(5 * n + 1), w.name("e")
    query, key = (f"p[{first + 1 + k * n} + 2 * {x}:][:2]" for k, x in ((1, "i"), (3, "j")))
    pair = w.draws.pick(
        (
            f"{h}[i] * p[{first} + j]",
            f"gg.dot({query}, {key}) * {h}[j]",
            f"gg.dot({query}, {key})",
            f"{h}[i] * {h}[j]",
            f"p[{first} + i] - {h}[j]",
            f"{h}[j]",
        )
    )
    w.line(f"{e} = [[{w.unary(pair)} for j in {others}] for i in range({n})]")
    form = w.draws.below(4)
    if form == 0:
        w.vector(f"[sum(a, p[{first + n}]) for a in {e}]", n)
    elif form == 1:
        product = f"a * {h}[j] for a, j in zip({e}[i], {others})"
        w.vector(f"[sum(({product}), p[{first + n}]) for i in range({n})]", n)
    elif form == 2:
        w.vector(f"[sum((b for a in {e} for b in a), p[{first + n}])]", 1)
    else:
        divided = "sum(b / (c * c + 1.0) for b in a for c in a[:1])"
        w.vector(f"[p[{first + n}] + {divided} for a in {e}]", n)


def slopes(w: Writer) -> None:
    """Derivatives of a function by each number, or by all of them."""
    h, n = w.latest()
    n = min(n, 3)
    first = w.take(1)
    one = w.unary(f"p[{first}] * a")
    forms = (
        f"[gg.grad(lambda a: {one} * a)(a) for a in {h}[:{n}]]",
        f"gg.grad(lambda v: sum({one} * v[0] for a in v))({h}[:{n}])",
        f"[gg.value_and_grad(lambda a: {one})(a)[1] for a in {h}[:{n}]]",
        f"[gg.grad(gg.grad(lambda a: op.sin(a * p[{first}]) * a))(a) for a in {h}[:{n}]]",
    )
    w.vector(w.draws.pick(forms), n)


def norm(w: Writer) -> None:
    """Normalised, scaled and shifted."""
    h, n = w.latest()
    first, mean, spread = w.take(2 * n), w.name("m"), w.name("s")
    w.line(f"{mean} = sum({h}) / {n}")
    w.line(f"{spread} = sum((a - {mean}) ** 2 for a in {h}) / {n}")
    normal = f"(a - {mean}) / op.sqrt({spread} + 1e-3)"
    w.vector(f"[p[{first} + i] * ({normal}) + p[{first + n} + i] for i, a in enumerate({h})]", n)


def soft(w: Writer) -> None:
    """Softmax and what is near it."""
    h, n = w.latest()
    forms = (
        f"[op.exp(a) / sum(op.exp(b) for b in {h}) for a in {h}]",
        f"gg.softmax({h})",
        f"gg.log_softmax({h})",
        f"[a - gg.logsumexp({h}) for a in {h}]",
    )
    w.vector(w.draws.pick(forms), n)


def pool(w: Writer) -> None:
    """The larger, or the mean, of neighbours."""
    h, n = w.latest()
    both = w.draws.pick(("op.maximum({0}, {1})", "({0} + {1}) / 2", "op.minimum({0}, {1})"))
    a, b = f"{h}[2 * i]", f"{h}[(2 * i + 1) % {n}]"
    w.vector(f"[{both.format(a, b)} for i in range({(n + 1) // 2})]", (n + 1) // 2)


def outer(w: Writer) -> None:
    """All products of two vectors' numbers."""
    (h, n), (g, m) = w.latest(), w.draws.pick(w.scope.vectors)
    if n * m > _LARGEST:
        elementwise(w)
        return
    w.vector(f"[a * b for a in {h} for b in {g}]", n * m)


def select(w: Writer) -> None:
    """Elements, or rows of parameters, at the integers among the arguments; some twice."""
    h, n = w.latest()
    rows, name = w.draws.within(2, 4), w.name("s")
    places = [w.integer(n) for _ in range(w.draws.within(1, 3))]
    kind = w.draws.below(6)
    if kind == 0:
        # Values all of them: numbers beside Values, as in [x[0], p[0] * x[0]], take gg.take.
        w.line(f"{name} = [a + 0.0 * p[0] for a in {h}]")
        w.vector(f"[{', '.join(f'{name}[{t}]' for t in places)}]", len(places))
    elif kind == 1:
        w.vector(f"[gg.take({h}, i) for i in ({', '.join(places)},)]", len(places))
    elif kind == 2:
        w.line(f"{name} = gg.softmax({h})")
        w.vector(f"[-op.log({name}[{places[0]}]), *{h}]", n + 1)
    elif kind == 3:
        first = w.take(rows * n)
        w.line(f"{name} = [p[{first} + {n} * i : {first + n} + {n} * i] for i in range({rows})]")
        w.vector(f"[a * b for a, b in zip({name}[{w.integer(rows)}], {h})]", n)
    elif kind == 4:
        w.line(f"{name} = [0.5, 2.0, -1.0]")
        w.vector(f"[a * {name}[{w.integer(3)}] for a in {h}]", n)
    else:
        x = f"{w.scope.vectors[0][0]}[0]"  # of the arguments, a plain number
        origins = [x, f"{x} * 3.0", "2.0", "p[0].data", "kept[0]", "settings['scale'] - 1.0"]
        several = [w.draws.pick(origins) for _ in range(4)]
        w.line(f"{name} = [{', '.join(several)}]")
        w.vector(f"[a * {name}[{w.integer(4)}] for a in {h}]", n)


def slices(w: Writer) -> None:
    """Parts of a vector by slices, in any direction, and the parameters beside them."""
    h, n = w.latest()
    start, stop, step = w.draws.pick(
        (("1", "", ""), ("", "-1", ""), ("", "", "2"), ("", "", "-1"), ("1", "", "2"),
         ("-2", "", ""), ("", "-3", "-1"), (f"{n // 2}", "", ""), ("-1", "0", "-1"))
    )  # fmt: skip
    part = f"{h}[{start}:{stop}:{step}]"
    m = len(range(n)[slice(*[int(x) if x else None for x in (start, stop, step)])])
    first = w.take(n + 1)
    beside = w.draws.pick((f"p[{first}:]", f"p[{first} : {first + n}][::-1]", f"{h}"))
    form = w.draws.below(3) if m else 2
    if form == 0:
        w.vector(f"[{w.binary('a', 'b')} for a, b in zip({part}, {beside})]", m)
    elif form == 1:
        w.vector(f"{part} + {h}[:1]", m + 1)
    else:
        w.vector(f"[sum((a * b for a, b in zip({part}, {beside})), p[{first + n}])]", 1)


def ragged(w: Writer) -> None:
    """Sums over rows of different lengths."""
    h, n = w.latest()
    lengths = [w.draws.below(n + 1) for _ in range(w.draws.within(1, 4))]
    first = w.take(n)
    term = w.draws.pick((f"p[{first} + j] * {h}[j]", f"{h}[j]", f"op.tanh({h}[j] * p[{first}])"))
    w.vector(f"[sum(({term} for j in range(m)), 0.5) for m in {lengths}]", len(lengths))


def counted(w: Writer) -> None:
    """How many are above a number, a share of them, and what these add up to."""
    h, n = w.latest()
    b = w.operand()
    forms = (
        f"[sum(a > {b} for a in {h}) * p[{w.take(1)}]]",
        f"[sum(op.{w.draws.pick(COMPARISONS)}(a, {b}) for a in {h}) / {n} + {h}[0]]",
        f"[sum(op.where(a > {b}, a, 0.0) for a in {h})]",
        f"[gg.mean([op.where((a > {b}) & (a < 2.0), 1.0, a) for a in {h}])]",
    )
    w.vector(w.draws.pick(forms), 1)


def collect(w: Writer) -> None:
    """A vector of any scalars."""
    count = w.draws.within(1, 5)
    w.vector(f"[{', '.join(w.operand() for _ in range(count))}]", count)


BLOCKS = (
    dense, elementwise, pairwise, choose, mask, pick, convolution, image, attention, triangle,
    recurrence, simulation, norm, soft, pool, running, outer, collect, select, coupled, slopes,
    stencil, slices, ragged, counted,
)  # fmt: skip
