"""A capture that is cut gives what it gives as a whole."""

import gzip
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coranalyze.analysis import analyze
from coranalyze.failure import failures, is_failure
from coranalyze.fetch import Credentials, Preflight
from coranalyze.frame import FetchTuple, fetch_frame, fetch_frames
from coranalyze.large import before
from coranalyze.large.analysis import LargeAnalysis
from coranalyze.large.cuts import Cuts
from coranalyze.large.kinds import Kinds
from coranalyze.large.piece import Options, Part
from coranalyze.large.pool import Pool
from coranalyze.large.run import analyze_large
from coranalyze.reports.json import FetchRow
from coranalyze.sources import SKIPPED
from coranalyze.sources.capture import GIVE_UP
from tests.conftest import SAMPLES
from tests.large import captures
from tests.large.captures import FIRST, document, get, many, polled, write

ALL = 1 << 30


@given(captures.captures(), st.integers(1, 3_000), st.booleans())
@settings(max_examples=30)
def test_any_cut(tmp_path_factory: pytest.TempPathFactory, text: bytes, cut: int, packed: bool) -> None:
    folder = tmp_path_factory.mktemp("cut")
    path = write(folder / ("x.cors.jsonl.gz" if packed else "x.cors.jsonl"), text)
    large = analyze_large([path], rows=(FetchRow,), cut=cut, margin=ALL, few=0)
    assert document(large) == document(analyze(path))


@given(captures.captures(secrets=True), st.integers(1, 3_000))
@settings(max_examples=15)
def test_what_is_not_masked_yet(tmp_path_factory: pytest.TempPathFactory, text: bytes, cut: int) -> None:
    path = write(tmp_path_factory.mktemp("cut") / "x.cors.jsonl", text)
    large = analyze_large([path], rows=(FetchRow,), cut=cut, margin=ALL, few=0)
    assert document(large) == document(analyze(path))


@pytest.mark.parametrize("text", [many(300), polled(300)], ids=["many", "polled"])
def test_margins_hold_what_belongs_together(tmp_path: Path, text: bytes) -> None:
    path = write(tmp_path / "x.cors.jsonl", text)
    whole = document(analyze(path))
    for cut in (5_000, 20_000, 77_777):
        parts = [task for task in Cuts([path], Options(cut=cut, margin=2_000)) if isinstance(task, Part)]
        longest = max(map(len, text.splitlines(keepends=True)))
        sizes = [part.end.byte - part.begin.byte for part in parts]
        assert all(cut <= size < cut + longest for size in sizes[:-1])
        assert 0 < sizes[-1] < cut + longest
        assert len(FIRST) + sum(sizes) == len(text)
        assert document(analyze_large([path], rows=(FetchRow,), cut=cut, margin=2_000)) == whole


@pytest.mark.parametrize(
    "text",
    [
        FIRST + b"{\n" * (GIVE_UP + 5) + get("https://a.example", "https://b.example/", 0),
        FIRST + get("https://a.example", "https://b.example/", 0) * 50 + b"{\n" * (GIVE_UP - 1) + b"{}\n",
        FIRST + b'{"lost":1}\n' * 20 + get("https://a.example", "https://b.example/", 0) * 20 + b'{"closed":1}\n' * 3,
        FIRST + b'{"method":"GET","method":null}\n' * 3 + get("https://a.example", "https://b.example/", 0) * 20,
        FIRST + get("https://a.example", "https://b.example/", 0).replace(b'{"method"', b'{ "method"') * 30,
        b'{"coranalyze_capture":99}\n' + get("https://a.example", "https://b.example/", 0) * 30,
        b'{"coranalyze_capture":1\n' + get("https://a.example", "https://b.example/", 0) * 30,
        FIRST,
    ],
    ids=["all bad", "bad end", "about the file", "method twice", "foreign", "newer", "damaged first line", "nothing"],
)  # fmt: skip
def test_odd_files(tmp_path: Path, text: bytes) -> None:
    path = write(tmp_path / "x.cors.jsonl", text)
    assert document(analyze_large([path], rows=(FetchRow,), cut=500, margin=300)) == document(analyze(path))


def test_torn_gzip(tmp_path: Path) -> None:
    packed = gzip.compress(many(200))
    for end in (len(packed) // 2, len(packed) - 10, len(packed) - 1):
        path = tmp_path / "x.cors.jsonl.gz"
        path.write_bytes(packed[:end])
        large = analyze_large([str(path)], rows=(FetchRow,), cut=9_000, margin=4_000)
        assert document(large) == document(analyze(str(path)))
        assert any("gzip" in note for note in large.inputs[0].notes)


def test_what_is_not_cut(tmp_path: Path) -> None:
    """Files of other formats; also such whose fetches begin before others that are over already."""
    paths = [str(SAMPLES), str(tmp_path / "none.har"), write(tmp_path / "x.cors.jsonl", many(60))]
    whole = analyze(*paths)
    for few in (0, 1, 7, 40):
        large = analyze_large(paths, rows=(FetchRow,), few=few)
        assert isinstance(large, LargeAnalysis)
        assert document(large) == document(whole)
    assert type(analyze_large(paths, few=len(whole.fetches))) is type(whole)


def test_pages_visited_before_the_margin(tmp_path: Path) -> None:
    """A frame may stand in a page that was opened long ago: the absent Sec-Fetch-Storage-Access tells nothing then."""
    app, url = "https://a.example", "https://b.example/data"
    between = b"".join(get(app, f"https://c.example/{i}", 100.0 + i) for i in range(50))
    text = between + get(app, url, 900)
    for first, known in ((captures.visit("https://www.b.example", 1), False), (b"", True)):
        path = write(tmp_path / "x.cors.jsonl", FIRST + first + text)
        whole = analyze(path)
        assert (whole.fetches[-1].credentials is Credentials.NOT_INCLUDE) is known
        assert document(analyze_large([path], rows=(FetchRow,), cut=3_000, margin=500)) == document(whole)


def test_embedder_policies_of_pages_before_the_margin(tmp_path: Path) -> None:
    app = "https://a.example"
    page = captures.visit(app, 1, ["Cross-Origin-Embedder-Policy", "require-corp"])
    image = [["Sec-Fetch-Mode", "no-cors"], ["Sec-Fetch-Dest", "image"], ["Referer", f"{app}/"]]
    between = b"".join(get(app, f"https://c.example/{i}", 100.0 + i) for i in range(50))
    path = write(
        tmp_path / "x.cors.jsonl",
        FIRST + page + between + captures.line("GET", "https://b.example/x", 900, 200, image, []),
    )
    whole = analyze(path)
    assert whole.fetches[-1].reason == "corp"
    assert document(analyze_large([path], rows=(FetchRow,), cut=3_000, margin=500)) == document(whole)


def test_preflights_in_the_cache_from_before_the_margin(tmp_path: Path) -> None:
    app, url = "https://a.example", "https://b.example/data"
    between = [b"".join(get(app, f"https://c.example/{i}", at + i) for i in range(50)) for at in (100, 2_000, 4_000)]
    asked = captures.preflight(app, url, 0, max_age="7200") + captures.put(app, url, 30)
    again = captures.put(app, url, 3_000)
    path = write(tmp_path / "x.cors.jsonl", FIRST + asked + between[0] + between[1] + again + between[2] + again)
    whole = analyze(path)
    assert [fetch.preflight for fetch in whole.fetches if fetch.method == "PUT"] == [
        Preflight.RECORDED, Preflight.CACHED, Preflight.CACHED,
    ]  # fmt: skip
    large = analyze_large([path], rows=(FetchRow,), cut=3_000, margin=500)
    assert document(large) == document(whole)
    assert large.preflight_cost.rows == whole.preflight_cost.rows


def test_no_more_preflights_go_with_a_part_than_a_browser_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(before, "KEPT", 2)
    kept = before.Before()
    app, other = "https://a.example", "https://other.example"
    pairs = [captures.preflight(app, f"https://b.example/{i}", 0) + captures.put(app, f"https://b.example/{i}", 30)
             for i in range(3)]  # fmt: skip
    text = b"".join(pairs) + captures.put(app, "https://b.example/2", 60) + get(other, "https://b.example/2", 90)
    kept.take(bytearray(text), len(text))
    assert kept.preflights == pairs[1] + pairs[2]
    kept.take(bytearray(pairs[1]), len(pairs[1]))
    assert kept.preflights == pairs[2] + pairs[1]


def test_a_fetch_that_takes_long(tmp_path: Path) -> None:
    """Its preflight comes thousands of fetches before its request: pieces overlap."""
    app, url = "https://a.example", "https://b.example/upload"
    between = b"".join(get(app, f"https://b.example/{i}", 100.0 + i) for i in range(50))
    text = FIRST + captures.preflight(app, url, 0) + between + captures.put(app, url, 200) + between
    path = write(tmp_path / "x.cors.jsonl", text)
    for few in (1, 3, 20):
        assert document(analyze_large([path], rows=(FetchRow,), few=few)) == document(analyze(path))


def test_counts_are_of_all(tmp_path: Path) -> None:
    path = write(tmp_path / "x.cors.jsonl", many(600))
    whole, large = analyze(path), analyze_large([path], cut=20_000, margin=2_000)
    assert large.summary == whole.summary
    assert 0 < len(large.fetches) < len(whole.fetches)
    assert large.left_out == len(whole.fetches) - len(large.fetches)
    assert [(f.verdict, f.count, f.endpoints, f.cause) for f in failures(large)] == [
        (f.verdict, f.count, f.endpoints, f.cause) for f in failures(whole)
    ]
    assert large.endpoints_frame().equals(whole.endpoints_frame())
    assert large.preflight_cost.rows == whole.preflight_cost.rows
    assert [(a.cause, a.count, a.fetches) for a in large.advisories] == [
        (a.cause, a.count, a.fetches) for a in whole.advisories
    ]


@pytest.mark.parametrize("most", [20, 40])
def test_what_is_left_out_does_not_hang_on_the_cuts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:  # fmt: skip
    """Of more answers than are audited, parts are told what is known to be left out."""
    monkeypatch.setattr("coranalyze.endpoint.fold.ALL", most)
    path = write(tmp_path / "x.cors.jsonl", polled(400))
    whole = analyze(path)
    assert whole.fold.left_out > 0
    assert whole.findings
    for cut, ahead in ((3_000, 0), (20_000, 0), (3_000, 4)):
        # Tasks given out ahead do not know yet what will be left out.
        pool: Pool[Any] | None = (
            Pool(lambda: ThreadPoolExecutor(1), lambda executor: executor.shutdown(), ahead) if ahead else None
        )
        large = analyze_large([path], pool=pool, rows=(FetchRow,), cut=cut, margin=2_000)
        assert isinstance(large, LargeAnalysis)
        assert document(large) == document(whole)
        assert large.fold.left_out == whole.fold.left_out
        assert large.fold.servers.keys() == whole.fold.servers.keys()


def test_kinds_in_any_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The first of each kind, and the kinds that came first, however they are parted."""
    monkeypatch.setattr("coranalyze.large.kinds.KINDS", 6)
    fetches = [fetch for fetch in analyze(write(tmp_path / "x.cors.jsonl", many(300))).fetches if is_failure(fetch)]
    whole = Kinds()
    for fetch in fetches:
        whole.add(fetch)
    assert len(list(whole.kept())) == 6 * 3
    for count in (2, 7):
        parts = [Kinds() for _ in range(count)]
        for number, fetch in enumerate(fetches):
            parts[number % count].add(fetch)
        joined = Kinds()
        for part in reversed(parts):
            joined.merge(part)
        assert list(joined.kept()) == list(whole.kept())


def test_frames_come_in_parts(tmp_path: Path) -> None:
    path = write(tmp_path / "x.cors.jsonl", many(200))
    whole = fetch_frame(analyze(path))
    large = analyze_large([path], rows=(FetchTuple,), cut=9_000, margin=2_000)
    begin = 0
    for part in fetch_frames(large, size=64):
        assert part.equals(whole.iloc[begin : begin + 64])
        begin += len(part)
    assert begin == len(whole)


def test_options_are_heard(tmp_path: Path) -> None:
    path = write(tmp_path / "x.cors.jsonl", many(100))
    for options in (
        {"include_hosts": ("api1.example",)}, {"exclude_hosts": ("api1.*",)}, {"browser": "firefox"},
        {"verdicts_only": True}, {"keep_values": True}, {"first_parties": ["example"]}, {"select": ["COR8"]},
    ):  # fmt: skip
        large = analyze_large([path], rows=(FetchRow,), cut=5_000, margin=2_000, **options)
        assert document(large) == document(analyze(path, **options))


def test_lines_that_cannot_be_used_are_all_counted(tmp_path: Path) -> None:
    good = get("https://a.example", "https://b.example/", 0)
    path = write(tmp_path / "x.cors.jsonl", FIRST + (b"{\n" * 3 + good) * 400)
    whole, large = analyze(path), analyze_large([path], rows=(FetchRow,), cut=5_000, margin=2_000)
    assert isinstance(large, LargeAnalysis)
    assert document(large) == document(whole)
    (source,) = large.inputs
    assert (source.entries, source.skips, len(source.skipped)) == (1_600, 1_200, SKIPPED)
    assert "1,200 entries could not be used; why is told of the first 1,000" in source.notes
