"""`analyze_large`: paths → tasks → pieces → one analysis."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from coranalyze.analysis import Analysis, Audited, HostFilter, Progress
from coranalyze.causes import Advisory, joined
from coranalyze.endpoint import EVERY
from coranalyze.fetch import Fetch
from coranalyze.finding import Finding, Severity, by_severity
from coranalyze.input import Input
from coranalyze.large.analysis import LargeAnalysis
from coranalyze.large.blocks import MIXED, packed
from coranalyze.large.cuts import Cut, Cuts, is_pipe
from coranalyze.large.piece import File, Finished, Indivisible, Options, Part, Piece, Task, judge
from coranalyze.large.pool import Job, Killed, Pool, PoolError
from coranalyze.large.shares import Share, Told, shares, tell
from coranalyze.large.spool import Spool
from coranalyze.large.sums import Sums
from coranalyze.sources.capture import Ending
from coranalyze.sources.storage import shown


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
        for task, result in _results(cuts, gathered.options_of, pool, progress):
            if isinstance(task, Part):
                if not gathered.take_part(task, result):
                    cuts.unwanted.add(task.input)
                elif progress is not None:
                    progress(task.path, task.end.entry, None)
            elif isinstance(task, Cut):
                if not gathered.take_cut(task, wanted=task.file.input not in cuts.unwanted):
                    whole = task.file
                    again = judge(whole, asked, progress) if pool is None else pool.one(Job(whole, judged, asked))
                    gathered.take_file(whole, again)
            elif isinstance(task, File):
                gathered.take_file(task, result)
            else:
                gathered.inputs.append(task.source)
        analysis = gathered.analysis(audited, pool)
        analysis.hosts = HostFilter(asked.include_hosts, asked.exclude_hosts)
        return analysis
    finally:
        if pool is not None:
            pool.close()


_Result = Iterable[Piece | Finished] | Exception


def judged(task: Task, options: Options) -> list[Piece | Finished]:
    """What a worker does while captures are read."""
    return list(judge(task, options))


def _results(
    cuts: Cuts, options_of: Callable[[Task], Options], pool: Pool[Any] | None, progress: Progress | None
) -> Iterator[tuple[Task | Finished | Cut, _Result]]:
    if pool is None:
        for task in cuts:
            yield task, judge(task, options_of(task), progress) if isinstance(task, File | Part) else []
        return

    def job(task: Task | Finished | Cut) -> Task | Finished | Cut | Job:
        # What is a pipe can be read by this process only.
        if isinstance(task, Part) or (isinstance(task, File) and not is_pipe(task.path)):
            return Job(task, judged, options_of(task))
        return task

    for given, result in pool.run(map(job, cuts)):
        if isinstance(given, File):
            yield given, judge(given, options_of(given), progress)
        elif not isinstance(given, Job):
            yield given, result
        else:
            task = given.task
            yield task, result
            if progress is not None and isinstance(task, File) and not isinstance(result, Exception):
                progress(task.path, sum(each.source.entries for each in result if isinstance(each, Finished)), None)


def _told(shares: Iterable[Share], options: Options, pool: Pool[Any] | None) -> Iterator[Told]:
    if pool is None:
        yield from (tell(share, options) for share in shares)
        return
    # What goes with the whole fold is little, and that stays here.
    jobs = (share if share.number == MIXED else Job(share, tell, options) for share in shares)
    for given, result in pool.run(jobs):
        if isinstance(given, Share):
            yield tell(given, options)
        elif isinstance(result, Exception):
            raise PoolError(f"no causes can be told: {result}") from None
        else:
            yield result


class _Parts:
    """A file of which the parts come in."""

    def __init__(self, input: int) -> None:
        self.input = input
        self.sums = Sums()
        self.ending = Ending()
        self.sources: list[Input] = []
        """Of each part."""
        self.problem: Exception | None = None


class _Gathered:
    """Takes in results in the order of the inputs."""

    def __init__(self, options: Options) -> None:
        self.inputs: list[Input] = []
        self._options = options
        self._sums = Sums()
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
                self._sums.add(each.sums)
                if each.fetches is not None:
                    self._keep(each.input, each.fetches)
                    continue
                self._keep_on_disk()
                if each.input != begun:
                    begun = each.input
                    self._spool.begin(each.input)
                self._spool.add(each.blocks)
        except (OSError, Killed) as error:
            self.inputs.append(Input(path=shown(file.path), error=_said(error)))

    def take_part(self, part: Part, result: _Result) -> bool:
        """Whether more parts of the file are wanted."""
        if self._parts is None:
            self._parts = _Parts(part.input)
            self._keep_on_disk()
            self._spool.begin(part.input)
        parts = self._parts
        if parts.problem is not None:
            return False
        try:
            for each in _given(result):
                if isinstance(each, Finished):
                    parts.sources.append(each.source)
                    parts.ending.merge(each.ending or Ending())
                else:
                    parts.sums.add(each.sums)
                    self._spool.add(each.blocks)
        except (OSError, Indivisible, Killed) as error:
            parts.problem = error
        return parts.problem is None

    def take_cut(self, cut: Cut, *, wanted: bool) -> bool:
        """Whether that is all about this file; else it has to be read as a whole."""
        parts, self._parts = self._parts, None
        if parts is None:
            return False
        if wanted and parts.problem is None and parts.sources:
            if self._sums.tally.fetches:
                self._sums.add(parts.sums)
            else:
                self._sums = parts.sums
            self.inputs.append(Input.joined(parts.sources, parts.ending.notes(cut.damaged)))
            return True
        self._spool.drop()
        if isinstance(parts.problem, OSError | Killed):
            self.inputs.append(Input(path=shown(cut.file.path), error=_said(parts.problem)))
            return True
        return False

    def analysis(self, audited: Audited, pool: Pool[Any] | None) -> Analysis:
        sums, spool = self._sums, self._spool
        if self._few is not None:
            fetches = [fetch for each in self._few for fetch in each]
            return Analysis(self.inputs, fetches, sums.fold, audited)
        findings, advisories = list[Finding](), list[Advisory]()
        # Without the fold there is nothing more to tell.
        parts = shares(sums.fold, sums.cost, audited, spool) if sums.fold.count else iter(())
        for share in _told(parts, self._options, pool):
            spool.tell(share.number, share.rows)
            sums.failed.merge(share.failed)
            findings += share.findings
            advisories = joined([*advisories, *share.advisories])
        return LargeAnalysis(self.inputs, spool, audited, sums, sorted(findings, key=by_severity), advisories)

    def options_of(self, task: Task) -> Options:
        """What is known to be left out is not gathered any more."""
        below = self._sums.fold.below
        if self._parts is not None and self._parts.input == task.input:
            # It may turn out that the file has to be read as a whole, but not before all its parts were given out.
            below = min(below, self._parts.sums.fold.below)
        return self._options if below == EVERY else msgspec.structs.replace(self._options, below=below)

    def _keep(self, input: int, fetches: list[Fetch]) -> None:
        if self._few is None:
            self._put(input, fetches)
            return
        self._few.append(fetches)
        if sum(map(len, self._few)) > self._options.few:
            self._keep_on_disk()

    def _keep_on_disk(self) -> None:
        few, self._few = self._few, None
        for fetches in few or ():
            if fetches:
                self._put(fetches[0].input, fetches)

    def _put(self, input: int, fetches: list[Fetch]) -> None:
        self._spool.begin(input)
        self._spool.add(packed(fetches, self._options.rows, late=not self._options.verdicts_only))


def _given(result: _Result) -> Iterable[Piece | Finished]:
    if isinstance(result, Exception):
        raise result
    return result


def _said(problem: Exception) -> str:
    return (getattr(problem, "strerror", None) or str(problem)).lower()
