"""The order in which exchanges are handed on."""

from collections.abc import Callable, Sequence

from coranalyze.exchange import Family
from coranalyze.sources.har_document import Entry, read_lines

LATER_MS = 2.0
"""A browser starts a preflight with its request, and records it up to this much earlier or later."""
_STILL_PENDING_MS = 250.0
"""Chromium's `time` of a preflighted request is shorter than it took."""
_VOTES = 200
"""Preflights looked at to learn on which side of its request they stand."""
_CANDIDATES = 200
"""Requests of one URL and method looked at."""


def in_order(
    entries: Sequence[Entry | None],
    starts: Sequence[float | None],
    family: Family,
    preflights: Sequence[int],
    parent_of: Callable[[Entry], str],
) -> list[int]:
    """Positions by start time, equal ones in file order; an entry without time goes with the one before it.

    A browser's preflights count as 2 ms later, and those of one URL follow the order of the requests that they name
    (`15853.20` before `15853.21`).
    """
    keys: list[float] = []
    last = next((start for start in starts if start is not None), 0.0)
    for start in starts:
        if start is not None:
            last = start
        keys.append(last)
    if family is Family.BROWSER:
        for i in preflights:
            keys[i] += LATER_MS
    order = sorted(range(len(keys)), key=keys.__getitem__)
    if family is Family.BROWSER:
        _by_parent(order, entries, preflights, parent_of)
    return order


def _by_parent(
    order: list[int], entries: Sequence[Entry | None], preflights: Sequence[int], parent_of: Callable[[Entry], str]
) -> None:
    """Deal the places of the preflights of one URL and browser process anew, by the number of their request."""
    groups: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for i in preflights:
        entry = entries[i]
        if entry is None or entry.request is None or entry.request.url is None:
            continue
        process, dot, number = parent_of(entry).rpartition(".")
        if dot and number.isascii() and number.isdecimal():
            groups.setdefault((entry.request.url, process), []).append((int(number), i))
    groups = {key: group for key, group in groups.items() if len(group) > 1}
    if not groups:
        return
    place = {i: at for at, i in enumerate(order)}
    for group in groups.values():
        places = sorted(place[i] for _, i in group)
        # By number; those of one request (after a redirect back) by their places.
        dealt = sorted(group, key=lambda numbered: (numbered[0], place[numbered[1]]))
        for at, (_, i) in zip(places, dealt, strict=True):
            order[at] = i


def preflights_come_first(
    entries: Sequence[Entry | None], starts: Sequence[float | None], preflights: Sequence[int]
) -> bool | None:
    """Whether preflights start before their requests here (proxies, Chrome up to 79); None where nothing tells."""
    wanted: dict[tuple[str, str], list[int]] = {}
    asked: list[tuple[int, tuple[str, str]]] = []
    for i in preflights[:_VOTES]:
        entry = entries[i]
        if entry is None or entry.request is None or starts[i] is None:
            continue
        for line in read_lines(entry.request.headers, _ignore):
            if line.name.lower() == "access-control-request-method":
                key = (entry.request.url or "", line.value or "")
                asked.append((i, key))
                wanted[key] = []
                break
    for i, entry in enumerate(entries):
        if entry is not None and entry.request is not None and starts[i] is not None:
            found = wanted.get((entry.request.url or "", entry.request.method or ""))
            if found is not None and len(found) < _CANDIDATES:
                found.append(i)
    votes = 0
    for i, key in asked:
        at = starts[i] or 0.0
        before = after = False
        for candidate in wanted[key]:
            start, entry = starts[candidate] or 0.0, entries[candidate]
            time = entry.time if entry is not None and isinstance(entry.time, float) and entry.time > 0 else 0.0
            before |= start <= at + LATER_MS and start + time + _STILL_PENDING_MS >= at
            after |= start > at + LATER_MS
        votes += after - before
    return None if votes == 0 else votes > 0


def _ignore(_: str) -> None:
    pass
