"""Captures that end in the middle: what is whole before the cut is kept, as it is in the whole file."""

import json
import random
from pathlib import Path

import pytest

from coranalyze.exchange import Exchange
from coranalyze.sources import Capture, NotACapture, open_captures
from tests.conftest import SAMPLES
from tests.hostile.seeds import seeds
from tests.hostile.survival import QUICK, survives

CUTS = MUTATIONS = 200


def exchanges_of(path: Path, data: bytes) -> tuple[list[Exchange], str]:
    """By their position, and why there are none."""
    path.write_bytes(data)
    found: list[Exchange] = []
    reason = ""
    for opened in open_captures([str(path)]):
        if isinstance(opened, NotACapture):
            reason = opened.reason
            continue
        assert isinstance(opened, Capture)
        found += opened.exchanges()
        assert opened.entries == len(found) + len(opened.skipped)
    return sorted(found, key=lambda exchange: exchange.entry), reason


def ends_of(name: str, data: bytes) -> list[int]:
    """Where each entry ends, told apart from the package's own readers."""
    ends: list[int] = []
    if name.endswith(".flow"):
        at = 0
        while at < len(data):
            colon = data.index(b":", at)
            at = colon + 2 + int(data[at:colon])
            ends.append(at)
    elif name.endswith(".jsonl"):
        first, *lines = data.splitlines(keepends=True)
        at = len(first)
        for line in lines:
            at += len(line)
            if b'"method"' in line:
                ends.append(at - 1)
    else:
        text = data.decode("latin-1")
        at = text.index("[", text.index('"entries"')) + 1
        while True:
            at += len(text[at:]) - len(text[at:].lstrip(", \t\r\n"))
            if text[at] == "]":
                break
            _, at = json.JSONDecoder(strict=False).raw_decode(text, at)
            ends.append(at)
    return ends


@pytest.mark.parametrize("name", [name for name in sorted(seeds()) if name.endswith((".har", ".flow", ".jsonl"))])
def test_whole_entries_before_a_cut_are_kept(tmp_path: Path, name: str) -> None:
    data = seeds()[name]
    path = tmp_path / name
    whole, _ = exchanges_of(path, data)
    ends = ends_of(name, data)
    assert len(ends) >= len(whole) > 0
    step = 1 if len(data) < 3_000 else 11
    for cut in range(0, len(data), step):
        found, reason = exchanges_of(path, data[:cut])
        assert found or reason or cut, cut
        kept = [each for each in whole if ends[each.entry] <= cut]
        # A capture is read as it was judged; a HAR's dialect may show in what was cut off.
        assert {each.entry for each in kept} <= {each.entry for each in found}, cut
        assert len(found) <= len(kept) + 1, cut


@pytest.mark.parametrize("name", [name for name in sorted(seeds()) if name.endswith((".gz", ".zip", ".http"))])
def test_every_cut_is_told(tmp_path: Path, name: str) -> None:
    data = seeds()[name]
    path = tmp_path / name
    for cut in range(0, len(data), 1 if len(data) < 700 else 3):
        path.write_bytes(data[:cut])
        (source,) = survives(path, ()).inputs
        assert source.error or source.entries or source.notes, cut


def mutated(data: bytes, chance: random.Random) -> bytes:
    wounded = bytearray(data)
    for _ in range(chance.choice((1, 1, 3, 20))):
        at = chance.randrange(len(wounded))
        match chance.randrange(4):
            case 0:
                wounded[at] = chance.randrange(256)
            case 1:
                del wounded[at : at + chance.randrange(1, 40)]
            case 2:
                wounded[at:at] = chance.choice(
                    (b'"', b"{", b"[", b"}", b"\0", b"\xff", b"1e999", b"null", b"\\ud800", b",")
                )
            case _:
                begin = chance.randrange(len(wounded))
                wounded[at:at] = wounded[begin : begin + chance.randrange(1, 200)]
    return bytes(wounded)


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.*")), ids=lambda path: path.name)
def test_samples_cut_and_mutated(tmp_path: Path, path: Path) -> None:
    if path.suffix not in (".har", ".flow", ".http"):
        return
    data = path.read_bytes()
    file = tmp_path / path.name
    chance = random.Random(path.name)
    for n in range(CUTS):
        file.write_bytes(data[: n * len(data) // CUTS])
        survives(file, QUICK if n % 10 == 0 else ())
    for n in range(MUTATIONS):
        file.write_bytes(mutated(data, chance))
        survives(file, QUICK if n % 10 == 0 else ())
