"""The promise: the demo's reports read well in a real browser, on a telephone, on paper, without network and without script."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.xdist_group("demo-shop")

AA = 4.5
"""The least contrast of text on its ground, WCAG 2.2 AA; 3 for large letters."""


PAGES = ("report.html", "report-service.html")

Seen = tuple["Page", list[str], list[str]]


def opened(chromium: "Browser", place: Path, width: int = 1200, **more: Any) -> Seen:  # noqa: ANN401 - a browser's own options
    """A report in a window of its own, with what it complained of and what it asked for."""
    page = chromium.new_context(viewport={"width": width, "height": 900}, **more).new_page()
    troubles, asked = list[str](), list[str]()
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(place.as_uri())
    return page, troubles, asked


@pytest.fixture(params=PAGES)
def place(request: pytest.FixtureRequest, demo: Path) -> Path:
    return demo / str(request.param)


@pytest.fixture
def seen(chromium: "Browser", place: Path) -> Iterator[Seen]:
    shown = opened(chromium, place)
    yield shown
    shown[0].context.close()


@pytest.mark.parametrize("width", [390, 1200])
def test_nothing_is_fetched_nothing_complains_and_nothing_lies_beside_the_page(chromium: "Browser", place: Path, width: int) -> None:
    page, troubles, asked = opened(chromium, place, width)
    try:
        for details in page.locator("details").all():
            details.locator("summary").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert [url for url in asked if not url.startswith("data:")] == [place.as_uri()]
        assert troubles == []
    finally:
        page.context.close()


def test_the_page_is_the_same_without_script(chromium: "Browser", place: Path, seen: Seen) -> None:
    plain, _, _ = opened(chromium, place, java_script_enabled=False)
    try:
        assert plain.locator("body").inner_text() == seen[0].locator("body").inner_text()
        first = plain.locator("details").first
        first.locator("summary").click()
        assert first.locator("table").first.is_visible()
    finally:
        plain.context.close()


def test_each_details_opens_to_its_table(seen: Seen) -> None:
    page = seen[0]
    every = page.locator("details").all()
    assert len(every) >= 4
    for details in every:
        table = details.locator("table").first
        assert not table.is_visible()
        details.locator("summary").click()
        assert table.is_visible()
        assert table.locator("tbody tr").count() > 0


def test_every_link_leads_to_a_place_on_the_page(seen: Seen) -> None:
    lost = seen[0].evaluate(
        """() => [...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))
            .filter(href => href.startsWith('#') ? !document.getElementById(href.slice(1)) : !href.startsWith('data:'))"""
    )
    assert lost == []
    assert seen[0].locator("a[href^='#']").count() > 20


def test_no_id_stands_twice(seen: Seen) -> None:
    ids: list[str] = seen[0].evaluate("() => [...document.querySelectorAll('[id]')].map(e => e.id)")
    assert sorted({one for one in ids if ids.count(one) > 1}) == []


def test_every_picture_says_in_words_what_it_shows(seen: Seen) -> None:
    pictures: list[dict[str, Any]] = seen[0].evaluate(
        """() => [...document.querySelectorAll('svg')].filter(svg => !svg.parentElement.closest('svg')).map(svg => ({
            hidden: svg.getAttribute('aria-hidden') === 'true',
            said: svg.getAttribute('aria-label') || (svg.querySelector(':scope > title') || {}).textContent || '',
            names: (svg.getAttribute('aria-labelledby') || '').split(' ').filter(id => id && !document.getElementById(id)),
            role: svg.getAttribute('role')}))"""
    )
    charts = [one for one in pictures if not one["hidden"]]
    assert len(charts) >= 4
    assert [one for one in charts if len(one["said"].strip()) < 10 or one["role"] != "img" or one["names"]] == []


def test_headings_go_down_one_step_at_a_time(seen: Seen) -> None:
    levels = [int(level) for level in seen[0].evaluate("() => [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => h.tagName[1])")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert [(a, b) for a, b in pairwise(levels) if b > a + 1] == []


def test_every_table_says_what_its_rows_and_columns_are(seen: Seen) -> None:
    bare = seen[0].evaluate(
        """() => [...document.querySelectorAll('table')].filter(t =>
            !t.querySelector('thead th[scope=col]') || [...t.querySelectorAll('tbody tr')].some(tr => !tr.querySelector('th[scope=row], th[scope=rowgroup]')) ||
            !(t.caption || t.closest('[aria-label]'))).map(t => t.id || t.outerHTML.slice(0, 80))"""
    )
    assert bare == []


def test_what_scrolls_can_be_reached_by_keyboard(seen: Seen) -> None:
    shut_out = seen[0].evaluate(
        """() => { document.querySelectorAll('details').forEach(d => d.open = true);
            return [...document.querySelectorAll('*')].filter(e => e.scrollWidth > e.clientWidth + 1 &&
                ['auto', 'scroll'].includes(getComputedStyle(e).overflowX) && e.tabIndex < 0).map(e => e.className) }"""
    )
    assert shut_out == []


CONTRAST = """() => {
    const channel = v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4 };
    const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
    const parse = c => { const n = c.match(/[\\d.]+/g).map(Number); return n.length > 3 ? n : [...n, 1] };
    const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] > 0.99) return c } return [255, 255, 255] };
    const pale = [];
    for (const e of document.querySelectorAll('body *')) {
        if (e.closest('svg') || e.closest('details') || ![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
        const style = getComputedStyle(e), a = light(parse(style.color)), b = light(ground(e));
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), size = parseFloat(style.fontSize);
        const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
        if (ratio < (large ? 3 : LEAST)) pale.push(`${ratio.toFixed(2)} ${e.className || e.tagName} ${e.textContent.slice(0, 30)}`);
    }
    return pale;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_stands_out_from_its_ground(chromium: "Browser", place: Path, scheme: str) -> None:
    page, _, _ = opened(chromium, place, color_scheme=scheme)
    try:
        assert page.evaluate(CONTRAST.replace("LEAST", str(AA))) == []
    finally:
        page.context.close()


def test_a_word_that_is_too_pale_would_be_seen(chromium: "Browser", place: Path) -> None:
    page, _, _ = opened(chromium, place, bypass_csp=True)
    try:
        page.evaluate("document.querySelector('.lead').style.color = '#c8c8c8'")
        assert any("lead" in one for one in page.evaluate(CONTRAST.replace("LEAST", str(AA))))
    finally:
        page.context.close()


def test_on_paper_nothing_is_cut_and_the_pictures_stay_whole(seen: Seen, tmp_path: Path) -> None:
    page = seen[0]
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 1000})  # what A4 leaves between margins of 15 mm
    cut = page.evaluate(
        """() => [...document.querySelectorAll('table, .scroll, svg.chart, .claims, .policy')].filter(e => e.offsetParent !== null || e.ownerSVGElement === null)
            .filter(e => { const box = e.getBoundingClientRect(); return box.width && (box.right > innerWidth + 1 || box.left < -1 ||
                (['auto', 'scroll', 'hidden'].includes(getComputedStyle(e).overflowX) && e.scrollWidth > e.clientWidth + 1) ||
                (['auto', 'scroll', 'hidden'].includes(getComputedStyle(e).overflowY) && e.scrollHeight > e.clientHeight + 1)) })
            .map(e => e.id || e.className.baseVal || e.className || e.tagName)"""
    )
    assert cut == []
    paper = page.pdf(path=str(tmp_path / "report.pdf"), prefer_css_page_size=True)
    assert paper.startswith(b"%PDF-")
    assert 2 <= paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") <= 12
