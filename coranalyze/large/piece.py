"""Piece: some fetches of one input, judged and counted. What runs here runs in any process."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from coranalyze.analysis import PROGRESS_EVERY, HostFilter, Progress, begins_at
from coranalyze.causes import hangs_on_fold
from coranalyze.endpoint import EVERY, Fold
from coranalyze.engine import Engine
from coranalyze.engine.documents import Documents
from coranalyze.exchange import Dialect
from coranalyze.failure import is_failure
from coranalyze.fetch import Fetch
from coranalyze.input import Input, input_of, part_of
from coranalyze.large.blocks import Blocks, MakeRow, packed
from coranalyze.large.sums import Sums
from coranalyze.preflight_cost import PreflightCost
from coranalyze.sources import NotACapture, open_captures
from coranalyze.sources.capture import CAPTURE, GIVE_UP, At, Ending, read_lines
from coranalyze.sources.redact import Redactor
from coranalyze.tally import Tally


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How captures are read and judged, and how they are cut."""

    browser: str = "auto"
    keep_values: bool = False
    include_hosts: tuple[str, ...] = ()
    exclude_hosts: tuple[str, ...] = ()
    verdicts_only: bool = False
    rows: tuple[MakeRow, ...] = ()
    """The reports that will ask for a row of every fetch."""
    few: int = 100_000
    """Fetches that are kept as they are; of more, `blocks` are."""
    cut: int = 32 << 20
    """Bytes of a capture file's text after which it is cut."""
    margin: int = 2 << 20
    """Bytes read before and after a part of a capture file, for what belongs together and stands on both sides."""
    below: int = EVERY
    """`Fold.below` of all that was read before: what is not kept of so much is not kept of more."""


class File(NamedTuple):
    """Task: a file as a whole."""

    path: str
    input: int
    """Number of the first capture in it."""


class Part(NamedTuple):
    """Task: the part of a capture file between two places."""

    path: str
    input: int
    margin: At
    """Where the margin before it begins."""
    begin: At
    end: At
    stop: int
    """The byte at which the margin behind it ends."""
    documents: Documents
    """The pages before the margins."""
    preflights: bytes
    """Lines from before the margins: preflights that may still be in a browser's cache, with their requests."""
    text: bytes | None = None
    """From `margin` to `stop`; None where it can be read at its place in the file."""


Task = File | Part


class Piece(msgspec.Struct):
    """Some fetches of one input, and all that they add up to."""

    input: int
    sums: Sums
    fetches: list[Fetch] | None = None
    """In order, where all of the input are few; else None, and what is kept of them is in `blocks`."""
    blocks: Blocks | None = None


class Finished(NamedTuple):
    """What was read of an input, or of a part of one."""

    input: int
    source: Input
    ending: Ending | None = None
    """Of a part of a capture file."""


class Indivisible(Exception):  # noqa: N818 - nothing is wrong with the file
    """Of this capture file no part can be read without all that stands before it."""


def judge(task: Task, options: Options, progress: Progress | None = None) -> Iterator[Piece | Finished]:
    """The pieces of a task, and at the end of each input what was read of it. Raises Indivisible, and OSError."""
    tidy()
    yield from judge_file(task, options, progress) if isinstance(task, File) else judge_part(task, options)


def tidy() -> None:
    """Free what the task before left, where nobody else does: engines and readings refer to themselves."""
    if not gc.isenabled():
        gc.collect()
        # What is left stays: it is not looked at again.
        gc.freeze()


def judge_file(task: File, options: Options, progress: Progress | None) -> Iterator[Piece | Finished]:
    for number, capture in enumerate(open_captures([task.path], keep_values=options.keep_values), task.input):
        if isinstance(capture, NotACapture):
            yield Finished(number, Input(path=capture.path, error=capture.reason))
            continue
        engine = Engine(capture.dialect, input=number, browser=options.browser)
        feed = engine.feed
        fetches: list[Fetch] = []
        costs, is_long = PreflightCost(), False
        for done, exchange in enumerate(capture.exchanges(), 1):
            known = feed(exchange)
            if known:
                fetches += known
            if len(fetches) > options.few:
                seen = _wanted(fetches, options)
                costs.add_all(seen)
                # What was added up is told in the end: the browser's cache goes through all pieces.
                yield _piece(number, seen, PreflightCost(), capture.dialect, options, few=False)
                fetches, is_long = [], True
            if progress is not None and done % PROGRESS_EVERY == 0:
                progress(capture.path, done, capture.entries or None)
        seen = _wanted(fetches + engine.finish(), options)
        if is_long:
            costs.add_all(seen)
        else:
            costs = PreflightCost.of(seen)
        yield _piece(number, seen, costs, capture.dialect, options, few=not is_long)
        yield Finished(number, input_of(capture))


def judge_part(task: Part, options: Options) -> Iterator[Piece | Finished]:
    """What begins in this part, in the light of the margins."""
    text = memoryview(task.text if task.text is not None else _read(task))
    begin, end = task.begin.byte - task.margin.byte, task.end.byte - task.margin.byte
    redactor, ending = Redactor(options.keep_values), Ending()
    # Of no part: their entries have numbers below those of all.
    earlier = read_lines(task.path, task.preflights, At(entry=-task.preflights.count(b"\n")), redactor, Ending())
    before = read_lines(task.path, text[:begin], task.margin, redactor, Ending())
    part = read_lines(task.path, text[begin:end], task.begin, redactor, ending)
    behind = read_lines(task.path, text[end:], task.end, redactor, Ending())
    engine = Engine(CAPTURE.dialect, input=task.input, browser=options.browser, documents=task.documents)
    fetches: list[Fetch] = []
    feed = engine.feed
    for captures in ((earlier,), (before, part, behind)):
        for capture in captures:
            for exchange in capture.exchanges():
                known = feed(exchange)
                if known:
                    fetches += known
        # What is earlier is over: no request that stands by itself is taken for that of an earlier preflight.
        fetches += engine.finish()
    entries = task.end.entry - task.begin.entry
    # The numbers of masks go through the whole file, and so does what is left unread after many bad lines.
    is_bad = 2 * ending.most_bad >= GIVE_UP or (entries and part.skips == entries)
    if redactor.masked or is_bad or part.entries != task.end.entry:
        raise Indivisible(task.path)

    def is_own(fetch: Fetch) -> bool:
        return task.begin.entry <= begins_at(fetch) < task.end.entry

    seen = _wanted(fetches, options)
    own, cost = list(filter(is_own, seen)), PreflightCost.of(seen, is_own)
    yield _piece(task.input, own, cost, CAPTURE.dialect, options, few=False)
    source = msgspec.structs.replace(part_of(part), entries=entries)
    yield Finished(task.input, source, ending)


def _read(task: Part) -> bytes:
    with Path(task.path).open("rb") as file:
        file.seek(task.margin.byte)
        return file.read(task.stop - task.margin.byte)


def _wanted(fetches: list[Fetch], options: Options) -> list[Fetch]:
    """Those of the hosts that are wanted, in the order of their entries."""
    wanted = HostFilter(options.include_hosts, options.exclude_hosts)
    return sorted(filter(wanted, fetches) if wanted.narrows else fetches, key=begins_at)


def _piece(
    input: int, fetches: list[Fetch], cost: PreflightCost, dialect: Dialect, options: Options, *, few: bool
) -> Piece:
    sums = Sums(tally=Tally(fetches), fold=Fold(options.below), cost=cost)
    if not options.verdicts_only:
        for fetch in fetches:
            sums.fold.add(fetch, credentials_recorded=dialect.credentials_recorded)
    sums.places.add(fetches)
    for fetch in fetches:
        if is_failure(fetch) and (options.verdicts_only or not hangs_on_fold(fetch)):
            sums.failed.add(fetch)
    if few:
        return Piece(input, sums, fetches=fetches)
    return Piece(input, sums, blocks=packed(fetches, options.rows, late=not options.verdicts_only))
