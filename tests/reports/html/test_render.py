"""The document itself: no more than it needs, charts that fit its policy."""

import json
import re
from pathlib import Path

from msgspec.structs import replace

from coranalyze.analysis import Analysis, analyze
from coranalyze.reports import html
from coranalyze.reports.html.drawings import drawings
from coranalyze.sources.text import parse_text
from tests.reports.story import of_story

ROOT = Path(__file__).parents[3]


def test_nothing_in_it_points_outside() -> None:
    written = html.render(analyze(str(ROOT / "sample_data")))
    outside = re.findall(r'<(?:script|link|img|iframe|object|embed|use|image)\b[^>]*\b(?:src|href)="([^"]*)"', written)
    assert [link for link in outside if not link.startswith(("#", "data:,"))] == []
    assert "@import" not in written
    assert "url(" not in re.sub(r"url\(#[a-z]+-[\w-]+\)", "", written)


def test_20_000_fetches_take_few_bytes_each() -> None:
    shop = of_story("shop")
    fetches = [replace(f, url=f"{f.url}/{n}") for n in range(20_000 // len(shop.fetches)) for f in shop.fetches]
    small = len(html.render(shop).encode())
    large = len(html.render(Analysis(shop.inputs, fetches)).encode())
    assert (large - small) / len(fetches) < 250


def test_charts_fit_the_policy_of_the_page() -> None:
    made = drawings(analyze(str(ROOT / "sample_data")), ("outcomes", "timeline", "preflights", "findings"))
    identifiers: list[str] = []
    for name, drawing in made.items():
        assert drawing is not None, name
        assert "style" not in drawing.svg
        identifiers += re.findall(r'\bid="([^"]+)"', drawing.svg)
        for used in re.findall(r'(?:url\(|href=")#([^)"]+)', drawing.svg):
            assert used in identifiers
        assert drawing.text
        assert drawing.rows
    assert len(identifiers) == len(set(identifiers))


def test_a_stack_can_be_named() -> None:
    shop = analyze(str(ROOT / "sample_data" / "shop-chrome.har"))
    assert "on nginx" not in html.render(shop)
    assert "on nginx" in html.render(shop, stack="nginx")


def test_causes_that_name_paths_do_not_multiply_cases() -> None:
    story = "".join(
        f"\nGET https://api.example/{'abcdefgh'[n // 8]}-{'abcdefgh'[n % 8]}\nOrigin: https://app.example\n\n500\n"
        for n in range(64)
    )
    written = html.render(analyze(parse_text(story)))
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', written)
    told = json.loads(data)
    assert len(told["causes"]) >= 64
    assert len(told["cores"]) < 8
