"""Compare, driven as a person would; its numbers beside numbers computed eagerly here."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from .test_train import ByHand, read

Opened = Callable[..., Page]
NAME = "layers[0].neurons[2].w[1]"


def edited(opened: Opened, **settings: str) -> Page:
    """Return Compare after a weight was set to 2 at step 15 and both branches made an epoch."""
    page = opened(at=f"view=train&at={NAME}", **settings)
    page.get_by_role("button", name="One epoch").click()
    expect(page.locator(".clock b")).to_have_text("Step 15")
    page.locator(".chosen").get_by_role("spinbutton", name=NAME, exact=True).click()
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Compare").click()
    expect(page.locator(".clock b")).to_have_text("Step 15")
    page.get_by_role("button", name="One epoch").click()
    expect(page.locator(".clock b")).to_have_text("Step 30")
    return page


def test_both_histories_are_those_of_eager_code(opened: Opened) -> None:
    """The change, both losses, and the weights that differ with their differences."""
    page = edited(opened)
    plain, changed = ByHand(), ByHand()
    plain.steps(15)
    was = plain.model.layers[0].neurons[2].w[1].data
    plain.steps(15)
    changed.steps(15)
    changed.model.layers[0].neurons[2].w[1].data = 2.0
    changed.steps(15)
    claim = page.locator(".claim")
    expect(claim).to_contain_text(f"At step 15, {NAME} was set from")
    assert read(claim.locator(".num").first.inner_text()) == pytest.approx(was, rel=1e-5)
    losses = [run.loss(run.train).data for run in (plain, changed)]
    for which, loss in zip(("original", "changed"), losses, strict=True):
        assert read(claim.locator(f".loss-{which}").inner_text()) == pytest.approx(loss, abs=6e-4)
    names = {name: p.data for name, p in plain.model.named_parameters()}
    others = {name: p.data for name, p in changed.model.named_parameters()}
    rows = page.locator(".weights-compared tbody tr")
    sizes = sorted((abs(others[name] - names[name]) for name in names), reverse=True)
    for i, row in enumerate(rows.all()):
        name = row.locator("code").get_attribute("title")
        assert name
        shown = [read(text) for text in row.locator("td").all_inner_texts()]
        expected = [names[name], others[name], others[name] - names[name]]
        assert shown == pytest.approx(expected, abs=6e-4)
        assert abs(expected[2]) == pytest.approx(sizes[i], abs=1e-12)
    expect(rows.first).to_contain_text("edited")


def test_keys_walk_both_and_one_of_them_is_gone_on_from(opened: Opened) -> None:
    """Home stands where they part, arrows go on together; the first run is then trained further."""
    page = edited(opened)
    page.keyboard.press("Home")
    expect(page.locator(".clock b")).to_have_text("Step 15")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".clock b")).to_have_text("Step 16")
    page.get_by_role("button", name="Run both on").click()
    page.wait_for_function(
        "() => parseInt(document.querySelector('.clock b').innerText.slice(5)) > 31"
    )
    page.get_by_role("button", name="Pause").click()
    page.get_by_label("Changed", exact=True).select_option("0")
    expect(page.locator(".claim")).to_contain_text("Both are the same branch")
    page.get_by_role("button", name="original", exact=True).click()
    expect(page).to_have_url(re.compile("view=train"))
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_one_branch_alone_says_what_to_do(opened: Opened) -> None:
    """Without a change there is nothing to compare: a sentence, and the way to Train."""
    page = opened(at="view=compare")
    expect(page.locator(".nothing")).to_contain_text("leave a sample out")
    page.get_by_role("button", name="Change something").click()
    expect(page).to_have_url(re.compile("view=train"))
