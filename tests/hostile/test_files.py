"""What is behind a path: pipes, holes, closed folders, files that change or are cut while they are read."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from coranalyze.analysis import analyze
from coranalyze.sources import containers, salvage, text
from tests.cli.run import ROOT, run
from tests.hostile.survival import survives
from tests.sources.hars import dump, entry, log, refusal_of

HAR = dump(log(entry(asked={"Origin": "https://app.example"}), creator=None))
GIB = 1 << 30


def test_a_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    path = tmp_path / "x.har"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(HAR,))
    writer.start()
    assert analyze(str(path)).summary.fetches == 1
    writer.join()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\0", "a binary file of no known format"),
        (b"\0" * 100_000, "a binary file of no known format"),
        (b"{", "cut off at byte 1 before any entry"),
        (b"[]", "a JSON array, no HAR log"),
    ],
)
def test_files_of_nothing(tmp_path: Path, content: bytes, says: str) -> None:
    assert says in refusal_of(tmp_path, content)


@pytest.mark.parametrize(
    ("start", "says"),
    [
        (b"", "a binary file of no known format"),
        (b"{", "broken at byte 1 before any entry"),
        (b'{"log":{"entries":[', "broken: not JSON at byte 19"),
        (b'{"log":{"entries":[{"_x":"', "broken: not JSON at byte 19"),
        (b'{"coranalyze_capture":1}\n', "cannot be used"),
        (b"9999999999:9999999999:", "a damaged flow file"),
        (b"GET https://a.example/\n\n200\n", "text of more than 64 MiB"),
        (b"\xff\xfe{\0", "more than 1 GiB of UTF-16"),
        (b"\x1f\x8b\x08", "truncated: the gzip data ends early"),
        (b"PK\x03\x04", "a damaged zip archive"),
    ],
)
def test_a_file_with_a_large_hole(tmp_path: Path, start: bytes, says: str) -> None:
    # In a process that may hold 2 GiB beside what is mapped.
    path = tmp_path / "x.har"
    path.write_bytes(start)
    # Lines are looked at to their end.
    os.truncate(path, 3 * GIB if says != "cannot be used" else GIB // 3)
    script = (
        "import resource, sys\n"
        "from coranalyze.analysis import analyze\n"
        f"resource.setrlimit(resource.RLIMIT_DATA, ({2 * GIB}, {2 * GIB}))\n"
        "(source,) = analyze(sys.argv[1]).inputs\n"
        "print(source.error, *source.notes, *source.skipped)\n"
        f"assert int(open('/proc/self/statm').read().split()[1]) * {os.sysconf('SC_PAGE_SIZE')} < {2 * GIB}\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True, text=True, cwd=ROOT, check=False, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert says in done.stdout


def test_what_is_too_long_to_be_held_is_no_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(salvage, "_LONGEST_VALUE", 1 << 18)
    path = tmp_path / "x.har"
    path.write_bytes(HAR[:-3] + b',{"_x":"\n' + b"a" * (1 << 20) + b'"}]}}')
    (source,) = survives(path).inputs
    assert (source.entries, len(source.skipped)) == (2, 1)


def test_a_text_that_nobody_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "LONGEST", 1 << 20)
    block = b"GET https://a.example/\n\n200\n\n"
    assert "text of more than 1 MiB" in refusal_of(tmp_path, block * ((1 << 20) // len(block) + 1), "x.http")


def test_comments_without_a_request_end(tmp_path: Path) -> None:
    assert refusal_of(tmp_path, b"\t" + b" #\r\n\t" * 500, "x.http") == "text, but no capture"


def test_closed_folders_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.har").write_bytes(HAR)
    (tmp_path / "closed").mkdir()
    scandir = os.scandir

    def refuse(path: str) -> object:
        if os.path.basename(path) == "closed":
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    # Nothing is closed to root.
    monkeypatch.setattr(os, "scandir", refuse)
    told = {source.path: source.error for source in analyze(str(tmp_path)).inputs}
    assert told == {str(tmp_path / "x.har"): "", str(tmp_path / "closed"): "Permission denied"}
    (source,) = analyze(str(tmp_path / "closed")).inputs
    assert source.error == "Permission denied"


@pytest.mark.parametrize("name", ["closed.har", "folder.har"])
def test_files_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    path = tmp_path / name
    path.symlink_to(path)
    (source,) = analyze(str(path)).inputs
    assert source.error == "Too many levels of symbolic links"


def test_a_file_that_grows_is_read_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.har"
    path.write_bytes(HAR)
    read = containers._read

    def grown(*arguments: object) -> bytes:
        data: bytes = read(*arguments)  # type: ignore[arg-type]
        with open(path, "ab") as file:
            file.write(HAR)
        return data

    monkeypatch.setattr(containers, "_read", grown)
    (source,) = survives(path, ()).inputs
    assert (source.entries, source.skipped, source.error) == (1, (), "")
    assert not any("after the end" in note for note in source.notes)


CUT = """\
import os, sys
from coranalyze.sources import containers, har
path, target, mapped = sys.argv[1:]
if mapped:
    containers.MAPPED = 0
read = har.read_document
def cut(data):
    os.truncate(path, 0)
    return read(data)
har.read_document = cut
from coranalyze.cli import main
sys.argv[1:] = ["analyze", path, "--output", target]
main()
"""


@pytest.mark.parametrize("mapped", [False, True], ids=["small", "large"])
def test_a_file_that_is_cut_while_it_is_read(tmp_path: Path, mapped: bool) -> None:
    path = tmp_path / "x.har"
    path.write_bytes(HAR + b" " * 10_000)
    folder = tmp_path / "out"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", CUT, str(path), str(folder / "x.json"), "yes" if mapped else ""],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    if mapped:
        told = "coranalyze: a capture was cut by another program while it was read: copy it, then read the copy\n"
        assert (done.returncode, done.stderr) == (2, told)
        assert not list(folder.iterdir())
    else:
        assert done.returncode == 0, done.stderr
        assert [path.name for path in folder.iterdir()] == ["x.json"]


def test_a_file_that_goes_before_it_is_opened(tmp_path: Path) -> None:
    done = run("analyze", str(tmp_path / "x.har"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"coranalyze: {tmp_path / 'x.har'}: no such file\n"
