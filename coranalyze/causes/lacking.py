"""Lacking: what the answer to a preflight does not cover of the request, and what tells so where it has no lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from coranalyze.causes.case import ACAH, ACAM, ACAO, Case
from coranalyze.causes.cause import Told
from coranalyze.causes.fixed_texts import refuses_headers
from coranalyze.causes.handling import is_of_cors
from coranalyze.cors.safelist import is_safelisted_method
from coranalyze.cors.steps import Reason
from coranalyze.endpoint.asked import CORS_ERROR, Beyond, refused_in_words

_HEADER_REASONS = (Reason.HEADER_NOT_ALLOWED, Reason.AUTHORIZATION_WILDCARD)
_METHOD_REASON = Reason.METHOD_NOT_ALLOWED
_SHOWN = 5
_ASK_FOR_LESS = (
    "Send the same preflight without it (curl -X OPTIONS): if that is answered with CORS headers, it is that."
)


class Lacking(NamedTuple):
    """A method or a header that the answer to the preflight does not cover."""

    method: str = ""
    named: bool = True
    """The browser named it; otherwise it follows from comparing the lists of an answer that refused."""
    headers: tuple[str, ...] = ()
    """All that are not covered, the one that the browser named first."""
    beyond: Beyond | None = None
    """Told by another preflight, which passes: this answer has no lists."""

    @property
    def header(self) -> str:
        return self.headers[0] if self.headers else ""

    @property
    def noun(self) -> str:
        return "header" if len(self.headers) == 1 else "headers"

    @property
    def words(self) -> str:
        return named(self.headers)


def named(headers: Sequence[str]) -> str:
    """`x-a, x-b and 2 more`"""
    more = len(headers) - _SHOWN
    return ", ".join(headers[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def lacking(case: Case) -> Lacking | None:
    """What the preflight's lists do not cover: named by the verdict, or behind a status that refuses."""
    if case.reason in _HEADER_REASONS:
        header = (case.detail or "authorization").lower()
        # Where `*` counts as a name, it covers nothing; Authorization is an exception to a `*` that covers the others.
        others = () if case.reason is Reason.AUTHORIZATION_WILDCARD else not_listed(case)
        return Lacking(headers=tuple(dict.fromkeys((header, *others))))
    if case.reason is _METHOD_REASON:
        return Lacking(method=case.detail or case.fetch.method)
    if case.refused_for is not None:
        beyond = case.refused_for
        return Lacking(beyond.method, named=False, headers=beyond.names, beyond=beyond)
    if not case.preflighted or case.status is None or case.status < 400 or not is_of_cors(case):
        return None
    error = case.response.get(CORS_ERROR)
    if error is not None:
        method, header = refused_in_words(error, *case.requested)
        return Lacking(method, named=False, headers=(header,) if header else ()) if method or header else None
    # The policy's own refusal by status (Starlette and others): the lists beside it show what for, or its text.
    if not case.response.has(ACAO) and not refuses_headers(case.sent):
        return None
    asked, _ = case.requested
    methods = case.tokens(ACAM)
    if asked and methods and asked.lower() not in methods and "*" not in methods and not is_safelisted_method(asked):
        return Lacking(method=asked, named=False)
    missing = not_listed(case)
    if not missing or "*" in case.tokens(ACAH):
        return None
    return Lacking(named=False, headers=missing)


def refused_method(case: Case, found: Lacking, beyond: Beyond) -> Told:
    """The method is refused without a list, and the preflight that passes asks for another."""
    return Told(
        f"{case.server} let a preflight for {beyond.passed.requested_method} pass at {case.spot} and answered the one "
        f"for {found.method} {case.status} without any CORS header: {found.method} is not on its list, as it seems.",
        f"Add {found.method} to the methods that the CORS handling allows.",
        _lists_of(beyond),
        settle="" if beyond.certain else _ASK_FOR_LESS,
        method=found.method,
    )


def refused_headers(case: Case, found: Lacking, beyond: Beyond) -> Told:
    """Headers are refused without a list, and the preflight that passes does not ask for them."""
    one = len(found.headers) == 1
    return Told(
        f"{case.server} let a preflight of this page pass at {case.spot} and answered the one that asks for "
        f"{found.words} {case.status} without any CORS header: {'it is' if one else 'they are'} not on its list, as it "
        "seems.",
        f"Add {found.words} to the headers that the CORS handling allows, or stop sending {'it' if one else 'them'}.",
        _lists_of(beyond),
        settle="" if beyond.certain else _ASK_FOR_LESS,
        header=found.header,
    )


def not_listed(case: Case) -> tuple[str, ...]:
    """Headers that the preflight asks for and that its answer does not name."""
    allowed = set(case.tokens(ACAH))
    _, names = case.requested
    return tuple([name for name in names if name not in allowed])


def _lists_of(beyond: Beyond) -> tuple[str, ...]:
    """What the preflight that passes was told."""
    lists = (("Access-Control-Allow-Methods", beyond.passed.allow_methods),
             ("Access-Control-Allow-Headers", beyond.passed.allow_headers))  # fmt: skip
    return tuple(f"the one that passes was told `{name}: {', '.join(lines)}`" for name, lines in lists if lines)
