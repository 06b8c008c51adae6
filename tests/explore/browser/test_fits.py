"""What is written fits where it stands, at each size and with a table of many columns."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from .conftest import SIZES

Opened = Callable[..., Page]

# Texts that reach over the panel or the card that they stand in, unless they end in dots there.
CUT = """() => {
    const found = [];
    for (const place of document.querySelectorAll(".rail, .side, .card, .stage-head, .transport")) {
        const { left, right, top, bottom } = place.getBoundingClientRect();
        const scrolls = place.matches(".rail, .side"); // down, not across
        const walk = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
        while (walk.nextNode()) {
            const text = walk.currentNode, above = text.parentElement;
            const over = above.closest(".badge, .unseen, option, .source");
            if (over || !text.data.trim() || !above.checkVisibility()) continue;
            const dots = (one) => getComputedStyle(one).textOverflow === "ellipsis";
            const range = document.createRange();
            range.selectNodeContents(text);
            const box = range.getBoundingClientRect();
            let inside = above;
            while (inside !== place && !dots(inside)) inside = inside.parentElement;
            const across = !dots(inside) && (box.left < left - 1 || box.right > right + 1);
            const down = !scrolls && (box.top < top - 1 || box.bottom > bottom + 1);
            if (across || down) found.push(`${place.className}: ${text.data}`);
        }
    }
    return found;
}"""
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
VIEWS = {
    "view=train": ".figure .amount, .brief",
    "view=train&at=layers[1].neurons[0].w[1]": ".chosen-weight",
    "view=train&at=layers[1].neurons[0]": ".chosen-neuron",
    "view=inside": ".node-head",
    "view=why": ".side .part-total",
    "view=why&about=step": ".side .plot svg",
    "view=why&about=rate": ".stage .plot svg",
    "view=why&about=code": ".why-verdict",
}


@pytest.mark.parametrize("data", [[], ["penguins"]], ids=["moons", "penguins"])
def test_texts_stay_where_they_belong(opened: Opened, data: list[str]) -> None:
    """No text of a panel, a card or a bar is cut off, but for names that end in dots."""
    page = opened(*data)
    page.get_by_role("button", name="One step", exact=True).click()
    expect(page.locator(".clock b")).to_have_text("Step 1")
    for view, ready in VIEWS.items():
        page.evaluate("(hash) => (location.hash = hash)", view)
        page.wait_for_selector(ready)
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            page.evaluate(DRAWN)
            assert page.evaluate(CUT) == [], f"{size}, {view}"


def test_the_losses_by_rate_take_the_room(opened: Opened) -> None:
    """The chart reaches from the choice above it to the foot of its panel."""
    page = opened(at="view=why&about=rate", size="roomy")
    chart = page.locator(".stage .plot svg").bounding_box()
    stage = page.locator(".stage").bounding_box()
    assert chart
    assert stage
    assert chart["height"] > 0.85 * stage["height"]
    assert chart["width"] > 0.95 * stage["width"]


def test_inputs_are_named_on_their_cards(opened: Opened) -> None:
    """Of ten inputs with long names each stands on its card, most of it at least."""
    page = opened("penguins", size="narrow")
    names = page.locator(".card.input .name")
    expect(names).to_have_count(10)
    written = "(names) => names.map((one) => one.parentElement.clientWidth / one.offsetWidth)"
    assert min(names.evaluate_all(written)) > 0.6
