"""`analyze_large`: paths → tasks → pieces → one analysis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from coranalyze.analysis import Analysis, Audited, Input, Progress
from coranalyze.endpoint import Fold
from coranalyze.fetch import Fetch
from coranalyze.finding import Severity
from coranalyze.large.analysis import LargeAnalysis
from coranalyze.large.blocks import Blocks, packed
from coranalyze.large.cuts import Cut, Cuts, is_pipe
from coranalyze.large.kinds import Kinds
from coranalyze.large.piece import File, Finished, Indivisible, Options, Part, Piece, Task, judge
from coranalyze.large.pool import Killed, Pool
from coranalyze.large.spool import Spool
from coranalyze.preflight_cost import PreflightCost
from coranalyze.sources.capture import Ending
from coranalyze.sources.storage import shown
from coranalyze.tally import Places, Tally


def analyze_large(
    paths: Iterable[str], *, pool: Pool[Any] | None = None, progress: Progress | None = None,
    first_parties: Iterable[str] = (), select: Iterable[str] = (), ignore: Iterable[str] = (),
    min_severity: Severity | str = Severity.INFO, **options: Any,
) -> Analysis:  # fmt: skip
    """As `analyze`, in bounded memory: what is not told in the end is on disk. Without a pool in this process.

    `options` are those of `Options`; the others are as in `analyze`. The result is the same with any pool. It holds
    all fetches where they are few and no file was cut; else it is a LargeAnalysis. Raises UnknownRule, and PoolError
    where the workers are lost.
    """
    asked = Options(**options)
    audited = Audited.of(first_parties, select, ignore, min_severity)
    cuts = Cuts(paths, asked)
    gathered = _Gathered(asked)
    try:
        for task, result in _results(cuts, asked, pool, progress):
            if isinstance(task, Part):
                if not gathered.take_part(task, result):
                    cuts.unwanted.add(task.input)
                elif progress is not None:
                    progress(task.path, task.end.entry, None)
            elif isinstance(task, Cut):
                if not gathered.take_cut(task, wanted=task.file.input not in cuts.unwanted):
                    whole = task.file
                    again = judge(whole, asked, progress) if pool is None else pool.one(whole, asked)
                    gathered.take_file(whole, again)
            elif isinstance(task, File):
                gathered.take_file(task, result)
            else:
                gathered.inputs.append(task.source)
    finally:
        if pool is not None:
            pool.close()
    return gathered.analysis(audited)


_Result = Iterable[Piece | Finished] | Exception


def _results(
    cuts: Cuts, options: Options, pool: Pool[Any] | None, progress: Progress | None
) -> Iterator[tuple[Task | Finished | Cut, _Result]]:
    if pool is None:
        for task in cuts:
            yield task, judge(task, options, progress) if isinstance(task, File | Part) else []
        return
    for task, result in pool.run(map(_Here.if_needed, cuts), options):
        if isinstance(task, _Here):
            yield task.file, judge(task.file, options, progress)
        else:
            yield task, result
            if progress is not None and isinstance(task, File) and not isinstance(result, Exception):
                progress(task.path, sum(each.source.entries for each in result if isinstance(each, Finished)), None)


class _Here(NamedTuple):
    """What only this process can read."""

    file: File

    @classmethod
    def if_needed(cls, task: Task | Finished | Cut) -> Task | Finished | Cut | _Here:
        return cls(task) if isinstance(task, File) and is_pipe(task.path) else task


class _Sums:
    """What the fetches of some pieces add up to."""

    def __init__(self) -> None:
        self.tally, self.places, self.fold, self.cost = Tally(), Places(), Fold(), PreflightCost()
        self.undecided = Kinds()

    def add(self, piece: Piece | _Sums) -> None:
        self.tally.merge(piece.tally)
        self.places.merge(piece.places)
        self.fold.merge(piece.fold)
        self.cost.merge(piece.cost)
        self.undecided.merge(piece.undecided)


class _Parts:
    """A file of which the parts come in."""

    def __init__(self) -> None:
        self.sums = _Sums()
        self.ending = Ending()
        self.sources: list[Input] = []
        self.problem: Exception | None = None


class _Gathered:
    """Takes in results in the order of the inputs."""

    def __init__(self, options: Options) -> None:
        self.inputs: list[Input] = []
        self._options = options
        self._sums = _Sums()
        self._few: list[list[Fetch]] | None = []
        """All fetches so far, while they are few; then they are in the spool."""
        self._spool = Spool()
        self._parts: _Parts | None = None

    def take_file(self, file: File, result: _Result) -> None:
        begun = None
        try:
            for each in _given(result):
                if isinstance(each, Finished):
                    self.inputs.append(each.source)
                    continue
                self._sums.add(each)
                if each.fetches is not None:
                    self._keep(each.fetches)
                    continue
                self._keep_on_disk()
                if each.input != begun:
                    begun = each.input
                    self._spool.begin()
                self._spool.add(each.blocks or Blocks())
        except (OSError, Killed) as error:
            self.inputs.append(Input(path=shown(file.path), error=_told(error)))

    def take_part(self, part: Part, result: _Result) -> bool:
        """Whether more parts of the file are wanted."""
        if self._parts is None:
            self._parts = _Parts()
            self._keep_on_disk()
            self._spool.begin()
        parts = self._parts
        if parts.problem is not None:
            return False
        try:
            for each in _given(result):
                if isinstance(each, Finished):
                    parts.sources.append(each.source)
                    parts.ending.merge(each.ending or Ending())
                else:
                    parts.sums.add(each)
                    self._spool.add(each.blocks or Blocks())
        except (OSError, Indivisible, Killed) as error:
            parts.problem = error
        return parts.problem is None

    def take_cut(self, cut: Cut, *, wanted: bool) -> bool:
        """Whether that is all about this file; else it has to be read as a whole."""
        parts, self._parts = self._parts, None
        if parts is None:
            return False
        if wanted and parts.problem is None and parts.sources:
            self._sums.add(parts.sums)
            first = parts.sources[0]
            notes = [note for source in parts.sources for note in source.notes]
            self.inputs.append(
                msgspec.structs.replace(
                    first,
                    entries=sum(source.entries for source in parts.sources),
                    skipped=tuple(skipped for source in parts.sources for skipped in source.skipped),
                    notes=tuple(dict.fromkeys([*notes, *parts.ending.notes(cut.damaged)])),
                )
            )
            return True
        self._spool.drop()
        if isinstance(parts.problem, OSError | Killed):
            self.inputs.append(Input(path=shown(cut.file.path), error=_told(parts.problem)))
            return True
        return False

    def analysis(self, audited: Audited) -> Analysis:
        sums = self._sums
        if self._few is not None:
            fetches = [fetch for each in self._few for fetch in each]
            return Analysis(self.inputs, fetches, sums.fold, audited)
        return LargeAnalysis(
            self.inputs, self._spool, audited, sums.fold, sums.tally, sums.places, sums.cost, sums.undecided
        )  # fmt: skip

    def _keep(self, fetches: list[Fetch]) -> None:
        if self._few is None:
            self._spool.begin()
            self._spool.add(packed(fetches, self._options.rows))
            return
        self._few.append(fetches)
        if sum(map(len, self._few)) > self._options.few:
            self._keep_on_disk()

    def _keep_on_disk(self) -> None:
        few, self._few = self._few, None
        for fetches in few or ():
            self._spool.begin()
            self._spool.add(packed(fetches, self._options.rows))


def _given(result: _Result) -> Iterable[Piece | Finished]:
    if isinstance(result, Exception):
        raise result
    return result


def _told(problem: Exception) -> str:
    return (getattr(problem, "strerror", None) or str(problem)).lower()
