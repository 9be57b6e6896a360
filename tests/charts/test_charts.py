"""Charts: every one draws every kind of data, twice to the same bytes, and tells the same as table and text."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import matplotlib
import pandas as pd
import pytest
from matplotlib.figure import Figure

from coranalyze import charts
from coranalyze.analysis import Analysis, analyze
from coranalyze.charts import CHARTS, Chart
from coranalyze.charts.policies import policies_table
from coranalyze.charts.preflights import preflights_table
from coranalyze.charts.reasons import reasons_table
from coranalyze.charts.style import ACCESS, COST, OUTCOMES, SEVERITIES, STAGES
from coranalyze.charts.timeline import BINS, timeline_table
from coranalyze.visible import short
from tests.reports.story import hostile

SAMPLES = Path(__file__).parent.parent.parent / "sample_data"
NASTY = "<script>$\\alpha$ \x1b[31m \u202e\ud800]]>&"
Frames = Callable[[str, Chart], pd.DataFrame]


@pytest.fixture(scope="module")
def frames() -> Frames:
    """Kind of data and chart → the frame."""
    analyses = {
        "nothing": Analysis([], []),
        "one": analyze(str(SAMPLES / "put-with-token.http")),
        "some": analyze(str(SAMPLES)),
        "hostile": hostile(NASTY),
    }
    made: dict[tuple[str, str], pd.DataFrame] = {}

    def frame(kind: str, chart: Chart) -> pd.DataFrame:
        key = (kind, chart.frame)
        if key not in made:
            made[key] = many(frame("some", chart)) if kind == "many" else getattr(analyses[kind], chart.frame)()
        return made[key]

    return frame


def many(some: pd.DataFrame) -> pd.DataFrame:
    """10,000 rows and more, of 300 servers with long names, over two hours."""
    copies = []
    for number in range(10_000 // len(some) + 1):
        copy = some.copy()
        server = f"https://{'a-very-long-name-' * (number % 9)}{number % 300}.example"
        copy["server"] = pd.Series(server, index=copy.index, dtype="string")
        copy["endpoint"] = pd.Series([f"{server}/{number}/{at}" for at in range(len(copy))], copy.index, "string")
        if "started" in copy:
            copy["started"] = copy["started"] + pd.Timedelta(seconds=7200 * number / 150)
        copies.append(copy)
    return pd.concat(copies, ignore_index=True)


@pytest.mark.parametrize("kind", ["nothing", "one", "some", "hostile", "many"])
@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_every_chart_draws_everything(frames: Frames, kind: str, chart: Chart) -> None:
    frame = frames(kind, chart)
    before = frame.copy()
    figure = chart.figure(frame)
    assert isinstance(figure, Figure)
    pd.testing.assert_frame_equal(frame, before)
    drawn = charts.svg(figure, chart.title, chart.text(frame))
    root = ElementTree.fromstring(drawn)
    assert not [e for e in root.iter() if e.tag.endswith(("}script", "}image", "}foreignObject", "}a"))]
    assert len(drawn) < 400_000
    labels = "".join(e.text or "" for e in root.iter() if e.tag.endswith("}text"))
    assert "\x1b" not in labels
    assert "\u202e" not in labels
    assert float(root.attrib["height"].removesuffix("pt")) < 1_400
    again = charts.svg(chart.figure(frame), chart.title, chart.text(frame))
    assert again == drawn
    table, text = chart.table(frame), chart.text(frame)
    assert text.endswith(".")
    assert not any(ord(c) < 32 for c in text)
    assert table.empty == (kind == "nothing" or text.startswith("No "))


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_pictures_are_the_same_every_time(frames: Frames, chart: Chart) -> None:
    frame = frames("one", chart)
    first = charts.png(chart.figure(frame))
    assert first.startswith(b"\x89PNG")
    assert charts.png(chart.figure(frame)) == first


def test_settings_of_the_reader_change_nothing(frames: Frames) -> None:
    chart = CHARTS[0]
    frame = frames("some", chart)
    plain = charts.svg(chart.figure(frame))
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.fonttype": "path"}):
        assert charts.svg(chart.figure(frame)) == plain
        assert matplotlib.rcParams["font.size"] == 30


def test_no_pyplot_and_the_same_bytes_in_any_process() -> None:
    code = """
import hashlib, sys
from coranalyze import analyze, charts
analysis = analyze("sample_data/shop-chrome.har", "sample_data/bank-mitmproxy.har")
done = hashlib.sha256()
for chart in charts.CHARTS:
    done.update(charts.svg(chart.figure(getattr(analysis, chart.frame)()), chart.title).encode())
assert "matplotlib.pyplot" not in sys.modules
print(done.hexdigest())
"""
    seen = {
        subprocess.run(
            [sys.executable, "-c", code], cwd=SAMPLES.parent, check=True, capture_output=True, text=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
        ).stdout
        for seed, zone in (("0", "UTC"), ("7", "Asia/Kathmandu"))
    }  # fmt: skip
    assert len(seen) == 1


def _texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]  # type: ignore[attr-defined]


def test_bars_start_at_zero_and_tell_their_numbers(frames: Frames) -> None:
    figure = charts.outcomes(frames("some", CHARTS[0]))
    assert figure.axes[0].get_xlim()[0] == 0
    assert "17 of 32 blocked" in _texts(figure)
    many_pairs = charts.outcomes(frames("many", CHARTS[0]))
    assert any("more pairs: " in text for text in _texts(many_pairs))


def test_tables_add_up(frames: Frames) -> None:
    fetches = frames("many", CHARTS[0])
    blocked = int((fetches["outcome"] == "blocked").sum())
    assert reasons_table(fetches)["requests"].sum() == blocked
    spans = timeline_table(fetches)
    timed = fetches[fetches["started"].dt.year > 1970]
    assert spans[list(OUTCOMES)].to_numpy().sum() == len(timed)
    assert spans["preflights"].sum() == timed["preflights"].sum()
    assert len(spans) <= BINS + 1
    endpoints = frames("some", CHARTS[3])
    costs = preflights_table(endpoints)
    assert costs["preflight_ms"].sum() == endpoints["preflight_ms"].sum()
    assert costs["preflight_ms"].is_monotonic_decreasing


def test_policies_name_what_is_partly_refused() -> None:
    row: dict[str, Any] = {"endpoint": "https://a/x", "access": "with-credentials", "answers": 3, "refused": 1}
    frame = pd.DataFrame([{"origin": "https://b", **row}, {"origin": "*", **row, "refused": 0}])
    table = policies_table(frame)
    assert table.columns.tolist() == ["endpoint", "*", "https://b"]
    assert table.iloc[0].tolist() == ["https://a/x", "with-credentials", "with-credentials (partly)"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://a.example", "https://a.example"),
        ("https://" + "x" * 60 + ".customer.example", "https://xxxxxxxxxxxxxx…xxxx.customer.example"),
        ("\x1b[31m", "\\x1b[31m"),
    ],
)
def test_long_labels_keep_both_ends(text: str, shown: str) -> None:
    assert short(text) == shown
    assert len(shown) <= 44


def _luminance(color: str) -> float:
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# Machado, Oliveira and Fernandes 2009: how deuteranopes and protanopes see linear red, green and blue.
_SEEN = {
    "deuteranopia": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "protanopia": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
}


@pytest.mark.parametrize("palette", [OUTCOMES, STAGES, SEVERITIES, ACCESS, COST])
@pytest.mark.parametrize("eyes", _SEEN)
def test_colors_can_be_told_apart(palette: dict[str, str], eyes: str) -> None:
    def seen(color: str) -> list[float]:
        rgb = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        return [sum(w * c for w, c in zip(row, rgb, strict=True)) for row in _SEEN[eyes]]

    colors = list(palette.values())
    for at, one in enumerate(colors):
        for other in colors[at + 1 :]:
            distance = sum((a - b) ** 2 for a, b in zip(seen(one), seen(other), strict=True)) ** 0.5
            assert distance > 0.1, (one, other)


def test_what_matters_stands_out_on_white() -> None:
    for color in (OUTCOMES["blocked"], OUTCOMES["allowed"], *STAGES.values(), *list(SEVERITIES.values())[:3]):
        assert 1.05 / (_luminance(color) + 0.05) >= 3, color
