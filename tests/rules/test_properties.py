"""What must hold for all rules: other headers and the order of exchanges change nothing."""

import random
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coranalyze.analysis import analyze
from coranalyze.cors.headers import Headers
from coranalyze.endpoint import Fold
from coranalyze.finding import Finding
from coranalyze.rules import all_rules, audit
from coranalyze.sources.text import parse_text
from tests.rules.story import ACAC, API, APP, VARY, acao, asked, told

STORIES = [text for rule in all_rules() for text in (*rule.page.fires, *rule.page.quiet)]
UNRELATED = ["X-Frame-Options", "ETag", "Date", "Referrer-Policy", "X-Something", "Content-Language", "Accept-Ranges"]


def plain(findings: list[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: (finding.rule, finding.endpoint, finding.fact, finding.message))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(STORIES), st.sampled_from(UNRELATED), st.sampled_from(["a", "1", "*", "Origin", "true"]))
def test_other_headers_change_nothing(story: str, name: str, value: str) -> None:
    exchanges = parse_text(story)
    more = [
        type(each)(**{
            **{field: getattr(each, field) for field in each.__struct_fields__},
            "request": Headers([*each.request, ("X-Request-Start", value)]),
            "response": Headers([(name, value), *each.response]),
        })
        for each in exchanges
    ]  # fmt: skip
    assert plain(analyze(more).findings) == plain(analyze(exchanges).findings)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(STORIES), min_size=1, max_size=3), st.integers(0, 1000), st.integers(0, 20))
def test_order_and_grouping_change_nothing(stories: list[str], seed: int, cut: int) -> None:
    fetches = analyze(parse_text("\n".join(stories))).fetches
    shuffled = list(fetches)
    random.Random(seed).shuffle(shuffled)
    whole, left, right = Fold(), Fold(), Fold()
    for fetch in fetches:
        whole.add(fetch)
    for fetch in shuffled[:cut]:
        left.add(fetch)
    for fetch in shuffled[cut:]:
        right.add(fetch)
    left.merge(right)
    assert audit(left) == audit(whole)


AGE = "Cache-Control: max-age=600"
BARE = API.replace("https", "http")
UNSETTLED = {
    "706: http answers in two ways": (
        asked(answer=acao()), asked(url=BARE, answer=acao()), asked(url=BARE, answer=acao("*")),
        asked(url=BARE, answer=acao("*", VARY)),
    ),
    "706: http answers in two other ways": (
        asked(answer=acao(APP, ACAC)), asked(url=BARE, answer=acao()), asked(url=BARE, answer=acao("*")),
    ),
    "405: two were served wrongly": (
        *[asked(origin=who, answer=acao(who, AGE, "X-Cache: MISS")) for who in (APP, "https://a.test", "https://b.test")],
        *[asked(origin=who, answer=acao(APP, AGE, "X-Cache: HIT")) for who in ("https://a.test", "https://b.test")],
    ),
    "518: spelt in two ways": (
        asked(answer=acao(APP, "Access-Control-Allow-Method: PUT")),
        asked(answer=acao(APP, "access-control-allow-method: PUT")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("exchanges", UNSETTLED.values(), ids=UNSETTLED)
def test_answers_that_disagree_tell_the_same_in_any_order(exchanges: tuple[str, ...]) -> None:
    fetches = told(*exchanges).fetches
    results = []
    for order in permutations(fetches):
        fold = Fold()
        for fetch in order:
            fold.add(fetch)
        results.append(audit(fold))
    assert all(result == results[0] for result in results)
