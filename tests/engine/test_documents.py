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
    page = origin("https://widget.test")
    assert visited.may_embed(origin("http://api.shop.example:8080"), page)
    assert not visited.may_embed(origin("https://shop.test"), page)
    assert not visited.may_embed(None, page)
    assert visited.may_embed(origin("https://api.shop.example"), None)


@pytest.mark.parametrize(
    ("visits", "may"),
    [
        ([], True),
        ([visit("https://widget.test/")], False),
        ([visit("https://widget.test/"), visit("https://widget.test/", "304", destination="iframe")], True),
        ([visit("https://widget.test/", destination="iframe")], True),
        ([visit("https://widget.test/", "302\nLocation: https://www.shop.example/login")], True),
    ],
)
def test_a_page_that_was_seen_at_the_top_only_stands_in_no_frame(visits: list[str], may: bool) -> None:
    visited = seen(visit("https://www.shop.example/"), *visits)
    assert visited.may_embed(origin("https://api.shop.example"), origin("https://widget.test")) is may


def test_of_too_many_sites_any_may_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LIMIT", 2)
    visited = seen(visit("https://a.test"))
    assert not visited.may_embed(origin("https://c.test"), None)
    visited = seen(*[visit(f"https://{name}.test", "200", REQUIRES) for name in ("a", "b", "c", "d")])
    assert visited.sites == {"a.test", "b.test"}
    assert visited.may_embed(origin("https://e.test"), None)
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
    assert found.policies(origin(PAGE)).embedder is embedder
    assert found.policies(origin("https://other.example")).embedder is Embedder.ANY
    assert found.policies(None).embedder is Embedder.ANY


@pytest.mark.parametrize(
    ("url", "embedder"), [("http://app.example/", Embedder.ANY), ("http://127.0.0.1:8000/", Embedder.REQUIRES)]
)
def test_only_secure_contexts_have_an_embedder_policy(url: str, embedder: Embedder) -> None:
    assert seen(visit(url, "200", REQUIRES)).policies(origin(url)).embedder is embedder


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


STRICT, OWN_POLICY = visit(PAGE, "200", REQUIRES), "Cross-Origin-Embedder-Policy: credentialless"
ANY_POLICY = "Cross-Origin-Embedder-Policy: unsafe-none"
FOR_ALL, OWN_SITE = (f"Cross-Origin-Resource-Policy: {policy}" for policy in ("cross-origin", "same-site"))
WITHIN = visit(PAGE, "200", REQUIRES, destination="iframe")
PLAIN = visit("https://other.example")
FRAMED = [
    # pages, kind, site, answer, outcome, detail
    ([STRICT], "iframe", "cross-site", "200", "blocked", "require-corp"),
    ([STRICT], "iframe", "cross-site", f"200\n{FOR_ALL}", "blocked", "coep-frame"),
    ([STRICT], "iframe", "cross-site", f"200\n{REQUIRES}", "blocked", "require-corp"),
    ([STRICT], "iframe", "cross-site", f"200\n{REQUIRES}\n{OWN_SITE}", "blocked", "same-site"),
    ([STRICT], "iframe", "cross-site", f"200\n{OWN_POLICY}\n{FOR_ALL}", "not-subject", ""),
    ([STRICT], "iframe", "same-origin", "200", "blocked", "coep-frame"),
    ([STRICT], "iframe", "same-origin", f"200\n{REQUIRES}", "not-subject", ""),
    ([STRICT], "embed", "cross-site", f"200\n{FOR_ALL}", "blocked", "coep-frame"),
    ([STRICT], "document", "cross-site", "200", "not-subject", ""),
    ([visit(PAGE, "200", OWN_POLICY)], "iframe", "cross-site", f"200\n{REQUIRES}", "blocked", "require-corp"),
    ([visit(PAGE, "200", ANY_POLICY)], "iframe", "cross-site", "200", "not-subject", ""),
    ([PLAIN], "iframe", "cross-site", "200", "not-subject", ""),
    ([visit(f"{PAGE}/b"), STRICT], "iframe", "cross-site", "200", "conditional", ""),
    # Where the page stands in a frame itself, as a page of its origin was seen to, that of another is around both.
    ([PLAIN, STRICT], "iframe", "cross-site", "200", "blocked", "require-corp"),
    ([PLAIN, STRICT, WITHIN], "iframe", "cross-site", "200", "conditional", ""),
    ([STRICT, WITHIN], "iframe", "cross-site", "200", "blocked", "require-corp"),
]  # fmt: skip


@pytest.mark.parametrize(("pages", "kind", "site", "answer", "outcome", "detail"), FRAMED)
def test_frames_in_a_page_with_an_embedder_policy(
    pages: list[str], kind: str, site: str, answer: str, outcome: str, detail: str
) -> None:
    """Measured on Chromium 150 and Firefox 140."""
    headers = f"Sec-Fetch-Mode: navigate\nSec-Fetch-Site: {site}\nSec-Fetch-Dest: {kind}\nReferer: {PAGE}/\n"
    url = f"{PAGE}/frame" if site == "same-origin" else "https://frame.example/"
    for browser in ("chromium", "firefox") if kind == "iframe" else ("chromium",):
        fetch = judged(*pages, get(answer, headers=headers, url=url), browser=browser)[-1]
        assert (fetch.outcome, fetch.verdict.detail) == (outcome, detail)
        if outcome == "conditional":
            assert [condition.reason for condition in fetch.verdict.conditions] == ["corp", None]
    assert judged(*pages, get(answer, headers=headers, url=url), dialect=CHROME)[-1].outcome == "not-subject"


@pytest.mark.parametrize(
    ("answer", "outcome"), [("200", "blocked"), (f"200\n{FOR_ALL}", "not-subject"), (f"200\n{REQUIRES}", "blocked")]
)
def test_objects_are_no_frames_to_firefox(answer: str, outcome: str) -> None:
    headers = f"Sec-Fetch-Mode: navigate\nSec-Fetch-Site: cross-site\nSec-Fetch-Dest: object\nReferer: {PAGE}/\n"
    assert judged(STRICT, get(answer, headers=headers), browser="firefox")[-1].outcome == outcome


def test_a_redirect_on_the_way_to_a_frame_has_to_opt_in_and_needs_no_policy() -> None:
    headers = f"Sec-Fetch-Mode: navigate\nSec-Fetch-Site: cross-site\nSec-Fetch-Dest: iframe\nReferer: {PAGE}/\n"
    there = "https://frame.example/there"
    landed = get(f"200\n{REQUIRES}\n{FOR_ALL}", url=there, headers=headers)
    passed = judged(STRICT, get(f"302\nLocation: {there}\n{FOR_ALL}", headers=headers), landed)[-1]
    assert (len(passed.exchanges), passed.outcome) == (2, "not-subject")
    stopped = judged(STRICT, get(f"302\nLocation: {there}", headers=headers))[-1]
    assert (stopped.outcome, stopped.verdict.stage) == ("blocked", "redirect")
    assert stopped.aliases["chromium"] == "corp-not-same-origin-after-defaulted-to-same-origin-by-coep"


@pytest.mark.parametrize("followed", [False, True])
def test_the_policy_counts_that_the_page_had_when_it_was_redirected(followed: bool) -> None:
    """Measured: Chromium stops the redirect, and the target is asked for by the next page, which has no policy.

    What a page with one would have stopped may also have been followed, by one without that came before.
    """
    there = "https://cdn.example/y"
    stopped = get(f"302\nLocation: {there}", headers=IMAGE)
    again = [get("200\nContent-Type: image/png", url=there, headers=IMAGE)] * followed
    fetches = judged(visit(f"{PAGE}/b"), STRICT, stopped, visit(f"{PAGE}/b"), *again)
    (fetch,) = [fetch for fetch in fetches if fetch.mode == "no-cors"]
    assert [condition.reason for condition in fetch.verdict.conditions] == ["corp", None]
    assert "which of them" in fetch.verdict.missing
