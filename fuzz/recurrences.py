"""Parts of networks that go on from step to step: cells, simulations, running sums."""

from __future__ import annotations

from .writer import Writer


def recurrence(w: Writer) -> None:
    """A cell that reads a vector piece by piece: plain, gated, or as an LSTM."""
    h, n = w.latest()
    size, d, kind = w.draws.within(1, 3), w.draws.within(1, 2), w.draws.below(3)
    gates = 4 if kind == 2 else 1
    wide = size + d + 1
    first, s, c, x, z = w.take(gates * size * wide), *(w.name(a) for a in "scxz")
    w.line(f"{s}, {c} = [0.0] * {size}, [0.0] * {size}")
    with w.block(f"for k in range({max(1, n // d)}):"):
        w.line(f"{x} = {s} + {h}[{d} * k : {d} * k + {d}] + [1.0]")
        w.line(
            f"{z} = [sum(p[{first} + {wide} * i + j] * a for j, a in enumerate({x})) "
            f"for i in range({gates * size})]"
        )
        if kind == 0:
            w.line(f"{s} = [{w.unary('a')} for a in {z}]")
        elif kind == 1:
            w.line(f"{s} = [a + op.tanh(b) * 0.5 for a, b in zip({s}, {z})]")
        else:
            w.line(
                f"{c} = [op.sigmoid({z}[i]) * {c}[i] + op.sigmoid({z}[{size} + i]) "
                f"* op.tanh({z}[{2 * size} + i]) for i in range({size})]"
            )
            w.line(
                f"{s} = [op.sigmoid({z}[{3 * size} + i]) * op.tanh({c}[i]) for i in range({size})]"
            )
    w.vector(s, size)


def simulation(w: Writer) -> None:
    """Steps of Euler on two numbers."""
    h, n = w.latest()
    first, a, b = w.take(2), w.name("a"), w.name("b")
    w.line(f"{a}, {b} = {h}[0], {h}[{n - 1}]")
    with w.block(f"for _ in range({w.draws.pick((2, 1, 5, 12, 40) if w.large else (2, 1, 3))}):"):
        slope = w.unary(a)
        force = f"p[{first}] * {slope} + p[{first + 1}] * {b}"
        w.line(f"{a}, {b} = {a} + 0.1 * {b}, {b} - 0.1 * ({force})")
    w.vector(f"[{a}, {b}]", 2)


def coupled(w: Writer) -> None:
    """Steps of several numbers together, of Euler's method or of Runge and Kutta's second one."""
    h, n = w.latest()
    count = w.draws.within(2, 3)
    names, first, f = [w.name("z") for _ in range(count)], w.take(count), w.name("f")
    together = ", ".join(names)
    w.line(f"{together} = {', '.join(f'{h}[{i % n}]' for i in range(count))}")
    rates = [
        w.unary(f"p[{first + i}] * {names[(i + 1) % count]} + {names[i]}") for i in range(count)
    ]
    w.line(f"{f} = lambda {together}: [{', '.join(rates)}]")
    with w.block(f"for _ in range({w.draws.pick((2, 1, 5, 12, 40) if w.large else (2, 1, 3))}):"):
        k, k2 = w.name("k"), w.name("k")
        w.line(f"{k} = {f}({together})")
        slope = k
        if w.draws.below(2):
            halves = ", ".join(f"{z} + 0.05 * {k}[{i}]" for i, z in enumerate(names))
            w.line(f"{k2} = {f}({halves})")
            slope = k2
        w.line(
            f"{together} = {', '.join(f'{z} + 0.1 * {slope}[{i}]' for i, z in enumerate(names))}"
        )
    w.vector(f"[{together}]", count)


def running(w: Writer) -> None:
    """Sums of all numbers so far: a triangle, or from one to the next."""
    h, n = w.latest()
    if w.draws.below(2):
        w.vector(f"[sum({h}[j] for j in range(i + 1)) for i in range({n})]", n)
        return
    total, out, first = w.name("s"), w.name("o"), w.take(1)
    w.line(f"{total}, {out} = 0.0, []")
    with w.block(f"for a in {h}:"):
        w.line(f"{total} = {total} * p[{first}] + a")
        w.line(f"{out}.append({total})")
    w.vector(out, n)


def stencil(w: Writer) -> None:
    """Each number moves by its neighbours, step after step; the ends are fixed, joined or free."""
    (h, n), first, u = w.latest(), w.take(2), w.name("u")
    left, right = w.draws.pick(
        (
            (f"{u}[i - 1]", f"{u}[(i + 1) % {n}]"),
            (f"{u}[max(i - 1, 0)]", f"{u}[min(i + 1, {n - 1})]"),
            (f"({u}[i - 1] if i else 0.0)", f"({u}[i + 1] if i < {n - 1} else 1.0)"),
        )
    )
    rate = w.draws.pick(("0.1", f"p[{first + 1}] * p[{first + 1}] * 0.1", f"0.05 * {u}[i]"))
    steps = w.draws.pick((2, 1, 5, 12, 30) if w.large else (2, 1, 3))
    w.line(f"{u} = {h}")
    with w.block(f"for _ in range({steps}):"):
        w.line(
            f"{u} = [{u}[i] + {rate} * op.tanh({left} - 2.0 * p[{first}] * {u}[i] + {right}) "
            f"for i in range({n})]"
        )
    w.vector(u, n)
