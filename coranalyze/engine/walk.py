"""Walk: one chain through the standard, hop by hop, under one credentials mode."""

from __future__ import annotations

from dataclasses import replace

from coranalyze.cors.checks import (
    ACAO,
    PreflightRequest,
    cors_check,
    location_conflict,
    preflight_check,
    redirect,
    taints_origin,
)
from coranalyze.cors.origin import Origin, http_origin_of, same_origin
from coranalyze.cors.safelist import REDIRECT_STATUS, is_safelisted_method
from coranalyze.cors.steps import Ended, Reason, Step
from coranalyze.engine.answer import (
    BODY_DECIDES,
    GIVEN_UP,
    MIXED_HEADERS,
    MODE_DECIDES,
    NO_PAGE,
    NO_RESPONSE,
    NO_STATUS,
    NOT_CAPTURED,
    REVALIDATED,
    STREAM_NOT_CAPTURED,
    USE_DECIDES,
    Answer,
)
from coranalyze.engine.chain import Hop
from coranalyze.engine.clearance import checked_origin
from coranalyze.engine.embedding import check_embedded, check_frame
from coranalyze.engine.evidence import THE_BROWSER
from coranalyze.engine.failures import broke_off, reason_of, was_never_sent
from coranalyze.engine.load import cut_answers, is_for_scripts, load_answers
from coranalyze.engine.redirects import is_mixed, left, not_redirected, redirected
from coranalyze.engine.request import Request
from coranalyze.engine.trail import Question, Trail
from coranalyze.exchange import Family
from coranalyze.fetch import Credentials, Observed, Outcome, Stage, Taken

LOCAL_SCHEMES = ("data:", "blob:", "about:")
"""https://fetch.spec.whatwg.org/#local-scheme, and blob URLs, which only their own origin can fetch."""


def walk(question: Question, credentials: Credentials) -> list[Answer]:
    """The answers that this mode leaves open, one where it is certain."""
    trail = Trail(question, credentials)
    hops = question.chain.hops
    previous = None
    for i, hop in enumerate(hops):
        target = http_origin_of(hop.url)
        if i > 0 and not trail.tainted:
            trail.tainted = taints_origin(question.page.origin, previous, target)
        last = i == len(hops) - 1
        answers = left(trail, i, hop) or _enter(trail, i, hop, target, last)
        if answers is None:
            answers = _respond(trail, i, hop, last)
        if answers is not None:
            return [*trail.doubts, *answers]
        previous = target
    raise AssertionError("a chain ends in an answer")


def _enter(trail: Trail, i: int, hop: Hop, target: Origin | None, last: bool) -> list[Answer] | None:
    """Main fetch up to the response: tainting, preflight."""
    q = trail.question
    if q.dialect.family is Family.CLIENT:
        trail.take(i, Stage.ACTUAL, Ended(Step.MAIN_CLIENT))
        return [trail.answer(Outcome.NOT_SUBJECT)]
    if q.page is THE_BROWSER:
        trail.take(i, Stage.ACTUAL, Ended(Step.MAIN_BROWSER))
        return [trail.answer(Outcome.NOT_SUBJECT)]
    if q.mode in ("navigate", "websocket"):
        trail.take(i, Stage.ACTUAL, Ended(Step.MAIN_NAVIGATE))
    elif hop.url.startswith(LOCAL_SCHEMES) or (target is None and q.mode != "cors"):
        trail.take(i, Stage.ACTUAL, Ended(Step.MAIN_LOCAL))
        return [trail.answer(Outcome.NOT_SUBJECT)]
    elif trail.tainting == "basic" and hop.preflight is None and q.page.known and same_origin(q.page.origin, target):
        trail.take(i, Stage.ACTUAL, Ended(Step.MAIN_SAME_ORIGIN))
    elif q.mode == "same-origin":
        stage = Stage.REDIRECT if i else Stage.ACTUAL
        return [trail.fail(i, stage, Ended(Step.MAIN_MODE_SAME_ORIGIN), sent_on=not last)]
    elif q.mode == "no-cors":
        trail.tainting = "opaque"
        trail.take(i, Stage.ACTUAL, Ended(Step.MAIN_NO_CORS))
    elif q.mode == "cors" and not hop.url.startswith(("http:", "https:")):
        scheme = hop.url.partition(":")[0]
        return [trail.fail(i, Stage.ACTUAL, Ended(Step.MAIN_SCHEME, scheme), sent_on=not last)]
    elif q.mode == "unknown" and not _is_cors_evident(hop):
        undetermined = _undetermined(trail, i, hop)
        if undetermined is not None:
            return undetermined
        trail.maybe_no_cors = True
        trail.tainting = "cors"
    else:
        trail.tainting = "cors"
        trail.take(i, Stage.ACTUAL, Ended(Step.MAIN_CORS))
        if hop.preflight is not None:
            return _preflight(trail, i, hop, hop.preflight, last)
    return None


def _is_cors_evident(hop: Hop) -> bool:
    return hop.preflight is not None or (hop.actual is not None and hop.actual.origin is not None)


def _undetermined(trail: Trail, i: int, hop: Hop) -> list[Answer] | None:
    """Neither mode nor Origin: no CORS request as far as the headers go, unless they are not those of the wire."""
    actual = hop.actual
    assert actual is not None
    exchange = actual.exchange
    reason = reason_of(exchange.error, trail.question.dialect.family)
    if exchange.status is None and reason is not None and reason is not Reason.ABORTED:
        return [trail.fail(i, Stage.ACTUAL, Ended(Step.NO_RESPONSE, exchange.error), reason=reason)]
    if exchange.provisional and not trail.question.page.known:
        return [trail.answer(Outcome.UNKNOWN, missing=NO_PAGE)]
    if exchange.status is None and exchange.provisional:
        return [trail.answer(Outcome.UNKNOWN, missing=GIVEN_UP if reason is Reason.ABORTED else NO_RESPONSE)]
    if exchange.provisional and (exchange.resource_type == "fetch" or is_for_scripts(exchange)):
        return None
    trail.take(i, Stage.ACTUAL, Ended(Step.MAIN_NO_CORS))
    return [trail.answer(Outcome.NOT_SUBJECT)]


def _preflight(trail: Trail, i: int, hop: Hop, preflight: Request, last: bool) -> list[Answer] | None:
    q = trail.question
    exchange = preflight.exchange
    actual = hop.actual
    # On the wire there is what was sent only; a browser's record also holds what was refused before.
    sent = actual is not None and (actual.exchange.status is not None or q.dialect.family is Family.WIRE)
    sent_on = not last or sent
    if exchange.status is None:
        if exchange.response:
            return [trail.answer(Outcome.UNKNOWN, missing=NO_STATUS)]
        if q.dialect.marks_failures and not exchange.error and actual is not None and not actual.exchange.error:
            # Neither has failed, as the record goes: they were on their way when it ended.
            return [trail.answer(Outcome.UNKNOWN, missing=NO_RESPONSE)]
        ended = Ended(Step.PREFLIGHT_NO_RESPONSE, exchange.error)
        given_up = actual is not None and reason_of(actual.exchange.error, q.dialect.family) is Reason.ABORTED
        return [trail.fail(i, Stage.PREFLIGHT, ended, sent_on=sent_on, reason=Reason.ABORTED if given_up else None)]
    origin = checked_origin(preflight, trail.origin(preflight), q.page.origin, q.profile)
    asked = PreflightRequest(preflight.requested_method, preflight.requested_headers, trail.include)
    for ended in preflight_check(asked, origin, exchange.status, exchange.response, q.profile):
        if not ended.passed:
            return [trail.fail(i, Stage.PREFLIGHT, ended, sent_on=sent_on)]
        trail.take(i, Stage.PREFLIGHT, ended)
    if hop.actual is None and last:
        if broke_off(exchange, q.dialect.family):
            return [trail.fail(i, Stage.PREFLIGHT, Ended(Step.PREFLIGHT_NO_RESPONSE, exchange.error))]
        if i > 0 and is_mixed(q.chain, q.page, q.mode, q.profile, hop.url):
            # WebKit asks all the same, and sends nothing after it.
            return [trail.fail(i, Stage.REDIRECT, Ended(Step.REDIRECT_MIXED, hop.url))]
        # Forced by a streamed body or an upload listener: Chromium sends no stream over HTTP/1.1, whatever was allowed.
        forced = not preflight.requested_headers and is_safelisted_method(preflight.requested_method)
        return [trail.answer(Outcome.UNKNOWN, missing=STREAM_NOT_CAPTURED if forced else NOT_CAPTURED)]
    return None


def _respond(trail: Trail, i: int, hop: Hop, last: bool) -> list[Answer] | None:
    """HTTP fetch from the response on: CORS check, CORP, redirect, what the element asks."""
    q = trail.question
    actual = hop.actual
    if actual is None:
        # The chain went on without a record of this hop's response.
        return None
    exchange = actual.exchange
    if exchange.service_worker:
        trail.take(i, Stage.ACTUAL, Ended(Step.SERVICE_WORKER))
        return [trail.answer(Outcome.NOT_SUBJECT)]
    if exchange.status is None:
        return _without_status(trail, i, actual, last) or [_no_response(trail, i, hop, actual)]
    redirects = exchange.status in REDIRECT_STATUS
    if redirects and q.profile.conflicting_location_first and location_conflict(exchange.response, q.profile):
        detail = ", ".join(exchange.response.values("location"))
        return [trail.fail(i, Stage.REDIRECT, Ended(Step.REDIRECT_CONFLICT, detail), sent_on=not last)]
    followed = redirect(
        hop.url, exchange.status, exchange.response, q.page.origin, trail.tainting, q.mode == "cors", i, q.profile
    )
    redirects = followed.ended.step is not Step.REDIRECT_NONE
    stage = Stage.REDIRECT if redirects else Stage.ACTUAL
    failed = _check(trail, i, actual, stage, last)
    if failed is not None:
        return failed
    if redirects and q.mode not in ("navigate", "websocket"):
        return redirected(trail, i, actual, followed.ended, followed.url, last)
    if redirects and not last:
        return None
    return _loaded(trail, i, actual)


def _check(trail: Trail, i: int, actual: Request, stage: Stage, last: bool) -> list[Answer] | None:
    q = trail.question
    exchange = actual.exchange
    if exchange.response.has("non-authoritative-reason"):
        return None
    if q.mode == "navigate":
        return check_frame(trail, i, actual, stage, last)
    if trail.tainting == "opaque":
        return check_embedded(trail, i, actual, stage, last)
    if trail.tainting != "cors":
        return None
    if not q.dialect.headers_after_redirect_trusted and len(q.chain.hops) > 1:
        # What the browser went on from, it had let through.
        return [trail.answer(Outcome.UNKNOWN, missing=MIXED_HEADERS)] if last else None
    if exchange.status == 304 and not exchange.response.has(ACAO) and _revalidates(actual, q.chain.hops[i]):
        outcome = Outcome.ALLOWED if q.observed is Observed.ALLOWED else Outcome.UNKNOWN
        return [trail.answer(outcome, missing="" if outcome is Outcome.ALLOWED else REVALIDATED)]
    if actual.origin is None and not q.page.known and not trail.maybe_no_cors:
        return _checked_for_nobody(trail, i, actual, last)
    ended = cors_check(trail.origin(actual), trail.include, exchange.response, q.profile)
    if not ended.passed and trail.maybe_no_cors and q.observed is not Observed.BLOCKED:
        # The browser's record shows a success that CORS does not explain: the mode was no-cors.
        trail.take(i, stage, Ended(Step.MAIN_NO_CORS))
        return [trail.answer(Outcome.NOT_SUBJECT)]
    if not ended.passed:
        return _refused(trail, i, actual, stage, ended, last)
    trail.take(i, stage, ended)
    return None


def _refused(trail: Trail, i: int, actual: Request, stage: Stage, ended: Ended, last: bool) -> list[Answer]:
    """A failed CORS check, which no request without CORS is subject to."""
    q = trail.question
    if q.mode != "unknown" or q.chain.hops[i].preflight is not None:
        return [trail.fail(i, stage, ended, sent_on=not last)]
    without = Taken(i, stage, Ended(Step.MAIN_NO_CORS))
    return [
        trail.fail(i, stage, ended, sent_on=not last, assumption="mode=cors", missing=MODE_DECIDES),
        trail.answer(Outcome.NOT_SUBJECT, assumption="mode=no-cors", missing=MODE_DECIDES, ended=without),
    ]


def _checked_for_nobody(trail: Trail, i: int, actual: Request, last: bool) -> list[Answer] | None:
    """A CORS check without a page: what the browser recorded is all there is."""
    if not last:
        return None
    if trail.question.observed is not Observed.ALLOWED:
        return [trail.answer(Outcome.UNKNOWN, missing=NO_PAGE)]
    loads = _loaded(trail, i, actual)
    if all(answer.outcome is Outcome.BLOCKED for answer in loads):
        return loads
    return [
        trail.answer(Outcome.NOT_SUBJECT, assumption="page=of this origin", missing=NO_PAGE),
        trail.answer(Outcome.ALLOWED, assumption="page=of another origin", missing=NO_PAGE),
    ]


def _loaded(trail: Trail, i: int, actual: Request) -> list[Answer]:
    q, exchange = trail.question, actual.exchange
    family = q.dialect.family
    reason = reason_of(exchange.error, family)
    cut = broke_off(exchange, family)
    if cut:
        loads = cut_answers(q.chain.hops[0].actual or actual, actual, q.mode, family, q.profile)
    elif reason is not None and reason is not Reason.ABORTED:
        return [trail.fail(i, Stage.ACTUAL, Ended(Step.NO_RESPONSE, exchange.error), reason=reason)]
    elif trail.tainting == "basic":
        return [trail.answer(trail.passed), *not_redirected(trail, i, actual)]
    else:
        loads = load_answers(q.chain.hops[0].actual or actual, actual, q.profile, trail.tainting)
    missing = _what_decides(loads) if len(loads) > 1 else ""
    answers = []
    for assumption, ended in loads:
        if ended is None:
            answers.append(trail.answer(trail.passed, assumption=assumption, missing=missing))
        else:
            failed = trail.fail(
                i, Stage.ACTUAL, ended, assumption=assumption, missing=missing, reason=reason if cut else None
            )
            answers.append(failed)
    return [*answers, *not_redirected(trail, i, actual)]


def _what_decides(loads: list[tuple[str, Ended | None]]) -> str:
    return BODY_DECIDES if any(ended is not None and ended.step is Step.ORB for _, ended in loads) else USE_DECIDES


def _without_status(trail: Trail, i: int, actual: Request, last: bool) -> list[Answer] | None:
    """Some exporters keep the headers of a response that the browser refused, and lose its status."""
    exchange = actual.exchange
    if not exchange.response or exchange.error or trail.question.observed is not Observed.BLOCKED:
        return None
    return _check(trail, i, actual, Stage.ACTUAL, last)


def _no_response(trail: Trail, i: int, hop: Hop, actual: Request) -> Answer:
    exchange = actual.exchange
    reason = reason_of(exchange.error, trail.question.dialect.family)
    if reason is None:
        refused = hop.preflight is not None and was_never_sent(actual, trail.question.dialect)
        return replace(trail.answer(Outcome.UNKNOWN, missing=NO_RESPONSE), contradicted=refused)
    return trail.fail(i, Stage.ACTUAL, Ended(Step.NO_RESPONSE, exchange.error), reason=reason)


def _revalidates(actual: Request, hop: Hop) -> bool:
    """Whether the browser, not the page's author, made the request conditional: the author's would be preflighted."""
    asked = hop.preflight.requested_headers if hop.preflight is not None else ()
    return any(name in actual.headers and name not in asked for name in ("if-none-match", "if-modified-since"))
