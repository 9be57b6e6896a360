"""The page as a reader uses it: search, filter, sort, links, themes, keyboard, paper, phones, no script."""

import re
from pathlib import Path

import pytest
from msgspec.structs import replace
from playwright.sync_api import Page, expect

from coranalyze.analysis import Analysis, analyze
from coranalyze.cors.steps import Reason
from coranalyze.fetch import Outcome
from coranalyze.reports.html.page import OPEN_FINDINGS
from coranalyze.sources.text import parse_text
from tests.reports.html.conftest import Open
from tests.reports.story import of_story

SAMPLES = Path(__file__).parents[3] / "sample_data"


@pytest.fixture(scope="module")
def samples() -> Analysis:
    return analyze(str(SAMPLES))


@pytest.fixture(scope="module")
def many() -> Analysis:
    """20,000 fetches."""
    shop = of_story("shop", select=("COR",))
    copies = 20_000 // len(shop.fetches) + 1
    fetches = [replace(f, url=f"{f.url}/{number}") for number in range(copies) for f in shop.fetches][:20_000]
    return Analysis(shop.inputs, fetches, shop.fold)


def _rows(page: Page) -> list[str]:
    return page.locator("#rows > tr:not(.detail)").all_inner_texts()


def test_search_filter_and_clear(open_report: Open, samples: Analysis) -> None:
    page = open_report(samples)
    expect(page.locator("#shown")).to_have_text(f"{len(samples.fetches)} fetches")
    page.get_by_label("Search").fill("put CART")
    expect(page.locator("#shown")).to_have_text(f"4 of {len(samples.fetches)} fetches")
    assert all("PUT https://api.shop.example/cart/7" in row for row in _rows(page))
    page.get_by_role("button", name="Clear").click()
    assert len(_rows(page)) == len(samples.fetches)
    page.locator("#f-outcome").select_option("blocked")
    page.locator("#f-reason").select_option("acao-mismatch")
    page.locator("#f-origin").select_option("https://hacker.example")
    assert len(_rows(page)) == 2
    page.locator("#f-server").select_option("https://api.shop.example")
    expect(page.locator("#shown")).to_have_text(f"None of {len(samples.fetches)} fetches fits.")


def test_counts_lead_to_the_fetches_that_they_count(open_report: Open, samples: Analysis) -> None:
    page = open_report(samples)
    tiles = page.locator(".tiles a").all()
    assert len(tiles) == 5
    for tile in tiles:
        tile.click()
        counted = int(tile.locator(".number").inner_text())
        assert len(_rows(page)) == counted
    cause = page.locator(".causes a[data-reason]").first
    cause.click()
    reason = cause.get_attribute("data-reason")
    assert reason is not None
    assert all(reason in row for row in _rows(page))


def test_sort_up_down_and_as_captured(open_report: Open, samples: Analysis) -> None:
    page = open_report(samples)
    captured = _rows(page)
    head = page.locator("th[data-sort=duration]")

    def durations() -> list[float]:
        scale = {"ms": 1.0, "s": 1000.0}
        told = [text.split() for text in page.locator("#rows .c-time").all_inner_texts()]
        return [float(words[0].replace(",", "")) * scale[words[1]] if len(words) == 2 else -1.0 for words in told]

    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert durations() == sorted(durations())
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert durations() == sorted(durations(), reverse=True)
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") is None
    assert _rows(page) == captured
    page.locator("th[data-sort=outcome] button").click()
    assert "blocked" in _rows(page)[0]


def test_a_card_tells_the_whole_way(open_report: Open) -> None:
    shop = analyze(str(SAMPLES / "shop-chrome.har"))
    at = next(n for n, fetch in enumerate(shop.fetches) if fetch.reason is Reason.HEADER_NOT_ALLOWED)
    fetch = shop.fetches[at]
    page = open_report(shop, f"#fetch-{at}")
    card = page.locator(f"#card-{at} article")
    told = card.inner_text()
    for step in fetch.verdict.steps:
        assert step.ended.step.sentence.replace("`", "") in told
    failing = card.locator(".steps li.no")
    assert failing.count() == 1
    for wanted in ("header-not-allowed", "Expected", "Received", "Do first", "preflight OPTIONS", "actual", "Known as"):
        assert wanted.lower() in told.lower(), wanted
    button = page.locator(f"#fetch-{at} button")
    page.wait_for_function(f"document.activeElement === document.querySelector('#fetch-{at} button')")
    assert button.get_attribute("aria-expanded") == "true"
    button.click()
    expect(card).to_have_count(0)


def test_both_answers_where_it_hangs_on_something(open_report: Open) -> None:
    page = open_report(analyze(str(SAMPLES / "wildcard-firefox-sanitized.har")))
    page.locator("#f-outcome").select_option("conditional")
    page.locator("#rows button").first.click()
    answers = page.locator("#rows article .either li").all_inner_texts()
    assert len(answers) == 2
    assert any("allowed" in answer for answer in answers)
    assert any("blocked" in answer for answer in answers)


def test_links_reach_every_fetch_and_finding(open_report: Open, many: Analysis) -> None:
    page = open_report(many, "#fetch-12345")
    expect(page.locator("#card-12345")).to_be_in_viewport()
    expect(page.locator("#page")).to_have_text("Page 124 of 200")
    page.locator("#f-outcome").select_option("allowed")
    blocked = next(n for n, fetch in enumerate(many.fetches) if fetch.outcome is Outcome.BLOCKED)
    page.evaluate(f"location.hash = '#fetch-{blocked}'")
    expect(page.locator(f"#card-{blocked}")).to_be_in_viewport()
    expect(page.locator("#f-outcome")).to_have_value("")
    anchors = page.locator("#findings article").evaluate_all("all => all.map(each => each.id)")
    assert len(anchors) == len(many.findings)
    assert all(re.fullmatch(r"COR\d{3}-[0-9a-f]{24}", anchor) for anchor in anchors)
    page.evaluate(f"location.hash = '#{anchors[-1]}'")
    expect(page.locator(f"[id='{anchors[-1]}']")).to_be_in_viewport()
    page.evaluate("location.hash = '#fetch-20000'")
    page.evaluate("location.hash = '#fetch-1e9'")


def test_findings_lead_to_their_evidence(open_report: Open) -> None:
    page = open_report(analyze(str(SAMPLES / "bank-mitmproxy.har")))
    page.locator("#findings article a[href^='#fetch-']").first.click()
    expect(page.locator("#rows article")).to_be_visible()
    page.locator("#findings article .from a").first.click()
    expect(page.locator("#findings details[open]")).to_have_count(1)


@pytest.fixture(scope="module")
def exposed() -> Analysis:
    """39 servers with the same fault, two of them on one host; 12 origins that ask."""
    hosts = [*(f"https://api{number}.example" for number in range(37)), "http://localhost:1", "http://localhost:2"]
    allowed = "\nCookie: sid\n\n200\nAccess-Control-Allow-Credentials: true\nAccess-Control-Allow-Origin: "
    told = [f"GET {host}/me\nOrigin: null{allowed}null\n" for host in hosts]
    for number, host in enumerate(hosts):
        origin = f"https://app{number % 12}.example"
        told.append(f"GET {host}/me\nOrigin: {origin}{allowed}{'null' if number % 3 == 0 else origin}\n")
    return analyze(parse_text("\n".join(told)))


def test_many_findings_are_folded_and_links_unfold_them(open_report: Open, exposed: Analysis) -> None:
    assert len({finding.fingerprint for finding in exposed.findings}) < len(exposed.findings)
    page = open_report(exposed)
    folded = page.locator("#findings details.card")
    assert page.locator("#findings article").count() + folded.count() == len(exposed.findings)
    assert folded.count() == len(exposed.findings) - OPEN_FINDINGS
    ids = page.locator("[id]").evaluate_all("all => all.map(each => each.id)")
    assert len(ids) == len(set(ids))
    last = folded.last
    assert not last.locator("dl").is_visible()
    page.evaluate(f"location.hash = '#{last.get_attribute('id')}'")
    expect(last.locator("dl")).to_be_visible()
    last.locator("summary").click()
    expect(last.locator("dl")).not_to_be_visible()


def test_what_is_exposed_is_told_once(open_report: Open, exposed: Analysis) -> None:
    page = open_report(exposed)
    lines = page.locator("#answer .pair > div").nth(1).locator("li").all_inner_texts()
    assert len(lines) == len(set(lines)) <= 6
    assert any(re.search(r"COR101 .* and \d+ more", line) for line in lines)


def test_origins_without_a_column_are_counted(open_report: Open, exposed: Analysis) -> None:
    page = open_report(exposed)
    assert page.locator(".map thead th").last.inner_text() == "5 other origins"
    told = page.locator(".map td.others").all_inner_texts()
    assert any(re.fullmatch("1 (read|refused)", text) for text in told)
    assert page.locator("#policies tbody tr").count() == 39


def test_pages(open_report: Open, many: Analysis) -> None:
    page = open_report(many)
    assert page.locator("#rows > tr").count() == 100
    assert "1 to 100 of 20,000 fetches" in page.locator("#shown").inner_text()
    expect(page.get_by_role("button", name="Previous")).to_be_disabled()
    page.get_by_role("button", name="Next").click()
    assert "101 to 200 of 20,000" in page.locator("#shown").inner_text()
    page.get_by_label("Search").fill("/me")
    expect(page.locator("#page")).to_have_text(re.compile("Page 1 of "))
    assert page.locator("*").count() < 6_000


def test_themes(open_report: Open) -> None:
    page = open_report(of_story("shop"), color_scheme="light")
    color = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(color)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(color)
    assert dark != light
    button = page.get_by_role("button", name="Theme")
    button.click()
    assert (page.evaluate(color), button.inner_text()) == (light, "Theme: light")
    page.reload()
    assert (page.evaluate(color), button.inner_text()) == (light, "Theme: light")
    button.click()
    page.emulate_media(color_scheme="light")
    assert page.evaluate(color) == dark
    button.click()
    assert (page.evaluate(color), button.inner_text()) == (light, "Theme: system")


def test_settings_for_the_chosen_stack(open_report: Open) -> None:
    page = open_report(analyze(str(SAMPLES / "shop-chrome.har")))
    fix = page.locator("#failures .fix").first
    assert "List the methods and headers" in fix.inner_text()
    page.get_by_label("Settings for").select_option("nginx")
    expect(fix.locator("h4")).to_have_text("What to set on nginx")
    expect(fix.locator("pre").first).to_contain_text("x-trace-id")
    page.get_by_label("Settings for").select_option("django")
    expect(fix.locator("pre").first).to_contain_text("CORS_ALLOW_HEADERS")
    page.get_by_label("Settings for").select_option("")
    expect(fix.locator("h4")).to_have_text("What to set")


def test_by_keyboard_alone(open_report: Open) -> None:
    page = open_report(of_story("shop"))
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the answer")).to_be_focused()
    page.locator("#rows button").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#card-1 article")).to_be_visible()
    page.keyboard.press("Space")
    expect(page.locator("#card-1")).to_have_count(0)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#card-0 article")).to_be_visible()


def test_without_script(open_report: Open, many: Analysis) -> None:
    page = open_report(many, java_script_enabled=False)
    told = page.locator("body").inner_text()
    for wanted in (
        "Do first", "What was blocked, and why", "Expected", "Received", "The first 100 of 20,000 fetches",
        "Who may read what", "What preflights cost", "shop.http", "1 skipped",
    ):  # fmt: skip
        assert wanted in told, wanted
    assert not page.locator("#filters").is_visible()
    assert not page.get_by_role("button").all()
    assert page.locator("#rows tr").count() == 100


@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize("name", ["samples", "many", "exposed"])
def test_no_sideways_scrolling(open_report: Open, request: pytest.FixtureRequest, name: str, width: int) -> None:
    page = open_report(request.getfixturevalue(name), width=width)
    for button in page.locator("#rows button").all()[:3]:
        button.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_paper(open_report: Open, samples: Analysis) -> None:
    page = open_report(samples, color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    for gone in ("#filters", ".top", "#pages"):
        assert not page.locator(gone).is_visible()
    assert page.locator("#failures article").first.is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_nothing_read(open_report: Open) -> None:
    page = open_report(analyze("no-such-file.har"))
    told = page.locator("body").inner_text()
    assert "Nothing to judge" in told
    assert "Not read: no such file" in told
    assert page.locator("#rows").count() == 0
