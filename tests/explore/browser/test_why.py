"""Why about a whole run: the last step, the rate and the code, reached as a person would."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from .test_train import ByHand, read

Opened = Callable[..., Page]


def test_why_this_step(opened: Opened) -> None:
    """From the loss to what the step did: before and after are the numbers of eager code."""
    page, run = opened(), ByHand()
    page.get_by_role("button", name="One step", exact=True).click()
    expect(page.locator(".clock b")).to_have_text("Step 1")
    page.get_by_role("button", name="Why this step?").click()
    expect(page.locator(".why-verdict")).to_have_text("Why did the loss go down in step 1?")
    cells = page.locator(".side tr", has_text="all 150").locator("td")
    was = run.loss(run.train).data
    run.steps(1)
    now = run.loss(run.train).data
    assert read(cells.nth(1).inner_text()) == pytest.approx(was, abs=6e-6)
    assert read(cells.nth(2).inner_text()) == pytest.approx(now, abs=6e-6)
    assert read(cells.nth(3).inner_text()) == pytest.approx(now - was, abs=6e-6)
    page.keyboard.press("ArrowRight")
    expect(page.locator(".why-verdict")).to_have_text(re.compile(r"in step 2\?"))


def test_is_the_rate_right(opened: Opened) -> None:
    """From the rate to the losses at other rates; the verdict is the lowest row's."""
    page = opened()
    page.get_by_role("button", name="right?").click()
    expect(page.locator(".why-verdict")).to_contain_text("The rate")
    expect(page.locator(".stage .plot svg")).to_be_visible()
    losses = [read(text) for text in page.locator(".side td:nth-child(2)").all_inner_texts()]
    said = [read(text) for text in page.locator(".side p b").all_inner_texts()]
    assert len(losses) == 8
    assert min(losses) == pytest.approx(said[-1], abs=6e-4)


def test_what_the_compiler_made(opened: Opened) -> None:
    """From the speed to the loops of the step; another stage is one press away."""
    page = opened()
    page.get_by_role("button", name="how fast?").click()
    code = page.locator(".why-code")
    expect(code).to_contain_text("tanh(h1[j, i])")
    page.get_by_role("radio", name="LLVM").click()
    expect(code).to_contain_text("define void")
