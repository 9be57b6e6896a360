"""The pages that a capture shows, and what follows from them."""

import pytest

from coranalyze.cors.origin import Origin, origin_of
from coranalyze.engine import documents
from coranalyze.engine.documents import Documents, Embedder
from coranalyze.engine.request import Request
from tests.engine.story import CHROME, PAGE, exchanges, get, judged

REQUIRES = "Cross-Origin-Embedder-Policy: require-corp"
IMAGE = f"Sec-Fetch-Mode: no-cors\nSec-Fetch-Site: cross-site\nSec-Fetch-Dest: image\nReferer: {PAGE}/\n"


def origin(url: str) -> Origin:
    found = origin_of(url)
    assert found is not None
    return found


def visit(url: str, *answer: str, destination: str = "document") -> str:
    headers = f"Sec-Fetch-Mode: navigate\nSec-Fetch-Dest: {destination}\n"
    return get("\n".join(answer or ("200",)), url=url, headers=headers)


def seen(*visits: str) -> Documents:
    found = Documents()
    for exchange in exchanges(*visits) if visits else ():
        found.add(Request(exchange))
    return found


def test_a_site_is_one_whatever_its_scheme_port_and_subdomain() -> None:
    visited = seen(visit("https://www.shop.example/"))
    assert visited.may_embed(origin("http://api.shop.example:8080"))
    assert not visited.may_embed(origin("https://shop.test"))
    assert not visited.may_embed(None)


def test_of_too_many_sites_any_may_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LIMIT", 2)
    visited = seen(visit("https://a.test"))
    assert not visited.may_embed(origin("https://c.test"))
    visited = seen(*[visit(f"https://{name}.test", "200", REQUIRES) for name in ("a", "b", "c", "d")])
    assert visited.sites == {"a.test", "b.test"}
    assert visited.may_embed(origin("https://e.test"))
    assert len(visited.embedders) == 2


def test_a_copy_knows_nothing_of_what_comes_later() -> None:
    visited = seen(visit("https://a.test"))
    before = visited.copy()
    (exchange,) = exchanges(visit("https://b.test", "200", REQUIRES))
    visited.add(Request(exchange))
    assert before.sites == {"a.test"}
    assert set(before.embedders) == {origin("https://a.test")}


@pytest.mark.parametrize(
    ("visits", "embedder"),
    [
        ([], Embedder.ANY),
        ([("200",)], Embedder.ANY),
        ([("200", REQUIRES)], Embedder.REQUIRES),
        ([("404", REQUIRES)], Embedder.REQUIRES),
        ([("200", f'{REQUIRES}; report-to="coep"')], Embedder.REQUIRES),
        # None of these is the token of a structured field, in Chromium and Firefox alike.
        ([("200", "Cross-Origin-Embedder-Policy: Require-Corp")], Embedder.ANY),
        ([("200", 'Cross-Origin-Embedder-Policy: "require-corp"')], Embedder.ANY),
        ([("200", REQUIRES, REQUIRES)], Embedder.ANY),
        ([("200", f"{REQUIRES}, foo")], Embedder.ANY),
        ([("200", "Cross-Origin-Embedder-Policy: credentialless")], Embedder.ANY),
        ([("200", "Cross-Origin-Embedder-Policy-Report-Only: require-corp")], Embedder.ANY),
        ([("200", REQUIRES), ("200", REQUIRES)], Embedder.REQUIRES),
        # The last page counts; of others that came before it any may ask.
        ([("200", REQUIRES), ("200",)], Embedder.ANY),
        ([("200",), ("200", REQUIRES)], Embedder.SOME),
        ([("200",), ("200", REQUIRES), ("200", REQUIRES)], Embedder.SOME),
        ([("200",), ("200", REQUIRES), ("200",)], Embedder.ANY),
        # No page comes with these, or its headers are elsewhere.
        ([("200", REQUIRES), ("302", "Location: /x"), ("204",), ("304",)], Embedder.REQUIRES),
        ([("200", REQUIRES), ("failed net::ERR_FAILED",)], Embedder.REQUIRES),
    ],
)  # fmt: skip
def test_embedder_policies(visits: list[tuple[str, ...]], embedder: Embedder) -> None:
    found = seen(*[visit(f"{PAGE}/{i}", *answer) for i, answer in enumerate(visits)])
    assert found.embedder(origin(PAGE)) is embedder
    assert found.embedder(origin("https://other.example")) is Embedder.ANY
    assert found.embedder(None) is Embedder.ANY


@pytest.mark.parametrize(
    ("url", "embedder"), [("http://app.example/", Embedder.ANY), ("http://127.0.0.1:8000/", Embedder.REQUIRES)]
)
def test_only_secure_contexts_have_an_embedder_policy(url: str, embedder: Embedder) -> None:
    assert seen(visit(url, "200", REQUIRES)).embedder(origin(url)) is embedder


EMBEDDED = [
    # pages, answer to an image, outcome, detail
    ([visit(PAGE, "200", REQUIRES)], "200", "blocked", "require-corp"),
    ([visit(PAGE, "200", REQUIRES, destination="iframe")], "200", "blocked", "require-corp"),
    ([visit(PAGE, "200", REQUIRES)], "200\nCross-Origin-Resource-Policy: cross-origin", "not-subject", ""),
    ([visit(PAGE, "200", REQUIRES)], "200\nCross-Origin-Resource-Policy: same-origin", "blocked", "same-origin"),
    ([visit("https://other.example", "200", REQUIRES)], "200", "not-subject", ""),
    ([visit(f"{PAGE}/b"), visit(PAGE, "200", REQUIRES)], "200", "conditional", ""),
    ([visit(PAGE, "200", REQUIRES), visit(f"{PAGE}/b")], "200", "not-subject", ""),
    ([visit(PAGE), visit(PAGE, "200", REQUIRES)], "200\nCross-Origin-Resource-Policy: cross-origin", "not-subject", ""),
]  # fmt: skip


@pytest.mark.parametrize(("pages", "answer", "outcome", "detail"), EMBEDDED)
def test_images_of_a_page_with_an_embedder_policy(pages: list[str], answer: str, outcome: str, detail: str) -> None:
    fetch = judged(*pages, get(answer, headers=IMAGE))[-1]
    assert (fetch.outcome, fetch.verdict.detail) == (outcome, detail)
    if outcome == "blocked":
        assert fetch.reason == "corp"
    if outcome == "conditional":
        assert [condition.outcome for condition in fetch.verdict.conditions] == ["blocked", "not-subject"]
        assert "which of them" in fetch.verdict.missing


def test_equal_requests_before_and_after_the_page_are_judged_apart() -> None:
    image = get("200", headers=IMAGE)
    before, _, after = judged(image, visit(PAGE, "200", REQUIRES), image)
    assert (before.outcome, after.outcome) == ("not-subject", "blocked")
    assert after.aliases["chromium"] == "corp-not-same-origin-after-defaulted-to-same-origin-by-coep"


def test_every_hop_of_a_redirect_has_to_opt_in() -> None:
    opts_in = "Cross-Origin-Resource-Policy: cross-origin"
    to = "Location: https://cdn.example/y"
    landed = get(f"200\n{opts_in}", url="https://cdn.example/y", headers=IMAGE)
    page = visit(PAGE, "200", REQUIRES)
    passed = judged(page, get(f"302\n{to}\n{opts_in}", headers=IMAGE), landed)[-1]
    assert (len(passed.exchanges), passed.outcome) == (2, "not-subject")
    stopped = judged(page, get(f"302\n{to}", headers=IMAGE))[-1]
    assert (stopped.outcome, stopped.verdict.stage) == ("blocked", "redirect")


def test_what_refuses_it_in_any_case_is_told_beside_the_policy_of_some_pages() -> None:
    """A style sheet that is none, of a page that may have an embedder policy or not."""
    style = IMAGE.replace("image", "style")
    fetch = judged(visit(f"{PAGE}/b"), visit(PAGE, "200", REQUIRES), get("200\nContent-Type: text/html", headers=style),
                   browser="firefox")[-1]  # fmt: skip
    assert fetch.verdict.blocked_either_way
    assert [condition.reason for condition in fetch.verdict.conditions] == ["corp", "wrong-mime-type"]


def test_chromiums_own_record_tells_by_its_errors() -> None:
    assert judged(visit(PAGE, "200", REQUIRES), get("200", headers=IMAGE), dialect=CHROME)[-1].outcome == "not-subject"
