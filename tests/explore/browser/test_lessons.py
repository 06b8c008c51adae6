from collections.abc import Callable

from playwright.sync_api import Page, expect


def test_a_neuron_by_hand(opened: Callable[..., Page]) -> None:
    """A wrong gradient is explained, nine right ones finish the lesson."""
    page = opened(at="view=lesson")
    page.get_by_role("button", name="4 By hand").click()
    wrong = page.get_by_label("Gradient of w1", exact=True)
    wrong.fill("-3")
    wrong.press("Enter")
    expect(page.get_by_role("status").filter(has_text="w1")).to_contain_text("That is w1 itself")
    answers = {"n": "0.5", "b": ".5", "x1w1 + x2w2": "0,5", "x2*w2": "0.5", "x1*w1": "0.5"}
    answers |= {"x1": "\u22121.5", "w1": "1", "x2": "0.5", "w2": "0"}
    for name, gradient in answers.items():
        field = page.get_by_label(f"Gradient of {name}", exact=True)
        field.fill(gradient)
        field.press("Enter")
    expect(page.get_by_text("9 of 9 right")).to_be_visible()


def test_operations_are_written_as_elsewhere(opened: Callable[..., Page]) -> None:
    """A product is a cross here as in Look inside, and not the star of the program's text."""
    page = opened(at="view=lesson")
    expect(page.locator(".lesson-graph .op").first).to_be_visible()
    signs = page.locator(".lesson-graph .op").all_inner_texts()
    assert sorted(signs) == sorted(["+", "\u2212", "\u00d7", "\u00d7", "x\u02b8"])


def test_a_number_of_the_text_can_be_changed(opened: Callable[..., Page]) -> None:
    """Typing another x moves the slope: at 0.7 it is 6*0.7 - 4."""
    page = opened(at="view=lesson")
    field = page.get_by_role("spinbutton", name="x")
    field.fill("0.7")
    field.press("Enter")
    expect(page.locator(".lesson-number:not(.operation)").filter(has_text="x")).to_contain_text(
        "+0.2000"
    )


def test_a_field_is_selected_at_once(opened: Callable[..., Page]) -> None:
    """What is typed right after the focus replaces the number, however late the page draws."""
    page = opened(at="view=lesson")
    field = page.get_by_role("spinbutton", name="x")
    selected = "f => { f.focus(); return f.value.slice(f.selectionStart, f.selectionEnd); }"
    assert field.evaluate(selected) == field.input_value() != ""


TYPED = """(field, text) => {
    field.focus();
    field.value = text;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
}"""


def test_enter_takes_what_was_just_typed(opened: Callable[..., Page]) -> None:
    """Enter right behind the typing, before the page draws, takes the new number: 6*0.7 - 4."""
    page = opened(at="view=lesson")
    page.get_by_role("spinbutton", name="x").evaluate(TYPED, "0.7")
    expect(page.locator(".lesson-number:not(.operation)").filter(has_text="x")).to_contain_text(
        "+0.2000"
    )


def test_enter_checks_what_was_just_typed(opened: Callable[..., Page]) -> None:
    """Enter right behind a wrong gradient, before the page draws, has it explained."""
    page = opened(at="view=lesson")
    page.get_by_role("button", name="4 By hand").click()
    page.get_by_label("Gradient of w1", exact=True).evaluate(TYPED, "-3")
    expect(page.get_by_role("status").filter(has_text="w1")).to_contain_text("That is w1 itself")
