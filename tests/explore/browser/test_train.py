"""The Train view, driven as a person would; its numbers beside numbers computed eagerly here."""

import random
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

import glassgrad as gg

Opened = Callable[..., Page]


def read(text: str) -> float:
    """Return a number as the page writes it."""
    found = re.search(r"[+\u2212]?\d[\d.]*(?:e\u2212?\d+)?", text)
    assert found, f"there is no number in {text!r}"
    return float(found[0].replace("\u2212", "-").replace("+", ""))


def card(page: Page, layer: int, neuron: int) -> Locator:
    """Return the card of a neuron."""
    return page.locator(f'[id="layers[{layer}].neurons[{neuron}]"]')


def step(page: Page) -> int:
    """Return the step that the page shows."""
    return int(page.locator(".clock b").inner_text().removeprefix("Step ").replace(",", ""))


class ByHand:
    """The first run of the explorer, written down with glassgrad's eager parts."""

    def __init__(self) -> None:
        self.X, self.y = gg.data.moons(200, noise=0.16, seed=7)
        self.train, self.held_out = gg.data.split(200, (0.75, 0.25), 7, stratify=self.y)
        activation = ["tanh", "tanh", "linear"]
        self.model = gg.MLP(2, [6, 4, 1], activation, init="glorot", rng=random.Random(7))
        self.optimiser = gg.optim.SGD(self.model.parameters(), lr=0.15)
        self.shuffler, self.rows = random.Random(7), list[int]()

    def loss(self, rows: list[int]) -> Any:
        """Return the mean loss over samples."""
        losses = [gg.losses.binary_cross_entropy(self.model(self.X[i]), self.y[i]) for i in rows]
        return sum(losses) / len(losses)

    def steps(self, count: int) -> None:
        """Make steps on ten samples each."""
        for _ in range(count):
            if not self.rows:
                order = list(range(len(self.train)))
                self.shuffler.shuffle(order)
                self.rows = [self.train[i] for i in order]
            batch, self.rows = self.rows[:10], self.rows[10:]
            self.optimiser.zero_grad()
            self.loss(batch).backward()
            self.optimiser.step()

    def neurons(self, sample: int) -> list[list[Any]]:
        """Return the neurons' outputs for a sample, with gradients of its loss."""
        self.model.zero_grad()
        x, found = list(self.X[sample]), []
        for layer in self.model.layers:
            x = [neuron(x) for neuron in layer.neurons]
            found.append(x)
        gg.losses.binary_cross_entropy(x[0], self.y[sample]).backward()
        return found


def figure(page: Page, title: str) -> float:
    """Return one of the three figures under the curve."""
    found = page.locator(".figure").filter(has_text=title).locator(".amount")
    return read(found.inner_text())


def test_cards_show_what_eager_code_computes(opened: Opened) -> None:
    """Outputs and gradients of every neuron, for the sample that the address names."""
    page, run = opened(at="view=train&sample=17"), ByHand()
    expect(page.locator(".sample b")).to_have_text("17 of 200")
    for i, layer in enumerate(run.neurons(17)):
        for j, neuron in enumerate(layer):
            value, slope = card(page, i, j).locator(".value, .slope").all_inner_texts()
            assert read(value) == pytest.approx(neuron.data, abs=6e-4)
            assert read(slope) == pytest.approx(neuron.grad, abs=6e-5)


def test_steps_lower_the_loss_as_by_hand(opened: Opened) -> None:
    """A step, an epoch, and back by keys: the losses are those of eager code at each stop."""
    page, run = opened(), ByHand()
    expect(page.locator(".clock b")).to_have_text("Step 0")
    first = figure(page, "Training")
    assert first == pytest.approx(run.loss(run.train).data, abs=6e-4)
    page.get_by_role("button", name="One step", exact=True).click()
    expect(page.locator(".clock b")).to_have_text("Step 1")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".clock b")).to_have_text("Step 15")
    run.steps(15)
    assert figure(page, "Training") == pytest.approx(run.loss(run.train).data, abs=6e-4)
    assert figure(page, "Held out") == pytest.approx(run.loss(run.held_out).data, abs=6e-4)
    page.keyboard.press("Home")
    expect(page.locator(".clock b")).to_have_text("Step 0")
    assert figure(page, "Training") == first


def test_an_edited_weight_moves_the_network(opened: Opened) -> None:
    """A weight typed in: the neuron gives what eager code gives with that weight."""
    name = "layers[0].neurons[2].w[1]"
    page, run = opened(at=f"view=train&at={name}"), ByHand()
    field = page.locator(".chosen").get_by_role("spinbutton", name=name, exact=True)
    weight = run.model.layers[0].neurons[2].w[1]
    assert read(field.input_value()) == pytest.approx(weight.data, abs=6e-5)
    field.click()
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    weight.data = 2.0
    out = run.neurons(0)[0][2].data
    expect(card(page, 0, 2).locator(".value")).to_have_text(f"{out:+.3f}".replace("-", "\u2212"))


def test_edges_are_painted_anew_as_what_they_show_changes(opened: Opened) -> None:
    """Small steps change the picture once they add up; so do another sample's gradients."""
    page = opened()

    def picture() -> str:
        shown: str = page.locator(".edges").evaluate("(canvas) => canvas.toDataURL()")
        return shown

    first = picture()
    for step in range(1, 31):
        page.keyboard.press("ArrowRight")
        expect(page.locator(".clock b")).to_have_text(f"Step {step}")
    assert picture() != first
    page.keyboard.press("Home")
    expect(page.locator(".clock b")).to_have_text("Step 0")
    assert picture() == first
    page.get_by_role("radio", name="Gradient").click()
    gradients = picture()
    assert gradients != first
    page.get_by_role("button", name="Next sample").click()
    expect(page.locator(".sample b")).to_have_text("1 of 200")
    assert picture() != gradients


def test_an_edge_is_chosen_by_a_click(opened: Opened) -> None:
    """The edge between two cards leads to the weight of its name; Escape lets it go."""
    page = opened()
    start, end = card(page, 1, 0).bounding_box(), card(page, 2, 0).bounding_box()
    assert start
    assert end
    x = (start["x"] + start["width"] + end["x"]) / 2
    rows = [end["y"] + end["height"] * (0.16 + 0.68 * i / 3) for i in range(4)]
    page.mouse.click(x, (start["y"] + start["height"] / 2 + rows[0]) / 2)
    expect(page.locator(".chosen code").first).to_have_text("layers[2].neurons[0].w[0]")
    page.keyboard.press("Escape")
    expect(page.locator(".chosen")).to_have_count(0)


def test_layers_grow_and_change_their_activation(opened: Opened) -> None:
    """A neuron more, another layer, relu: the page shows the network that was asked for."""
    page = opened()
    page.get_by_label("One neuron more in layers[0]").click()
    expect(page.locator(".document")).to_contain_text("[7, 4, 1]")
    page.get_by_role("button", name="One layer more").click()
    expect(page.locator(".document")).to_contain_text("[7, 4, 4, 1]")
    page.get_by_label("Activation of layers[1]").select_option("relu")
    expect(page.get_by_label("Activation of layers[1]")).to_have_value("relu")
    expect(page.get_by_role("treeitem", name=re.compile("^layer 0, neuron"))).to_have_count(7)


def with_a_sample_more(page: Page) -> dict[str, float]:
    """Add a sample by a click in a corner of the plane; where that was, from the plane's corner."""
    plane = page.locator(".plane .samples")
    box = plane.bounding_box()
    assert box
    corner = {"x": 0.85 * box["width"], "y": 0.15 * box["height"]}
    page.get_by_role("button", name="Add points by a click on the plane").click()
    plane.click(position=corner)
    expect(page.locator(".sample b")).to_have_text("0 of 201")
    return corner


def test_samples_are_left_out_by_the_mouse(opened: Opened) -> None:
    """A right click on a sample takes it out of training, and another one in again."""
    page = opened()
    corner = with_a_sample_more(page)
    plane = page.locator(".plane .samples")
    page.get_by_role("link", name="Compare").click()
    added = page.locator(".claim").inner_text()
    page.get_by_role("link", name="Train").click()
    plane.click(position=corner, button="right")
    page.get_by_role("link", name="Compare").click()
    expect(page.locator(".claim")).to_contain_text("left out")
    assert "left out" not in added
    page.get_by_role("link", name="Train").click()
    plane.click(position=corner, button="right")
    page.get_by_role("link", name="Compare").click()
    expect(page.locator(".claim")).to_contain_text("taken in")


def test_the_plane_says_how_many_samples_are_wrong(opened: Opened) -> None:
    """Of all samples, held out or not, those count that eager code puts on the other side."""
    page, run = opened(), ByHand()
    page.get_by_role("button", name="One step", exact=True).click()
    expect(page.locator(".clock b")).to_have_text("Step 1")
    run.steps(1)
    wrong = sum((run.model(x).data > 0) != t for x, t in zip(run.X, run.y, strict=True))
    plane = page.locator(".plane .samples")
    expect(plane).to_have_attribute("aria-label", re.compile(f", {wrong} of all samples wrong"))


def test_samples_are_added_by_the_mouse(opened: Opened) -> None:
    """A click in an empty place adds one there, and a click on it chooses it."""
    page = opened()
    corner = with_a_sample_more(page)
    plane = page.locator(".plane .samples")
    page.get_by_label("A click on the plane", exact=True).select_option("choose")
    plane.click(position=corner)
    expect(page.locator(".sample b")).to_have_text("200 of 201")


def test_training_plays_and_the_speed_is_chosen(opened: Opened) -> None:
    """The space bar plays, also after a click elsewhere, and pauses; steps go on in between."""
    page = opened()
    page.get_by_role("radio", name="max").click()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.wait_for_function(
        "() => parseInt(document.querySelector('.clock b').innerText.slice(5)) > 3"
    )
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    stopped = step(page)
    page.get_by_role("slider", name="Step", exact=True).press("PageDown")
    expect(page.locator(".clock b")).not_to_have_text(f"Step {stopped}")


def test_keys_rest_in_fields_and_question_mark_lists_them(opened: Opened) -> None:
    """A slash leads to the field that finds, where letters are letters; ? shows the keys."""
    page = opened()
    page.keyboard.press("/")
    field = page.get_by_role("combobox", name="Find any number")
    expect(field).to_be_focused()
    page.keyboard.type("1? neurons[1].w[0]")
    expect(page.get_by_role("dialog")).to_have_count(0)
    field.fill("layers[1] w[3]")
    expect(page.get_by_role("listbox").get_by_role("option").first).to_contain_text(
        "layers[1].neurons[0].w[3]"
    )
    page.keyboard.press("Enter")
    expect(page.locator(".chosen code").first).to_have_text("layers[1].neurons[0].w[3]")
    expect(page.get_by_role("main", name="Train")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()


def test_the_network_is_one_tab_stop_with_arrows_inside(opened: Opened) -> None:
    """Arrows go from card to card, and the card says its name, output and gradient."""
    page = opened()
    expect(page.locator("[role=treeitem][tabindex='0']")).to_have_count(1)
    page.locator("[role=treeitem][tabindex='0']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    focused = page.locator("[role=treeitem]:focus")
    expect(focused).to_have_attribute("aria-label", re.compile(r"layer 1, neuron \d, output .*"))
    expect(page.locator(".chosen code").first).to_contain_text("layers[1]")


SOCKETS = """
window.sockets = [];
window.WebSocket = class extends WebSocket {
  constructor(...given) { super(...given); window.sockets.push(this); }
};
"""


def test_a_lost_connection_keeps_all_readable(
    started: Callable[..., str], window: Callable[..., Page]
) -> None:
    """Without Python the numbers stay and controls say why they rest; with it again they work."""
    page = window()
    page.add_init_script(SOCKETS)
    page.goto(started())
    value = card(page, 0, 0).locator(".value").inner_text()
    page.evaluate("() => sockets.at(-1).close()")
    expect(page.get_by_role("status").filter(has_text="glassgrad")).to_be_visible()
    play = page.get_by_role("button", name="Play")
    expect(play).to_have_attribute("aria-disabled", "true")
    assert card(page, 0, 0).locator(".value").inner_text() == value
    expect(play).not_to_have_attribute("aria-disabled", "true")


OUTSIDE = """() => {
  const parts = document.querySelectorAll('.bar > *, .transport > *, .stage .card, .chosen > *');
  const leaves = (part) => {
    const a = part.getBoundingClientRect();
    const b = part.closest('.bar, .transport, .stage').getBoundingClientRect();
    const across = a.left < b.left - 1 || a.right > b.right + 1;
    return a.width > 0 && (across || a.top < b.top - 1 || a.bottom > b.bottom + 1);
  };
  return [...parts].filter(leaves).map((part) => `${part.className}: ${part.textContent}`);
}"""


@pytest.mark.parametrize("size", ["narrow", "regular", "roomy", "phone"])
def test_everything_stands_inside_the_window(opened: Opened, size: str) -> None:
    """At each size no card and no control of the bars leaves its region, and no text is cut."""
    page = opened(size=size, at="view=train&at=layers[1].neurons[1].w[2]")
    outside = page.evaluate(OUTSIDE)
    assert outside == []


def test_findings_lead_to_where_they_are(opened: Opened) -> None:
    """Dead neurons of a layer are one finding; a press on one of them shows it and its number."""
    page = opened()
    page.get_by_label("Activation of layers[0]").select_option("relu")
    field = page.get_by_role("spinbutton", name="Rate", exact=True)
    field.click()
    field.fill("30")
    field.press("Enter")
    page.get_by_role("button", name="One epoch").click()
    expect(page.locator(".clock b")).to_have_text("Step 15")
    finding = page.locator(".finding", has_text="neurons of layers[0] are dead")
    expect(finding).to_have_count(1)
    place = finding.get_by_role("button").last
    name = place.get_attribute("aria-label") or ""
    place.click()
    chosen = page.locator(".chosen")
    expect(chosen.locator("code").first).to_have_text(name)
    expect(chosen.locator(".wrong")).to_contain_text("is on for 0 of 150 samples")


def test_a_finding_about_the_run_stays_put(opened: Opened) -> None:
    """What is wrong with the whole run is said where it is; a click on it leads nowhere."""
    page = opened()
    page.get_by_role("checkbox").uncheck()
    for count in (1, 2, 3):
        page.get_by_role("button", name="One step", exact=True).click()
        expect(page.locator(".clock b")).to_have_text(f"Step {count}")
    finding = page.locator(".finding", has_text="Zero the gradients")
    finding.click()
    expect(page.locator(".view-train")).to_be_visible()
    expect(finding).to_be_visible()
