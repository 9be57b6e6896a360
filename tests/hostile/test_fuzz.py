"""Damaged, mixed and made-up input of every kind.

A long run: `FUZZ_MINUTES=60 nice pytest -m slow -s tests/hostile/test_fuzz.py`, which ends with how many cases. The
minutes are those of the processor: on a busy machine the run takes longer instead of doing less.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from coranalyze.analysis import analyze
from coranalyze.cli.choices import Format
from tests.conftest import SAMPLES
from tests.hostile.seeds import companions, seeds
from tests.hostile.survival import ALL, QUICK, TABLES, companion_survives, other_verbs_survive, survives

SCRAPS = [
    b'"', b"{", b"[", b"]", b"}", b",", b":", b"\\", b"\0", b"\xff", b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"\n",
    b"\r\n\r\n", b"null", b"true", b"NaN", b"-Infinity", b"1e999", b"-1", b"9" * 400, b'"log":', b'"entries":[',
    b'{"log":{"entries":[{}]}}', b'"NaN-NaN-NaN"', b'"+275760-09-13T00:00:00Z"', b'"0001-01-01"', b"[" * 3000,
    b'{"a":' * 3000, b"\xef\xbb\xbf", b"\xff\xfe", b"\x1b[31m", b"\xe2\x80\xae", b"<script>", b"=cmd|'/C calc'!A0",
    b"::error::x%0A", b"](javascript:x)", b"..\xe2\x80\xa8", b"https://u:p@[::1]:99999/%00?", b"OPTIONS", b"307",
    b"Access-Control-Allow-Origin", b"*, null", b"\x1f\x8b\x08", b"PK\x03\x04", b"12:5:hello,", b"999999999999:1:",
    b"GET https://a.example/\n\n200\n", b'\n{"method":[]}\n', b"\\\"", b"{{7*7}}", b"A" * 3000,
]  # fmt: skip


@st.composite
def files(draw: st.DrawFn, of: Callable[[], dict[str, bytes]] = seeds) -> tuple[str, bytes]:
    """A seed with a few wounds, sometimes packed anew or with a part of another seed in it."""
    known = of()
    name = draw(st.sampled_from(sorted(known)))
    data = bytearray(known[name])
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        size = draw(st.integers(0, 60))
        match draw(st.sampled_from(["byte", "scrap", "over", "cut", "delete", "repeat", "graft", "value"])):
            case "byte":
                data[at : at + 1] = bytes([draw(st.integers(0, 255))])
            case "scrap":
                data[at:at] = draw(st.sampled_from(SCRAPS))
            case "over":
                scrap = draw(st.sampled_from(SCRAPS))
                data[at : at + size] = scrap
            case "cut":
                del data[at:]
            case "delete":
                del data[at : at + size]
            case "repeat":
                data[at:at] = data[at : at + size] * draw(st.integers(1, 30))
            case "graft":
                other = known[draw(st.sampled_from(sorted(known)))]
                begin = draw(st.integers(0, len(other)))
                data[at:at] = other[begin : begin + 10 * size]
            case "value":
                # What stands between two marks of JSON gives way to something else.
                end = min((i for i in (data.find(mark, at) for mark in b",}]") if i >= 0), default=len(data))
                begin = data.rfind(b":", 0, end) + 1
                data[begin:end] = draw(st.sampled_from(SCRAPS))
    return name, bytes(data)


BEFORE = analyze(str(SAMPLES / "shop-chrome.har"))
"""What damaged captures are compared with."""


def check(folder: Path, name: str, data: bytes, formats: tuple[Format, ...] = QUICK) -> None:
    path = folder / name
    path.write_bytes(data)
    survives(path, formats)


@pytest.mark.parametrize("name", sorted(seeds()))
def test_the_seeds_are_captures(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(seeds()[name])
    analysis = survives(path)
    assert analysis.fetches
    assert not any(source.error or source.skipped for source in analysis.inputs)


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(file=files())
def test_wounded_captures(tmp_path: Path, file: tuple[str, bytes]) -> None:
    check(tmp_path, *file)


@settings(max_examples=5, suppress_health_check=list(HealthCheck))
@given(file=files())
def test_wounded_captures_in_every_format(tmp_path: Path, file: tuple[str, bytes]) -> None:
    check(tmp_path, *file, ALL)


def check_other_verbs(folder: Path, name: str, data: bytes) -> None:
    path = folder / name
    path.write_bytes(data)
    other_verbs_survive(path, BEFORE)


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(file=files())
def test_wounded_captures_compared_copied_and_followed(tmp_path: Path, file: tuple[str, bytes]) -> None:
    check_other_verbs(tmp_path, *file)


def check_companion(folder: Path, name: str, data: bytes) -> None:
    path = folder / name
    path.write_bytes(data)
    companion_survives(path, SAMPLES / "textbook.http")


@pytest.mark.parametrize("name", sorted(companions()))
def test_the_companions_are_whole(tmp_path: Path, name: str) -> None:
    check_companion(tmp_path, name, companions()[name])


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(file=files(companions))
def test_wounded_console_logs_settings_and_baselines(tmp_path: Path, file: tuple[str, bytes]) -> None:
    check_companion(tmp_path, *file)


@pytest.mark.slow
def test_for_long(tmp_path: Path) -> None:
    """`FUZZ_MINUTES` (by default one) of ever new examples, from `FUZZ_SEED` on; what fails is shrunk and shown."""
    begin, worked = time.monotonic(), time.process_time()
    end = worked + 60 * float(os.environ.get("FUZZ_MINUTES", "1"))
    first = number = int(os.environ.get("FUZZ_SEED") or random.randrange(1 << 32))
    cases: Counter[str] = Counter()
    try:
        while time.process_time() < end:
            number += 1
            kind = KINDS[number % len(KINDS)]
            _round(tmp_path, number, kind, cases)()
    finally:
        told = ", ".join(f"{count} {kind}" for kind, count in sorted(cases.items()))
        minutes = (time.process_time() - worked) / 60
        spent = f"{minutes:.1f} minutes of the processor in {(time.monotonic() - begin) / 60:.1f}"
        print(f"seeds {first + 1} to {number}, {spent}: {told}")


KINDS = ("quick", "quick", "quick", "quick", "tables", "verbs", "companions", "quick", "verbs", "every format")
EXAMPLES = {"every format": 20, "verbs": 100}


def _round(folder: Path, number: int, kind: str, cases: Counter[str]) -> Callable[[], None]:
    @hypothesis.seed(number)
    @settings(
        max_examples=EXAMPLES.get(kind, 200), database=None, suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink), derandomize=False,
    )  # fmt: skip
    @given(file=files(companions if kind == "companions" else seeds))
    def run(file: tuple[str, bytes]) -> None:
        cases[kind] += 1
        match kind:
            case "companions":
                check_companion(folder, *file)
            case "verbs":
                check_other_verbs(folder, *file)
            case _:
                check(folder, *file, {"every format": ALL, "tables": QUICK + TABLES}.get(kind, QUICK))

    return run
