"""Every view in both themes against the rules of axe, which stand for WCAG 2."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

AXE = Path(__file__).parents[3] / "page" / "node_modules" / "axe-core" / "axe.min.js"

# A card or node is said in whole words, "layer 1, neuron 2, output 0.119", of which it shows the
# numbers alone: nobody reads out what they see there to choose it.
RUN = """async () => {
  const { violations } = await axe.run('.glassgrad', { resultTypes: ['violations'] });
  const worded = ({ id, html }) =>
    id === 'label-content-name-mismatch' && html.includes('role="treeitem"');
  return violations
    .flatMap(({ id, nodes }) => nodes.map((node) => ({ id, ...node })))
    .filter((one) => !worded(one))
    .map(({ id, html, failureSummary }) => `${id}: ${html.slice(0, 160)} -- ${failureSummary}`);
}"""


@pytest.mark.skipif(not AXE.exists(), reason="axe is not here: ./dev page brings it")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(opened: Callable[..., Page], theme: str) -> None:
    """Train with a weight chosen, Look inside, Why and Lessons: no rule is broken."""
    name = "layers[1].neurons[1].w[2]"
    page = opened(theme=theme, at=f"view=train&at={name}", bypass_csp=True)
    page.locator(".chosen").get_by_role("spinbutton", name=name, exact=True).press("ArrowUp")
    page.add_script_tag(path=AXE)
    found = []
    for view, drawn in {
        "Train": ".plane .samples",
        "Look inside": ".view-inside svg",
        "Why": ".why-question",
        "Lessons": ".view-lesson p",
    }.items():
        page.get_by_role("link", name=view).click()
        page.wait_for_selector(drawn)
        found += [f"{view}: {broken}" for broken in page.evaluate(RUN)]
    page.get_by_role("link", name="Why").click()
    page.get_by_role("button", name="One step", exact=True).click()
    for about in ("Step", "Rate", "Code"):
        page.get_by_role("radio", name=about).click()
        page.wait_for_selector(".why-verdict")
        found += [f"Why, {about}: {broken}" for broken in page.evaluate(RUN)]
    assert found == []
