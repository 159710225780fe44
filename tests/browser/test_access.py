"""Everybody can use the page: with a telephone, with the keyboard, with a reader of screens."""

from itertools import pairwise

from tests.browser.chromium import Browser
from tests.browser.conftest import Page

NAMED = {"button", "checkbox", "combobox", "form", "image", "img", "link", "navigation", "radio", "region", "table"}


def test_nothing_makes_a_telephone_scroll_sideways(browser: Browser, default: Page) -> None:
    try:
        browser.size(390, 844)
        browser.open(default.url)
        assert browser.texts("#filters fieldset") == []
        browser.evaluate("document.querySelectorAll('details').forEach((it) => { it.open = true; })")
        assert browser.evaluate("document.documentElement.scrollWidth") == 390
        assert browser.evaluate("(scrollTo(500, 0), scrollX)") == 0
    finally:
        browser.size(1280)


def test_a_reader_of_screens_finds_landmarks_names_and_the_words_of_every_chart(
    browser: Browser, default: Page
) -> None:
    browser.open(default.url)
    nodes = [node for node in browser.send("Accessibility.getFullAXTree")["nodes"] if not node["ignored"]]
    named = [(node["role"]["value"], node.get("name", {}).get("value", "").strip()) for node in nodes]
    assert [role for role, name in named if role in NAMED and not name] == []
    roles = [role for role, _ in named]
    for landmark in ("banner", "navigation", "main", "contentinfo", "form"):
        assert roles.count(landmark) == 1, landmark
    pictures = [name for role, name in named if role in ("image", "img")]
    assert pictures[:-1] == browser.texts("figure h3")
    assert pictures[-1].startswith("uvicorn, def at 120, thread limit default: a timeline of 120 requests over ")
    assert "graphics-document" not in roles  # nobody wants to hear every mark of a chart
    described = "[...document.querySelectorAll('figure [role=img]')].map((it) => it.getAttribute('aria-describedby'))"
    assert browser.evaluate(f"{described}.every((id) => document.getElementById(id).textContent.length > 40)")


def test_headings_come_in_order_and_every_link_inside_the_page_leads_somewhere(browser: Browser, default: Page) -> None:
    browser.open(default.url)
    levels = browser.evaluate("[...document.querySelectorAll('h1, h2, h3, h4')].map((it) => Number(it.tagName[1]))")
    assert (levels[0], levels.count(1)) == (1, 1)
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = browser.evaluate("[...document.querySelectorAll('[id]:not(svg *)')].map((it) => it.id)")
    assert len(ids) == len(set(ids))
    hashes = browser.evaluate("[...document.querySelectorAll('a[href^=\"#\"]')].map((it) => it.hash.slice(1))")
    assert set(hashes) <= set(ids)


def test_every_table_has_a_caption_and_every_header_a_scope(browser: Browser, default: Page) -> None:
    browser.open(default.url)
    assert browser.evaluate("[...document.querySelectorAll('table')].every((it) => it.caption?.textContent)")
    assert browser.evaluate("[...document.querySelectorAll('th')].every((it) => it.scope)")


def test_the_first_stop_of_the_keyboard_skips_to_the_answer(browser: Browser, small: Page) -> None:
    browser.open(small.url)
    browser.press("Tab")
    assert browser.evaluate("document.activeElement.textContent") == "Skip to the answer"
    assert browser.evaluate("document.activeElement.getBoundingClientRect().left") >= 0


def test_on_paper_there_are_charts_and_figures_and_no_controls(browser: Browser, small: Page) -> None:
    browser.open(small.url)
    try:
        browser.send("Emulation.setEmulatedMedia", media="print")
        assert len(browser.texts("figure svg")) == len(browser.texts("figure h3")) > 0
        assert browser.texts("#filters, #themes, nav, select, #burst") == []
    finally:
        browser.send("Emulation.setEmulatedMedia", media="")
