"""What preflights cost, and what a longer lifetime would have saved in each browser."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coranalyze.analysis import analyze
from coranalyze.cors.headers import Headers
from coranalyze.exchange import Exchange
from coranalyze.preflight_cost import FORCED, PreflightCost, Saving

APP = "https://app.example"
URL = "https://api.example/items/1"
HOUR = 3_600_000.0


def pair(
    at: float, *, url: str = URL, method: str = "PUT", names: str = "", max_age: str = "", status: int = 204,
    entry: int = 0, ms: float = 10.0, methods: str = "PUT, DELETE",
) -> list[Exchange]:  # fmt: skip
    """A preflight of `ms` milliseconds and a request of 30 after it."""
    asked = [("Origin", APP), ("Access-Control-Request-Method", method)]
    asked += [("Access-Control-Request-Headers", names)] if names else []
    answer = [("Access-Control-Allow-Origin", APP), ("Access-Control-Allow-Methods", methods)]
    answer += [("Access-Control-Allow-Headers", names)] if names else []
    answer += [("Access-Control-Max-Age", max_age)] if max_age else []
    preflight = Exchange(
        entry=entry, method="OPTIONS", url=url, request=Headers(asked), response=Headers(answer), status=status,
        started=at, ended=at + ms,
    )  # fmt: skip
    author = [(name, "1") for name in names.split(",") if name]
    actual = Exchange(
        entry=entry + 1, method=method, url=url, request=Headers([("Origin", APP), *author]),
        response=Headers([("Access-Control-Allow-Origin", APP)]), status=200, started=at + ms, ended=at + ms + 30,
    )  # fmt: skip
    return [preflight, actual] if status == 204 else [preflight]


def cost_of(*pairs: list[Exchange]) -> PreflightCost:
    return analyze([exchange for each in pairs for exchange in each]).preflight_cost


def saved(cost: PreflightCost) -> dict[str, int]:
    return {browser: saving.preflights for browser, saving in cost.total.avoidable.items()}


@pytest.mark.parametrize(
    ("apart", "expected"),
    [
        (1_000.0, {"chromium": 1, "firefox": 1, "webkit": 1}),
        (0.5 * HOUR, {"chromium": 1, "firefox": 1}),
        (3 * HOUR, {"firefox": 1}),
        (25 * HOUR, {}),
    ],
)
def test_each_browser_has_its_cap(apart: float, expected: dict[str, int]) -> None:
    assert saved(cost_of(pair(0.0), pair(apart, entry=2))) == expected


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ({"url": "https://api.example/items/2"}, 0),
        ({"url": URL + "?page=2"}, 0),
        ({"method": "DELETE"}, 1),
        ({"names": "x-a"}, 0),
        ({"status": 500}, 0),
    ],
    ids=["another address", "another query", "a method that was listed too", "a header that was not", "it failed"],
)
def test_what_one_answer_covers(second: dict[str, str], expected: int) -> None:
    cost = cost_of(pair(0.0), pair(1_000.0, entry=2, **second))  # type: ignore[arg-type]
    assert saved(cost).get("chromium", 0) == expected


def test_times() -> None:
    row = cost_of(pair(0.0), pair(8_000.0, entry=2, ms=20.0)).total
    assert (row.preflights, row.ms, row.fetch_ms) == (2, 30.0, 90.0)
    assert row.share == pytest.approx(1 / 3)
    assert row.avoidable["chromium"] == Saving(1, 20.0)
    assert row.most_avoidable == Saving(1, 20.0)


@pytest.mark.parametrize(
    ("max_age", "apart", "repeated"),
    [("", 1_000.0, 1), ("", 8_000.0, 0), ("600", 8_000.0, 1), ("0", 1_000.0, 0), ("86400", 3 * HOUR, 0)],
)
def test_repeated_though_still_good(max_age: str, apart: float, repeated: int) -> None:
    cost = cost_of(pair(0.0, max_age=max_age), pair(apart, entry=2, max_age=max_age))
    assert cost.total.repeated.preflights == repeated


@pytest.mark.parametrize(
    ("max_age", "apart", "crowded"),
    [("", 1_000.0, 1), ("", 8_000.0, 0), ("0", 1_000.0, 1), ("600", 8_000.0, 1), ("600", HOUR, 0)],
)
def test_close_to_each_other(max_age: str, apart: float, crowded: int) -> None:
    cost = cost_of(pair(0.0, max_age=max_age), pair(apart, entry=2, max_age=max_age))
    assert cost.total.crowded.preflights == crowded


def test_causes() -> None:
    total = cost_of(
        pair(0.0), pair(1.0, entry=2, names="x-a,x-b"), pair(2.0, entry=4, method="POST", names="x-a"),
        pair(3.0, entry=6, method="POST"),
    ).total  # fmt: skip
    assert total.causes == {"PUT": 2, "x-a": 2, "x-b": 1, FORCED: 1}
    assert total.sole_causes == {"PUT": 1, "x-a": 1, FORCED: 1}


def test_rows() -> None:
    cost = cost_of(
        pair(0.0), pair(1.0, entry=2, url="https://api.example/items/2", ms=50.0),
        pair(2.0, entry=4, url="https://b.example/x"),
    )  # fmt: skip
    assert [(row.origin, row.endpoint, row.preflights, row.ms) for row in cost.rows] == [
        (APP, "https://api.example/items/{id}", 2, 60.0), (APP, "https://b.example/x", 1, 10.0),
    ]  # fmt: skip
    assert cost.of_origin(APP).preflights == 3
    assert cost.of_origin("https://other.test").preflights == 0


def test_without_times() -> None:
    exchanges = [
        Exchange(**{**{f: getattr(e, f) for f in e.__struct_fields__}, "started": None, "ended": None})
        for e in pair(0.0)
    ]
    total = analyze(exchanges).preflight_cost.total
    assert (total.preflights, total.untimed, total.ms, total.share) == (1, 1, 0.0, 0.0)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 3)), max_size=8), st.integers(0, 8))
def test_inputs_merge(found: list[tuple[int, int]], cut: int) -> None:
    fetches = []
    for input, (minute, number) in enumerate(found):
        exchanges = pair(minute * 60_000.0, url=f"https://api.example/{number}")
        fetches += [
            type(f)(**{**{n: getattr(f, n) for n in f.__struct_fields__}, "input": input % 3})
            for f in analyze(exchanges).fetches
        ]
    # Caches are those of one input, so inputs may not be torn apart.
    whole = PreflightCost.of(fetches)
    left = PreflightCost.of([f for f in fetches if f.input < cut % 4])
    left.merge(PreflightCost.of([f for f in fetches if f.input >= cut % 4]))
    assert left.rows == whole.rows
