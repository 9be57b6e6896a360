"""Workers: the two kinds of pool."""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import signal
import threading
import warnings
from concurrent.futures import Executor, ProcessPoolExecutor
from typing import Any

from coranalyze.large.pool import Pool, PoolError

PATIENCE = 10
"""Seconds in which a scheduler has to answer."""
MISSING = "--scheduler needs Dask: pip install 'coranalyze[cluster]'"


def processes(count: int) -> Pool[Any]:
    """A pool of processes on this machine."""

    def start() -> Executor:
        # Not by fork, which copies the locks of whatever threads there are.
        return ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), initializer=_begin)

    return Pool(start, _end, count)


def _begin() -> None:
    """What a worker does first."""
    # Ctrl-C goes to the whole group: the process that gives out the work ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # As in a run without workers: there is nothing cyclic to collect.
    gc.disable()
    # Nor does a library of a storage print what it logs.
    logging.lastResort = logging.NullHandler()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _end(executor: Executor) -> None:
    assert isinstance(executor, ProcessPoolExecutor)
    workers = list((executor._processes or {}).values())
    for worker in workers:
        worker.kill()
    executor.shutdown(wait=True, cancel_futures=True)


def cluster(address: str) -> Pool[Any]:
    """A pool of all workers of a Dask cluster. Raises PoolError where there is none, or one of another version."""
    try:
        from distributed import Client
        from distributed.scheduler import KilledWorker
    except ImportError:
        raise PoolError(MISSING) from None
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise PoolError(f"no Dask scheduler answers at {address}: {error}") from None
    try:
        workers = _checked(client, address)
    except PoolError:
        client.close()
        raise
    # A part of a packed file is sent with its task.
    warnings.filterwarnings("ignore", "Sending large graph")

    def end(executor: Executor) -> None:
        executor.shutdown(wait=False)
        client.close()

    return Pool(lambda: client.get_executor(pure=False), end, workers, KilledWorker, tries=1)


def _checked(client: Any, address: str) -> int:
    """The number of workers; each has to have the same version of Python and of this package."""
    mine = version()
    try:
        found = client.run(version)
    except Exception as error:
        raise PoolError(f"the workers of {address} cannot run coranalyze {mine[0]}: {error}") from None
    if not found:
        raise PoolError(f"the scheduler at {address} has no workers: start some with `dask worker {address}`")
    for worker, theirs in sorted(found.items()):
        if theirs != mine:
            raise PoolError(
                f"the worker at {worker} has coranalyze {theirs[0]} on Python {theirs[1]}, and here it is {mine[0]} on "
                f"{mine[1]}: install the same on all"
            )
    return sum(client.nthreads().values())


def version() -> tuple[str, str]:
    """Of this package, and of Python up to the minor one."""
    import sys

    from coranalyze import __version__

    return __version__, f"{sys.version_info.major}.{sys.version_info.minor}"
