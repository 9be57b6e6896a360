"""Remedies: what has to be set on a server, so that one setting mends all that failed there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from coranalyze import fixes
from coranalyze.analysis import Analysis
from coranalyze.causes import Cause
from coranalyze.cors.origin import origin_of
from coranalyze.endpoint import Relation, layers_of, relation
from coranalyze.failure import Failure
from coranalyze.fetch import Fetch
from coranalyze.finding import Finding

_FETCHES = 50
"""Of one failure that its setting goes by."""
_OWN = (Relation.SAME_SITE, Relation.FIRST_PARTY)


class Setting(NamedTuple):
    title: str
    """Of the stack: `FastAPI / Starlette`."""
    evidence: str
    """The header that the stack was guessed from; empty where the user named it."""
    snippets: tuple[fixes.Snippet, ...]


class Remedy(NamedTuple):
    """What has to be set on one server."""

    codes: tuple[str, ...]
    context: fixes.Context
    guess: fixes.Guess | None = None
    """Of the server's stack."""
    failures: tuple[int, ...] = ()
    """Numbers of those that it mends, from 1."""

    def on(self, stack: str | None) -> Setting | None:
        """The setting on this stack, one of `fixes.STACKS`, or on the one that is guessed; None where none is known."""
        name = stack or (self.guess.stack if self.guess is not None else None)
        found = fixes.find_stack(name) if name is not None else None
        snippets = tuple(found.snippets(self.codes, self.context)) if found is not None else ()
        if found is None or not snippets:
            return None
        evidence = self.guess.evidence if self.guess is not None and not stack else ""
        return Setting(found.title, evidence, snippets)


class Remedies:
    """The remedies of one report. `found`: its failures, numbered from 1; `stack`: the one of all servers."""

    def __init__(self, analysis: Analysis, found: Sequence[Failure], stack: str | None = None) -> None:
        self._fold = analysis.fold
        self._first_parties = frozenset(analysis.audited.first_parties)
        self._guesses: dict[str, fixes.Guess | None] = {}
        self._of_failure: dict[int, Remedy] = {}
        self._of_server: dict[str, list[Remedy]] = {}
        alike: dict[tuple[str, str, str], list[Remedy]] = {}
        for number, failure in enumerate(found, 1):
            remedy = self._alone(failure, number)
            if remedy is not None:
                server, asking = _server_of(failure.example), failure.example.origin or ""
                # Who is let in stays apart from others that ask: a list for all of them is nobody's wish.
                who = "" if relation(asking, origin_of(server), self._first_parties) in _OWN else asking
                by = remedy.guess.stack if remedy.guess is not None and stack is None else ""
                alike.setdefault((server, who, by), []).append(remedy)
        for (server, _, _), remedies in alike.items():
            remedy = _together(remedies)
            self._of_failure.update(dict.fromkeys(remedy.failures, remedy))
            self._of_server.setdefault(server, []).append(remedy)

    def of_failure(self, number: int) -> Remedy | None:
        """What lets it through, with all that failed alike there; None where nothing on a server does."""
        return self._of_failure.get(number)

    def of_finding(self, finding: Finding) -> Remedy | None:
        """What mends a policy: that of failures, where it does; None for rules without a fix."""
        if not finding.fixes:
            return None
        context = fixes.Context.of_finding(finding, self._first_parties)
        for remedy in self._of_server.get(str(origin_of(finding.endpoint)), ()):
            if set(finding.fixes) <= set(remedy.codes) and context.within(remedy.context):
                return remedy
        return Remedy(finding.fixes, context, self._guess(finding.endpoint))

    def _alone(self, failure: Failure, number: int) -> Remedy | None:
        fetches = [fetch for _, fetch in failure.fetches[:_FETCHES]]
        codes, sent = codes_of(fetches[0], failure.cause), fetches[0].deciding
        if sent is None or not codes:
            return None
        guess = fixes.guess(layers_of(sent.exchange.response)) or self._guess(sent.exchange.url)
        return Remedy(codes, fixes.Context.of_fetches(fetches), guess, (number,))

    def _guess(self, url: str) -> fixes.Guess | None:
        """The guess that most of the server's answers lead to."""
        origin = str(origin_of(url))
        if origin not in self._guesses:
            server = self._fold.servers.get(origin)
            counts: Counter[fixes.Guess] = Counter()
            for endpoint in server.endpoints.values() if server is not None else ():
                for answer, seen in endpoint.answers.items():
                    guess = fixes.guess(answer.layer)
                    if guess is not None:
                        counts[guess] += seen.count
            self._guesses[origin] = min(counts, key=lambda guess: (-counts[guess], guess)) if counts else None
        return self._guesses[origin]


def codes_of(fetch: Fetch, cause: Cause | None) -> tuple[str, ...]:
    """Codes of what to set on the server, so that the fetch passes whole."""
    codes = fixes.codes_for(fetch) if cause is None else cause.fixes
    return fixes.with_the_preflight(codes, fetch.verdict)


def _server_of(fetch: Fetch) -> str:
    sent = fetch.deciding
    return str(origin_of(sent.exchange.url if sent is not None else fetch.url))


def _together(remedies: Sequence[Remedy]) -> Remedy:
    codes = tuple(dict.fromkeys(code for remedy in remedies for code in remedy.codes))
    context = fixes.Context.together([remedy.context for remedy in remedies])
    return Remedy(codes, context, remedies[0].guess, tuple(number for remedy in remedies for number in remedy.failures))
