"""Following a capture file: each step is what the file is made to hold while the reader waits for more."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from coranalyze.sources import Capture, NotACapture, follow
from coranalyze.sources.capture import NOT_CLOSED

HEAD = {"coranalyze_capture": 1}
CLOSED = {"closed": 1.0, "exchanges": 1}


def exchange(number: int) -> dict[str, object]:
    return {"method": "GET", "url": f"https://api.example/{number}", "status": 200, "started": float(number)}


def lines(*objects: Mapping[str, object]) -> bytes:
    return b"".join(json.dumps(each).encode() + b"\n" for each in objects)


def steps(*what: Callable[[], object]) -> Callable[[float], bool]:
    """A wait in which one thing after the other happens; then it is time to end."""
    left = iter(what)

    def wait(_: float) -> bool:
        step = next(left, None)
        if step is not None:
            step()
        return step is None

    return wait


def append(path: Path, data: bytes) -> Callable[[], object]:
    def write() -> None:
        with path.open("ab") as file:
            file.write(data)

    return write


def urls(opened: Iterator[Capture | NotACapture]) -> list[tuple[list[str], list[str]]]:
    """Of each capture: the last part of its URLs, and its notes."""
    found = []
    for capture in opened:
        assert isinstance(capture, Capture), capture
        parts = [each.url.rpartition("/")[2] for each in capture.exchanges()]
        found.append((parts, capture.notes))
    return found


def test_lines_are_read_as_they_come_also_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "a.cors.jsonl"
    path.write_bytes(lines(HEAD, exchange(0)))
    second = lines(exchange(1))
    wait = steps(append(path, second[:20]), append(path, second[20:]), append(path, lines(exchange(2))))
    assert urls(follow(str(path), wait)) == [(["0", "1", "2"], [NOT_CLOSED])]


def test_it_ends_with_the_recording(tmp_path: Path) -> None:
    path = tmp_path / "a.cors.jsonl"
    path.write_bytes(lines(HEAD))

    def never() -> None:
        raise AssertionError("the recording is closed: nothing to wait for")

    assert urls(follow(str(path), steps(append(path, lines(exchange(0), CLOSED)), never))) == [(["0"], [])]


def test_it_goes_on_in_the_next_file(tmp_path: Path) -> None:
    first, second = tmp_path / "a.cors.jsonl", tmp_path / "a-2.cors.jsonl"
    first.write_bytes(lines(HEAD, exchange(0)))
    second.write_bytes(lines(HEAD, exchange(1)))
    rotated = lines({**CLOSED, "next": second.name})
    wait = steps(append(first, rotated), append(second, lines(exchange(2), CLOSED)))
    assert urls(follow(str(first), wait)) == [(["0"], []), (["1", "2"], [])]


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a.cors.jsonl"])
def test_a_capture_does_not_choose_what_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.cors.jsonl"
    path.write_bytes(lines(HEAD, exchange(0), {**CLOSED, "next": name}))
    found = list(follow_all(path))
    assert all(Path(each.path).parent == tmp_path for each in found)
    assert isinstance(found[0], Capture)


def follow_all(path: Path) -> Iterator[Capture | NotACapture]:
    for each in follow(str(path), steps()):
        if isinstance(each, Capture):
            list(each.exchanges())
        yield each


def test_gzip_grows_too(tmp_path: Path) -> None:
    path = tmp_path / "a.cors.jsonl.gz"
    packer = zlib.compressobj(wbits=31)

    def packed(*objects: Mapping[str, object]) -> bytes:
        return packer.compress(lines(*objects)) + packer.flush(zlib.Z_SYNC_FLUSH)

    path.write_bytes(packed(HEAD, exchange(0)))
    wait = steps(append(path, packed(exchange(1))), append(path, packed(CLOSED) + packer.flush()))
    assert urls(follow(str(path), wait)) == [(["0", "1"], [])]
    assert gzip.decompress(path.read_bytes()) == lines(HEAD, exchange(0), exchange(1), CLOSED)


def test_a_file_that_is_cut_ends_it(tmp_path: Path) -> None:
    path = tmp_path / "a.cors.jsonl"
    path.write_bytes(lines(HEAD, exchange(0)))

    def forever() -> None:
        raise AssertionError("the file was cut: nothing to wait for")

    assert urls(follow(str(path), steps(lambda: path.write_bytes(b""), forever))) == [(["0"], [NOT_CLOSED])]


def test_what_cannot_be_followed_says_why(tmp_path: Path) -> None:
    (missing,) = follow(str(tmp_path / "none.cors.jsonl"), steps())
    assert isinstance(missing, NotACapture)
    assert missing.reason == "no such file or directory"
    other = tmp_path / "x.har"
    other.write_text('{"log": {}}')
    (refused,) = follow(str(other), steps())
    assert isinstance(refused, NotACapture)
    assert refused.reason == "only capture files (*.cors.jsonl, *.cors.jsonl.gz) can be followed"
