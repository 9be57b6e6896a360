"""What failed, in a few words: the title that a failure has in all reports."""

from typing import NamedTuple

from coranalyze.causes import find_pattern
from coranalyze.explain.pages import PAGES
from coranalyze.failure import Failure, hidden_status, is_failed_unknown
from coranalyze.fetch import Stage, Verdict
from coranalyze.reports.canvas import mark_of


class FailureTitle(NamedTuple):
    mark: str
    """Name of the mark."""
    code: str
    """The reason, or the cause where CORS has let it in; empty where neither is known."""
    words: str


def title_of(failure: Failure) -> FailureTitle:
    mark = "no" if failure.is_past_cors else mark_of(failure.example)
    code, words = _code(failure), _words(failure)
    sure = failure.verdict.reason is not None or failure.is_past_cors or failure.example.refused_handshake is not None
    return FailureTitle(mark, code, f"{words} (not CORS)" if sure and not failure.is_of_cors else words)


def _code(failure: Failure) -> str:
    if failure.is_past_cors and failure.cause is not None:
        return failure.cause.name
    return failure.verdict.reason or ""


def _words(failure: Failure) -> str:
    verdict, example = failure.verdict, failure.example
    hidden = hidden_status(example)
    if hidden is not None:
        answered = "the preflight was answered" if verdict.stage is Stage.PREFLIGHT else "the server answered"
        return f"{answered} {hidden}, without the header"
    if verdict.reason is not None:
        return PAGES[verdict.reason].title
    if example.refused_handshake is not None:
        return f"WebSocket refused: the handshake was answered with {example.refused_handshake}"
    if failure.is_past_cors and failure.cause is not None:
        pattern = find_pattern(failure.cause.name)
        return pattern.page.title if pattern is not None else ""
    if verdict.blocked_either_way:
        return "blocked either way; which check fails is open"
    if verdict.conditions:
        return f"{verdict.outcome}: hangs on {_hangs_on(verdict)}"
    return "failed; the capture does not show why" if is_failed_unknown(example) else "not decided"


def _hangs_on(verdict: Verdict) -> str:
    if any("credentials=" in condition.assumption for condition in verdict.conditions):
        return "the credentials mode"
    return "how the page asked"
