"""Access: what the answers of a server let each origin read, with credentials or not."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from coranalyze.endpoint import Answer, Endpoint
from coranalyze.fetch import Role

ANY = "*"
"""Stands for all origins."""


class Access(StrEnum):
    """What an origin may do at an endpoint, the most first."""

    WITH_CREDENTIALS = "with-credentials"
    """Read what is answered to the visitor's cookies."""
    WITHOUT_CREDENTIALS = "without-credentials"
    """Read what anyone could ask for."""
    REFUSED = "refused"


class Cell(msgspec.Struct):
    """One origin at one endpoint."""

    origin: str
    server: str
    template: str
    access: Access = Access.REFUSED
    answers: int = 0
    """Answers of the server that tell."""
    refused: int = 0

    @property
    def partly(self) -> bool:
        """Some requests are let in and some are not: it hangs on the method, the headers, the status or the URL."""
        return 0 < self.refused < self.answers


def accesses(endpoints: Iterable[Endpoint]) -> list[Cell]:
    """All cells, by endpoint and origin. `*` is a cell of its own beside those of the origins that asked."""
    cells: dict[tuple[str, str, str], Cell] = {}
    for endpoint in endpoints:
        for answer, seen in endpoint.answers.items():
            access = _access(answer)
            if access is None or answer.origin == endpoint.server:
                continue
            asked = {answer.origin or ANY, *((ANY,) if answer.acao == ANY and access is not Access.REFUSED else ())}
            for origin in asked:
                key = (endpoint.server, endpoint.template, origin)
                cell = cells.setdefault(key, Cell(origin, endpoint.server, endpoint.template))
                cell.answers += seen.count
                if access is Access.REFUSED:
                    cell.refused += seen.count
                elif cell.access is not Access.WITH_CREDENTIALS:
                    cell.access = access
    return [cell for _, cell in sorted(cells.items())]


def _access(answer: Answer) -> Access | None:
    """None for answers that tell nothing of reading: of caches, to navigations, preflights and redirects that pass."""
    if not answer.is_policy or answer.mode not in ("cors", "unknown"):
        return None
    if answer.role is not Role.ACTUAL:
        return Access.REFUSED if answer.reason is not None and answer.origin is not None else None
    if answer.acao == ANY:
        return Access.WITHOUT_CREDENTIALS
    if answer.origin is None:
        return None
    if not answer.reflects:
        return Access.REFUSED
    return Access.WITH_CREDENTIALS if answer.allows_credentials else Access.WITHOUT_CREDENTIALS
