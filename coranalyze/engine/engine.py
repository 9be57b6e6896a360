"""Engine: feed exchanges in order, collect judged fetches."""

from __future__ import annotations

from typing import NamedTuple

from coranalyze.cors import codes
from coranalyze.cors.browsers import CHROMIUM, FIREFOX, PROFILES, SPEC, WEBKIT, Profile, of_user_agent
from coranalyze.cors.checks import ACAO, PreflightRequest
from coranalyze.cors.origin import Origin, http_origin_of, same_origin
from coranalyze.cors.preflight_cache import PreflightCache
from coranalyze.cors.safelist import SAFELISTED_METHODS, is_safelisted_request_header
from coranalyze.cors.steps import Reason, Step
from coranalyze.engine import evidence
from coranalyze.engine.chain import Chain, Pairing
from coranalyze.engine.judge import Question, judge
from coranalyze.engine.request import Request
from coranalyze.exchange import Dialect, Exchange, Family
from coranalyze.fetch import Credentials, Fetch, Observed, Preflight, Role, Sent, Stage, Verdict
from coranalyze.engine.failures import was_failed
from coranalyze.cors.safelist import REDIRECT_STATUS

_DIALECT_BROWSERS = {
    "chrome-devtools": CHROMIUM, "chrome-har": CHROMIUM, "chrome-har-capturer": CHROMIUM,
    "firefox-devtools": FIREFOX, "firefox-bidi": FIREFOX, "webkit-inspector": WEBKIT,
}  # fmt: skip


MEMO_LIMIT = 20_000
"""Distinct judgements remembered; hostile input cannot grow the engine."""


class _Judged(NamedTuple):
    page: evidence.Page
    mode: evidence.Known
    credentials: Credentials
    known_by: str
    observed: Observed
    profile: Profile
    verdict: Verdict
    aliases: dict[str, str]
    cross_origin: bool


class Engine:
    """Judges one input. `feed` returns the fetches that an exchange completes, `finish` the rest."""

    def __init__(self, dialect: Dialect, *, input: int = 0, browser: str = "auto") -> None:
        self.dialect = dialect
        self.input = input
        self._fixed = None if browser == "auto" else PROFILES[browser]
        default = self._fixed or _DIALECT_BROWSERS.get(dialect.name, CHROMIUM)
        self._default = default
        self._pairing = Pairing(dialect.family, self._profile_of)
        self._caches: dict[str, PreflightCache] = {}
        self._documents: set[Origin] = set()
        self._profiles: dict[str, Profile] = {}
        self._judged: dict[tuple[object, ...], _Judged] = {}

    def feed(self, exchange: Exchange) -> list[Fetch]:
        request = Request(exchange)
        if request.destination == "document" and request.target is not None:
            self._documents.add(request.target)
        return [self._fetch(chain) for chain in self._pairing.feed(request)]

    def finish(self) -> list[Fetch]:
        return [self._fetch(chain) for chain in self._pairing.finish()]

    def _profile_of(self, request: Request) -> Profile:
        if self._fixed is not None:
            return self._fixed
        agent = request.headers.get("user-agent", "")
        found = self._profiles.get(agent)
        if found is None:
            found = self._profiles[agent] = of_user_agent(agent) or self._default
        return found

    def _fetch(self, chain: Chain) -> Fetch:
        key = self._key(chain)
        known = self._judged.get(key) if key is not None else None
        if known is None:
            known = self._judge(chain)
            if key is not None:
                if len(self._judged) >= MEMO_LIMIT:
                    self._judged.clear()
                self._judged[key] = known
        first = chain.hops[0]
        # The preflight has the method as the page spelt it; proxies upper-case the request's own.
        method = first.preflight.requested_method if first.preflight else first.actual.exchange.method  # type: ignore[union-attr]
        page, mode, verdict = known.page, known.mode, known.verdict
        return Fetch(
            input=self.input,
            url=first.url,
            method=method,
            origin=page.serialized,
            origin_evidence=page.evidence,
            cross_origin=known.cross_origin,
            mode=mode.value,
            mode_evidence=mode.evidence,
            credentials=known.credentials,
            credentials_evidence=known.known_by,
            preflight=self._preflight(chain, page, verdict, known.profile) if known.cross_origin else Preflight.NOT_NEEDED,
            verdict=verdict,
            observed=known.observed,
            browser=known.profile.name,
            aliases=known.aliases,
            exchanges=_sent(chain),
        )

    def _key(self, chain: Chain) -> tuple[object, ...] | None:
        """What the judgement hangs on; None where it hangs on URLs too (redirects)."""
        if len(chain.hops) > 1:
            return None
        hop = chain.hops[0]
        actual, preflight = hop.actual, hop.preflight
        if actual is not None and actual.exchange.status in REDIRECT_STATUS:
            return None
        return (
            len(self._documents),
            actual.facets if actual is not None else None,
            preflight.facets if preflight is not None else None,
        )

    def _judge(self, chain: Chain) -> _Judged:
        first = chain.hops[0]
        profile = self._profile_of(first.actual or first.preflight)  # type: ignore[arg-type]
        page = evidence.page_of(chain)
        mode = evidence.mode_of(chain, page, profile)
        credentials, known_by = evidence.credentials_of(
            chain, page, mode.value, profile, self.dialect, self._documents
        )
        observed = self._observed(chain)
        verdict, settled = judge(Question(chain, page, mode.value, credentials, observed, profile, self.dialect))
        if credentials is Credentials.UNKNOWN and settled is not Credentials.UNKNOWN:
            credentials, known_by = settled, "the only mode that fits what followed"
        return _Judged(
            page, mode, credentials, known_by, observed, profile, verdict,
            _aliases(chain, verdict, self.dialect.family), _is_cross_origin(chain, page),
        )  # fmt: skip

    def _observed(self, chain: Chain) -> Observed:
        if not self.dialect.marks_failures:
            last = chain.last.actual
            if self.dialect.family is Family.BROWSER and last is not None and last.exchange.status is None:
                return Observed.BLOCKED
            return Observed.UNKNOWN
        last = chain.last.actual
        if last is None:
            return Observed.UNKNOWN
        if was_failed(last.exchange):
            return Observed.BLOCKED
        return Observed.UNKNOWN if last.exchange.error else Observed.ALLOWED

    def _preflight(self, chain: Chain, page: evidence.Page, verdict: Verdict, profile: Profile) -> Preflight:
        """How the first cross-origin hop was cleared; remembers preflights that passed."""
        cache = self._caches.get(profile.name)
        if cache is None:
            cache = self._caches[profile.name] = PreflightCache(profile)
        answer = Preflight.NOT_NEEDED
        for i, hop in enumerate(chain.hops):
            if hop.preflight is not None:
                answer = Preflight.RECORDED
                passed = any(t.hop == i and t.ended.step is Step.PREFLIGHT_OK for t in verdict.steps)
                exchange = hop.preflight.exchange
                if passed and exchange.ended is not None:
                    asked = PreflightRequest(hop.preflight.requested_method, hop.preflight.requested_headers, False)
                    cache.store(hop.preflight.origin or "null", hop.url, asked, exchange.response, exchange.ended / 1000)
            elif hop.actual is not None and _needed_preflight(hop.actual, page, profile):
                asked = PreflightRequest(hop.actual.exchange.method, (), False)
                started = hop.actual.exchange.started
                covered = started is not None and cache.covers(
                    hop.actual.origin or page.serialized or "null", hop.url, asked, started / 1000
                )
                answer = Preflight.CACHED if covered else Preflight.NOT_RECORDED
        return answer


def _needed_preflight(actual: Request, page: evidence.Page, profile: Profile) -> bool:
    """Whether method or Content-Type alone need one; other headers of the wire may be the browser's own."""
    if same_origin(page.origin, actual.target) or actual.origin is None or actual.mode in ("navigate", "no-cors", "websocket"):
        return False
    if actual.exchange.method not in SAFELISTED_METHODS:
        return True
    content_type = actual.headers.get("content-type")
    return content_type is not None and not is_safelisted_request_header("content-type", content_type, profile)


def _is_cross_origin(chain: Chain, page: evidence.Page) -> bool:
    if not page.known:
        return False
    return any(not same_origin(page.origin, http_origin_of(hop.url)) for hop in chain.hops)


def _sent(chain: Chain) -> tuple[Sent, ...]:
    sent = []
    for i, hop in enumerate(chain.hops):
        if hop.preflight is not None:
            sent.append(Sent(Role.PREFLIGHT, hop.preflight.exchange))
        if hop.actual is not None:
            last = i == len(chain.hops) - 1
            sent.append(Sent(Role.ACTUAL if last else Role.REDIRECT, hop.actual.exchange))
    return tuple(sent)


def _aliases(chain: Chain, verdict: Verdict, family: Family) -> dict[str, str]:
    if verdict.reason is None:
        return {}
    hop = chain.hops[verdict.hop]
    failed = hop.preflight if verdict.stage is Stage.PREFLIGHT else hop.actual
    spelt = [name for name, _ in failed.exchange.response.lines(ACAO)] if failed is not None else []
    repeated = spelt.count("Access-Control-Allow-Origin") > 1
    reason = verdict.reason
    if family is Family.WIRE and reason in (Reason.NETWORK_ERROR, Reason.PREFLIGHT_NETWORK_ERROR):
        # A proxy answers for the dead server with an error page of its own, which has no CORS headers.
        reason = Reason.ACAO_MISSING
    return codes.aliases(reason, verdict.stage, verdict.detail, repeated)
