"""Walk: one chain through the standard, hop by hop, under one credentials mode."""

from __future__ import annotations

from dataclasses import dataclass, replace

from coranalyze.cors.browsers import Profile
from coranalyze.cors.checks import (
    ACAO,
    PreflightRequest,
    Tainting,
    corp_check,
    cors_check,
    location_conflict,
    preflight_check,
    redirect,
    taints_origin,
)
from coranalyze.cors.codes import UNSAFE_REDIRECT_SCHEMES
from coranalyze.cors.origin import Origin, http_origin_of, origin_of, same_origin
from coranalyze.cors.safelist import REDIRECT_STATUS
from coranalyze.cors.steps import Ended, Reason, Step
from coranalyze.engine.answer import (
    MIXED_HEADERS,
    NO_PAGE,
    NO_RESPONSE,
    NOT_CAPTURED,
    NOT_FOLLOWED,
    REDIRECT_LOST,
    REVALIDATED,
    USE_DECIDES,
    Answer,
)
from coranalyze.engine.chain import Chain, Hop
from coranalyze.engine.clearance import checked_origin
from coranalyze.engine.evidence import ALWAYS_FOLLOWED, Page, hides_page, may_be_a_beacon
from coranalyze.engine.failures import broke_off, reason_of, was_never_sent
from coranalyze.engine.load import cut_answers, load_answers
from coranalyze.engine.request import Request
from coranalyze.exchange import Dialect, Family
from coranalyze.fetch import Credentials, Observed, Outcome, Stage, Taken

LOCAL_SCHEMES = ("data:", "blob:", "about:")
"""https://fetch.spec.whatwg.org/#local-scheme, and blob URLs, which only their own origin can fetch."""


@dataclass(frozen=True, slots=True)
class Question:
    """One chain with everything that the capture tells about how it was requested."""

    chain: Chain
    page: Page
    mode: str
    credentials: Credentials
    observed: Observed
    profile: Profile
    dialect: Dialect


class Walk:
    """One walk along the hops under one credentials mode."""

    def __init__(self, question: Question, credentials: Credentials) -> None:
        self.q = question
        self.include = credentials is Credentials.INCLUDE
        self.steps: list[Taken] = []
        self.tainting: Tainting = "basic"
        self.tainted = False
        self.maybe_no_cors = False

    def answers(self) -> list[Answer]:
        q = self.q
        hops = q.chain.hops
        previous = None
        for i, hop in enumerate(hops):
            target = http_origin_of(hop.url)
            if i > 0 and not self.tainted:
                self.tainted = taints_origin(q.page.origin, previous, target)
            last = i == len(hops) - 1
            answers = self._left(i, hop) or self._enter(i, hop, target, last)
            if answers is None:
                answers = self._respond(i, hop, last)
            if answers is not None:
                return answers
            previous = target
        raise AssertionError("a chain ends in an answer")

    def _left(self, i: int, hop: Hop) -> list[Answer] | None:
        """Chromium starts the next hop of a redirect that fetch() asked not to follow, and drops it at once."""
        exchange = hop.actual.exchange if hop.actual is not None else None
        if i == 0 or exchange is None or hop.preflight is not None:
            return None
        if exchange.status is not None or not exchange.provisional or "ERR_ABORTED" not in exchange.error:
            return None
        home = self.tainting == "basic" or (i == 1 and self._starts_at_home())
        outcome = Outcome.NOT_SUBJECT if home else Outcome.ALLOWED
        return [self._answer(outcome, ended=Taken(i, Stage.REDIRECT, Ended(Step.REDIRECT_MANUAL)))]

    def _enter(self, i: int, hop: Hop, target: Origin | None, last: bool) -> list[Answer] | None:
        """Main fetch up to the response: tainting, preflight."""
        q = self.q
        if q.mode in ("navigate", "websocket"):
            self._take(i, Stage.ACTUAL, Ended(Step.MAIN_NAVIGATE))
        elif hop.url.startswith(LOCAL_SCHEMES) or (target is None and q.mode != "cors"):
            self._take(i, Stage.ACTUAL, Ended(Step.MAIN_LOCAL))
            return [self._answer(Outcome.NOT_SUBJECT)]
        elif self.tainting == "basic" and hop.preflight is None and q.page.known and same_origin(q.page.origin, target):
            self._take(i, Stage.ACTUAL, Ended(Step.MAIN_SAME_ORIGIN))
        elif q.mode == "same-origin":
            stage = Stage.REDIRECT if i else Stage.ACTUAL
            return [self._fail(i, stage, Ended(Step.MAIN_MODE_SAME_ORIGIN), sent_on=not last)]
        elif q.mode == "no-cors":
            self.tainting = "opaque"
            self._take(i, Stage.ACTUAL, Ended(Step.MAIN_NO_CORS))
        elif q.mode == "cors" and not hop.url.startswith(("http:", "https:")):
            scheme = hop.url.partition(":")[0]
            return [self._fail(i, Stage.ACTUAL, Ended(Step.MAIN_SCHEME, scheme), sent_on=not last)]
        elif q.mode == "unknown" and not self._is_cors_evident(hop):
            undetermined = self._undetermined(i, hop)
            if undetermined is not None:
                return undetermined
            self.maybe_no_cors = True
            self.tainting = "cors"
        else:
            self.tainting = "cors"
            self._take(i, Stage.ACTUAL, Ended(Step.MAIN_CORS))
            if hop.preflight is not None:
                return self._preflight(i, hop, hop.preflight, last)
        return None

    def _is_cors_evident(self, hop: Hop) -> bool:
        return hop.preflight is not None or (hop.actual is not None and hop.actual.origin is not None)

    def _undetermined(self, i: int, hop: Hop) -> list[Answer] | None:
        """Neither mode nor Origin: no CORS request as far as the headers go, unless they are not those of the wire."""
        actual = hop.actual
        assert actual is not None
        exchange = actual.exchange
        reason = reason_of(exchange.error, self.q.dialect.family)
        if exchange.status is None and reason is not None and reason is not Reason.ABORTED:
            return [self._fail(i, Stage.ACTUAL, Ended(Step.NO_RESPONSE, exchange.error), reason=reason)]
        if exchange.provisional and not self.q.page.known:
            return [self._answer(Outcome.UNKNOWN, missing=NO_PAGE)]
        if exchange.status is None and exchange.provisional:
            return [self._answer(Outcome.UNKNOWN, missing=NO_RESPONSE)]
        if exchange.provisional and exchange.resource_type == "fetch":
            return None
        self._take(i, Stage.ACTUAL, Ended(Step.MAIN_NO_CORS))
        return [self._answer(Outcome.NOT_SUBJECT)]

    def _preflight(self, i: int, hop: Hop, preflight: Request, last: bool) -> list[Answer] | None:
        q = self.q
        exchange = preflight.exchange
        actual = hop.actual
        # On the wire there is what was sent only; a browser's record also holds what was refused before.
        sent = actual is not None and (actual.exchange.status is not None or q.dialect.family is Family.WIRE)
        sent_on = not last or sent
        if exchange.status is None:
            ended = Ended(Step.PREFLIGHT_NO_RESPONSE, exchange.error)
            return [self._fail(i, Stage.PREFLIGHT, ended, sent_on=sent_on)]
        origin = checked_origin(preflight, self._origin(preflight), q.page.origin, q.profile)
        asked = PreflightRequest(preflight.requested_method, preflight.requested_headers, self.include)
        for ended in preflight_check(asked, origin, exchange.status, exchange.response, q.profile):
            if not ended.passed:
                return [self._fail(i, Stage.PREFLIGHT, ended, sent_on=sent_on)]
            self._take(i, Stage.PREFLIGHT, ended)
        if hop.actual is None and last:
            if broke_off(exchange, q.dialect.family):
                return [self._fail(i, Stage.PREFLIGHT, Ended(Step.PREFLIGHT_NO_RESPONSE, exchange.error))]
            return [self._answer(Outcome.UNKNOWN, missing=NOT_CAPTURED)]
        return None

    def _respond(self, i: int, hop: Hop, last: bool) -> list[Answer] | None:
        """HTTP fetch from the response on: CORS check, CORP, redirect, what the element asks."""
        q = self.q
        actual = hop.actual
        if actual is None:
            # The chain went on without a record of this hop's response.
            return None
        exchange = actual.exchange
        if exchange.service_worker:
            self._take(i, Stage.ACTUAL, Ended(Step.SERVICE_WORKER))
            return [self._answer(Outcome.NOT_SUBJECT)]
        if exchange.status is None:
            return [self._no_response(i, hop, actual)]
        redirects = exchange.status in REDIRECT_STATUS
        if redirects and q.profile.conflicting_location_first and location_conflict(exchange.response, q.profile):
            detail = ", ".join(exchange.response.values("location"))
            return [self._fail(i, Stage.REDIRECT, Ended(Step.REDIRECT_CONFLICT, detail), sent_on=not last)]
        followed = redirect(
            hop.url, exchange.status, exchange.response, q.page.origin, self.tainting, q.mode == "cors", i, q.profile
        )
        redirects = followed.ended.step is not Step.REDIRECT_NONE
        stage = Stage.REDIRECT if redirects else Stage.ACTUAL
        failed = self._check(i, actual, stage, last)
        if failed is not None:
            return failed
        if redirects and q.mode not in ("navigate", "websocket"):
            return self._redirect(i, actual, followed.ended, followed.url, last)
        if redirects and not last:
            return None
        return self._loaded(i, actual)

    def _starts_at_home(self) -> bool:
        page = self.q.page
        return page.known and same_origin(page.origin, http_origin_of(self.q.chain.hops[0].url))

    def _check(self, i: int, actual: Request, stage: Stage, last: bool) -> list[Answer] | None:
        q = self.q
        exchange = actual.exchange
        if exchange.response.has("non-authoritative-reason"):
            return None
        if self.tainting == "opaque":
            ended = corp_check(q.page.origin, http_origin_of(exchange.url), exchange.response)
            if ended is None:
                return None
            if q.page.origin is None and actual.site == "same-site" == ended.detail:
                return None  # an opaque origin would be cross-site
            if hides_page(q.page, actual, ended.detail, q.profile):
                if not last:
                    return None
                failed = self._fail(i, stage, ended, assumption="page=of an opaque origin or another site")
                return [failed, self._answer(Outcome.NOT_SUBJECT, assumption="page=of this site", missing=NO_PAGE)]
            return [self._fail(i, stage, ended, sent_on=not last)]
        if self.tainting != "cors":
            return None
        if not q.dialect.headers_after_redirect_trusted and len(q.chain.hops) > 1:
            return [self._answer(Outcome.UNKNOWN, missing=MIXED_HEADERS)]
        if exchange.status == 304 and not exchange.response.has(ACAO) and _revalidates(actual, q.chain.hops[i]):
            outcome = Outcome.ALLOWED if q.observed is Observed.ALLOWED else Outcome.UNKNOWN
            return [self._answer(outcome, missing="" if outcome is Outcome.ALLOWED else REVALIDATED)]
        if actual.origin is None and not q.page.known and not self.maybe_no_cors:
            return self._checked_for_nobody(i, actual, last)
        ended = cors_check(self._origin(actual), self.include, exchange.response, q.profile)
        if not ended.passed and self.maybe_no_cors and q.observed is not Observed.BLOCKED:
            # The browser's record shows a success that CORS does not explain: the mode was no-cors.
            self._take(i, stage, Ended(Step.MAIN_NO_CORS))
            return [self._answer(Outcome.NOT_SUBJECT)]
        if not ended.passed:
            return [self._fail(i, stage, ended, sent_on=not last)]
        self._take(i, stage, ended)
        return None

    def _checked_for_nobody(self, i: int, actual: Request, last: bool) -> list[Answer] | None:
        """A CORS check without a page: what the browser recorded is all there is."""
        if not last:
            return None
        if self.q.observed is not Observed.ALLOWED:
            return [self._answer(Outcome.UNKNOWN, missing=NO_PAGE)]
        loads = self._loaded(i, actual)
        if all(answer.outcome is Outcome.BLOCKED for answer in loads):
            return loads
        return [
            self._answer(Outcome.NOT_SUBJECT, assumption="page=of this origin", missing=NO_PAGE),
            self._answer(Outcome.ALLOWED, assumption="page=of another origin", missing=NO_PAGE),
        ]

    def _redirect(self, i: int, actual: Request, ended: Ended, url: str | None, last: bool) -> list[Answer] | None:
        q = self.q
        if not last and self._goes_on(ended.step):
            return None
        if not ended.passed:
            failed = self._fail(i, Stage.REDIRECT, ended, sent_on=not last)
            return [failed] if not last else self._not_followed(i, actual, failed)
        if not last:
            self._take(i, Stage.REDIRECT, ended)
            return None
        if not q.dialect.keeps_failures:
            # What failed is dropped from such a file: the next hop may be what is missing.
            self._take(i, Stage.REDIRECT, ended)
            return [self._answer(Outcome.UNKNOWN, missing=REDIRECT_LOST)]
        alternatives = self._unfollowed(i, actual)
        if q.mode == "same-origin" and not same_origin(q.page.origin, origin_of(url or "")):
            crossed = self._fail(i, Stage.REDIRECT, Ended(Step.MAIN_MODE_SAME_ORIGIN, url or ""))
            return [crossed, *alternatives]
        if alternatives:
            return alternatives
        self._take(i, Stage.REDIRECT, ended)
        outcome = Outcome.NOT_SUBJECT if self.tainting != "cors" else Outcome.UNKNOWN
        return [self._answer(outcome, missing=REDIRECT_LOST)]

    def _goes_on(self, step: Step) -> bool:
        """A browser's record also has the request that was not sent to a bad port, or was dropped before. And Chromium
        refuses a user in the URL to fetch() alone where that is the page's own origin, not to XMLHttpRequest."""
        if step is Step.REDIRECT_CREDENTIALS:
            return self.tainting == "basic" or self._may_be_a_beacon()
        return step is Step.REDIRECT_BAD_PORT

    def _may_be_a_beacon(self) -> bool:
        return self.tainting == "opaque" and may_be_a_beacon(self.q.chain.hops[0].actual)

    def _not_followed(self, i: int, actual: Request, failed: Answer) -> list[Answer]:
        """A redirect that cannot be followed, unless the page asked not to follow it."""
        q, step = self.q, failed.steps[-1].ended.step
        if step is Step.REDIRECT_BAD_LOCATION and q.profile.bad_location_fails_manual:
            return [failed]
        if step is Step.REDIRECT_CREDENTIALS and self._may_be_a_beacon():
            return [failed, self._answer(Outcome.NOT_SUBJECT, assumption="request=a beacon", missing=REDIRECT_LOST)]
        ways = self._unfollowed(i, actual)
        if not q.dialect.marks_failures:
            return [failed, *ways] if q.dialect.family is not Family.BROWSER else [failed, *ways[:1]]
        if actual.exchange.error:
            return [failed]
        # Measured on Chromium: what it refuses to send leaves the redirect without a mark, as `redirect: manual` does.
        silent = step is Step.REDIRECT_BAD_PORT or (
            step is Step.REDIRECT_SCHEME and failed.steps[-1].ended.detail not in UNSAFE_REDIRECT_SCHEMES
        )
        return [*([replace(failed, unmarked=True)] if silent or not ways else []), *ways[:1]]

    def _unfollowed(self, i: int, actual: Request) -> list[Answer]:
        """A redirect that nothing follows: only `fetch()` can ask for that."""
        if actual.exchange.resource_type in ALWAYS_FOLLOWED or actual.destination not in ("", "empty"):
            return []
        if self.q.mode == "no-cors" and self.tainting != "basic":
            return []
        manual = self._answer(
            Outcome.ALLOWED if self.tainting == "cors" else Outcome.NOT_SUBJECT,
            assumption="redirect=manual",
            missing=NOT_FOLLOWED,
            ended=Taken(i, Stage.REDIRECT, Ended(Step.REDIRECT_MANUAL)),
        )
        error = self._fail(
            i, Stage.REDIRECT, Ended(Step.REDIRECT_ERROR), assumption="redirect=error", missing=NOT_FOLLOWED
        )
        return [manual, error]

    def _loaded(self, i: int, actual: Request) -> list[Answer]:
        passed = Outcome.ALLOWED if self.tainting == "cors" else Outcome.NOT_SUBJECT
        exchange = actual.exchange
        reason = reason_of(exchange.error, self.q.dialect.family)
        cut = broke_off(exchange, self.q.dialect.family)
        if cut:
            loads = cut_answers(actual, self.q.mode, self.q.dialect.family)
        elif reason is not None and reason is not Reason.ABORTED:
            return [self._fail(i, Stage.ACTUAL, Ended(Step.NO_RESPONSE, exchange.error), reason=reason)]
        elif self.tainting == "basic":
            return [self._answer(passed), *self._not_redirected(i, actual)]
        else:
            loads = load_answers(self.q.chain.hops[0].actual or actual, actual, self.q.profile, self.tainting)
        missing = USE_DECIDES if len(loads) > 1 else ""
        answers = []
        for assumption, ended in loads:
            if ended is None:
                answers.append(self._answer(passed, assumption=assumption, missing=missing))
            else:
                failed = self._fail(
                    i, Stage.ACTUAL, ended, assumption=assumption, missing=missing, reason=reason if cut else None
                )
                answers.append(failed)
        return [*answers, *self._not_redirected(i, actual)]

    def _not_redirected(self, i: int, actual: Request) -> list[Answer]:
        """A redirect status without Location is a response, unless fetch() was told that redirects are errors."""
        if self.q.profile.empty_location_is_response or actual.exchange.status not in REDIRECT_STATUS:
            return []
        return self._unfollowed(i, actual)[1:]

    def _no_response(self, i: int, hop: Hop, actual: Request) -> Answer:
        exchange = actual.exchange
        reason = reason_of(exchange.error, self.q.dialect.family)
        if reason is None:
            refused = hop.preflight is not None and was_never_sent(actual, self.q.dialect)
            return replace(self._answer(Outcome.UNKNOWN, missing=NO_RESPONSE), contradicted=refused)
        return self._fail(i, Stage.ACTUAL, Ended(Step.NO_RESPONSE, exchange.error), reason=reason)

    def _origin(self, request: Request) -> str:
        """The bytes of `Origin`: those of the wire, or what the standard says that they are."""
        if request.origin is not None:
            return request.origin
        return "null" if self.tainted else self.q.page.serialized or "null"

    def _take(self, i: int, stage: Stage, ended: Ended) -> None:
        self.steps.append(Taken(i, stage, ended))

    def _fail(
        self, i: int, stage: Stage, ended: Ended, *, reason: Reason | None = None, sent_on: bool = False,
        assumption: str = "", missing: str = "",
    ) -> Answer:  # fmt: skip
        taken = Taken(i, stage, ended)
        return Answer(
            Outcome.BLOCKED,
            (*self.steps, taken),
            assumption,
            reason or ended.step.reason,
            missing,
            contradicted=sent_on,
        )

    def _answer(
        self, outcome: Outcome, *, assumption: str = "", missing: str = "", ended: Taken | None = None
    ) -> Answer:
        steps = (*self.steps, ended) if ended is not None else tuple(self.steps)
        return Answer(outcome, steps, assumption, None, missing)


def _revalidates(actual: Request, hop: Hop) -> bool:
    """Whether the browser, not the page's author, made the request conditional: the author's would be preflighted."""
    asked = hop.preflight.requested_headers if hop.preflight is not None else ()
    return any(name in actual.headers and name not in asked for name in ("if-none-match", "if-modified-since"))
