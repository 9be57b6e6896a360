"""Engine: feed exchanges in order, collect judged fetches."""

from __future__ import annotations

from coranalyze.cors import codes
from coranalyze.cors.browsers import CHROMIUM, FIREFOX, PROFILES, WEBKIT, Profile, of_user_agent
from coranalyze.cors.checks import ACAO
from coranalyze.cors.origin import Origin, http_origin_of, same_origin
from coranalyze.cors.safelist import REDIRECT_STATUS
from coranalyze.cors.steps import Reason
from coranalyze.engine import evidence
from coranalyze.engine.chain import Chain, Pairing
from coranalyze.engine.failures import was_failed
from coranalyze.engine.judge import judge
from coranalyze.engine.preflights import Judged, Preflights
from coranalyze.engine.request import Request
from coranalyze.engine.walk import Question
from coranalyze.exchange import Dialect, Exchange, Family
from coranalyze.fetch import Credentials, Fetch, Observed, Preflight, Role, Sent, Stage, Verdict

_DIALECT_BROWSERS = {
    "chrome-devtools": CHROMIUM, "chrome-har": CHROMIUM, "chrome-har-capturer": CHROMIUM,
    "firefox-devtools": FIREFOX, "firefox-bidi": FIREFOX, "webkit-inspector": WEBKIT,
}  # fmt: skip


MEMO_LIMIT = 20_000
"""Distinct judgements remembered; hostile input cannot grow the engine."""


class Engine:
    """Judges one input. `feed` returns the fetches that an exchange completes, `finish` the rest."""

    def __init__(self, dialect: Dialect, *, input: int = 0, browser: str = "auto") -> None:
        self.dialect = dialect
        self.input = input
        self._fixed = None if browser == "auto" else PROFILES[browser]
        default = self._fixed or _DIALECT_BROWSERS.get(dialect.name, CHROMIUM)
        self._default = default
        self._pairing = Pairing(dialect, self._profile_of)
        self._preflights = Preflights()
        self._documents: set[Origin] = set()
        self._profiles: dict[str, Profile] = {}
        self._judged: dict[tuple[object, ...], Judged] = {}

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
            preflight=self._preflights.of(chain, known) if known.cross_origin else Preflight.NOT_NEEDED,
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

    def _judge(self, chain: Chain) -> Judged:
        first = chain.hops[0]
        profile = self._profile_of(first.actual or first.preflight)  # type: ignore[arg-type]
        page = evidence.page_of(chain)
        mode = evidence.mode_of(chain, page, profile)
        credentials, known_by = evidence.credentials_of(chain, page, mode.value, profile, self.dialect, self._documents)
        observed = self._observed(chain)
        verdict, settled = judge(Question(chain, page, mode.value, credentials, observed, profile, self.dialect))
        if credentials is Credentials.UNKNOWN and settled is not Credentials.UNKNOWN:
            credentials, known_by = settled, "the only mode that fits what followed"
        return Judged(
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
