"""Pool: where tasks run. Any executor does: processes on this machine, or the workers of a Dask cluster."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from typing import Any, Generic, NamedTuple, TypeVar

from coranalyze.large.piece import Indivisible

M = TypeVar("M")
AHEAD = 2
"""Tasks given out per worker: what is done waits for those before it, and takes memory."""


class PoolError(Exception):
    """There are no workers to be had; the message says why, and what to do."""


class Killed(Exception):  # noqa: N818 - it is a result
    """A task that ended the process in which it ran, twice."""

    def __init__(self) -> None:
        super().__init__("the process that worked on it was killed, twice: it may take more memory than there is")


class Job(NamedTuple):
    """A task, and what a worker does with it."""

    task: Any
    work: Callable[..., Any]
    """A function by its name in a module; its arguments are the task and the options."""
    options: Any


Result = Any
"""What a task gave; or why it gave nothing: an OSError, Indivisible or Killed."""


class Pool(Generic[M]):
    """Runs tasks, and gives their results in the order of the tasks, whichever is done first."""

    def __init__(
        self, open: Callable[[], Executor], close: Callable[[Executor], None], workers: int,
        gone: type[Exception] = BrokenExecutor, *, tries: int = 2,
    ) -> None:  # fmt: skip
        self._open = open
        self._close = close
        self._ahead = AHEAD * workers
        self._gone = gone
        """What a task raises whose worker is no more."""
        self._tries = tries
        """How often a task may lose its worker; a cluster does this by itself."""
        self._executor: Executor | None = None

    def run(self, jobs: Iterable[Job | M]) -> Iterator[tuple[Job | M, Result]]:
        """What is no job comes back in its place, with an empty result."""
        waiting: deque[_Waiting[M]] = deque()
        for job in jobs:
            waiting.append(self._given(job))
            while waiting and (waiting[0].is_done or sum(not each.is_done for each in waiting) >= self._ahead):
                yield self._first(waiting)
        while waiting:
            yield self._first(waiting)

    def one(self, job: Job) -> Result:
        """The result of one job, while others may be under way."""
        waiting: deque[_Waiting[M]] = deque([self._given(job)])
        return self._first(waiting)[1]

    def close(self) -> None:
        """Ends what is under way."""
        executor, self._executor = self._executor, None
        if executor is not None:
            self._close(executor)

    def _given(self, job: Job | M) -> _Waiting[M]:
        return _Waiting(job, self._submit(job)) if isinstance(job, Job) else _Waiting(job)

    def _submit(self, job: Job) -> Future[Any]:
        if self._executor is None:
            self._executor = self._open()
        try:
            return self._executor.submit(job.work, job.task, job.options)
        except BrokenExecutor as error:
            broken: Future[Any] = Future()
            broken.set_exception(error)
            return broken

    def _first(self, waiting: deque[_Waiting[M]]) -> tuple[Job | M, Result]:
        first = waiting[0]
        if first.future is not None:
            try:
                first.result = _result(first.future)
            except self._gone:
                self._again(waiting)
            first.future = None
        waiting.popleft()
        return first.job, first.result

    def _again(self, waiting: Iterable[_Waiting[M]]) -> None:
        """Whose fault it was is not known: all that lost their worker run once more, one at a time."""
        for each in waiting:
            if each.future is None or (each.future.done() and not isinstance(each.future.exception(), self._gone)):
                continue
            each.result, each.future = Killed(), None
            for _ in range(self._tries - 1):
                self.close()
                assert isinstance(each.job, Job)
                try:
                    each.result = _result(self._submit(each.job))
                except self._gone:
                    self.close()


class _Waiting(Generic[M]):
    """A job that was given out, or what stands between jobs."""

    __slots__ = ("future", "job", "result")

    def __init__(self, job: Job | M, future: Future[Any] | None = None) -> None:
        self.job = job
        self.future = future
        self.result: Result = []

    @property
    def is_done(self) -> bool:
        return self.future is None or self.future.done()


def _result(future: Future[Any]) -> Result:
    try:
        return future.result()
    except (OSError, Indivisible) as error:
        return error
    except CancelledError:
        raise PoolError("the connection to the workers was lost") from None
