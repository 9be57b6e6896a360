"""What caches and service workers give out: it was said to somebody, and refuses nobody."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from coranalyze.analysis import analyze
from coranalyze.sources.text import parse_text
from tests.rules.story import ACAC, APP, VARY, acao, asked, graded
from tests.sources.hars import WIRE, dump, entry, log

HIT = ("X-Cache: HIT", "Age: 3")
LET_IN = [asked("GET", origin=origin, answer=acao(origin, ACAC)) for origin in ("https://a.com", "https://b.net")]


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (acao("https://a.com", ACAC, *HIT), "COR101 medium"),
        (HIT, "COR101 medium"),
        ((VARY, *HIT), "COR101 low?"),
        ((), ""),
    ],
    ids=["made for another", "made for nobody", "kept apart by origin", "the server's own"],
)
def test_what_a_shared_cache_gives_is_no_refusal(answer: tuple[str, ...], found: str) -> None:
    told = graded(*LET_IN, asked(origin="https://c.org", answer=answer), groups="1")
    assert {each for each in told if each.startswith("COR101")} == ({found} if found else set())


def test_a_sub_domain_that_a_cache_fails_is_not_refused() -> None:
    def at(name: str, answer: tuple[str, ...]) -> str:
        return asked("GET", "https://api.shop.com/x", "Cookie: sid", origin=f"https://{name}.shop.com", answer=answer)

    let_in = [at(name, acao(f"https://{name}.shop.com", ACAC)) for name in ("app", "blog", "x7f3a9c2")]
    assert "COR109 medium" in graded(*let_in, at("www", HIT), groups="1")
    assert "COR109 medium" not in graded(*let_in, at("www", ()), groups="1")


def test_a_stored_answer_is_no_drift_by_path() -> None:
    other = "https://api.example/y"
    assert graded(asked(answer=acao(APP, VARY)), asked(url=other, answer=HIT), groups="7") == set()
    assert graded(asked(answer=acao(APP, VARY)), asked(url=other), groups="7") == {"COR701 info"}


MODE = "Sec-Fetch-Mode: cors"
OWN = asked("GET", "https://api.example/x", MODE, answer=acao(APP, VARY, "Cache-Control: max-age=60"))


@pytest.mark.parametrize("how", ["service_worker", "made_up"])
def test_what_a_script_makes_up_is_no_policy_and_came_from_no_cache(how: str) -> None:
    bare, star = asked("GET", "https://api.example/x", MODE), asked(origin="null", answer=acao("null", ACAC))
    own, *others = parse_text(OWN + bare + star)
    findings = analyze([own, *(replace(each, **{how: True}) for each in others)]).findings
    assert {each.rule for each in findings} <= {"COR903"}


@pytest.mark.parametrize(
    ("error", "name", "found"),
    [("", "", False), ("net::ERR_FAILED", "", True), ("net::ERR_FAILED", "https://shop.example", True)],
    ids=["not failed", "failed", "another's name"],
)
def test_a_browser_shows_a_part_of_its_cache(error: str, name: str, found: bool, tmp_path: Path) -> None:
    def get(origin: str, given: dict[str, str], **extra: Any) -> dict[str, Any]:
        asking = {**WIRE, "Origin": origin, "Sec-Fetch-Mode": "cors"}
        return entry(asked=asking, given={"Content-Type": "text/css", **given}, _resourceType="fetch", **extra)

    allow = "Access-Control-Allow-Origin"
    exchanges = [get(origin, {allow: origin}) for origin in (APP, "https://shop.example")]
    kept = get(APP, {allow: name} if name else {}, _fromCache="disk", response={"_error": error} if error else {})
    path = tmp_path / "x.har"
    path.write_bytes(dump(log(*exchanges, kept)))
    assert ("COR405" in {each.rule for each in analyze(str(path)).findings}) is found
