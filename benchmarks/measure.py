"""What a piece of work costs, in a process of its own, and the table in which it stands beside a yardstick.

Processor time (user and system) is measured, not time on the wall: other work on the machine changes it little. Memory
is RssAnon, the memory that is not a mapped file, at its peak. The works of a group take turns in each round, and the
cheapest round counts: what disturbs a run only ever adds to it. What only stands beside, without an aim, is run once.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

ROOT = Path(__file__).resolve().parents[1]
SMALL = 0.1
POLL = 0.005
"""Seconds between two looks at the memory of a running work."""


class Cost(NamedTuple):
    processor: float
    """Seconds, user and system."""
    memory_mb: float
    """Peak of RssAnon beyond what was there at the start."""


class Work(NamedTuple):
    """One row of the table."""

    name: str
    measure: Callable[[], Cost]
    aims: tuple[float, float] | None = None
    """Of its ratio, at the full size and at `SMALL` times that or less, where what is done once weighs more.

    None for a yardstick, and for what only stands beside.
    """
    memory_aim_mb: float | None = None

    def aim(self, scale: float) -> float | None:
        return self.aims[scale <= SMALL] if self.aims is not None else None


class Group(NamedTuple):
    """Works on the same thing; the first one is the yardstick of all."""

    title: str
    exchanges: int
    """Or what else it is that each work does as often."""
    works: tuple[Work, ...]


class Groups(Protocol):
    """What each subject gives: its groups, on captures of `scale` times the full size, written into `folder`."""

    def __call__(self, folder: Path, scale: float) -> Iterator[Group]: ...


def work(
    name: str, function: Callable[..., object], *arguments: object,
    aims: tuple[float, float] | None = None, memory_aim_mb: float | None = None,
) -> Work:  # fmt: skip
    """A function, measured in a fork: what is imported is there already, what it remembers is gone afterwards."""
    return Work(name, partial(forked, partial(function, *arguments)), aims, memory_aim_mb)


def command(name: str, *arguments: str, aim: float | None = None) -> Work:
    """A whole process from its start to its end; its output is thrown away."""
    return Work(name, partial(spawned, arguments), (aim, aim) if aim is not None else None)


def forked(function: Callable[[], object]) -> Cost:
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            gc.freeze()
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            function()
            code = 0
        except SystemExit as end:
            code = 0 if not end.code else 1
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(code)
    return _watched(pid, anonymous_mb(os.getpid()))


def spawned(arguments: Iterable[str]) -> Cost:
    arguments = list(arguments)
    to_nowhere = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
    return _watched(os.posix_spawn(arguments[0], arguments, os.environ, file_actions=[to_nowhere]), 0)


def _watched(pid: int, before_mb: float) -> Cost:
    peak = before_mb
    while True:
        peak = max(peak, anonymous_mb(pid))
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        if ended:
            break
        time.sleep(POLL)
    if status:
        raise SystemExit(f"a measured process ended with {os.waitstatus_to_exitcode(status)}")
    return Cost(usage.ru_utime + usage.ru_stime, peak - before_mb)


def anonymous_mb(pid: int) -> float:
    """RssAnon of a process; 0 when it is over."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) / 1024
    except (OSError, ValueError):
        pass
    return 0.0


def captured(path: Path, write: Callable[[Path], object]) -> Path:
    """The capture at this path, written unless it is there: whole, or not at all."""
    if not path.exists():
        part = path.with_name(f"part-{path.name}")
        write(part)
        part.rename(path)
    return path


def measured(group: Group, rounds: int, runs: list[list[Cost]]) -> list[Cost]:
    """The cost of each work over the rounds in `runs` and those that are added: its cheapest one, its highest peak."""
    for _ in range(rounds):
        for i, each in enumerate(group.works):
            if i == 0 or each.aims is not None or not runs[i]:
                runs[i].append(each.measure())
    return [Cost(min(run.processor for run in found), max(run.memory_mb for run in found)) for found in runs]


HEAD = f"{'':44}{'count':>9}{'cpu':>10}{'each':>13}{'ratio':>8}{'aim':>7}{'memory':>10}{'aim':>8}"


def table(groups: Iterable[Group], rounds: int, scale: float, factor: float = 1.0) -> list[str]:
    """Prints a row for each work; gives the names of those that miss an aim by more than `factor` times."""
    missed: list[str] = []
    print(HEAD, flush=True)
    for group in groups:
        runs: list[list[Cost]] = [[] for _ in group.works]
        found = measured(group, rounds, runs)
        if any(_misses(each, cost, found[0], scale, factor) for each, cost in zip(group.works, found, strict=True)):
            # What other work on the machine did to it is not there for long.
            found = measured(group, rounds, runs)
        print(group.title)
        for each, cost in zip(group.works, found, strict=True):
            over = _misses(each, cost, found[0], scale, factor)
            missed += [f"{group.title}: {each.name}"] * over
            print(_row(each, cost, found[0], group.exchanges, scale) + "  !" * over, flush=True)
    return missed


def _misses(each: Work, cost: Cost, yardstick: Cost, scale: float, factor: float) -> bool:
    aim, memory_aim = each.aim(scale), each.memory_aim_mb
    too_slow = aim is not None and cost.processor > aim * factor * yardstick.processor
    return too_slow or (memory_aim is not None and cost.memory_mb > memory_aim * factor)


def _row(each: Work, cost: Cost, yardstick: Cost, count: int, scale: float) -> str:
    aim, memory_aim = each.aim(scale), each.memory_aim_mb
    told = f"{aim:7.2f}" if aim is not None else " " * 7
    memory_told = f"{memory_aim:5.0f} MB" if memory_aim is not None else " " * 8
    return (
        f"  {each.name:42}{count:9,}{cost.processor:8.2f} s{cost.processor / count * 1e6:10,.1f} µs"
        f"{cost.processor / yardstick.processor:8.2f}{told}{cost.memory_mb:7.0f} MB{memory_told}"
    )


def main(description: str | None, *subjects: Groups) -> None:
    """A table from the command line; ends with 1 where `--check` is given and an aim is missed by that factor."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    run(parser.parse_args(), subjects)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full size of captures")
    parser.add_argument("--rounds", type=int, default=3, help="how often each work is measured")
    parser.add_argument("--folder", type=Path, help="keep the generated captures here, and take those that are there")
    parser.add_argument("--check", type=float, metavar="FACTOR", help="end with 1 where an aim is missed so many times")


def run(options: argparse.Namespace, subjects: Iterable[Groups]) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        groups = (group for subject in subjects for group in subject(folder, options.scale))
        missed = table(groups, options.rounds, options.scale, options.check or 1.0)
    if options.check and missed:
        raise SystemExit(f"{options.check:g} times over the aim: {'; '.join(missed)}")
