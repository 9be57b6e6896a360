"""Policies: what the servers of a capture let in already, which a setting may not take away."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from coranalyze import fixes
from coranalyze.cors.origin import origin_of
from coranalyze.endpoint import Answer, Fold, place
from coranalyze.fetch import Outcome

_NEEDLESS = frozenset({"options", "accept", "accept-language", "content-language"})
"""In lists: no page asks for the method, and browsers for none of the headers."""


class Policies:
    """Looks at each server once. `owned`: domains that the user named as their own."""

    def __init__(self, fold: Fold, owned: Collection[str]) -> None:
        self._fold = fold
        self._owned = owned
        self._present: dict[str, bool] = {}
        self._works: dict[str, fixes.Context] = {}
        self._named: dict[str, list[str]] = {}
        self._asked: dict[tuple[str, str], fixes.Context] = {}

    def is_present(self, origin: str) -> bool:
        """Whether some answers of the server have Access-Control-Allow-Origin already."""
        if origin not in self._present:
            self._present[origin] = any(answer.allow_origin for answer in self._answers(origin))
        return self._present[origin]

    def who_is_named(self, origin: str) -> list[str]:
        """Origins in Access-Control-Allow-Origin at the server: those that did not ask themselves, and the owner's."""
        if origin not in self._named:
            itself = origin_of(origin)
            values = {
                answer.acao
                for answer in self._answers(origin)
                if answer.acao is not None and origin_of(answer.acao) is not None
                # A stranger that is answered with its own name is let in by no list, but by whoever repeats any.
                if not answer.reflects or fixes.is_own(answer.acao, itself, self._owned)
            }
            self._named[origin] = sorted(filter(None, (fixes.Context.of(value).origin for value in values)))
        return self._named[origin]

    def what_is_asked(self, origin: str, page: str) -> fixes.Context:
        """What preflights of one page at the server ask for, granted or not; of the owner's where none is named."""
        if (origin, page) not in self._asked:
            itself = origin_of(origin)
            asked = [
                fixes.Context.of("", answer.requested_method, ", ".join(answer.requested_headers))
                for answer in self._answers(origin)
                if answer.preflight
                if (answer.origin == page if page else fixes.is_own(answer.origin or "", itself, self._owned))
            ]
            together = fixes.Context.together([*asked, fixes.Context()])
            self._asked[origin, page] = together._replace(whole=bool(asked))
        return self._asked[origin, page]

    def what_is_listed(self, endpoints: Iterable[str], page: str) -> fixes.Context:
        """What the answers to preflights of one page, or of the owner's, list at these endpoints.

        What all others ask for may be what they are answered.
        """
        itself = origin_of(next(iter(endpoints)))
        listed = [
            fixes.Context.of("", _names(answer.allow_methods), _names(answer.allow_headers))
            for answer in self._answers_at(endpoints)
            if answer.preflight
            if answer.origin == page or fixes.is_own(answer.origin or "", itself, self._owned)
        ]
        return fixes.Context.together([*listed, fixes.Context()])._replace(whole=bool(listed))

    def is_open(self, places: Iterable[str]) -> bool:
        """Whether all that these endpoints, or servers, let in is let in by `*`."""
        answers = [a for each in places for a in self._answers(each) or self._answers_at([each])]
        named = [answer.allow_origin for answer in answers if answer.allow_origin]
        return bool(named) and all(values == ("*",) for values in named)

    def allows_credentials(self, endpoints: Iterable[str]) -> bool:
        """Whether answers at these endpoints or, where they are not open to all, of their server allow credentials."""
        here = self._answers_at(endpoints)
        if not any("*" in answer.allow_origin for answer in here):
            here += self._answers(place(next(iter(endpoints)))[0])
        # With `*` it counts for nothing.
        return any(answer.allows_credentials and "*" not in answer.allow_origin for answer in here)

    def what_works(self, origin: str) -> fixes.Context:
        """The owner's own pages that are let in by name, and what their preflights ask for and are granted."""
        if origin not in self._works:
            itself = origin_of(origin)
            own = [a for a in self._answers(origin) if fixes.is_own(a.origin or "", itself, self._owned)]
            granted = [
                answer
                for answer in own
                if answer.preflight and answer.lets_in and 200 <= (answer.status or 0) < 300
                # One that is blocked on either way (conditional) has no reason here.
                if answer.reason is None and answer.outcome is not Outcome.CONDITIONAL
            ]
            contexts = [
                fixes.Context.of(
                    answer.origin,
                    answer.requested_method,
                    ", ".join(answer.requested_headers),
                    True if answer.allows_credentials and answer.reflects else None,
                )
                for answer in granted
            ]
            named = [fixes.Context.of(answer.origin) for answer in own if answer.reflects]
            together = fixes.Context.together([*contexts, *named, fixes.Context()])
            # What the capture does not show may work too.
            self._works[origin] = together._replace(whole=bool(granted), kept=self.is_present(origin))
        return self._works[origin]

    def _answers(self, origin: str) -> list[Answer]:
        server = self._fold.servers.get(origin)
        return [answer for endpoint in server.endpoints.values() for answer in endpoint.answers] if server else []

    def _answers_at(self, endpoints: Iterable[str]) -> list[Answer]:
        found: list[Answer] = []
        for origin, template in map(place, endpoints):
            server = self._fold.servers.get(origin)
            endpoint = server.endpoints.get(template) if server is not None else None
            found += endpoint.answers if endpoint is not None else ()
        return found


def _names(lines: Iterable[str]) -> str:
    return ", ".join([name for line in lines for name in line.split(",") if name.strip().lower() not in _NEEDLESS])
