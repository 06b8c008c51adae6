"""Live handles: captured Values read and write the memory of native code."""

import copy
import ctypes
import gc
import pickle
import random
import threading
from typing import Any

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import Value
from glassgrad.compiler.machine.arena import Arena
from glassgrad.compiler.running.handles import arena
from glassgrad.data import Encoder, Table
from glassgrad.model_file import TrainedModel

pytest.importorskip("llvmlite")
DOUBLES = arena("float64")


class Marked(Value):
    """A class of the user's, at module level so that it pickles."""

    def __init__(self, data: float, colour: str) -> None:
        super().__init__(data)
        self.colour = colour

    def twin(self) -> Value:
        """Make another of the same class."""
        return type(self)(self.data, self.colour)


def live(*values: Value) -> None:
    """Have a compiled function capture these."""
    gg.compile(lambda: sum(values, 0.0))()


def slot_of(value: Any) -> int:
    """Where the numbers of a captured Value stand."""
    slot: int = value._slot
    return slot


def test_data_and_grad_are_the_memory_of_native_code() -> None:
    """What a step writes reads at once, what eager code writes the next step uses."""
    w = Value(2.0, label="w")

    @gg.compile
    def step(x: Any) -> Any:
        loss = (w * x - 1.0) ** 2
        loss.backward()
        return loss

    assert step(3.0).data == 25.0
    assert (w.data, w.grad, DOUBLES.data[slot_of(w)]) == (2.0, 30.0, 2.0)
    w.grad = 1
    w.data = np.float32(0.5)
    assert step(3.0).data == 0.25
    assert (w.data, w.grad) == (0.5, 1.0 + 3.0)
    assert type(w.data) is float
    (w * w * 3.0).backward()
    assert w.grad == 4.0 + 3.0
    assert repr(w) == "Value(data=0.5, grad=7.0, label='w')"


def test_two_steps_and_eager_code_in_turn() -> None:
    """Ten rounds of SGD, Adam and an eager update on one model are those of eager code alone."""

    def made() -> tuple[Any, Any, Any, Any]:
        random.seed(8)
        model = gg.MLP(2, [5, 1])
        adam = gg.optim.Adam(model.parameters(), lr=0.02)

        def descend(X: Any, y: Any) -> Any:
            loss = sum((model(x) - t) ** 2 for x, t in zip(X, y, strict=True))
            model.zero_grad()
            loss.backward()
            for p in model.parameters():
                p.data -= 0.05 * p.grad
            return loss

        def adapt(x: Any) -> Any:
            loss = (model(x) + 0.5) ** 2
            loss.backward()  # adds to the gradients that the other step left
            adam.step()
            return loss

        def by_hand() -> None:
            sum((p * p for p in model.parameters()), Value(0.0)).backward()
            for p in model.parameters()[::3]:
                p.data -= 0.01 * p.grad

        return model, descend, adapt, by_hand

    X, y = [[0.3, -0.7], [1.1, 0.2], [-0.4, 0.9]], [0.5, -1.0, 0.25]
    model, descend, adapt, by_hand = made()
    model2, descend2, adapt2, by_hand2 = made()
    descend2, adapt2 = gg.compile(descend2), gg.compile(adapt2)
    for k in range(10):
        assert descend2(X, y).data == pytest.approx(descend(X, y).data, rel=1e-11)
        assert adapt2(X[k % 3]).data == pytest.approx(adapt(X[k % 3]).data, rel=1e-11)
        by_hand()
        by_hand2()
        for p, q in zip(model.parameters(), model2.parameters(), strict=True):
            assert (q.data, q.grad) == pytest.approx((p.data, p.grad), rel=1e-10, abs=1e-13)
    assert (descend2.stats["compilations"], adapt2.stats["compilations"]) == (1, 1)


def test_values_in_any_order_of_slots() -> None:
    """Functions that meet the same Values in another order, or with others between, are right."""
    rng = np.random.default_rng(2)
    ws = [Value(x) for x in rng.normal(size=24)]
    live(*ws[5:9])
    live(*ws[16:4:-3])
    live(*ws)
    x = rng.normal(size=(3, 4))

    def made(ws: list[Value]) -> Any:
        def step(X: Any) -> Any:
            rows = [ws[k : k + 4] for k in range(0, 24, 4)]
            loss = sum(
                sum(a * b for a, b in zip(row, xs, strict=True)).tanh() for row in rows for xs in X
            )
            loss.backward()
            for p in ws:
                p.data -= 0.1 * p.grad
            return loss

        return step

    order = [*rng.permutation(24)]
    plain = [Value(w.data) for w in ws]
    eager = made([plain[k] for k in order])
    step = gg.compile(made([ws[k] for k in order]))
    for _ in range(3):
        assert step(x).data == pytest.approx(eager(x).data, rel=1e-12)
    for p, q in zip(plain, ws, strict=True):
        assert (q.data, q.grad) == pytest.approx((p.data, p.grad), rel=1e-12)


def test_irregular_code_in_any_order_of_slots() -> None:
    """A step of unlike operations, run from a table, finds its parameters as well."""
    ws = [Value(0.1 * k + 0.3) for k in range(40)]
    live(*ws[7:20:2])
    order = [(11 * k) % 40 for k in range(40)]
    plain = [Value(w.data) for w in ws]

    def made(ws: list[Value]) -> Any:
        def step() -> Any:
            y: Any = ws[0]
            for k in range(300):
                w = ws[order[k % 40]]
                y = (y * w).tanh() if k % 3 else y * 0.9 + w
            y.backward()
            return y

        return step

    step = gg.compile(made(ws))
    assert step().data == pytest.approx(made(plain)().data, rel=1e-12)
    assert [w.grad for w in ws] == pytest.approx([w.grad for w in plain], rel=1e-10)


def test_copies_and_pickles_are_plain_values() -> None:
    """Copies keep data, grad, label and class, and live on their own."""
    w, m = Value(1.5, label="w"), Marked(2.5, "red")
    live(w, m)
    w.grad, m.grad = 0.25, 0.75
    for x in (w, m):
        for twin in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
            assert type(twin) is (Value if x is w else Marked)
            assert (twin.data, twin.grad, twin.label) == (x.data, x.grad, x.label)
            assert vars(twin) == vars(x)
            twin.data = 9.0
            assert x.data in (1.5, 2.5)
    assert type(w.detach()) is Value
    assert type(m.twin()) is Marked
    assert (type(m).__name__, type(m).__module__) == ("Marked", __name__)
    assert isinstance(m, Marked)
    assert m.colour == "red"


def test_models_save_load_draw_and_optimise_unchanged(tmp_path: Any) -> None:
    """Everything that takes parameters takes live ones, and gives what plain ones give."""
    random.seed(3)
    model, plain = gg.MLP(2, [3, 1]), gg.MLP(2, [3, 1])
    plain.load_state_dict(model.state_dict())
    step = gg.compile(lambda x: model(x).backward())
    step([0.5, -1.0])
    plain([0.5, -1.0]).backward()
    assert model.state_dict() == plain.state_dict()
    assert [p.grad for p in model.parameters()] == pytest.approx(
        [p.grad for p in plain.parameters()], rel=1e-13
    )
    table = Table(["a", "b", "y"], [["-1", "2", "no"], ["1", "0.5", "yes"], ["-1", "1", "no"]])
    gg.save_model(tmp_path / "model", TrainedModel(model, Encoder.fit(table, "y")))
    loaded = gg.load_model(tmp_path / "model").network
    assert loaded.state_dict() == model.state_dict()
    assert all(type(p) is Value for p in loaded.parameters())
    for p, q in zip(model.parameters(), plain.parameters(), strict=True):
        p.grad = q.grad
    for each in (model, plain):
        gg.optim.SGD(each.parameters(), lr=0.1, momentum=0.5).step()
    assert model.state_dict() == plain.state_dict()
    assert repr(model) == repr(plain)
    assert str(gg.draw.graph(model([1.0, 2.0]))) == str(gg.draw.graph(plain([1.0, 2.0])))
    twin = copy.deepcopy(model)
    assert all(type(p) is Value for p in twin.parameters())
    model.zero_grad()
    twin.zero_grad()
    assert {p.grad for p in model.parameters()} == {0.0}
    model.load_state_dict(dict.fromkeys(model.state_dict(), 0.5))
    step([0.5, -1.0])
    twin.load_state_dict(model.state_dict())
    twin([0.5, -1.0]).backward()
    assert [p.grad for p in model.parameters()] == pytest.approx(
        [p.grad for p in twin.parameters()], rel=1e-13
    )


def test_a_wrong_number_teaches() -> None:
    """Data and gradients of live Values refuse what those of plain ones refuse, with the words."""
    w = Value(1.0)
    live(w)
    with pytest.raises(TypeError, match="data must be a real number, but 'a'"):
        w.data = "a"
    with pytest.raises(TypeError, match="A gradient must be a real number, but None"):
        w.grad = None  # type: ignore[assignment]  # the test is about that
    assert (w.data, w.grad) == (1.0, 0.0)


def test_one_number_type_for_a_value() -> None:
    """What one function has bound, a function of the other type refuses, and says why."""
    w, v = Value(1.0, label="w"), Value(0.1, label="v")
    live(w)
    narrow = gg.compile(lambda x: v * x, dtype="float32")
    narrow(3.0)
    assert v.data == float(np.float32(0.1))
    with pytest.raises(TypeError, match=r"label='w'.*float64.*float32.*same dtype"):
        gg.compile(lambda x: w * x, dtype="float32")(1.0)
    with pytest.raises(TypeError, match=r"label='v'.*float32.*float64.*same dtype"):
        live(v)
    assert (w.data, narrow(2.0).data) == (1.0, 2.0 * v.data)


def test_slots_are_given_back() -> None:
    """When a function and its Values die, others get their slots; the arena does not grow."""
    ends = []
    for _ in range(20):
        ws = [Value(float(k)) for k in range(50)]
        live(*ws)
        del ws
        gc.collect()
        ends.append(DOUBLES._end)
    assert ends[-1] == ends[1]


def test_slots_are_side_by_side_and_never_shared() -> None:
    """A random history of taking and giving back never hands out a slot twice."""
    rng, room = random.Random(4), Arena("float64", "d")
    taken: list[range] = []
    for _ in range(400):
        if taken and rng.random() < 0.45:
            run = taken.pop(rng.randrange(len(taken)))
            for slot in rng.sample(run, len(run)):
                room.give_back(slot)
        else:
            count = rng.randint(1, 40)
            first = room.take(count)
            taken.append(range(first, first + count))
        slots = [slot for run in taken for slot in run]
        assert len(slots) == len(set(slots))
    for run in taken:
        for slot in run:
            room.give_back(slot)
    assert room.take(room._end) == 0


def test_eager_code_of_another_thread_while_tracing() -> None:
    """A thread that computes with live Values during traces by others reads their numbers."""
    ws = [Value(0.5 * k) for k in range(200)]
    live(*ws)
    wrong: list[float] = []
    done = threading.Event()

    def work() -> None:
        while not done.is_set():
            total = sum(w.data for w in ws)
            product = (ws[3] * ws[4]).data
            if total != 0.5 * 199 * 100 or product != 3.0:
                wrong.append(total)

    thread = threading.Thread(target=work)
    thread.start()
    for n in range(1, 15):
        gg.compile(lambda x, n=n: sum(w * x for w in ws) * float(n))(1.0)
    done.set()
    thread.join()
    assert wrong == []


def test_users_finalisers_run() -> None:
    """A class of the user's that notices its end notices it once it is captured, too."""
    gone = []

    class Mourned(Value):
        def __del__(self) -> None:
            gone.append(self.data)

    w = Mourned(4.0)
    live(w)
    del w
    gc.collect()
    assert gone == [4.0]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_rows_of_the_arena_stand_an_odd_distance_apart(dtype: str) -> None:
    """No power of two above a line divides it; and the addresses are those of the slots."""
    there = arena(dtype)
    data, grads = there.address(7)
    assert (grads - data) % 64 == 0
    assert (grads - data) % 4096 != 0
    kept = there.data[7], there.grads[7]
    real = {"float64": ctypes.c_double, "float32": ctypes.c_float}[dtype]
    there.data[7], there.grads[7] = 0.5, 0.25
    assert [real.from_address(at).value for at in (data, grads)] == [0.5, 0.25]
    there.data[7], there.grads[7] = kept
