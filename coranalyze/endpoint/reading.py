"""Exchanges of a fetch → their Answers. Each distinct header line, and each distinct set of them, is read once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from coranalyze.cors.headers import is_token
from coranalyze.cors.safelist import REDIRECT_STATUS
from coranalyze.endpoint.answer import Answer, Presence
from coranalyze.endpoint.echo import echo_of, repeats_of
from coranalyze.endpoint.names import RESPONSE_NAMES
from coranalyze.endpoint.response import Line, Lines, cors_facts, kept_line, location_of, other_facts
from coranalyze.exchange import Exchange
from coranalyze.fetch import Fetch, Preflight, Role, Sent

LIMIT = 20_000
"""Lines and combinations remembered; full, it starts anew."""

_API_KEYS = re.compile(
    r"(?:x-)?(?:[a-z0-9]{1,20}-){0,3}api-?key|x-(?:auth|access|session|amz-security|functions)-?(?:token|key)"
)
_UNRESOLVED = re.compile(
    r"name_not_resolved|unknown_host|unknown host|name or service not known|getaddrinfo|no address associated|nxdomain",
    re.IGNORECASE,
)
_UNCHECKED = frozenset({"no-cors", "navigate"})
# Parameters that carry a credential by their name; what was masked for its look alone may be a cache buster.
_CREDENTIAL = re.compile(
    r"[?&;](?:[^=&;]*[_.\-])?(?:[a-z]*(?:token|key|secret|jwt|bearer|session(?:id)?|passw(?:or)?d|credentials?)|auth|sid|"
    r"pass|pwd|pin|otp|code|ticket|assertion|authorization)=\[redacted",
    re.IGNORECASE,
)
_SIGNED = re.compile(r"[?&;](?:[^=&;]*-)?(?:sig|sign|signature|hmac)=", re.IGNORECASE)
"""A signed URL is itself the permission, for whoever has it."""
_ASKED = frozenset({
    "origin", "sec-fetch-dest", "access-control-request-method", "access-control-request-headers",
    "access-control-request-private-network",
})  # fmt: skip


class _KeptLines(dict[Line, Line | None]):
    """Header line → what is kept of it; None where no Answer depends on it."""

    def __init__(self, keep: Callable[[Line], Line | None]) -> None:
        super().__init__()
        self._keep = keep

    def __missing__(self, line: Line) -> Line | None:
        if len(self) >= LIMIT:
            self.clear()
        kept = self[line] = self._keep(line)
        return kept


V = TypeVar("V")


class _Memo(dict[Any, V]):
    """Bounded."""

    def keep(self, key: Any, value: V) -> V:
        if len(self) >= LIMIT:
            self.clear()
        self[key] = value
        return value


class Reading:
    """Reads the exchanges of one input. `credentials_recorded` False: the export drops Cookie and Authorization."""

    def __init__(self, *, credentials_recorded: bool = True) -> None:
        self._recorded = credentials_recorded
        self._request_lines = _KeptLines(_kept_request_line)
        self._response_lines = _KeptLines(kept_line)
        self._asked: _Memo[dict[str, Any]] = _Memo()
        self._answered: _Memo[dict[str, Any]] = _Memo()
        self._answers: _Memo[Answer] = _Memo()

    def answer(self, fetch: Fetch, sent: Sent, *, decides: bool, internal: bool = True) -> Answer:
        """The answer that an exchange of `fetch` gives.

        `decides`: the verdict was reached on it; `internal`: the server stands in a private network. Who asks public
        servers without being checked (pictures, visits) is left out, since no policy shows in it.
        """
        role, exchange = sent.role, sent.exchange
        request = _kept(exchange.request, self._request_lines)
        response = _kept(exchange.response, self._response_lines)
        verdict = fetch.verdict
        status = exchange.status
        page = fetch.origin if internal or fetch.mode not in _UNCHECKED else None
        key = (
            request, response, role, exchange.method, status, verdict.reason if decides else None, verdict.outcome,
            fetch.observed, page, fetch.mode, fetch.browser, exchange.cached or exchange.service_worker,
            exchange.provisional, "[redacted" in exchange.url and _has_credential(exchange.url),
            location_of(exchange) if status in REDIRECT_STATUS else "", _echo(exchange, request, response),
            status is None and _UNRESOLVED.search(exchange.error) is not None,
            fetch.preflight is Preflight.NOT_RECORDED,
        )  # fmt: skip
        found = self._answers.get(key)
        if found is None:
            found = self._answers.keep(key, self._read(*key))
        return found

    def _read(
        self, request: Lines, response: Lines, role: Role, method: str, status: int | None, reason: Any, outcome: Any,
        observed: Any, page: str | None, mode: str, browser: str, cached: bool, provisional: bool, secret: bool,
        location: str, echoes: str, unresolved: bool, unrecorded: bool,
    ) -> Answer:  # fmt: skip
        recorded = self._recorded and not provisional
        asked = self._asked.get((request, recorded))
        if asked is None:
            asked = self._asked.keep((request, recorded), _request_facts(request, recorded))
        authorized = asked["authorization"] not in ("", "unknown")
        others = tuple([line for line in response if line[0] not in RESPONSE_NAMES])
        key = (others, method, status, authorized)
        answered = self._answered.get(key)
        if answered is None:
            answered = self._answered.keep(key, other_facts(*key))
        return Answer(
            role=role,
            method=method,
            page=page,
            mode=mode,
            secret_in_url=secret,
            browser=browser,
            preflight_missing=unrecorded and role is not Role.PREFLIGHT,
            status=status,
            echoes=echoes,
            repeats_origin=repeats_of(asked["origin"], location, response),
            location=location,
            unresolved=unresolved,
            cached=cached or status == 304,
            outcome=outcome,
            reason=reason,
            observed=observed,
            **{**asked, "api_key": asked["api_key"] or secret},
            **cors_facts(response),
            **answered,
        )


def _has_credential(url: str) -> bool:
    return _CREDENTIAL.search(url) is not None and _SIGNED.search(url) is None


def _kept(lines: Iterable[Line], memory: _KeptLines) -> Lines:
    return tuple(filter(None, map(memory.__getitem__, lines)))


def _echo(exchange: Exchange, request: Lines, response: Lines) -> str:
    allowed = [value for name, value in response if name == "access-control-allow-origin"]
    if len(allowed) != 1 or allowed[0] in ("*", "null") or ("origin", allowed[0]) in request:
        return ""
    return echo_of(exchange.url, exchange.request, allowed[0])


def _kept_request_line(line: Line) -> Line | None:
    name = line[0].lower()
    if name in _ASKED:
        return name, line[1]
    if name == "authorization":
        scheme = line[1].partition(" ")[0].lower()
        return name, scheme if is_token(scheme) else "other"
    if name == "cookie":
        return name, ""
    if name in RESPONSE_NAMES:
        return name, ""
    return ("api-key", "") if _API_KEYS.fullmatch(name) else None


def _request_facts(lines: Lines, recorded: bool) -> dict[str, Any]:
    """What `lines` (of `_kept_request_line`) say, as fields of Answer; of repeated ones the first counts."""
    request = dict(reversed(lines))
    unknown = "" if recorded else "unknown"
    absent = Presence.NO if recorded else Presence.UNKNOWN
    asked = request.get("access-control-request-headers", "")
    return {
        "origin": request.get("origin"),
        "destination": request.get("sec-fetch-dest", ""),
        "requested_method": request.get("access-control-request-method", ""),
        "requested_headers": tuple(n.strip(" \t").lower() for n in asked.split(",") if n.strip(" \t")),
        "requested_private_network": "access-control-request-private-network" in request,
        "cookie": Presence.YES if "cookie" in request else absent,
        "authorization": request.get("authorization", unknown),
        "api_key": "api-key" in request,
        "response_headers_sent": tuple(sorted(name for name in request if name in RESPONSE_NAMES)),
    }
