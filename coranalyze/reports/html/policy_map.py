"""The policy map: a row for each endpoint, a column for each origin, who may read what."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from coranalyze.access import ANY, Access, Cell, accesses
from coranalyze.analysis import Analysis
from coranalyze.reports.headline import share
from coranalyze.visible import short, visible

MAX_ORIGINS = 8
MAX_ENDPOINTS = 200
_SIGNS = {
    Access.WITH_CREDENTIALS: ("C", "reads with credentials"),
    Access.WITHOUT_CREDENTIALS: ("R", "reads without credentials"),
    Access.REFUSED: ("✗", "refused"),
}


class Square(msgspec.Struct):
    origin: str
    access: str = ""
    """Empty where the origin did not ask."""
    sign: str = "·"
    words: str = "not asked"


class PolicyRow(msgspec.Struct):
    server: str
    template: str
    squares: list[Square]
    others: str = ""
    """What the origins without a column may do; empty where none of them asked."""


class PolicyMap(msgspec.Struct):
    origins: list[str]
    rows: list[PolicyRow]
    more_origins: int = 0
    more_endpoints: int = 0


def policy_map(analysis: Analysis) -> PolicyMap:
    """The most open endpoints, and the origins that asked at most of them."""
    cells = accesses(analysis.endpoints)
    asked: dict[str, int] = {}
    by_endpoint: dict[tuple[str, str], dict[str, Cell]] = {}
    for cell in cells:
        asked[cell.origin] = asked.get(cell.origin, 0) + 1
        by_endpoint.setdefault((cell.server, cell.template), {})[cell.origin] = cell
    all_origins = sorted(asked, key=lambda origin: (origin != ANY, -asked[origin], origin))
    origins = all_origins[:MAX_ORIGINS]
    order = list(Access)
    ranked = sorted(by_endpoint, key=lambda key: (min(order.index(c.access) for c in by_endpoint[key].values()), key))
    kept = sorted(ranked[:MAX_ENDPOINTS])
    return PolicyMap(
        [_name(origin) for origin in origins],
        [
            PolicyRow(
                visible(key[0]),
                visible(key[1]),
                [_square(o, by_endpoint[key].get(o)) for o in origins],
                _others(cell for origin, cell in by_endpoint[key].items() if origin not in origins),
            )
            for key in kept
        ],
        len(all_origins) - len(origins),
        len(ranked) - len(kept),
    )


def _others(cells: Iterable[Cell]) -> str:
    """`22 read, 3 of them with credentials, 12 refused`"""
    counts = Counter(cell.access for cell in cells)
    known, refused = counts[Access.WITH_CREDENTIALS], counts[Access.REFUSED]
    reading = known + counts[Access.WITHOUT_CREDENTIALS]
    told = [share(reading, "read", known, "with credentials")] if reading else []
    return ", ".join([*told, f"{refused:,} refused"] if refused else told)


def _name(origin: str) -> str:
    return "any origin" if origin == ANY else short(origin, 36)


def _square(origin: str, cell: Cell | None) -> Square:
    if cell is None:
        return Square(_name(origin))
    sign, words = _SIGNS[cell.access]
    if cell.partly:
        return Square(
            _name(origin), cell.access.value, f"{sign}±", f"{words}; {cell.refused} of {cell.answers} refused"
        )
    return Square(_name(origin), cell.access.value, sign, words)
