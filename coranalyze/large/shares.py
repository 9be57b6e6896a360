"""Shares: what hangs on all that a server answered is told once all is read, for a share of the servers at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from coranalyze.analysis import Audited
from coranalyze.causes import Advisories, Advisory, Causes, Servers
from coranalyze.endpoint import Fold
from coranalyze.failure import is_failure
from coranalyze.fetch import Fetch, Verdict
from coranalyze.finding import Finding
from coranalyze.large.blocks import MIXED, SHARES, MakeRow, pack, share_of_server, unpacked
from coranalyze.large.kinds import Kinds, place_of
from coranalyze.large.piece import Options, tidy
from coranalyze.large.spool import Spool
from coranalyze.memo import Memo
from coranalyze.preflight_cost import CostRow, PreflightCost
from coranalyze.rules import Neighbours, audit_part, choose_rules

_ENTRIES = 40
"""Bits for the entry in the number that orders fetches of several inputs."""


class Share(NamedTuple):
    """Task: some servers, and the fetches that asked none but these."""

    number: int
    fold: Fold
    audited: Audited
    late: list[bytes]
    neighbours: Neighbours | None = None
    """None: its servers are audited elsewhere."""
    costs: dict[str, CostRow] = {}  # noqa: RUF012 - never written to


class Told(msgspec.Struct):
    """What there is to tell of a share."""

    number: int
    findings: list[Finding]
    advisories: list[Advisory]
    """Their fetches are named by `_order`."""
    failed: Kinds
    rows: dict[MakeRow, list[bytes]]
    """For each block of fetches: their rows."""


def shares(fold: Fold, cost: PreflightCost, audited: Audited, spool: Spool) -> Iterator[Share]:
    """All shares, the largest first: what ends last is then small."""
    neighbours, costs = Neighbours(fold), dict[int, dict[str, CostRow]]()
    for name, row in cost.by_endpoint().items():
        server = "/".join(name.split("/", 3)[:3])
        costs.setdefault(share_of_server(server), {})[name] = row
    parts = sorted(enumerate(fold.parted(SHARES, share_of_server)), key=lambda part: -part[1].count)
    for number, part in parts:
        late = spool.late(number)
        if part.count or late:
            yield Share(number, part, audited, late, neighbours, costs.get(number, {}))
    if late := spool.late(MIXED):
        yield Share(MIXED, fold, audited, late)


def tell(share: Share, options: Options) -> Told:
    """What runs here runs in any process."""
    tidy()
    audited, findings = share.audited, list[Finding]()
    servers = Servers(share.fold)
    causes, advisories = Causes(servers, audited.first_parties), Advisories(servers)
    told = Told(share.number, findings, [], Kinds(), {make: [] for make in options.rows})
    rows, one = {make: make() for make in options.rows}, _OneObject()
    for block in share.late:
        made: dict[MakeRow, list[Any]] = {make: [] for make in rows}
        for fetch in one.of_all(unpacked(block)):
            cause = causes.of(fetch)
            advisories.add(_order(fetch), fetch)
            if is_failure(fetch, cause):
                told.failed.add(fetch, cause)
            for make, row in rows.items():
                made[make].append(row(fetch, cause, ()))
        for make, written in made.items():
            told.rows[make].append(pack(written))
    told.advisories = advisories.sorted()
    if share.neighbours is not None:
        rules = choose_rules(audited.select, audited.ignore)
        found = audit_part(
            share.fold, share.neighbours, share.costs, first_parties=audited.first_parties, rules=rules
        )  # fmt: skip
        findings += [finding for finding in found if finding.severity.rank <= audited.min_severity.rank]
    return told


def numbered(advisories: Iterable[Advisory], spool: Spool) -> list[Advisory]:
    """With the positions of their fetches."""
    found = list(advisories)
    numbers = spool.numbers({_place(order) for advisory in found for order in advisory.fetches})
    for advisory in found:
        advisory.fetches = [numbers[_place(order)] for order in advisory.fetches]
    return found


def _order(fetch: Fetch) -> int:
    input, entry = place_of(fetch)
    return input << _ENTRIES | entry


def _place(order: int) -> tuple[int, int]:
    return order >> _ENTRIES, order & (1 << _ENTRIES) - 1


class _OneObject:
    """Makes equal verdicts of fetches that were packed one object, as they were: they are told apart by that."""

    def __init__(self) -> None:
        self._verdicts: Memo[Verdict, Verdict] = Memo(lambda verdict: verdict)
        self._aliases: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}

    def of_all(self, fetches: list[Fetch]) -> Iterator[Fetch]:
        """Of one block: what was one object in it still is."""
        seen: dict[tuple[int, int], tuple[Verdict, dict[str, str]]] = {}
        for fetch in fetches:
            key = id(fetch.verdict), id(fetch.aliases)
            known = seen.get(key)
            if known is None:
                known = seen[key] = self._of(fetch)
            yield msgspec.structs.replace(fetch, verdict=known[0], aliases=known[1])

    def _of(self, fetch: Fetch) -> tuple[Verdict, dict[str, str]]:
        return self._verdicts[fetch.verdict], self._aliases.setdefault(tuple(fetch.aliases.items()), fetch.aliases)
