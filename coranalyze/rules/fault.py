"""Fault: what is wrong with the answer to a preflight, so that each of them is told by one rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from coranalyze.cors.safelist import FORBIDDEN_REQUEST_HEADERS, is_safelisted_method
from coranalyze.cors.steps import Reason
from coranalyze.endpoint import Answer, Endpoint, Presence
from coranalyze.endpoint.asked import CORS_ERROR, no_token, refused_for, refused_in_words, tokens
from coranalyze.endpoint.layer import from_object_store, has_no_route
from coranalyze.endpoint.names import RESPONSE_NAMES
from coranalyze.fetch import Observed, Outcome
from coranalyze.finding import Confidence, Severity
from coranalyze.rules.allow_origin import shape
from coranalyze.rules.host import Host
from coranalyze.rules.rule import Hit
from coranalyze.rules.trust import HOME
from coranalyze.rules.wording import known_as, listed

NEEDS_AUTH = 601
REDIRECTED = 602
NOT_ROUTED = 603
ERROR = 604
NO_ALLOW_ORIGIN = 605
METHOD_MISSING = 606
HEADER_MISSING = 607
NO_ALLOW_CREDENTIALS = 608
WILDCARD_LITERAL = 510
METHOD_CASE = 512
BAD_LIST = 513
WRONG_DIRECTION = 515
_BROKEN = frozenset({WILDCARD_LITERAL, METHOD_CASE, BAD_LIST})
"""What is a fault of the list, whoever asks."""
_OF_ITS_OWN = frozenset({401, 404, 405, 407})
"""Statuses of a login or a router: whatever a middleware before it added, nobody there looked at what is asked."""
_OUT = frozenset({502, 503, 504, *range(520, 531)})
"""Statuses by which what stands in front says that the server does not answer; those above 504 are Cloudflare's."""
_PREFLIGHTS = frozenset({"access-control-request-method", "access-control-request-headers"})
_IN_WORDS = f"{CORS_ERROR}: "
"""How the line of `Answer.layer` begins in which a CORS handling says what it refuses."""
_MEANT = "Is this site meant to be let in? If so, ask for the same preflight with curl and mend the answer."


class Fault(NamedTuple):
    code: int
    """Number of the rule that tells of it."""
    answer: Answer
    detail: str = ""
    """The method, header name, status or value that it is about."""
    certain: bool = True
    """False: the captures show nobody who is let in, and several asked; perhaps nobody is meant to be."""
    meant: bool = True
    """False: the origin is welcome as everybody is, to read what `*` gives out; perhaps nobody is meant to write."""

    @property
    def severity(self) -> Severity:
        """Worse where a browser really failed on it."""
        return Severity.MEDIUM if stopped(self.answer) and self.meant else Severity.LOW

    @property
    def why(self) -> str:
        """What made the severity."""
        if not stopped(self.answer):
            return "not seen to fail a browser"
        if self.code == NO_ALLOW_CREDENTIALS and not self.certain:
            return "the request did not follow in the capture"
        failed = "a browser failed on it in the capture"
        return failed if self.certain and self.meant else f"{failed}, perhaps as it should"

    @property
    def confidence(self) -> Confidence:
        return Confidence.PROVEN if self.certain else Confidence.SUSPECTED


def stopped(answer: Answer) -> bool:
    """The browser failed the request on this very answer."""
    if answer.tool:
        return False
    if answer.outcome is Outcome.CONDITIONAL and answer.preflight:
        # What hangs on the credentials mode is the reason: a preflight with a fault fails either way.
        return answer.observed is not Observed.ALLOWED
    return answer.outcome is Outcome.BLOCKED and answer.reason is not None


def faults(host: Host, endpoint: Endpoint, *codes: int) -> list[Fault]:
    """The faults of the endpoint's preflights of which these rules tell."""
    return [fault for fault in host.remember(_faults, endpoint) if fault.code in codes]


def faults_of(host: Host, *codes: int) -> Iterator[tuple[Endpoint, list[Fault]]]:
    """The endpoints with faults of these rules."""
    for endpoint in host.preflighted:
        found = faults(host, endpoint, *codes)
        if found:
            yield endpoint, found


def hits_of(
    host: Host,
    code: int,
    reason: Reason,
    message: Callable[[Fault], str],
    *,
    each: bool = False,
    settle: str = _MEANT,
    unless: str = "",
) -> Iterator[Hit]:
    """One hit per endpoint; `each`: per endpoint and detail, save that what never fails alone is told together."""
    found_at = list(faults_of(host, code))
    together = _together(found_at) if each else {}
    for endpoint, found in found_at:
        by_fact: dict[str, list[Fault]] = {}
        for one in found:
            by_fact.setdefault(together.get(one.detail, ""), []).append(one)
        for fact, group in by_fact.items():
            worst = min(group, key=lambda one: (not one.certain, one.severity.rank))
            answer = worst.answer
            said = message(worst._replace(detail=fact) if each else worst)
            told_first = reason if 200 <= (answer.status or 0) < 300 else Reason.PREFLIGHT_STATUS
            known = known_as(answer.reason or told_first, preflight=True)
            if code == REDIRECTED:
                known = _redirect_known_as(answer)
            asking = listed(one.answer.origin or "" for one in group)
            yield Hit(
                endpoint,
                f"{said}; {answer.requested_method} from {asking} is blocked{'' if worst.certain else unless}{known}.",
                worst.severity,
                tuple(dict.fromkeys(one.answer for one in group)),
                worst.confidence,
                settle="" if worst.certain else settle,
                fact=fact,
                why=worst.why,
                origin=answer.origin or "",
                method=answer.requested_method,
                header=fact if code == HEADER_MISSING else "",
            )


def _redirect_known_as(answer: Answer) -> str:
    """Chromium stops at the redirect; Firefox looks at Access-Control-Allow-Origin before."""
    reason = Reason.PREFLIGHT_REDIRECT
    refused = Reason.ACAO_MISMATCH if answer.allow_origin else Reason.ACAO_MISSING
    return known_as(reason, preflight=True, in_firefox=reason if answer.lets_in else refused)


def _together(found_at: Iterable[tuple[Endpoint, list[Fault]]]) -> dict[str, str]:
    """Detail → all details, with `, ` between, that the very same answers lack: what one request sends at once."""
    lacking: dict[str, list[tuple[str, Answer]]] = {}
    for endpoint, found in found_at:
        for fault in found:
            lacking.setdefault(fault.detail, []).append((endpoint.template, fault.answer))
    alike: dict[tuple[tuple[str, Answer], ...], list[str]] = {}
    for detail, places in lacking.items():
        alike.setdefault(tuple(places), []).append(detail)
    return {detail: ", ".join(sorted(details)) for details in alike.values() for detail in details}


def passes(answer: Answer) -> bool:
    """A preflight that lets its origin in, as far as status and Access-Control-Allow-Origin go."""
    return 200 <= (answer.status or 0) < 300 and answer.lets_in


def _faults(host: Host, endpoint: Endpoint) -> list[Fault]:
    """All of them; refusals of origins that are never let in are none."""
    found: list[Fault] = []
    for answer in host.policy(endpoint):
        if not answer.preflight or answer.origin is None or not host.crosses(answer):
            continue
        invited = answer.origin in host.let_in or answer.origin in host.let_in_by_twin
        meant = invited or len(host.askers) == 1 or host.relation(answer.origin) in HOME
        found += [
            Fault(code, answer, detail, certain, meant or code in _BROKEN)
            for code, detail, certain in _of(host, endpoint, answer)
        ]
    return found


def _of(host: Host, endpoint: Endpoint, answer: Answer) -> Iterator[tuple[int, str, bool]]:
    """Rule, detail, and whether it is certain, for each fault of one answer."""
    status = answer.status or 0
    listing = bool(answer.allow_methods or answer.allow_headers)
    if 200 <= status < 300 or (listing and 400 <= status < 500 and status not in _OF_ITS_OWN):
        # A 4xx with the lists is how some frameworks refuse: what they refuse stands in the lists.
        if answer.lets_in:
            told = [*_named(answer), *_credentials_fault(host, endpoint, answer)]
            if not told and status >= 400:
                code, detail, _ = _status_fault(answer, status)
                told.append((code, detail, True))
            yield from told
            return
        if shape(answer) or (answer.allow_origin and not host.welcomes(endpoint, answer.origin or "")):
            return
    method, header = refused_in_words(_own_words(answer), answer.requested_method, answer.requested_headers)
    if method or header:
        # The handling looked at the origin before, and let it in.
        yield METHOD_MISSING if method else HEADER_MISSING, method or header, True
        return
    welcome = host.welcomes(endpoint, answer.origin or "")
    if welcome is False:
        return
    beyond = refused_for(
        answer.status, answer.requested_method, answer.requested_headers, _passing(host, endpoint, answer)
    )
    if beyond is not None and not answer.allow_origin:
        if beyond.method:
            yield METHOD_MISSING, beyond.method, beyond.certain
        yield from ((HEADER_MISSING, name, beyond.certain) for name in beyond.names)
        return
    code, detail, by_policy = _status_fault(answer, status)
    if status in _OUT and _is_out(host, endpoint):
        return
    # A status that does not depend on who asks is a fault for the one page that asks; 403 and silence may be meant.
    yield code, detail, welcome is True or (len(host.askers) == 1 and not by_policy)


def _is_out(host: Host, endpoint: Endpoint) -> bool:
    """Nothing answered there, or anywhere on the server: an outage, which preflights have no part in."""
    for places in ([endpoint], host.endpoints):
        statuses = {a.status for each in places for a in host.policy(each) if not a.preflight}
        if statuses:
            return statuses <= _OUT
    return False


def _own_words(answer: Answer) -> str:
    """What the CORS handling says that it refuses; empty where it says nothing."""
    return next((line for line in answer.layer if line.startswith(_IN_WORDS)), "").removeprefix(_IN_WORDS)


def _passing(host: Host, endpoint: Endpoint, answer: Answer) -> list[Answer]:
    """The preflights of the same origin that pass there."""
    return [a for a in host.policy(endpoint) if a.preflight and a.origin == answer.origin and passes(a)]


def _status_fault(answer: Answer, status: int) -> tuple[int, str, bool]:
    """Rule, detail, and whether it may be a policy of the server's."""
    if 300 <= status < 400:
        return REDIRECTED, answer.location or str(status), False
    if status in (401, 407):
        return NEEDS_AUTH, str(status), False
    if status == 403:
        if from_object_store(answer.layer):
            # An object store asks nobody to log in here: no CORS rule of the bucket allows what the preflight asks for.
            return NO_ALLOW_ORIGIN, answer.acao or "", True
        if has_no_route(answer.layer):
            return NOT_ROUTED, "403", False
        if not answer.www_authenticate and not _PREFLIGHTS.isdisjoint(answer.vary):
            # Who varies by what preflights ask has looked at it: the CORS handling, which Spring's answers so.
            return NO_ALLOW_ORIGIN, answer.acao or "", True
        return NEEDS_AUTH, "403", not answer.www_authenticate
    if status in (404, 405, 501):
        return NOT_ROUTED, str(status), False
    if 200 <= status < 300 or _own_words(answer) or (answer.allow_methods and not answer.allow_origin):
        return NO_ALLOW_ORIGIN, answer.acao or "", True
    return ERROR, str(status), status < 500


def _named(answer: Answer) -> Iterator[tuple[int, str, bool]]:
    """As `_of`: what the lists of methods and headers do not allow."""
    methods = tokens(answer.allow_methods)
    names = tokens(answer.allow_headers)
    if methods is None or names is None:
        yield BAD_LIST, no_token(answer.allow_methods if methods is None else answer.allow_headers), True
        return
    yield from _method_fault(answer, methods)
    allowed = {name.lower() for name in names}
    for name in answer.requested_headers:
        if name in allowed or name in FORBIDDEN_REQUEST_HEADERS:
            continue
        if "*" in allowed:
            if answer.reason is Reason.HEADER_NOT_ALLOWED:
                yield WILDCARD_LITERAL, "Access-Control-Allow-Headers", True
        else:
            yield WRONG_DIRECTION if name in RESPONSE_NAMES else HEADER_MISSING, name, True


def _credentials_fault(host: Host, endpoint: Endpoint, answer: Answer) -> Iterator[tuple[int, str, bool]]:
    """As `_of`: a request with credentials that the answer does not allow, as far as one was meant."""
    if not set(answer.allow_credentials) <= {"false"}:
        return
    elsewhere = any(a.allows_credentials for a in host.policy(endpoint))
    if answer.reason is Reason.ACAO_WILDCARD_WITH_CREDENTIALS and elsewhere:
        # Otherwise it may be the page that asks with credentials for what is public.
        yield NO_ALLOW_CREDENTIALS, "*", True
    if answer.reason is not Reason.ACAC_NOT_TRUE:
        return
    # That the request never followed fits a credentials fault, and fits a page that was closed: once.
    failing = [a for a in host.policy(endpoint) if a.preflight and a.reason is Reason.ACAC_NOT_TRUE]
    again = host.ambient_seen is Presence.YES and sum(endpoint.answers[a].count for a in failing) > 1
    yield NO_ALLOW_CREDENTIALS, "", elsewhere or again or answer.observed is Observed.BLOCKED


def _method_fault(answer: Answer, methods: Sequence[str]) -> Iterator[tuple[int, str, bool]]:
    method = answer.requested_method
    if method in methods or is_safelisted_method(method):
        return
    if "*" in methods:
        if answer.reason is Reason.METHOD_NOT_ALLOWED:
            yield WILDCARD_LITERAL, "Access-Control-Allow-Methods", True
    elif method.upper() in map(str.upper, methods):
        yield METHOD_CASE, method, True
    else:
        yield METHOD_MISSING, method, True
