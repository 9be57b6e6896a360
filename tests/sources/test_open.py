"""From paths to captures: files, folders, patterns, standard input, archives; and what is no capture."""

import gzip
import io
import sys
import zipfile
from pathlib import Path

import pytest

from coranalyze.exchange import REDACTED
from coranalyze.sources import Capture, NotACapture, open_captures
from coranalyze.sources.containers import TORN_GZIP, Content, contents, gunzip
from tests.sources.hars import capture_of, dump, entry, log, refusal_of

HAR = dump(log(entry(), entry("PUT")))


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def names(paths: list[str]) -> list[str]:
    return [
        f"{found.path}: {found.reason}" if isinstance(found, NotACapture) else found.path
        for found in open_captures(paths)
    ]


@pytest.mark.parametrize("name", ["x.har", "x.json", "x.txt", "x"])
def test_the_content_decides(tmp_path: Path, name: str) -> None:
    capture = capture_of(tmp_path, HAR, name)
    assert (capture.format, capture.path, capture.entries) == ("har", str(tmp_path / name), 2)


@pytest.mark.parametrize("name", ["x.har.gz", "x.zhar", "x.har"])
def test_gzip(tmp_path: Path, name: str) -> None:
    assert len(list(capture_of(tmp_path, gzip.compress(HAR), name).exchanges())) == 2


def test_gzip_in_several_members(tmp_path: Path) -> None:
    half = len(HAR) // 2
    packed = gzip.compress(HAR[:half]) + gzip.compress(HAR[half:])
    assert len(list(capture_of(tmp_path, packed).exchanges())) == 2


def test_truncated_gzip_keeps_what_can_be_unpacked(tmp_path: Path) -> None:
    many = dump(log(*[entry(url=f"https://api.example/{i * 7919 % 1000}/{i}") for i in range(300)]))
    packed = gzip.compress(many)
    capture = capture_of(tmp_path, packed[: len(packed) * 2 // 3])
    found = list(capture.exchanges())
    assert 0 < len(found) < 300
    assert capture.entries == len(found) + len(capture.skipped)
    assert capture.notes[0] == TORN_GZIP
    assert capture.notes[1].startswith("truncated: cut off at byte ")


def test_gunzip_stops_at_the_limit() -> None:
    packed = gzip.compress(bytes(5_000_000))
    assert len(gunzip("x", packed, limit=5_000_000)[0]) == 5_000_000
    with pytest.raises(NotACapture, match="unpacks to more than"):
        gunzip("x", packed, limit=4_999_999)


def test_zip(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(
        zipped({"har.har": HAR, "0a1b.json": b"{}", "sub/b.har.gz": gzip.compress(HAR), "../../c.har": HAR})
    )
    found = list(open_captures([str(path)]))
    assert [each.path for each in found] == [f"{path}!har.har", f"{path}!sub/b.har.gz", f"{path}!../../c.har"]
    assert all(isinstance(each, Capture) and len(list(each.exchanges())) == 2 for each in found)
    assert list(tmp_path.iterdir()) == [path]


def test_zip_bomb(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({"a.har": bytes(10_000_000), "b.har": HAR}))
    first, second = contents(str(path), limit=1_000_000)
    assert isinstance(first, NotACapture)
    assert "unpacks to more than 1000000 bytes" in first.reason
    assert isinstance(second, Content)


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({}, "without a capture"),
        ({"readme.md": b"x"}, "without a capture"),
        ({"[Content_Types].xml": b"x", "raw/1_c.txt": b"x"}, "SAZ"),
    ],
)
def test_zip_without_capture(tmp_path: Path, members: dict[str, bytes], reason: str) -> None:
    assert reason in refusal_of(tmp_path, zipped(members), "x.zip")


def test_damaged_zip(tmp_path: Path) -> None:
    whole = zipped({"a.har": HAR})
    assert "zip" in refusal_of(tmp_path, whole[:-30], "x.zip")
    at = whole.index(b"a.har") + 20
    assert "cannot be unpacked" in refusal_of(tmp_path, whole[:at] + b"\xff" * 20 + whole[at + 20 :], "x.zip")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"<!DOCTYPE html><html>", "HTML"),
        (b'<?xml version="1.0"?><items burpVersion="2026">', "Burp"),
        (b"<a/>", "XML"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"\xd4\xc3\xb2\xa1", "pcap"),
        (b"\x0a\x0d\x0d\x0a\x1c\x00\x00\x00", "pcapng"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"%PDF-1.7", "PDF"),
        (b"url,method,status\nx,y,z\n", "CSV"),
        (b"[1, 2]", "array"),
        (b"hello", "text"),
        (b"\x00\x01\x02", "binary"),
        (b"5:hello,", "text"),
        (b"8:5:hello,}", "flow"),
    ],
)
def test_what_is_no_capture_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    assert reason in refusal_of(tmp_path, content)


def test_no_such_file(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.har")
    assert names([missing]) == [f"{missing}: no such file"]
    assert names([str(tmp_path / "*.har")]) == [f"{tmp_path}/*.har: no file matches"]
    assert names([str(tmp_path)]) == [f"{tmp_path}: no capture in this folder"]


def test_a_nul_in_the_path() -> None:
    assert [type(found) for found in open_captures(["a\0b"])] == [NotACapture]


def test_folders_and_patterns(tmp_path: Path) -> None:
    for name in ("b.har", "a.har.gz", "sub/c.HAR", "sub/notes.txt", "data.json", ".git/d.har"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(HAR)
    assert names([str(tmp_path)]) == [str(tmp_path / name) for name in ("a.har.gz", "b.har", "sub/c.HAR")]
    assert names([str(tmp_path / "*.har*")]) == [str(tmp_path / name) for name in ("a.har.gz", "b.har")]
    assert names([str(tmp_path / "**" / "*.HAR")]) == [str(tmp_path / "sub/c.HAR")]
    assert names([str(tmp_path / "s*")]) == [str(tmp_path / "sub/c.HAR")]
    assert names([str(tmp_path / "data.json"), str(tmp_path / "b.har")]) == [
        str(tmp_path / name) for name in ("data.json", "b.har")
    ]


def test_a_name_that_looks_like_a_pattern(tmp_path: Path) -> None:
    path = tmp_path / "a[1].har"
    path.write_bytes(HAR)
    assert names([str(path)]) == [str(path)]


@pytest.mark.parametrize("content", [HAR, gzip.compress(HAR)])
def test_standard_input(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    (capture,) = open_captures(["-"])
    assert isinstance(capture, Capture)
    assert capture.path == "-"
    assert len(list(capture.exchanges())) == 2


def test_one_bad_input_costs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.har").write_bytes(b"<html>")
    (tmp_path / "b.har").write_bytes(HAR)
    assert [type(found) for found in open_captures([str(tmp_path)])] == [NotACapture, Capture]


def test_keep_values(tmp_path: Path) -> None:
    path = tmp_path / "a.har"
    path.write_bytes(dump(log(entry(url="https://a.example/?token=abc", asked={"X-A": "value", "Cookie": "a=secret"}))))
    (capture,) = open_captures([str(path)], keep_values=True)
    assert isinstance(capture, Capture)
    (found,) = capture.exchanges()
    assert found.url == "https://a.example/?token=abc"
    assert list(found.request) == [("X-A", "value"), ("Cookie", f"a={REDACTED}")]
