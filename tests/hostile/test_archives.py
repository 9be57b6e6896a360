"""Packed input: bombs, damage, links and paths that lead elsewhere."""

import gzip
import io
import os
import zipfile
from pathlib import Path

import pytest

from coranalyze.analysis import analyze
from coranalyze.sources import SKIPPED, containers
from coranalyze.sources.capture import GIVE_UP
from tests.cli.run import run
from tests.hostile.growth import is_linear
from tests.sources.hars import dump, entry, log, refusal_of

HAR = dump(log(entry(), entry("PUT")))
HEAD = b'{"coranalyze_capture":1}\n'


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["gzip", "zip", "gzip in zip"])
def test_a_bomb_is_refused_by_its_ratio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(containers, "FREE", 1 << 20)
    bomb = b'{"log":{"entries":[' + b" " * 40_000_000
    packed = gzip.compress(bomb)
    content = {"gzip": packed, "zip": zipped(("a.har", bomb)), "gzip in zip": zipped(("a.har.gz", packed))}[kind]
    reason = refusal_of(tmp_path, content, "a.har.zip" if "zip" in kind[-3:] else "a.har.gz")
    assert reason == "unpacks to more than 200 times its size: not read; if you trust it, unpack it first"


def test_what_is_small_may_shrink_as_it_likes(tmp_path: Path) -> None:
    har = dump(log(entry(), comment=" " * 10_000_000))
    packed = gzip.compress(har)
    assert len(har) > containers.RATIO * len(packed)
    path = tmp_path / "a.har.gz"
    path.write_bytes(packed)
    assert analyze(str(path)).summary.entries == 1


@pytest.mark.slow
def test_a_crowd_of_gzip_members_takes_linear_time() -> None:
    member, last = gzip.compress(b""), gzip.compress(HAR)

    def unpack(count: int) -> None:
        assert containers.gunzip("x", member * count + last)[0] == HAR

    assert is_linear(unpack, 20_000)


def test_a_capture_of_lines_that_are_none_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "a.cors.jsonl.gz"
    path.write_bytes(gzip.compress(HEAD + b"1\n" * 5_000_000))
    analysis = analyze(str(path))
    (source,) = analysis.inputs
    assert source.entries == source.skips == GIVE_UP
    assert len(source.skipped) == SKIPPED
    assert source.notes[0].startswith(f"broken: {GIVE_UP} lines that cannot be used; nothing was read from line 10001")


def test_one_line_without_end_costs_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.cors.jsonl.gz"
    path.write_bytes(gzip.compress(HEAD + b"\0" * 100_000_000))
    (source,) = analyze(str(path)).inputs
    assert source.entries == len(source.skipped) == 1


def test_links_and_paths_in_a_zip_lead_nowhere(tmp_path: Path) -> None:
    secret = tmp_path / "secret.har"
    secret.write_bytes(HAR)
    link = zipfile.ZipInfo("link.har")
    link.external_attr = 0o120777 << 16
    path = tmp_path / "in" / "a.har.zip"
    path.parent.mkdir()
    path.write_bytes(zipped((link, str(secret).encode()), ("../../up.har", HAR), (f"{tmp_path}/abs.har", HAR)))
    analysis = analyze(str(path))
    assert [(source.entries, bool(source.error)) for source in analysis.inputs] == [(0, True), (2, False), (2, False)]
    assert sorted(tmp_path.rglob("*")) == [path.parent, path, secret]


def test_the_same_bytes_twice_in_a_zip(tmp_path: Path) -> None:
    whole = bytearray(zipped(("a.har", HAR), ("b.har", HAR)))
    # Both names of the directory lead to the first member.
    second = whole.rindex(b"PK\x01\x02")
    whole[second + 42 : second + 46] = bytes(4)
    path = tmp_path / "a.har.zip"
    path.write_bytes(whole)
    first, other = analyze(str(path)).inputs
    assert first.entries == 2
    assert "cannot be unpacked" in other.error


def test_pipes_and_loops_of_links_in_a_folder(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.har")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self.har").symlink_to(tmp_path / "self.har")
    (tmp_path / "a.har").write_bytes(HAR)
    assert [source.path for source in analyze(str(tmp_path)).inputs] == [str(tmp_path / "a.har")]


def test_a_stream_without_end() -> None:
    (content,) = containers.contents("/dev/zero", limit=1_000_000)
    assert "more than 1000000 bytes from a pipe or device" in str(content)
    done = run("judge", "/dev/zero")
    assert done.returncode == 2
    assert "line 1: no request line" in done.stderr
