"""Redirects: those that are followed in the capture, those that cannot be, and those that nothing follows."""

from __future__ import annotations

from dataclasses import replace

from coranalyze.cors.browsers import Profile
from coranalyze.cors.codes import UNSAFE_REDIRECT_SCHEMES
from coranalyze.cors.origin import http_origin_of, is_trustworthy, origin_of, same_origin
from coranalyze.cors.safelist import REDIRECT_STATUS
from coranalyze.cors.steps import Ended, Reason, Step
from coranalyze.engine.answer import NOT_FOLLOWED, REDIRECT_LOST, REDIRECT_MIXED, UPGRADE_DECIDES, Answer
from coranalyze.engine.chain import Chain, Hop
from coranalyze.engine.evidence import ALWAYS_FOLLOWED, Page, may_be_a_beacon
from coranalyze.engine.failures import reason_of
from coranalyze.engine.load import MEDIA, kind_of
from coranalyze.engine.request import Request
from coranalyze.engine.trail import Question, Trail
from coranalyze.exchange import Family
from coranalyze.fetch import Outcome, Stage, Taken


def redirected(trail: Trail, i: int, actual: Request, ended: Ended, url: str | None, last: bool) -> list[Answer] | None:
    """Past a redirect that led to `url`, or where its step ended; None where the chain goes on."""
    q = trail.question
    if not last and _goes_on(trail, ended.step):
        return None
    if reason_of(actual.exchange.error, q.dialect.family) is Reason.CORP:
        return [trail.fail(i, Stage.REDIRECT, Ended(Step.NO_RESPONSE, actual.exchange.error), reason=Reason.CORP)]
    if not ended.passed:
        failed = trail.fail(i, Stage.REDIRECT, ended, sent_on=not last)
        return [failed] if not last else _not_followed(trail, i, actual, failed)
    if not last:
        upgraded = q.policies.upgrades is None and q.chain.hops[i + 1].url.startswith("https:")
        if upgraded and is_mixed(q.chain, q.page, q.mode, q.profile, url or ""):
            trail.doubts.append(_mixed(trail, i, url or "", "upgrade-insecure-requests=no", UPGRADE_DECIDES))
        trail.take(i, Stage.REDIRECT, ended)
        return None
    if is_mixed(q.chain, q.page, q.mode, q.profile, url or ""):
        mixed = _mixed(trail, i, url or "", "redirect=follow", REDIRECT_MIXED)
        return [replace(mixed, unmarked=True), *_unfollowed(trail, i, actual)]
    if not q.dialect.keeps_failures:
        # What failed is dropped from such a file: the next hop may be what is missing.
        trail.take(i, Stage.REDIRECT, ended)
        return [trail.answer(Outcome.UNKNOWN, missing=REDIRECT_LOST)]
    alternatives = _unfollowed(trail, i, actual)
    if q.mode == "same-origin" and not same_origin(q.page.origin, origin_of(url or "")):
        crossed = trail.fail(i, Stage.REDIRECT, Ended(Step.MAIN_MODE_SAME_ORIGIN, url or ""))
        return [crossed, *alternatives]
    if alternatives:
        return alternatives
    trail.take(i, Stage.REDIRECT, ended)
    outcome = Outcome.NOT_SUBJECT if trail.tainting != "cors" else Outcome.UNKNOWN
    return [trail.answer(outcome, missing=REDIRECT_LOST)]


def _mixed(trail: Trail, i: int, url: str, assumption: str, missing: str) -> Answer:
    return trail.fail(i, Stage.REDIRECT, Ended(Step.REDIRECT_MIXED, url), assumption=assumption, missing=missing)


def is_mixed(chain: Chain, page: Page, mode: str, profile: Profile, url: str) -> bool:
    """Whether a page that came over https may not be led to this URL, which is one of http.

    Pictures and media may. https://w3c.github.io/webappsec-mixed-content/#should-block-fetch
    """
    target = http_origin_of(url)
    if page.origin is None or page.origin.scheme != "https" or target is None or target.scheme != "http":
        return False
    if is_trustworthy(target) and not profile.loopback_is_mixed:
        return False
    first = chain.hops[0].actual
    kind = kind_of(first, first) if first is not None else ""
    if kind in MEDIA:
        # The others ask by https in their place, with CORS and without.
        return profile.redirected_images_are_mixed
    return mode == "cors" or (mode == "no-cors" and kind != "")


def _goes_on(trail: Trail, step: Step) -> bool:
    """A browser's record also has the request that was not sent to a bad port, or was dropped before. And Chromium
    refuses a user in the URL to fetch() alone where that is the page's own origin, not to XMLHttpRequest."""
    if step is Step.REDIRECT_CREDENTIALS:
        return trail.tainting == "basic" or _may_be_a_beacon(trail)
    return step is Step.REDIRECT_BAD_PORT


def _may_be_a_beacon(trail: Trail) -> bool:
    return trail.tainting == "opaque" and may_be_a_beacon(trail.question.chain.hops[0].actual)


def _not_followed(trail: Trail, i: int, actual: Request, failed: Answer) -> list[Answer]:
    """A redirect that cannot be followed, unless the page asked not to follow it."""
    q, step = trail.question, failed.steps[-1].ended.step
    if step is Step.REDIRECT_BAD_LOCATION and q.profile.bad_location_fails_manual:
        return [failed]
    if step is Step.REDIRECT_CREDENTIALS and _may_be_a_beacon(trail):
        return [failed, trail.answer(Outcome.NOT_SUBJECT, assumption="request=a beacon", missing=REDIRECT_LOST)]
    ways = _unfollowed(trail, i, actual)
    if not q.dialect.marks_failures:
        return [failed, *ways] if q.dialect.family is not Family.BROWSER else [failed, *ways[:1]]
    if actual.exchange.error:
        return [failed]
    # Measured on Chromium: what it refuses to send leaves the redirect without a mark, as `redirect: manual` does.
    silent = step is Step.REDIRECT_BAD_PORT or (
        step is Step.REDIRECT_SCHEME and failed.steps[-1].ended.detail not in UNSAFE_REDIRECT_SCHEMES
    )
    return [*([replace(failed, unmarked=True)] if silent or not ways else []), *ways[:1]]


def _unfollowed(trail: Trail, i: int, actual: Request) -> list[Answer]:
    """A redirect that nothing follows: only `fetch()` can ask for that, and only of all redirects of a request."""
    if i > 0:
        return []
    if actual.exchange.resource_type in ALWAYS_FOLLOWED or actual.destination not in ("", "empty"):
        return []
    if trail.question.mode == "no-cors" and trail.tainting != "basic":
        return []
    manual = trail.answer(
        trail.passed,
        assumption="redirect=manual",
        missing=NOT_FOLLOWED,
        ended=Taken(i, Stage.REDIRECT, Ended(Step.REDIRECT_MANUAL)),
    )
    error = trail.fail(i, Stage.REDIRECT, Ended(Step.REDIRECT_ERROR), assumption="redirect=error", missing=NOT_FOLLOWED)
    return [manual, error]


def not_redirected(trail: Trail, i: int, actual: Request) -> list[Answer]:
    """A redirect status without Location is a response, unless fetch() was told that redirects are errors."""
    if trail.question.profile.empty_location_is_response or actual.exchange.status not in REDIRECT_STATUS:
        return []
    return _unfollowed(trail, i, actual)[1:]


def left(trail: Trail, i: int, hop: Hop) -> list[Answer] | None:
    """Chromium starts the next hop of a redirect that fetch() asked not to follow, and drops it at once."""
    exchange = hop.actual.exchange if hop.actual is not None else None
    if i == 0 or exchange is None or hop.preflight is not None:
        return None
    if exchange.status is not None or not exchange.provisional or "ERR_ABORTED" not in exchange.error:
        return None
    home = trail.tainting == "basic" or (i == 1 and _starts_at_home(trail.question))
    outcome = Outcome.NOT_SUBJECT if home else Outcome.ALLOWED
    return [trail.answer(outcome, ended=Taken(i, Stage.REDIRECT, Ended(Step.REDIRECT_MANUAL)))]


def _starts_at_home(question: Question) -> bool:
    page = question.page
    return page.known and same_origin(page.origin, http_origin_of(question.chain.hops[0].url))
