"""The page in a real browser: no fault, no request, no sideways scroll, charts that zoom, all at desktop and phone width."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser, find_browser

PROGRAM = find_browser()
pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="no Chromium on this machine (chromium, chromium-browser or google-chrome)"
)
WIDTHS = {1280: False, 390: True}
CANVAS = "document.querySelector('.live canvas')"
OUTSIDE = """[...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > innerWidth + 1
  && !one.closest('.scroll')).map(one => one.tagName + '.' + one.className).slice(0, 5)"""
SMALLEST = """Math.min(...[...document.querySelectorAll('figure.small .chart text, .density .chart text')].map(one => {
  const svg = one.closest('svg');
  return parseFloat(getComputedStyle(one).fontSize) * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
}))"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    assert PROGRAM is not None
    with Browser(PROGRAM, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture(scope="module")
def files(pages: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in pages}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", ["holdout", "twin", "apart", "point", "short"])
def test_page_opens_without_fault_request_or_sideways_scroll(
    browser: Browser, files: dict[str, Path], kind: str, width: int
) -> None:
    browser.open(files[kind], width, mobile=WIDTHS[width])
    assert browser.complaints == []
    assert browser.requests == [files[kind].resolve().as_uri()]
    assert browser.evaluate("document.documentElement.dataset.error ?? ''") == ""
    assert browser.evaluate("innerWidth") == width
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    assert browser.evaluate(OUTSIDE) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_words_in_charts_can_be_read(browser: Browser, files: dict[str, Path], width: int) -> None:
    browser.open(files["holdout"], width, mobile=WIDTHS[width])
    assert browser.evaluate(SMALLEST) >= 8.5


@pytest.mark.parametrize("width", WIDTHS)
def test_verdict_stands_on_the_first_screen(browser: Browser, files: dict[str, Path], width: int) -> None:
    browser.open(files["apart"], width, 844, mobile=WIDTHS[width])
    assert browser.evaluate("document.querySelector('.finding.serious').getBoundingClientRect().bottom") < 844
    colour = browser.evaluate("getComputedStyle(document.querySelector('.verdict .sign')).color")
    assert colour == "rgb(161, 20, 20)"


def view(browser: Browser) -> tuple[float, float]:
    first, last = browser.evaluate(f"{CANVAS}.dataset.view").split()
    return float(first), float(last)


def inside(browser: Browser) -> tuple[float, float]:
    browser.evaluate(f"{CANVAS}.scrollIntoView({{block: 'center', behavior: 'instant'}})")
    box = browser.evaluate(
        f"(() => {{ const b = {CANVAS}.getBoundingClientRect(); return [b.left, b.top, b.width, b.height]; }})()"
    )
    return box[0] + 0.6 * box[2], box[1] + 0.5 * box[3]


def test_time_series_zoom_move_and_tell(browser: Browser, files: dict[str, Path]) -> None:
    browser.open(files["holdout"], 1280)
    x, y = inside(browser)
    whole = view(browser)
    browser.ask("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0, deltaY=0)
    for kind in ("mousePressed", "mouseReleased"):
        browser.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
    browser.ask("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0, deltaY=-120)
    near = view(browser)
    assert near[1] - near[0] < 0.9 * (whole[1] - whole[0])
    browser.ask("Input.dispatchMouseEvent", type="mousePressed", x=x, y=y, button="left", clickCount=1)
    browser.ask("Input.dispatchMouseEvent", type="mouseMoved", x=x - 100, y=y, button="left", buttons=1)
    browser.ask("Input.dispatchMouseEvent", type="mouseReleased", x=x - 100, y=y, button="left", clickCount=1)
    assert view(browser)[0] > near[0] + 10
    browser.ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
    told = browser.evaluate("document.querySelector('.tip').innerText")
    assert "best run" in told and "parameters alone" in told and "gC m⁻² d⁻¹" in told
    browser.ask("Input.dispatchKeyEvent", type="keyDown", key="0", text="0")
    assert view(browser) == pytest.approx(whole)
    assert browser.complaints == []


def test_scrolling_past_a_chart_does_not_catch_in_it(browser: Browser, files: dict[str, Path]) -> None:
    browser.open(files["holdout"], 1280)
    x, y = inside(browser)
    before = view(browser)
    browser.ask("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0, deltaY=-120)
    assert view(browser) == before


def test_layers_can_be_hidden_and_shown(browser: Browser, files: dict[str, Path]) -> None:
    browser.open(files["holdout"], 390, mobile=True)
    key = "[...document.querySelectorAll('.live-keys button')].find(one => one.textContent === 'prior 90 %')"
    assert browser.evaluate(f"{key}.getAttribute('aria-pressed')") == "false"
    before = browser.evaluate(f"{CANVAS}.toDataURL()")
    browser.evaluate(f"{key}.click()")
    assert browser.evaluate(f"{key}.getAttribute('aria-pressed')") == "true"
    assert browser.evaluate(f"{CANVAS}.toDataURL()") != before


def test_without_scripts_the_drawings_stand_in(browser: Browser, pages: dict[str, str], tmp_path: Path) -> None:
    """With one character changed, the page's own policy refuses the script."""
    file = tmp_path / "still.html"
    file.write_text(pages["holdout"].replace('"use strict";', '"use strict"; ', 1), encoding="utf-8")
    with pytest.raises(TimeoutError):
        browser.open(file, 1280, patience=1.5)
    assert any("Content Security Policy" in complaint for complaint in browser.complaints)
    assert browser.evaluate("document.querySelector('.series .still svg').getBoundingClientRect().height") > 200
    assert browser.evaluate("document.querySelectorAll('canvas').length") == 0


def test_paper_shows_drawings_and_opens_what_is_shut(browser: Browser, files: dict[str, Path], tmp_path: Path) -> None:
    browser.open(files["holdout"], 1280)
    browser.ask("Emulation.setEmulatedMedia", media="print")
    try:
        shown = browser.evaluate(
            "[...document.querySelectorAll('.live')].some(one => getComputedStyle(one).display !== 'none')"
        )
        still = browser.evaluate(
            "[...document.querySelectorAll('.still')].every(one => getComputedStyle(one).display !== 'none')"
        )
        assert not shown and still
        assert browser.evaluate("getComputedStyle(document.querySelector('figure')).breakInside") == "avoid"
    finally:
        browser.ask("Emulation.setEmulatedMedia", media="")
    paper = browser.paper(tmp_path / "report.pdf").read_bytes()
    assert paper.startswith(b"%PDF") and len(paper) > 50_000
