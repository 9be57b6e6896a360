"""Embedding: what Cross-Origin-Resource-Policy, and the embedder policy of a page, make of what stands in it."""

from __future__ import annotations

from coranalyze.cors.checks import corp_check, frame_check
from coranalyze.cors.origin import http_origin_of
from coranalyze.cors.steps import Step
from coranalyze.engine.answer import NO_PAGE, SOME_EMBEDDERS, SOME_FRAMERS, Answer
from coranalyze.engine.documents import Embedder
from coranalyze.engine.evidence import hides_page
from coranalyze.engine.request import Request
from coranalyze.engine.trail import Trail
from coranalyze.fetch import Outcome, Stage

FRAMES = frozenset({"iframe", "frame"})
OBJECTS = frozenset({"embed", "object"})


def check_embedded(trail: Trail, i: int, actual: Request, stage: Stage, last: bool) -> list[Answer] | None:
    """What was asked for without CORS; None where nothing refuses it."""
    q, exchange = trail.question, actual.exchange
    # Chromium's own record tells by its errors.
    requires_corp = q.policies.embedder is not Embedder.ANY and not q.dialect.marks_failures
    ended = corp_check(q.page.origin, http_origin_of(exchange.url), exchange.response, q.profile, requires_corp)
    if ended is None:
        return None
    if ended.step is Step.COEP and q.policies.embedder is Embedder.SOME:
        # What came after a redirect may be of another request.
        assumption = "page=with Cross-Origin-Embedder-Policy: require-corp"
        trail.doubts = [trail.fail(i, stage, ended, assumption=assumption, missing=SOME_EMBEDDERS)]
        return None
    if q.page.origin is None and actual.site == "same-site" == ended.detail:
        return None  # an opaque origin would be cross-site
    if hides_page(q.page, q.chain.hops[0], actual, ended.detail, q.profile):
        if not last:
            return None
        failed = trail.fail(i, stage, ended, assumption="page=of an opaque origin or another site")
        return [failed, trail.answer(Outcome.NOT_SUBJECT, assumption="page=of this site", missing=NO_PAGE)]
    return [trail.fail(i, stage, ended, sent_on=not last)]


def check_frame(trail: Trail, i: int, actual: Request, stage: Stage, last: bool) -> list[Answer] | None:
    """What the embedder policy of the page asks of a frame in it; Chromium's own record tells by its errors."""
    q, kind = trail.question, actual.destination
    is_frame = kind in FRAMES or (kind in OBJECTS and q.profile.objects_are_frames)
    policy = q.policies.framer if is_frame else q.policies.embedder if kind in OBJECTS else Embedder.ANY
    if policy is Embedder.ANY or q.dialect.marks_failures:
        return None
    page, target, response = q.page.origin, http_origin_of(actual.exchange.url), actual.exchange.response
    if is_frame:
        ended = frame_check(page, target, response, stage is Stage.REDIRECT, q.profile)
    else:
        ended = corp_check(page, target, response, q.profile, requires_corp=True)
    if ended is None:
        return None
    if policy is Embedder.SOME:
        assumption = "page=with Cross-Origin-Embedder-Policy, and the frame directly in it"
        trail.doubts = [trail.fail(i, stage, ended, assumption=assumption, missing=SOME_FRAMERS)]
        return None
    return [trail.fail(i, stage, ended, sent_on=not last)]
