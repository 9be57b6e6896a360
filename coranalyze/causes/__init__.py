"""Causes: the pattern behind each failed fetch, which is often not CORS."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from msgspec.structs import replace

from coranalyze.causes.advisory import may_be_hidden
from coranalyze.causes.case import Case, Failed
from coranalyze.causes.cause import Cause, Page, Pattern
from coranalyze.causes.remembered import Remembered, Servers
from coranalyze.cors.steps import Reason
from coranalyze.endpoint.layer import Kind, Layer
from coranalyze.fetch import Fetch, Observed, Outcome, Stage, Verdict
from coranalyze.finding import Confidence

__all__ = [
    "Advisories", "Advisory", "Cause", "Causes", "Kind", "Layer", "Page", "Pattern", "Servers", "advisories_of",
    "all_patterns", "causes_of", "find_pattern", "hangs_on_fold", "joined",
]  # fmt: skip

LIMIT = 20_000
"""Distinct advisories kept."""
SHOWN = 20
"""Fetches named of one advisory."""

_Failures = Sequence[Failed]


@cache
def _patterns() -> tuple[tuple[Pattern, ...], tuple[Pattern, ...]]:
    """The causes in the order in which they are tried, the most specific first; and what is only advice."""
    from coranalyze.causes import (
        advisory,
        caches,
        contexts,
        embedding,
        imposters,
        lists,
        masked,
        missing,
        network,
        preflight,
        redirects,
        refused,
        response,
        sessions,
        strays,
        tunnels,
    )  # fmt: skip

    return (
        # Not CORS at all. A challenge may answer a WebSocket's handshake.
        contexts.service_worker, network.local_network, embedding.embedder_block, imposters.bot_challenge,
        network.not_cors_network,
        # Somebody else answered.
        imposters.access_proxy_login, tunnels.tunnel_interstitial,
        # The preflight was refused. Where only a stray header makes the browser ask, it is that, whatever the refusal.
        strays.response_header_sent_as_request, strays.tracing_header_leak, preflight.signed_url_preflight,
        preflight.preflight_redirect, preflight.preflight_auth, preflight.preflight_syntax,
        lists.star_does_not_cover, lists.gateway_trims_headers, lists.method_not_allowed, lists.header_not_allowed,
        preflight.preflight_unrouted,
        # An error hides behind it.
        masked.edge_generated_error, masked.error_drops_cors,
        # The values are there, and wrong.
        response.duplicate_acao, response.star_with_credentials, missing.actual_lacks_what_preflight_had,
        response.acac_not_true,
        # Redirects, contexts, caches.
        caches.revalidated_without_cors, redirects.redirect_loses_cors, contexts.null_origin_context,
        caches.cache_poisoned, caches.vary_missing, caches.cdn_drops_origin,
        # What is left of the check.
        response.near_miss_origin, response.wrong_origin, contexts.subresource_cors, refused.no_acao_anywhere,
        # CORS passed.
        sessions.cookie_absent,
    ), (advisory.header_not_exposed,)  # fmt: skip


def all_patterns() -> tuple[Pattern, ...]:
    """Every pattern, by name."""
    failing, advising = _patterns()
    return tuple(sorted((*failing, *advising), key=lambda pattern: pattern.name))


def find_pattern(name: str) -> Pattern | None:
    """The pattern with this name, case aside."""
    wanted = name.strip().lower()
    return next((pattern for pattern in all_patterns() if pattern.name == wanted), None)


class Causes:
    """Tells the cause of one failed fetch after the other, by what the servers of the whole fold answered."""

    def __init__(self, servers: Servers, first_parties: Iterable[str] = ()) -> None:
        self._servers = servers
        self._parties = tuple(first_parties)
        self._told: Remembered[Cause | None] = Remembered(servers)

    def of(self, fetch: Fetch) -> Cause | None:
        """The cause of its failure; None for what did not fail, and where no cause is known."""
        failures = _failures(fetch)
        if not failures:
            return None
        return self._told.of(fetch, lambda: _cause(fetch, failures, self._servers, self._parties, _patterns()[0]))


def causes_of(fetches: Iterable[Fetch], servers: Servers, first_parties: Iterable[str] = ()) -> dict[int, Cause]:
    """Position of each failed fetch → the cause of its failure; without those for which none is known."""
    causes = Causes(servers, first_parties)
    return {index: cause for index, fetch in enumerate(fetches) if (cause := causes.of(fetch)) is not None}


class Advisory:
    """What is worth knowing about one endpoint, and the fetches that show it."""

    __slots__ = ("cause", "count", "fetches")

    def __init__(self, cause: Cause) -> None:
        self.cause = cause
        self.count = 0
        """Fetches that show it."""
        self.fetches: list[int] = []
        """The first of them: positions in the analysis."""


class Advisories:
    """Collects what no capture shows to fail, one for each sentence; takes fetches in their order."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._told: Remembered[list[Cause]] = Remembered(servers)
        self._found: dict[Cause, Advisory] = {}

    def add(self, index: int, fetch: Fetch) -> None:
        if not may_advise(fetch):
            return
        for cause in self._told.of(fetch, lambda: self._advice(fetch)):
            if cause in self._found or len(self._found) < LIMIT:
                advisory = self._found.setdefault(cause, Advisory(cause))
                advisory.count += 1
                if len(advisory.fetches) < SHOWN:
                    advisory.fetches.append(index)

    def _advice(self, fetch: Fetch) -> list[Cause]:
        case = Case(fetch, Failed(None, None, hop=None), self._servers.of)
        causes = [cause for pattern in _patterns()[1] if (cause := pattern.cause(case)) is not None]
        # The page is not named: what is told of all of them is told once.
        return [replace(cause, origin="") for cause in causes]

    def sorted(self) -> list[Advisory]:
        """Those with most fetches first."""
        return by_count(self._found.values())


def by_count(advisories: Iterable[Advisory]) -> list[Advisory]:
    """Those with most fetches first."""
    return sorted(advisories, key=lambda advisory: (-advisory.count, advisory.fetches[0]))


def joined(advisories: Iterable[Advisory]) -> list[Advisory]:
    """One for each sentence, of several collections, those with most fetches first."""
    found: dict[Cause, Advisory] = {}
    for each in advisories:
        mine = found.setdefault(each.cause, Advisory(each.cause))
        mine.count += each.count
        mine.fetches = sorted([*mine.fetches, *each.fetches])[:SHOWN]
    return by_count(sorted(found.values(), key=lambda advisory: advisory.fetches[0])[:LIMIT])


def advisories_of(fetches: Iterable[Fetch], servers: Servers) -> list[Advisory]:
    """What no capture shows to fail, one for each sentence, those with most fetches first."""
    found = Advisories(servers)
    for index, fetch in enumerate(fetches):
        found.add(index, fetch)
    return found.sorted()


def may_advise(fetch: Fetch) -> bool:
    """Whether an advisory can be about it; told without the fold, so that most fetches need not wait for that."""
    return fetch.mode == "cors" and fetch.cross_origin and _may_pass(fetch.verdict) and may_be_hidden(fetch)


def hangs_on_fold(fetch: Fetch) -> bool:
    """Whether a cause or an advisory may be about it, so that there is more to tell once the fold is whole."""
    return bool(_failures(fetch)) or may_advise(fetch)


def _may_pass(verdict: Verdict) -> bool:
    if verdict.outcome is _ALLOWED:
        return True
    return any(condition.outcome is Outcome.ALLOWED for condition in verdict.conditions)


def _failures(fetch: Fetch) -> _Failures:
    """How it failed: once, or in one way of several; empty for what did not fail."""
    verdict = fetch.verdict
    outcome = verdict.outcome
    if outcome is _ALLOWED:
        return _PASSED if fetch.exchanges and fetch.exchanges[-1].exchange.status == 401 else ()
    if outcome is _BLOCKED:
        return (Failed(verdict.reason, verdict.stage, verdict.detail, verdict.hop),)
    if outcome is _CONDITIONAL:
        blocked = [Failed(c.reason, c.stage, c.detail) for c in verdict.conditions if c.outcome is _BLOCKED]
        # One that was seen to fail failed in one of the ways in which it can. Without an error (Firefox writes none)
        # the page may have given it up.
        seen = fetch.observed is _SEEN_BLOCKED and bool(fetch.exchanges) and bool(fetch.exchanges[-1].exchange.error)
        if seen or verdict.blocked_either_way:
            return blocked
        # Hardly a page asks for a redirect only to leave it alone, least of all one that its browser would not follow.
        return [failed for failed in blocked if failed.reason is _MIXED and failed.stage is Stage.REDIRECT]
    return _PASSED if fetch.observed is _SEEN_BLOCKED else ()


# For every fetch: as constants, since members of an enum are slow to look up before Python 3.12.
_ALLOWED, _BLOCKED, _CONDITIONAL = Outcome.ALLOWED, Outcome.BLOCKED, Outcome.CONDITIONAL
_SEEN_BLOCKED = Observed.BLOCKED
_MIXED = Reason.MIXED_CONTENT
_PASSED = (Failed(None, None),)


def _cause(
    fetch: Fetch, failures: _Failures, servers: Servers, parties: tuple[str, ...], patterns: Iterable[Pattern]
) -> Cause | None:
    """The cause; of a verdict that is blocked in several ways the first, as a suspicion where they differ."""
    causes = []
    for failed in failures:
        case = Case(fetch, failed, servers.of, parties)
        causes.append(next((c for pattern in patterns if (c := pattern.cause(case)) is not None), None))
    first = causes[0]
    if first is None:
        return None
    ways = len(fetch.verdict.conditions) or 1
    if len(causes) == ways and all(cause is not None and cause.name == first.name for cause in causes):
        return first
    return replace(
        first,
        confidence=Confidence.SUSPECTED,
        settle=first.settle or fetch.verdict.missing,
    )
