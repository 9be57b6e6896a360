"""Captures behind URLs, in fsspec's storage in memory; what is printed of a URL; what is told where reading fails."""

import gzip
import io
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest

from coranalyze.sources import Capture, NotACapture, open_captures, storage
from coranalyze.sources.containers import captures_in
from tests.conftest import SAMPLES
from tests.sources.hars import dump, entry, log

HAR = dump(log(entry(), entry("PUT")))
LINE = b'{"method":"GET","url":"https://api.example/%d","started":1.0,"status":200,"request":[],"response":[]}\n'
CAPTURE = b'{"coranalyze_capture":1}\n' + b"".join(LINE % i for i in range(3)) + b'{"closed":2.0,"exchanges":3}\n'


@pytest.fixture
def memory() -> Iterator[Any]:
    """The storage in memory, empty before and after."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    system.pseudo_dirs[:] = [""]
    yield system
    system.store.clear()


def zipped(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
    return file.getvalue()


def told(*paths: str) -> list[str]:
    """Path and exchanges of each capture, or why it is none."""
    return [
        f"{each.path}: {each.reason}" if isinstance(each, NotACapture) else f"{each.path} {len(list(each.exchanges()))}"
        for each in open_captures(paths)
    ]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("x.har", HAR, "memory://b/x.har 2"),
        ("x.har.gz", gzip.compress(HAR), "memory://b/x.har.gz 2"),
        ("x.zip", zipped("a.har", HAR), "memory://b/x.zip!a.har 2"),
        ("x.cors.jsonl", CAPTURE, "memory://b/x.cors.jsonl 3"),
        ("x.cors.jsonl.gz", gzip.compress(CAPTURE), "memory://b/x.cors.jsonl.gz 3"),
        ("x.flow", (SAMPLES / "shop-mitmproxy.flow").read_bytes(), "memory://b/x.flow 12"),
        ("x.png", b"\x89PNG\r\n", "memory://b/x.png: a PNG image"),
        ("x.har", b"", "memory://b/x.har: empty"),
    ],
)
def test_the_content_decides(memory: Any, name: str, content: bytes, expected: str) -> None:
    memory.pipe(f"/b/{name}", content)
    assert told(f"memory://b/{name}") == [expected]


def test_folders_and_patterns(memory: Any) -> None:
    for name in ("b.har", "a.har", "deep/c.har", "notes.txt"):
        memory.pipe(f"/f/{name}", HAR)
    assert told("memory://f") == ["memory://f/a.har 2", "memory://f/b.har 2", "memory://f/deep/c.har 2"]
    assert told("memory://f/") == told("memory://f")
    assert told("memory://f/*.har") == ["memory://f/a.har 2", "memory://f/b.har 2"]
    assert told("memory://f/notes.txt") == ["memory://f/notes.txt 2"]
    assert told("memory://f/*.flow") == ["memory://f/*.flow: no file matches"]
    memory.pipe("/g/notes.txt", b"")
    assert told("memory://g") == ["memory://g: no capture in this folder"]


def test_captures_are_read_line_by_line(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = 40_000
    content = b'{"coranalyze_capture":1}\n' + b"".join(LINE % i for i in range(lines))
    file = io.BytesIO(content)
    memory.pipe("/large.cors.jsonl", b"")
    monkeypatch.setattr(memory, "open", lambda path, mode: file)
    (capture,) = open_captures(["memory://large.cors.jsonl"])
    assert isinstance(capture, Capture)
    exchanges = capture.exchanges()
    next(exchanges)
    assert 0 < file.tell() < len(content) / 2
    assert len(list(exchanges)) == lines - 1


@pytest.mark.parametrize("seeks", [True, False])
def test_captures_of_an_archive_are_counted_by_its_list(
    memory: Any, monkeypatch: pytest.MonkeyPatch, *, seeks: bool
) -> None:  # fmt: skip
    """Which stands at the end: the rest is read where a storage gives no parts of files only."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.har", HAR)
        file.writestr("ballast", bytes(20_000_000))
        file.writestr("b.har", HAR)
    memory.pipe("/b/x.zip", archive.getvalue())
    found: list[int] = []
    read, seek = storage._Remote.readinto, storage._Remote.seek

    def reading(remote: storage._Remote, buffer: bytearray) -> int:
        found.append(read(remote, buffer))
        return found[-1]

    def seeking(remote: storage._Remote, offset: int, whence: int = io.SEEK_SET) -> int:
        if not seeks:
            raise OSError("from its beginning to its end")
        return seek(remote, offset, whence)

    monkeypatch.setattr(storage._Remote, "readinto", reading)
    monkeypatch.setattr(storage._Remote, "seek", seeking)
    assert captures_in("memory://b/x.zip") == 2
    assert (sum(found) < 5_000_000) == seeks


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("s3://bucket/night.har", "s3://bucket/night.har"),
        ("https://joe:secret@h.example/x.har", "https://redacted:redacted@h.example/x.har"),
        ("https://h.example/x.har?X-Amz-Signature=5f1d", "https://h.example/x.har?…"),
        ("https://h.example/x.har?page=2", "https://h.example/x.har?…"),
        ("https://h.example/eyJhbGciOiJIUzI1NiJ9abcdef/x.har", "https://h.example/[redacted-1]/x.har"),
        ("x.har", "x.har"),
        ("odd?name=x.har", "odd?name=x.har"),
        ("C:\\x.har", "C:\\x.har"),
    ],
)
def test_what_is_shown_of_a_url(url: str, expected: str) -> None:
    assert storage.shown(url) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("s3://b/x", True), ("memory://x", True), ("https://h/x", True), ("x.har", False), ("./s3:/x", False),
        ("c://x", False), ("-", False), ("://x", False),
    ],
)  # fmt: skip
def test_what_is_a_url(path: str, expected: bool) -> None:
    assert storage.is_url(path) is expected


def test_no_file(memory: Any) -> None:
    assert told("memory://nothing/x.har") == ["memory://nothing/x.har: no such file"]


def test_an_unknown_kind_of_storage() -> None:
    assert told("paper://joe:secret@desk/x.har?sig=1") == [
        "paper://redacted:redacted@desk/x.har?…: paper:// is no kind of storage that is known"
    ]


def test_a_library_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    (line,) = told("s3://bucket/x.har")
    assert line.startswith("s3://bucket/x.har: s3:// needs ")
    assert "s3fs" in line


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "fsspec"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "fsspec", None)
    assert told("s3://bucket/x.har") == ["s3://bucket/x.har: URLs need fsspec: pip install 'coranalyze[storage]'"]


class Failing(io.BytesIO):
    """Breaks off after some bytes, as a connection does."""

    def read(self, size: int | None = -1, /) -> bytes:
        part = super().read(min(size or 0, 100))
        if not part:
            raise RuntimeError("reset by https://joe:secret@h.example/x?sig=abcd")
        return part


@pytest.mark.parametrize("content", [CAPTURE[:-29], HAR], ids=["capture", "har"])
def test_reading_that_breaks_off(memory: Any, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(memory, "open", lambda path, mode: Failing(content))
    (found,) = open_captures(["memory://x"])
    why = "RuntimeError: reset by https://redacted:redacted@h.example/x?…"
    if isinstance(found, NotACapture):
        assert found.reason == why
    else:
        assert len(list(found.exchanges())) == 3
        assert f"broken: could not be read to its end ({why})" in found.notes


def test_put(memory: Any, tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"report")
    storage.put(str(file), "memory://r/x.json")
    assert memory.cat("/r/x.json") == b"report"
    with pytest.raises(storage.StorageError, match="https:// is for reading only"):
        storage.check_writable("https://h.example/x.json")
