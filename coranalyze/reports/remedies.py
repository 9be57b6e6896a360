"""Remedies: what has to be set on a server, so that one setting mends all that failed there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from coranalyze import fixes
from coranalyze.analysis import Analysis
from coranalyze.causes import Cause
from coranalyze.cors.origin import origin_of
from coranalyze.endpoint import layers_of
from coranalyze.failure import Failure
from coranalyze.fetch import Fetch
from coranalyze.finding import Finding, Severity
from coranalyze.reports.policies import Policies

_FETCHES = 50
"""Of one failure that its setting goes by."""
_SINGLE = frozenset({"F2", "F10", "F13"})
"""Codes whose setting is another one for each finding: a pattern, names to expose, origins of another scheme."""
_ONE_VALUE = frozenset({"F4", "F5", "F9", "F12"})
"""Codes that change one value of a policy: their setting has to hold all else that works, or it takes it away."""
_ANSWERS_ITSELF = frozenset({"F6", "F7"})
"""Codes whose setting on some stacks answers preflights itself: it has to grant all that the page asks for."""
_TOLD_BY_CAUSES = ("COR5", "COR6")
"""Rules about the very headers and preflights that failures come from."""
_PATTERN = "F2"
"""The code whose setting is a pattern for all sub-domains."""
_NARROWS = frozenset({"COR805", "COR806"})
"""Rules whose setting takes names off a list: where another is set on the server, the two would contradict."""
_WHO = frozenset({"F1", "F2", "F3", "F4", "F13"})
"""Codes whose setting says who may ask."""
_LISTS = _WHO | {"F8"}
"""Codes whose setting says who may ask, or for what."""
_ABOUT_A_PAGE = "COR7"
"""Rules about a page that is let in here and not there."""
_FOR_ANOTHER = "wrong-origin-static-or-cached"
"""The cause of failures whose answer names another page's origin."""
_OF_ALL_OBJECTS = "cdn-drops-origin"
"""The cause of failures of one object of many that have one policy."""
_OF_NO_FAILURE = _SINGLE | {"F9"}
"""Codes that no failure asks for: how long a preflight is kept blocks nothing."""
_Wish: TypeAlias = tuple[str, ...]
"""What one setting is for: server, stack, and whom it lets in, or the position of a finding."""


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
    findings: tuple[int, ...] = ()
    """Positions of those that it mends in `Analysis.findings`."""

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
        self._owned = frozenset(analysis.audited.first_parties)
        self._policies = Policies(self._fold, self._owned)
        self._guesses: dict[str, fixes.Guess | None] = {}
        remedies: dict[_Wish, Remedy] = {}
        told: dict[str, list[tuple[str, _Wish | None]]] = {}
        for number, failure in enumerate(found, 1):
            remedy = self._of_failure(failure, number)
            wish: _Wish | None = None
            if remedy is not None:
                page = failure.example.origin or ""
                # Who is let in stays apart from others that ask: a list for all of them is nobody's wish.
                who = "" if fixes.is_own(page, origin_of(failure.server), self._owned) else page
                wish = failure.server, _stack_of(remedy, stack), who
                remedies[wish] = _together(remedies.get(wish), remedy)
            if failure.cause is not None:
                for endpoint in failure.endpoints:
                    told.setdefault(endpoint, []).append((failure.example.origin or "", wish))
        listing = set(remedies)
        for position, finding in enumerate(analysis.findings):
            causes = _causes_of(finding, told)
            if finding.fixes and (not causes or any(causes)):
                remedy = self._of_finding(finding, position)
                server = str(origin_of(finding.endpoint)), _stack_of(remedy, stack), ""
                if finding.rule in _NARROWS and any(wish[0] == server[0] for wish in listing):
                    continue
                key = next(filter(None, causes), None)
                if key is None:
                    # What a page lacks goes with its failures, also where names do not tell that it is the owner's.
                    itself = (*server[:2], finding.origin) if finding.rule.startswith(_ABOUT_A_PAGE) else server
                    key = itself if itself in remedies else server
                    if not _does_for(remedies.get(key), finding, remedy):
                        key = *server, str(position)
                remedies[key] = _together(remedies.get(key), remedy)
                if finding.rule not in _NARROWS and not _LISTS.isdisjoint(remedy.codes):
                    listing.add(key)
        self._by_failure = {number: remedy for remedy in remedies.values() for number in remedy.failures}
        self._by_finding = {at: remedy for remedy in remedies.values() for at in remedy.findings}

    def of_failure(self, number: int) -> Remedy | None:
        """What lets it through, with all that failed alike there; None where nothing on a server does."""
        return self._by_failure.get(number)

    def of_finding(self, position: int) -> Remedy | None:
        """What mends a policy, with all else on the server; None for rules without a fix."""
        return self._by_finding.get(position)

    def _of_failure(self, failure: Failure, number: int) -> Remedy | None:
        fetches = [fetch for _, fetch in failure.fetches[:_FETCHES]]
        codes = tuple(dict.fromkeys(code for fetch in fetches for code in codes_of(fetch, failure.cause)))
        sent = fetches[0].deciding
        if sent is None or not codes:
            return None
        guess = self._guess(sent.exchange.url, layers_of(sent.exchange.response))
        context = fixes.Context.of_fetches(fetches)
        listed = self._policies.what_is_listed(failure.endpoints, fetches[0].origin or "")
        context = fixes.Context.together([context, listed])._replace(origin=context.origin, whole=True)
        context = context._replace(present=self._policies.is_present(failure.server))
        codes = _from_nothing(codes, context)
        if self._policies.allows_credentials(failure.endpoints):
            context = context._replace(credentials=True)
        context = self._beside(context, failure)
        everywhere = failure.cause is not None and failure.cause.name == _OF_ALL_OBJECTS
        here = [failure.server] if everywhere else failure.endpoints
        context = context._replace(open=self._policies.is_open(here))
        return Remedy(codes, context, guess, (number,))

    def _of_finding(self, finding: Finding, position: int) -> Remedy:
        server, policies = str(origin_of(finding.endpoint)), self._policies
        context = fixes.Context.of_finding(finding, self._owned)._replace(present=policies.is_present(server))
        told, narrows = context.credentials, finding.rule in _NARROWS
        own = policies.what_works(server).origins
        wanted = finding.fixes
        if own and _PATTERN in wanted:
            # Their names say it all: a right pattern would let in every sub-domain, whoever has it.
            wanted = tuple(dict.fromkeys("F1" if code == _PATTERN else code for code in wanted))
        if own and not _WHO.isdisjoint(wanted):
            context = fixes.Context.together([context, *map(fixes.Context.of, own)])._replace(present=context.present)
        changes_one = (_ONE_VALUE | _ANSWERS_ITSELF).issuperset(wanted)
        needed = [context]
        if not _ANSWERS_ITSELF.isdisjoint(wanted):
            needed.append(policies.what_is_asked(server, finding.origin))
        if changes_one or narrows:
            needed.append(policies.what_works(server))
        if (changes_one or "F8" in wanted) and not narrows:
            needed.append(policies.what_is_listed(finding.endpoints, finding.origin))
        context = fixes.Context.together(needed)
        if told is None and policies.allows_credentials(finding.endpoints):
            told = True
        # Where credentials are what is wrong (COR203), so may be the list of who has them.
        kept = context.kept and (told is False or "F4" not in wanted)
        credentials = context.credentials if told is None else told
        opened = _WHO.isdisjoint(wanted) and policies.is_open(finding.endpoints)
        context = context._replace(credentials=credentials, kept=kept, open=opened)
        return Remedy(_from_nothing(wanted, context), context, self._guess(finding.endpoint), findings=(position,))

    def _beside(self, context: fixes.Context, failure: Failure) -> fixes.Context:
        """The context of a failure's setting, which may not throw out whom the server lets in already."""
        named = self._policies.who_is_named(failure.server)
        context = context._replace(kept=not set(context.origins).issuperset(named))
        if context.origin:
            own = self._policies.what_works(failure.server).origins
            # A fixed value that is a near miss of the page's origin is a mistake, no other page.
            if failure.cause is not None and failure.cause.name == _FOR_ANOTHER:
                server = origin_of(failure.server)
                own = [*own, *(origin for origin in named if fixes.is_own(origin, server, self._owned))]
            together = fixes.Context.together([context, *map(fixes.Context.of, own)])
            context = together._replace(credentials=context.credentials)
        return context

    def _guess(self, url: str, layer: Iterable[str] = ()) -> fixes.Guess | None:
        """The guess that this layer leads to, else the one that most of the server's answers lead to."""
        at = origin_of(url)
        origin, host = str(at), at.host if at is not None else ""
        itself = fixes.guess(layer, host)
        if itself is not None:
            return itself
        if origin not in self._guesses:
            server = self._fold.servers.get(origin)
            counts: Counter[fixes.Guess] = Counter()
            for endpoint in server.endpoints.values() if server is not None else ():
                for answer, seen in endpoint.answers.items():
                    guess = fixes.guess(answer.layer, host)
                    if guess is not None:
                        counts[guess] += seen.count
            self._guesses[origin] = min(counts, key=lambda guess: (-counts[guess], guess)) if counts else None
        return self._guesses[origin]


def codes_of(fetch: Fetch, cause: Cause | None) -> tuple[str, ...]:
    """Codes of what to set on the server, so that the fetch passes whole."""
    codes = fixes.codes_for(fetch) if cause is None else cause.fixes
    if "F5" in codes and len(codes) > 1 and _varies(fetch):
        codes = tuple(code for code in codes if code != "F5")
    return fixes.with_the_preflight(codes, fetch.verdict)


def _from_nothing(codes: tuple[str, ...], context: fixes.Context) -> tuple[str, ...]:
    """The codes, and that of a policy where the server has none: an answer to preflights alone mends nothing."""
    return (*codes, "F1") if "F6" in codes and "F1" not in codes and not context.present else codes


def _varies(fetch: Fetch) -> bool:
    """Whether the answer that decided says `Vary: Origin` already."""
    vary = fetch.deciding.exchange.response.get("vary") if fetch.deciding is not None else None
    return "origin" in [name.strip().lower() for name in (vary or "").split(",")]


def _stack_of(remedy: Remedy, named: str | None) -> str:
    return named or (remedy.guess.stack if remedy.guess is not None else "")


def _causes_of(finding: Finding, told: Mapping[str, Sequence[tuple[str, _Wish | None]]]) -> list[_Wish | None]:
    """Of a finding about headers or preflights, what the causes of failures have set at its endpoints.

    None for a cause that has nothing set on the server. Empty where some endpoint has no failure with a cause from the
    finding's page: then the finding alone tells what is wrong there.
    """
    if not finding.rule.startswith(_TOLD_BY_CAUSES) or not _OF_NO_FAILURE.isdisjoint(finding.fixes):
        return []
    found: list[_Wish | None] = []
    for endpoint in finding.endpoints:
        here = [wish for page, wish in told.get(endpoint, ()) if finding.origin in ("", page)]
        if not here:
            return []
        found += here
    return found


def _does_for(remedy: Remedy | None, finding: Finding, alone: Remedy) -> bool:
    """Whether what mends a finding can stand in this remedy, if any; what weighs little adds nothing to it."""
    if not _SINGLE.isdisjoint(alone.codes):
        return False
    if remedy is None:
        return True
    weighs = finding.severity is not Severity.INFO or set(alone.codes) <= set(remedy.codes)
    credentials = {remedy.context.credentials, alone.context.credentials}
    return weighs and credentials != {True, False}


def _together(first: Remedy | None, second: Remedy) -> Remedy:
    if first is None:
        return second
    return Remedy(
        tuple(dict.fromkeys(first.codes + second.codes)),
        fixes.Context.together([first.context, second.context]),
        first.guess,
        first.failures + second.failures,
        first.findings + second.findings,
    )
