"""Answers: the verdict under one set of assumptions, which of them fit the capture, and what they say together."""

from __future__ import annotations

from dataclasses import dataclass

from coranalyze.cors.steps import Reason
from coranalyze.fetch import Condition, Credentials, Observed, Outcome, Taken, Verdict


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict under one set of assumptions. `contradicted`: the capture shows that it went on after the failure."""

    outcome: Outcome
    steps: tuple[Taken, ...]
    assumption: str = ""
    reason: Reason | None = None
    missing: str = ""
    contradicted: bool = False
    unmarked: bool = False
    """A failure that the browser's own record does not show."""
    credentials: Credentials = Credentials.UNKNOWN

    @property
    def failed(self) -> Taken | None:
        return self.steps[-1] if self.reason is not None and self.steps else None


AFTER_RESPONSE = frozenset({Reason.NOT_OK_STATUS, Reason.WRONG_MIME_TYPE})

NOT_CAPTURED = "The preflight allows the request that it announces; that request is not in the capture."
STREAM_NOT_CAPTURED = (
    "The preflight allows the request that it announces, one with a streamed body or an upload listener; that request "
    "is not in the capture. Chromium streams no body over HTTP/1.1."
)
NO_RESPONSE = (
    "The capture holds neither status nor headers of the response; "
    "the browser's console would tell why, or a proxy capture where it was sent at all."
)
GIVEN_UP = (
    "The request was aborted before any answer: the page gave it up or was left, or the browser dropped it on the way; "
    "the page's code (AbortController, time-outs, navigation) tells."
)
NO_STATUS = "The preflight was answered; with which status is not in the capture."
NOT_FOLLOWED = (
    "The redirect was not followed in the capture: the request's redirect mode decides (fetch's `redirect`), unless "
    "the browser stopped it on the way (a Content Security Policy, an extension)."
)
REDIRECT_MIXED = (
    "The redirect leads from https to http, which browsers block as mixed content; it was not followed in the capture. "
    "Only a page that asks not to follow (fetch's `redirect`) could have meant that."
)
UPGRADE_DECIDES = (
    "The redirect leads from https to http, which browsers block as mixed content, and the same URL was asked for by "
    "https. It is one request where the page has the policy `upgrade-insecure-requests`; else that was another one."
)
REDIRECT_LOST = "The redirect's target is not in the capture."
REVALIDATED = (
    "A 304 answered the browser's own revalidation: the headers of the stored response decide, and they are not here."
)
SOME_EMBEDDERS = (
    "Some pages of this origin ask for a Cross-Origin-Resource-Policy of what they embed, some do not; which of them "
    "asked is not in the capture."
)
SOME_FRAMERS = (
    "Some pages of this origin have an embedder policy, which asks one of the frames in them too; whether such a page "
    "is around this frame is not in the capture. The console says “Cross-Origin-Embedder-Policy” where that is it."
)
MODE_DECIDES = (
    "The request's mode decides, and nothing tells it: a beacon, or a fetch with `mode: 'no-cors'`, looks the same. "
    "Look at the page's call, or at the request in DevTools (its type)."
)
USE_DECIDES = "How the page uses the response decides, and the capture does not show it: look at what asked for it."
BODY_DECIDES = (
    "The body decides, and bodies are never read: HTML, XML and JSON are kept from elements (Opaque Response "
    "Blocking), what they can use is not, whatever it calls itself. Look at the response, or for "
    "net::ERR_BLOCKED_BY_ORB (Firefox: OpaqueResponseBlocking) in the console."
)
MIXED_HEADERS = "This exporter mixes up the headers of redirect hops."
NO_PAGE = "Nothing in the capture tells which page asked."


_NOTHING_CAME = (NO_RESPONSE, GIVEN_UP)


def fitting(answers: list[Answer], observed: Observed, *, keeps_failures: bool) -> list[Answer]:
    """The answers that fit what happened next and what the browser recorded; `keeps_failures` as in `Dialect`."""
    kept = [a for a in answers if not a.contradicted] or answers
    if observed is Observed.BLOCKED:
        return [a for a in kept if a.outcome is Outcome.BLOCKED or a.missing in _NOTHING_CAME] or kept
    if observed is Observed.ALLOWED:
        # The browser's record ends with the response; an element that refuses it later leaves no mark.
        return [
            a
            for a in kept
            if a.outcome in (Outcome.ALLOWED, Outcome.NOT_SUBJECT) or a.reason in AFTER_RESPONSE or a.unmarked
        ] or kept
    # A preflight that passes is followed by its request: a mode that explains why nothing followed fits better. Where
    # failed requests are left out, one that failed for any other reason looks the same.
    if keeps_failures and any(a.missing == NOT_CAPTURED for a in kept):
        return [a for a in kept if a.outcome is Outcome.BLOCKED] or kept
    return kept


def combine(answers: list[Answer]) -> Verdict:
    first = answers[0]
    distinct = list(dict.fromkeys((a.outcome, a.reason) for a in answers))
    failed = first.failed
    if len(distinct) == 1:
        return Verdict(
            outcome=first.outcome,
            reason=first.reason,
            stage=failed.stage if failed else None,
            detail=failed.ended.detail if failed else "",
            expected=failed.ended.expected if failed else "",
            received=failed.ended.received if failed else "",
            hop=failed.hop if failed else 0,
            steps=first.steps,
            missing=first.missing,
        )
    by_mode: dict[Credentials, list[tuple[str, Outcome, Reason | None]]] = {}
    for a in answers:
        by_mode.setdefault(a.credentials, []).append((a.assumption, a.outcome, a.reason))
    by_credentials = len({tuple(each) for each in by_mode.values()}) > 1
    conditions = tuple(dict.fromkeys(_condition(a, by_credentials) for a in answers))
    return Verdict(
        outcome=Outcome.CONDITIONAL,
        steps=first.steps,
        conditions=conditions,
        missing=next((a.missing for a in answers if a.missing), _credentials_missing(by_credentials)),
    )


def _condition(answer: Answer, by_credentials: bool) -> Condition:
    parts = [f"credentials={answer.credentials}"] if by_credentials else []
    parts += [answer.assumption] if answer.assumption else []
    failed = answer.failed
    return Condition(
        " and ".join(parts),
        answer.outcome,
        answer.reason,
        failed.stage if failed else None,
        failed.ended.detail if failed else "",
    )


def _credentials_missing(by_credentials: bool) -> str:
    if not by_credentials:
        return ""
    return (
        "The request's credentials mode decides and the capture does not show it: "
        "look at the call (`credentials`, `withCredentials`, `crossorigin`), or capture with cookies."
    )
