"""Engine: feed exchanges in order, collect judged fetches."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from coranalyze.cors import codes
from coranalyze.cors.browsers import CHROMIUM, FIREFOX, PROFILES, WEBKIT, Profile, of_user_agent
from coranalyze.cors.origin import http_origin_of, same_origin
from coranalyze.cors.safelist import REDIRECT_STATUS
from coranalyze.cors.steps import Reason
from coranalyze.engine import evidence
from coranalyze.engine.chain import Chain, Hop
from coranalyze.engine.documents import Documents
from coranalyze.engine.facets import facets
from coranalyze.engine.failures import broke_off, refuses_handshake, was_failed
from coranalyze.engine.judge import judge
from coranalyze.engine.pairing import Pairing
from coranalyze.engine.preflights import Judged, Preflights, needs_preflight
from coranalyze.engine.redirects import is_mixed
from coranalyze.engine.request import Request
from coranalyze.engine.trail import Question
from coranalyze.exchange import Dialect, Exchange, Family
from coranalyze.fetch import Credentials, Fetch, Observed, Outcome, Role, Sent, Stage, Verdict
from coranalyze.memo import Known, Memo

_DIALECT_BROWSERS = {
    "chrome-devtools": CHROMIUM, "chrome-har": CHROMIUM, "chrome-har-capturer": CHROMIUM,
    "firefox-devtools": FIREFOX, "firefox-bidi": FIREFOX, "webkit-inspector": WEBKIT,
}  # fmt: skip


_ACTUAL = Role.ACTUAL
"""Looked up for almost every fetch, and members of an enum are slow to look up before Python 3.12."""


class Engine:
    """Judges one input. `feed` returns the fetches that an exchange completes, `finish` the rest.

    `documents`: the pages before its beginning, where it is a part of something longer.
    """

    def __init__(
        self, dialect: Dialect, *, input: int = 0, browser: str = "auto", documents: Documents | None = None
    ) -> None:
        self.dialect = dialect
        self.input = input
        fixed = None if browser == "auto" else PROFILES[browser]
        # No method of its own: an engine that holds itself is not freed while the cyclic collector rests.
        self._profile_of = _profiles(fixed, _DIALECT_BROWSERS.get(dialect.name, CHROMIUM))
        self._pairing = Pairing(dialect, self._profile_of)
        self._preflights = Preflights()
        self._documents = Documents() if documents is None else documents
        self._judged: Known[tuple[object, ...], Judged] = Known()
        self._quoted: Known[tuple[int, str], tuple[Verdict, Verdict]] = Known()

    def feed(self, exchange: Exchange) -> list[Fetch]:
        request = Request(exchange)
        self._documents.add(request)
        closed = self._pairing.feed(request)
        chain = self._pairing.redirecting
        if chain is not None:
            page = evidence.page_of(chain)
            # Those that counted then: what comes later is of pages that may have others.
            chain.policies = chain.policies or self._documents.policies(page.origin)
            if self.dialect.family is Family.WIRE and self._is_refused(chain, page):
                closed += self._pairing.close([chain])
            elif self._may_be_upgraded(chain, page):
                self._pairing.wait_upgraded(chain)
        return list(map(self._fetch, closed)) if closed else []

    def _is_refused(self, chain: Chain, page: evidence.Page) -> bool:
        """Whether no browser follows the redirect at the end of this chain, be it with a preflight only."""
        verdict = self._judge(chain, page).verdict
        return verdict.outcome is Outcome.BLOCKED and verdict.reason is not Reason.MIXED_CONTENT

    def _may_be_upgraded(self, chain: Chain, page: evidence.Page) -> bool:
        """Whether the redirect to http at the end of this chain may arrive by https: mixed content is stopped before
        Strict-Transport-Security counts, and goes on for the page's own policy only."""
        if chain.target is None or not chain.target.startswith("http:"):
            return False
        if chain.policies is None or chain.policies.upgrades is not False:
            return True
        profile = self._profile_of_hop(chain.hops[0])
        mode = evidence.mode_of(chain, page, profile).value
        return not is_mixed(chain, page, mode, profile, chain.target)

    def finish(self) -> list[Fetch]:
        """What is still open. More may be fed then: pages and preflights before it stay known."""
        return [self._fetch(chain) for chain in self._pairing.finish()]

    def _profile_of_hop(self, hop: Hop) -> Profile:
        """By the preflight where there is one: Firefox lets a script set User-Agent on the request itself."""
        return self._profile_of(hop.preflight or hop.actual)  # type: ignore[arg-type]

    def _fetch(self, chain: Chain) -> Fetch:
        first = chain.hops[0]
        page = evidence.page_of(chain)
        key = self._key(chain, page)
        known = self._judged.get(key) if key is not None else None
        if known is None:
            known = self._judge(chain, page)
            if key is not None:
                self._judged[key] = known
        verdict = known.verdict
        asked, origin = known.asked, page.serialized
        if known.quotes and asked != origin and asked is not None and origin is not None:
            verdict = self._quoting(verdict, asked, origin)
        # The preflight has the method as the page spelt it; proxies upper-case the request's own.
        method = first.preflight.requested_method if first.preflight else first.actual.exchange.method  # type: ignore[union-attr]
        # Three by position: CPython passes up to 15 keywords on the stack, more by way of a dictionary.
        return Fetch(
            first.url,
            method,
            verdict,
            input=self.input,
            origin=origin,
            origin_evidence=page.evidence,
            cross_origin=known.cross_origin,
            mode=known.mode.value,
            mode_evidence=known.mode.evidence,
            credentials=known.credentials,
            credentials_evidence=known.known_by,
            preflight=self._preflights.of(chain, page, known),
            observed=known.observed,
            browser=known.profile.name,
            aliases=known.aliases,
            exchanges=_sent(chain),
        )

    def _quoting(self, verdict: Verdict, asked: str, origin: str) -> Verdict:
        """The verdict with this page's origin where it quotes that of the page it was first given for."""
        key = (id(verdict), origin)
        found = self._quoted.get(key)
        # The verdict is kept beside: its identity is its own only while it lives.
        if found is None or found[0] is not verdict:
            found = self._quoted[key] = (verdict, _quoted(verdict, asked, origin))
        return found[1]

    def _key(self, chain: Chain, page: evidence.Page) -> tuple[object, ...] | None:
        """What the judgement hangs on; None where it hangs on URLs too (redirects)."""
        if len(chain.hops) > 1:
            return None
        hop = chain.hops[0]
        actual, preflight = hop.actual, hop.preflight
        if actual is not None and actual.exchange.status in REDIRECT_STATUS:
            return None
        if preflight is None and actual is not None:
            return facets(actual, page, self._documents, alone=True)
        return (
            facets(actual, page, self._documents) if actual is not None else None,
            facets(preflight, page, self._documents) if preflight is not None else None,
        )

    def _judge(self, chain: Chain, page: evidence.Page) -> Judged:
        first = chain.hops[0]
        profile = self._profile_of_hop(first)
        mode = evidence.mode_of(chain, page, profile)
        credentials, known_by = evidence.credentials_of(chain, page, mode.value, profile, self.dialect, self._documents)
        observed = self._observed(chain, mode.value)
        policies = chain.policies or self._documents.policies(page.origin)
        verdict, settled = judge(
            Question(chain, page, mode.value, credentials, observed, profile, self.dialect, policies)
        )
        if credentials is Credentials.UNKNOWN and settled is not Credentials.UNKNOWN:
            credentials, known_by = settled, "the only mode that fits what followed"
        return Judged(
            asked=page.serialized,
            mode=mode,
            credentials=credentials,
            known_by=known_by,
            observed=observed,
            profile=profile,
            verdict=verdict,
            quotes=any(taken.ended.expected == page.serialized for taken in verdict.steps),
            aliases=_aliases(chain, verdict, mode.value, self.dialect.family),
            cross_origin=_is_cross_origin(chain, page),
            needs_preflight=needs_preflight(chain, page, profile),
        )

    def _observed(self, chain: Chain, mode: str) -> Observed:
        dialect, last = self.dialect, chain.last.actual
        if last is None:
            return Observed.UNKNOWN
        exchange = last.exchange
        if mode == "websocket" and dialect.family is not Family.CLIENT and refuses_handshake(last):
            return Observed.BLOCKED
        if not dialect.keeps_failures and exchange.status in REDIRECT_STATUS:
            return Observed.UNKNOWN
        if dialect.marks_failures:
            if broke_off(exchange, dialect.family):
                return Observed.UNKNOWN
            if was_failed(exchange):
                return Observed.BLOCKED
            return Observed.UNKNOWN if exchange.error else Observed.ALLOWED
        if dialect.family is Family.BROWSER and exchange.status is None:
            return Observed.BLOCKED
        return Observed.UNKNOWN


def _profiles(fixed: Profile | None, default: Profile) -> Callable[[Request], Profile]:
    """Which browser made a request: always the same one, or by its User-Agent."""
    if fixed is not None:
        return lambda _: fixed
    known: Memo[str, Profile] = Memo(lambda agent: of_user_agent(agent) or default)
    return lambda request: known[request.headers.get("user-agent", "")]


def _quoted(verdict: Verdict, asked: str, origin: str) -> Verdict:
    steps = tuple(
        taken._replace(ended=taken.ended._replace(expected=origin)) if taken.ended.expected == asked else taken
        for taken in verdict.steps
    )
    expected = origin if verdict.expected == asked else verdict.expected
    return msgspec.structs.replace(verdict, expected=expected, steps=steps)


def _is_cross_origin(chain: Chain, page: evidence.Page) -> bool:
    if not page.known:
        return False
    return any(not same_origin(page.origin, http_origin_of(hop.url)) for hop in chain.hops)


def _sent(chain: Chain) -> tuple[Sent, ...]:
    hops = chain.hops
    first = hops[0]
    if len(hops) == 1 and first.preflight is None and first.actual is not None:
        return (Sent(_ACTUAL, first.actual.exchange),)
    sent = []
    for i, hop in enumerate(hops):
        if hop.preflight is not None:
            sent.append(Sent(Role.PREFLIGHT, hop.preflight.exchange))
        if hop.actual is not None:
            last = i == len(hops) - 1
            sent.append(Sent(Role.ACTUAL if last else Role.REDIRECT, hop.actual.exchange))
    return tuple(sent)


def _aliases(chain: Chain, verdict: Verdict, mode: str, family: Family) -> dict[str, str]:
    if verdict.reason is None:
        return {}
    hop = chain.hops[verdict.hop]
    failed = hop.preflight if verdict.stage is Stage.PREFLIGHT else hop.actual
    repeated = failed is not None and codes.repeats_lines(failed.exchange.response)
    reason = verdict.reason
    if family is Family.WIRE and reason in (Reason.NETWORK_ERROR, Reason.PREFLIGHT_NETWORK_ERROR):
        # A proxy answers for the dead server with an error page of its own, which has no CORS headers.
        if mode != "cors":
            return {}
        reason = Reason.ACAO_MISSING
    return codes.aliases(reason, verdict.stage, verdict.detail, repeated)
