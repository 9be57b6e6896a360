"""Pool: where tasks run. Any executor does: processes on this machine, or the workers of a Dask cluster."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from typing import Generic, TypeVar

from coranalyze.large.piece import File, Finished, Indivisible, Options, Part, Piece, Task, judge

M = TypeVar("M")
AHEAD = 2
"""Tasks given out per worker: what is done waits for those before it, and takes memory."""


class PoolError(Exception):
    """There are no workers to be had; the message says why, and what to do."""


class Killed(Exception):  # noqa: N818 - it is a result
    """A task that ended the process in which it ran, twice."""

    def __init__(self) -> None:
        super().__init__("the process that read it was killed, twice: it may take more memory than there is")


Result = list[Piece | Finished] | OSError | Indivisible | Killed
"""What a task gave, or why it gave nothing."""


def execute(task: Task, options: Options) -> list[Piece | Finished]:
    """What a worker does."""
    return list(judge(task, options))


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

    def run(self, tasks: Iterable[Task | M], options: Options) -> Iterator[tuple[Task | M, Result]]:
        """What is no task comes back in its place, with an empty result."""
        waiting: deque[_Waiting[M]] = deque()
        for task in tasks:
            waiting.append(self._given(task, options))
            while waiting and (waiting[0].is_done or sum(not each.is_done for each in waiting) >= self._ahead):
                yield self._first(waiting, options)
        while waiting:
            yield self._first(waiting, options)

    def one(self, task: Task, options: Options) -> Result:
        """The result of one task, while others may be under way."""
        waiting: deque[_Waiting[M]] = deque([self._given(task, options)])
        return self._first(waiting, options)[1]

    def close(self) -> None:
        """Ends what is under way."""
        executor, self._executor = self._executor, None
        if executor is not None:
            self._close(executor)

    def _given(self, task: Task | M, options: Options) -> _Waiting[M]:
        if not isinstance(task, File | Part):
            return _Waiting(task, result=[])
        return _Waiting(task, future=self._submit(task, options))

    def _submit(self, task: Task, options: Options) -> Future[list[Piece | Finished]]:
        if self._executor is None:
            self._executor = self._open()
        try:
            return self._executor.submit(execute, task, options)
        except BrokenExecutor as error:
            broken: Future[list[Piece | Finished]] = Future()
            broken.set_exception(error)
            return broken

    def _first(self, waiting: deque[_Waiting[M]], options: Options) -> tuple[Task | M, Result]:
        first = waiting[0]
        if first.future is not None:
            try:
                first.result = _result(first.future)
            except self._gone:
                self._again(waiting, options)
            first.future = None
        waiting.popleft()
        return first.task, first.result

    def _again(self, waiting: Iterable[_Waiting[M]], options: Options) -> None:
        """Whose fault it was is not known: all that lost their worker run once more, one at a time."""
        for each in waiting:
            if each.future is None or (each.future.done() and not isinstance(each.future.exception(), self._gone)):
                continue
            each.result, each.future = Killed(), None
            for _ in range(self._tries - 1):
                self.close()
                assert isinstance(each.task, File | Part)
                try:
                    each.result = _result(self._submit(each.task, options))
                except self._gone:
                    self.close()


class _Waiting(Generic[M]):
    """A task that was given out, or what stands between tasks."""

    __slots__ = ("future", "result", "task")

    def __init__(
        self, task: Task | M, *, future: Future[list[Piece | Finished]] | None = None, result: Result | None = None
    ) -> None:
        self.task = task
        self.future = future
        self.result: Result = result if result is not None else []

    @property
    def is_done(self) -> bool:
        return self.future is None or self.future.done()


def _result(future: Future[list[Piece | Finished]]) -> Result:
    try:
        return future.result()
    except (OSError, Indivisible) as error:
        return error
    except CancelledError:
        raise PoolError("the connection to the workers was lost") from None
