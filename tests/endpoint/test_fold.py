"""Folding is a commutative monoid, and bounded."""

import pickle
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coranalyze.analysis import analyze
from coranalyze.cors.headers import Headers
from coranalyze.endpoint import Answer, Fold, Storage, fold, seen
from coranalyze.exchange import Exchange
from coranalyze.fetch import Fetch

NO_HEADERS = Headers()
ORIGINS = ["https://app.example", "https://other.test", "null", "http://localhost:3000"]


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    origin = draw(st.sampled_from([*ORIGINS, None]))
    answer = draw(st.sampled_from([*ORIGINS, "*", None]))
    return Exchange(
        entry=draw(st.integers(0, 50)),
        method=draw(st.sampled_from(["GET", "PUT"])),
        url=draw(st.sampled_from(["https://a.example", "https://b.example"]))
        + draw(st.sampled_from(["/x/1", "/x/2", "/y"])),
        request=Headers([("Origin", origin)] if origin else []),
        response=Headers([("Access-Control-Allow-Origin", answer)] if answer else []),
        status=draw(st.sampled_from([200, 404])),
        started=float(draw(st.integers(0, 100))),
    )


def fetches(found: list[Exchange]) -> list[Fetch]:
    return [fetch for exchange in found for fetch in analyze([exchange]).fetches]


def folded(found: Iterable[Fetch]) -> Fold:
    result = Fold()
    for fetch in found:
        result.add(fetch)
    return result


def plain(of: Fold) -> object:
    return (
        of.count,
        of.left_out,
        sorted(of.servers),
        {
            (endpoint.name, answer): (seen.count, seen.earliest, seen.latest, seen.exemplars())
            for endpoint in of.endpoints()
            for answer, seen in endpoint.answers.items()
        },
        {endpoint.name: (endpoint.count, endpoint.left_out) for endpoint in of.endpoints()},
    )


@pytest.fixture
def tight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds so low that every example runs over them."""
    for name, limit in (("ALL", 3), ("ENDPOINTS", 2), ("ANSWERS", 2)):
        monkeypatch.setattr(fold, name, limit)
    monkeypatch.setattr(seen, "EXEMPLARS", 1)


@given(st.lists(exchanges(), max_size=12), st.randoms(use_true_random=False), st.integers(0, 12))
def test_any_order_and_any_grouping(found: list[Exchange], random: object, cut: int) -> None:
    all_of_it = fetches(found)
    shuffled = list(all_of_it)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    left, right = folded(shuffled[:cut]), folded(shuffled[cut:])
    other = folded(shuffled[cut:])
    left.merge(right)
    other.merge(folded(shuffled[:cut]))
    empty = Fold()
    empty.merge(folded(all_of_it))
    assert plain(folded(all_of_it)) == plain(left) == plain(other) == plain(empty)


@pytest.mark.usefixtures("tight")
def test_the_law_holds_over_the_bounds() -> None:
    paths = [f"/{word}" for word in ("one", "two", "three", "four", "five", "six", "seven")]
    found = [
        Exchange(entry=i, method="GET", url=f"https://{host}.example{path}", status=200 + i % 3)
        for i, (host, path) in enumerate([(host, path) for host in "abcde" for path in paths] * 3)
    ]
    all_of_it = fetches(found)
    whole = folded(all_of_it)
    assert 0 < sum(len(endpoint.answers) for endpoint in whole.endpoints()) <= 3
    assert whole.count == len(all_of_it)
    assert whole.left_out == len(all_of_it) - sum(endpoint.count for endpoint in whole.endpoints())
    for cut in range(0, len(all_of_it), 7):
        left, right = folded(all_of_it[cut:]), folded(all_of_it[:cut])
        left.merge(right)
        assert plain(left) == plain(whole)


@given(st.lists(exchanges(), max_size=20), st.randoms(use_true_random=False), st.integers(0, 20), st.integers(1, 9))
def test_the_law_holds_for_a_sample(found: list[Exchange], random: object, cut: int, most: int) -> None:
    """Of more answers than there may be, the endpoints that are kept hang on what was seen alone."""
    with pytest.MonkeyPatch.context() as patch:
        for name, limit in (("ALL", most), ("ENDPOINTS", 2), ("ANSWERS", 2)):
            patch.setattr(fold, name, limit)
        all_of_it = fetches(found)
        shuffled = list(all_of_it)
        random.shuffle(shuffled)  # type: ignore[attr-defined]
        left, right = folded(shuffled[:cut]), pickle.loads(pickle.dumps(folded(shuffled[cut:])))
        left.merge(right)
        assert plain(left) == plain(folded(all_of_it))
        assert sum(len(endpoint.answers) for endpoint in left.endpoints()) <= most


def test_a_flood_of_servers_and_paths_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fold, "ALL", 100)
    result = Fold()
    for i in range(3_000):
        url = f"https://h{i % 1_000}.example/p{'abcdefgh'[i % 8] * 3}x{i // 8}y"
        for fetch in analyze([Exchange(entry=i, method="GET", url=url, status=200)]).fetches:
            result.add(fetch)
        assert len(result._servers) <= 100 + 26
    assert 25 <= sum(len(endpoint.answers) for endpoint in result.endpoints()) <= 100
    assert result.count == 3_000


def test_a_flood_of_origins_stays_bounded() -> None:
    result = Fold()
    for i in range(2_000):
        origin = f"https://site-{i}.test"
        exchange = Exchange(
            entry=i, method="GET", url="https://api.example/x", status=200,
            request=Headers([("Origin", origin)]), response=Headers([("Access-Control-Allow-Origin", origin)]),
        )  # fmt: skip
        for fetch in analyze([exchange]).fetches:
            result.add(fetch)
    (endpoint,) = result.endpoints()
    assert endpoint.count == 2_000
    assert len(endpoint.answers) == fold.ANSWERS
    assert endpoint.left_out == 2_000 - fold.ANSWERS


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("apikey", "key"),
        ("X-RapidAPI-Key", "key"),
        ("Ocp-Apim-Subscription-Key", "key"),
        ("x-functions-key", "key"),
        ("X-Hasura-Admin-Secret", "secret"),
        ("X-Vault-Token", "secret"),
        ("X-Shopify-Access-Token", "secret"),
        ("X-CSRF-Token", ""),
        ("RequestVerificationToken", ""),
        ("Idempotency-Key", ""),
        ("Sec-WebSocket-Key", ""),
    ],
)
def test_credentials_in_headers_of_their_own(name: str, found: str) -> None:
    answer = answered(request=Headers([(name, "[redacted-1]")]))
    assert (answer.authorization, answer.api_key) == ("header" if found == "secret" else "", found == "key")


@pytest.mark.parametrize(
    ("name", "kept"),
    [("Authorization", Storage.PRIVATE), ("X-Auth-Token", Storage.SHARED), ("X-Api-Key", Storage.SHARED)],
)
def test_shared_caches_know_no_other_credential_than_authorization(name: str, kept: Storage) -> None:
    """RFC 9111, section 3.5."""
    answer = answered(
        request=Headers([(name, "Bearer [redacted-1]")]), response=Headers([("Cache-Control", "max-age=9")])
    )
    assert answer.storage is kept


def answered(query: str = "", request: Headers = NO_HEADERS, response: Headers = NO_HEADERS) -> Answer:
    url = f"https://a.example/x{query}"
    exchange = Exchange(entry=0, method="GET", url=url, status=200, request=request, response=response)
    (fetch,) = analyze([exchange]).fetches
    (endpoint,) = folded([fetch]).endpoints()
    (answer,) = endpoint.answers
    return answer


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("access_token=[redacted-1]", "secret"),
        ("a=1&api_key=[redacted-1]", "key"),
        ("a=1&key=[redacted-1]", "key"),
        ("api_key=[redacted-1]&token=[redacted-2]", "secret"),
        ("sid=[redacted-1]", "secret"),
        ("pageToken=[redacted-1]", ""),
        ("next_page_token=[redacted-1]", ""),
        ("csrf_token=[redacted-1]", ""),
        ("x_access_token=[redacted-1]", "secret"),
        ("authToken=[redacted-1]", "secret"),
        ("token=[redacted-1]", "secret"),
        ("jsessionid=[redacted-1]", "secret"),
        ("code=[redacted-1]&state=x", ""),
        ("session=[redacted-1]", ""),
        ("v=[redacted-1]", ""),
        ("page=2", ""),
        ("access_token=", ""),
        ("X-Amz-Security-Token=[redacted-1]&X-Amz-Signature=[redacted-2]", ""),
        ("sp=r&sig=[redacted-1]", ""),
    ],
)
def test_credentials_in_urls(query: str, found: str) -> None:
    """By the parameter's name: what only looks random may be a cache buster, and a signed URL is a permission."""
    answer = answered(f"?{query}")
    assert (answer.api_key, answer.secret_in_url) == (found != "", found == "secret")
