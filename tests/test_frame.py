"""Frames: columns as `docs/frames.md` tells them, in every analysis. `python -m tests.test_frame` writes that page."""

from pathlib import Path

import pandas as pd
import pytest

from coranalyze.access import Access
from coranalyze.analysis import Analysis, analyze
from coranalyze.frame import ENDPOINT_COLUMNS, FETCH_COLUMNS, FINDING_COLUMNS, POLICY_COLUMNS, Column
from coranalyze.sources.text import parse_text
from tests.reports.story import hostile

SAMPLES = Path(__file__).parent.parent / "sample_data"
PAGE = Path(__file__).parent.parent / "docs" / "frames.md"
FRAMES: dict[str, tuple[str, dict[str, Column]]] = {
    "frame": ("One row per fetch; the index is its number.", FETCH_COLUMNS),
    "endpoints_frame": ("One row per endpoint (server and path template).", ENDPOINT_COLUMNS),
    "findings_frame": ("One row per finding, the worst first.", FINDING_COLUMNS),
    "policies_frame": ("One row per origin and endpoint that it asked.", POLICY_COLUMNS),
}
HEAD = """# Frames

`Analysis` gives its content as pandas frames. Times are UTC, durations are milliseconds, positions count from zero.
What is not known is missing (`pd.NA`, `NaT`), never an empty string and never a guess.
Categories are ordered as listed.
"""


def page() -> str:
    parts = [HEAD]
    for method, (meaning, columns) in FRAMES.items():
        rows = [f"| `{name}` | {column.dtype} | {_meaning(column)} |" for name, column in columns.items()]
        parts.append(f"## `Analysis.{method}()`\n\n{meaning}\n\n| column | dtype | meaning |\n|---|---|---|")
        parts[-1] += "\n" + "\n".join(rows) + "\n"
    return "\n".join(parts)


def _meaning(column: Column) -> str:
    listed = f": {', '.join(f'`{value}`' for value in column.values)}" if column.values else ""
    return f"{column.meaning}{listed}"


@pytest.fixture(scope="module")
def analyses() -> dict[str, Analysis]:
    return {
        "shop": analyze(str(SAMPLES / "shop-chrome.har"), str(SAMPLES / "bank-mitmproxy.har")),
        "nothing": Analysis([], []),
        "hostile": hostile("\ud800<b>$x$\x1b[31m"),
    }


def test_the_page_tells_the_columns() -> None:
    assert PAGE.read_text("utf-8") == page(), "if this is meant: python -m tests.test_frame"


@pytest.mark.parametrize("name", ["shop", "nothing", "hostile"])
@pytest.mark.parametrize("method", FRAMES)
def test_columns_and_types(analyses: dict[str, Analysis], name: str, method: str) -> None:
    frame = getattr(analyses[name], method)()
    columns = FRAMES[method][1]
    assert list(frame.columns) == list(columns)
    for title, column in columns.items():
        assert str(frame[title].dtype) == column.dtype, title
        if column.values:
            assert list(frame[title].cat.categories) == list(column.values), title


def test_fetches(analyses: dict[str, Analysis]) -> None:
    shop = analyses["shop"]
    frame = shop.frame()
    assert len(frame) == len(shop.fetches)
    assert frame.index.name == "fetch"
    put = frame[frame["method"] == "PUT"].iloc[0]
    assert (put["server"], put["endpoint"]) == ("https://api.shop.example", "https://api.shop.example/cart/{id}")
    assert (put["outcome"], put["reason"], put["stage"]) == ("blocked", "header-not-allowed", "preflight")
    assert (put["detail"], put["entry"], put["preflights"], put["exchanges"]) == ("x-trace-id", 3, 1, 2)
    assert put["status"] is pd.NA
    assert str(put["started"].tz) == "UTC"
    assert 0 < put["preflight_ms"] < put["duration_ms"] < 1000
    allowed = frame[frame["outcome"] == "allowed"]
    assert allowed["reason"].isna().all()
    assert allowed["detail"].isna().all()


@pytest.mark.parametrize("method", ["frame", "findings_frame"])
def test_a_row_names_its_capture(analyses: dict[str, Analysis], method: str) -> None:
    shop = analyses["shop"]
    frame = getattr(shop, method)()
    assert frame.columns[-1] == "capture"
    paths = [source.path for source in shop.inputs]
    assert frame["capture"].tolist() == [paths[number] for number in frame["input"]]
    assert set(frame["capture"]) == set(paths), "of both"


def test_severities_compare(analyses: dict[str, Analysis]) -> None:
    frame = analyses["shop"].findings_frame()
    assert (frame["severity"] <= "low").any()
    assert not (frame["severity"] < "critical").any()
    assert frame["severity"].is_monotonic_increasing


def test_saved_preflights() -> None:
    story = """
OPTIONS https://api.example/items/1
Origin: https://app.example
Access-Control-Request-Method: PUT

204
Access-Control-Allow-Origin: https://app.example
Access-Control-Allow-Methods: PUT
Access-Control-Max-Age: 600

PUT https://api.example/items/1
Origin: https://app.example

200
Access-Control-Allow-Origin: https://app.example

PUT https://api.example/items/1
Origin: https://app.example

200
Access-Control-Allow-Origin: https://app.example
"""
    frame = analyze(parse_text(story)).endpoints_frame()
    row = frame.iloc[0]
    assert (row["endpoint"], row["fetches"], row["preflights"], row["saved"]) == (
        "https://api.example/items/{id}", 2, 1, 1,
    )  # fmt: skip
    assert row["saved_ms"] == row["preflight_ms"] > 0


def _access(story: str) -> dict[tuple[str, str], tuple[str, int, int]]:
    frame = analyze(parse_text(story)).policies_frame()
    return {
        (row["origin"], row["template"]): (row["access"], row["answers"], row["refused"])
        for row in frame.to_dict("records")
    }


GET = "\nGET https://api.example/{}\nOrigin: {}\n\n200\n{}\n"
ACAO, ACAC = "Access-Control-Allow-Origin: ", "Access-Control-Allow-Credentials: true"


@pytest.mark.parametrize(
    ("origin", "answered", "access"),
    [
        ("https://app.example", f"{ACAO}https://app.example\n{ACAC}", Access.WITH_CREDENTIALS),
        ("https://app.example", f"{ACAO}https://app.example", Access.WITHOUT_CREDENTIALS),
        ("https://app.example", f"{ACAO}*\n{ACAC}", Access.WITHOUT_CREDENTIALS),
        ("https://app.example", f"{ACAO}https://app.example/\n{ACAC}", Access.REFUSED),
        ("https://app.example", f"{ACAO}https://app.example\n{ACAO}https://app.example", Access.REFUSED),
        ("https://app.example", "X-Nothing: 1", Access.REFUSED),
        ("null", f"{ACAO}null\n{ACAC}", Access.WITH_CREDENTIALS),
    ],
)
def test_access(origin: str, answered: str, access: Access) -> None:
    assert _access(GET.format("me", origin, answered))[origin, "/me"] == (access, 1, 0 if access != "refused" else 1)


def test_any_origin_is_a_row_of_its_own() -> None:
    told = _access(GET.format("news", "https://app.example", f"{ACAO}*"))
    assert told == {
        ("*", "/news"): ("without-credentials", 1, 0),
        ("https://app.example", "/news"): ("without-credentials", 1, 0),
    }


def test_the_most_counts_and_refusals_are_told() -> None:
    story = GET.format("me", "https://app.example", f"{ACAO}https://app.example\n{ACAC}")
    story += GET.format("me", "https://app.example", "X-Nothing: 1")
    assert _access(story) == {("https://app.example", "/me"): ("with-credentials", 2, 1)}


def test_the_own_origin_is_no_stranger() -> None:
    assert _access(GET.format("me", "https://api.example", "X-Nothing: 1")) == {}


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
