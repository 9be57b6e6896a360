"""Exchanges of a fetch → their Answers. Each distinct header line, and each distinct set of them, is read once."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from coranalyze.cors.checks import ACAO
from coranalyze.cors.codes import repeats_lines
from coranalyze.cors.headers import Headers, is_token, requested_names
from coranalyze.cors.origin import origin_of
from coranalyze.cors.safelist import REDIRECT_STATUS
from coranalyze.endpoint.answer import Answer, Presence
from coranalyze.endpoint.cookies import is_incidental
from coranalyze.endpoint.echo import echo_of, repeats_of, stands_in_query
from coranalyze.endpoint.names import RESPONSE_NAMES
from coranalyze.endpoint.own_headers import is_own
from coranalyze.endpoint.relation import network_of
from coranalyze.endpoint.response import KeptLines, Line, Lines, cors_facts, location_of, other_facts
from coranalyze.endpoint.traits import traits_of
from coranalyze.exchange import Exchange
from coranalyze.fetch import Fetch, Preflight, Role, Sent
from coranalyze.memo import Memo

_SECRETS = re.compile(
    r"(?:x-)?(?:[a-z0-9]{1,20}-){0,3}(?:(?:admin|client|app|api|shared)-secret|"
    r"(?:auth|access|session|security|api|user|vault|private)-token)|x-(?:auth|access|session)token"
)
"""Request headers that carry a secret of their own, by name. Anti-forgery tokens are none."""
_API_KEYS = re.compile(
    r"(?:x-)?(?:[a-z0-9]{1,20}-){0,3}(?:(?:rapid)?api-?key|(?:subscription|functions|master|admin|private)-key)|"
    r"x-(?:auth|access|session|functions)key|x-(?:auth|access|session|amz-security)-key"
)
"""Those whose names say which customer asks, or do not tell that it is a secret."""
_OF_CORS = "access-control-"
_NO_NAMES = ("*", "null")
"""Values of Access-Control-Allow-Origin that name nobody."""
_UNCHECKED = frozenset({"no-cors", "navigate"})
# Parameters that carry a credential by their name; what was masked for its look alone may be a cache buster. Tokens
# are of many kinds: that of the next page is none, and `code`, `session` or `ticket` may be anything.
_CREDENTIAL = re.compile(
    r"[?&;](?:(?:token|(?:[^?=&;]*[_.\-])?[a-z]*(?:secret|jwt|bearer|sessid|passw(?:or)?d|pwd|credentials?|assertion|"
    r"authorization)|sid|jsessionid)|(?:[^?=&;]*[_.\-])?(?:access|admin|api|auth|bearer|client|id|identity|invite|jwt|login|"
    r"magic|oauth2?|personal|private|refresh|reset|security|service|session|sso|user)[_.\-]?token)=\[redacted",
    re.IGNORECASE,
)
_KEY = re.compile(r"[?&;](?:[^?=&;]*[_.\-])?[a-z]*key=\[redacted", re.IGNORECASE)
"""Says which customer asks. Many such keys stand in pages and are public by design."""
_SIGNED = re.compile(r"[?&;](?:[^?=&;]*-)?(?:sig|sign|signature|hmac)=", re.IGNORECASE)
"""A signed URL is itself the permission, for whoever has it."""
_PRODUCT = re.compile(r"[A-Za-z][\w.+-]*/[0-9]")
_BROWSERS = ("Mozilla/", "Opera/")
"""How the User-Agent of every browser begins."""
_ASKED = frozenset({
    "origin", "sec-fetch-dest", "access-control-request-method", "access-control-request-headers",
    "access-control-request-private-network",
})  # fmt: skip


_CREDENTIALS = frozenset({"cookie", "authorization", "secret", "api-key"})
"""Kept names of request lines that say by themselves who asks."""
_DENIED = frozenset({401, 403})
_NOT_RECORDED = Preflight.NOT_RECORDED
"""A constant, as members of an enum are slow to look up before Python 3.12."""


class _Asked:
    """Request lines that an Answer depends on. What differs from page to page stands apart from the rest."""

    __slots__ = ("origin", "origins", "rest")

    def __init__(self, lines: Lines) -> None:
        self.origins = [value for name, value in lines if name == "origin"]
        self.origin = self.origins[0] if self.origins else None
        self.rest = tuple([line for line in lines if line[0] != "origin"])


class _Told:
    """Response lines that an Answer depends on, taken apart in the same way."""

    __slots__ = ("allow_origin", "leads_masked", "named", "repeating", "rest")

    def __init__(self, lines: Lines) -> None:
        self.leads_masked = ("location", "masked") in lines
        """There is a Location of which something was masked."""
        self.allow_origin = tuple([value for name, value in lines if name == ACAO])
        self.named = (
            self.allow_origin[0] if len(self.allow_origin) == 1 and self.allow_origin[0] not in _NO_NAMES else ""
        )
        """The one origin that Access-Control-Allow-Origin names."""
        self.rest = tuple([line for line in lines if line[0] != ACAO])
        self.repeating = tuple([line for line in lines if "://" in line[1] and not line[0].startswith(_OF_CORS)])


class Reading:
    """Reads the exchanges of one input. `credentials_recorded` False: the export drops Cookie and Authorization."""

    def __init__(self, *, credentials_recorded: bool = True) -> None:
        self._recorded = credentials_recorded
        self._request_lines = Memo(_kept_request_line)
        self._response_lines = KeptLines()
        self._asked = Memo(_Asked)
        self._told = Memo(_Told)
        self._requests = Memo(self._asked_by)
        self._answers: Memo[tuple[Any, ...], Answer] = Memo(self._read)
        self.traits = Memo(traits_of)
        """Answer → its traits."""
        self._alike: Memo[tuple[Lines, Lines, str, int | None, bool], Answer] = Memo(_alike)

    def answer(self, fetch: Fetch, sent: Sent, *, decides: bool, internal: bool = True) -> Answer:
        """The answer that an exchange of `fetch` gives.

        `decides`: the verdict was reached on it; `internal`: the server stands in a private network. Who asks public
        servers without being checked (pictures, visits) is left out, since no policy shows in it.
        """
        exchange = sent.exchange
        asked = self._requests[exchange.request]
        lines = self._response_lines
        upgraded = _is_upgrade(exchange)
        received = exchange.response if not upgraded else ()
        told = self._told[tuple([kept for name, value in received if (kept := lines[name][value])])]
        verdict = fetch.verdict
        status = exchange.status
        named = told.named
        own = named in asked.origins
        return self._answers[
            asked, told, sent.role, exchange.method, status, verdict.reason if decides else None, verdict.outcome,
            fetch.observed, fetch.origin if internal or fetch.mode not in _UNCHECKED else None, fetch.mode,
            fetch.browser, exchange.cached or status == 304 or (upgraded and sent.role is not Role.PREFLIGHT),
            exchange.service_worker or exchange.made_up,
            # Chromium's DevTools show no cookies of handshakes, in the full export too. Measured, Chromium 156.
            exchange.provisional or exchange.resource_type == "websocket",
            _credential_of(exchange.url) if "[redacted" in exchange.url else "",
            location_of(exchange) if status in REDIRECT_STATUS else "",
            echo_of(exchange.url, exchange.request, named) if named and not own else "",
            own and stands_in_query(exchange.url, named),
            status is None and exchange.unresolved,
            told.leads_masked and _hands_out(exchange),
            fetch.preflight is _NOT_RECORDED, network_of(exchange.server_address) if exchange.server_address else None,
            _referer(exchange.request) if status in _DENIED and asked.origin is None else "",
            exchange.close_code, len(told.allow_origin) > 1 and repeats_lines(exchange.response),
        ]  # fmt: skip

    def _asked_by(self, request: Headers) -> _Asked:
        return self._asked[tuple(filter(None, map(self._request_lines.__getitem__, request)))]

    def _read(self, key: tuple[Any, ...]) -> Answer:
        (
            asked, told, role, method, status, reason, outcome, observed, page, mode, browser, cached, made_up,
            provisional, credential, location, echoes, named_by_url, unresolved, handed_out, unrecorded, address,
            referer, close_code, repeated,
        ) = key  # fmt: skip
        alike = self._alike[asked.rest, told.rest, method, status, self._recorded and not provisional]
        repeats_origin, names_another = repeats_of(asked.origin, location, told.repeating)
        # Only what sets them apart: far cheaper than to build one of so many fields.
        return msgspec.structs.replace(
            alike,
            role=role,
            origin=asked.origin,
            page=page,
            mode=mode,
            api_key=alike.api_key or credential != "",
            own_headers=() if credential else alike.own_headers,
            referer=referer,
            secret_in_url=credential == "secret",
            browser=browser,
            preflight_missing=unrecorded and role is not Role.PREFLIGHT,
            allow_origin=told.allow_origin,
            repeats_lines=repeated,
            echoes=echoes,
            named_by_url=named_by_url,
            sensitive=(*alike.sensitive, "location") if handed_out else alike.sensitive,
            repeats_origin=repeats_origin,
            names_another=names_another,
            location=location,
            address=address,
            unresolved=unresolved,
            cached=cached or made_up,
            made_up=made_up,
            outcome=outcome,
            reason=reason,
            close_code=close_code,
            observed=observed,
        )


def _hands_out(exchange: Exchange) -> bool:
    """Its Location carries a credential, and no browser follows it, so that scripts may read it: of a 201, say."""
    location = exchange.response.get("location")
    return exchange.status not in REDIRECT_STATUS and location is not None and _credential_of(location) == "secret"


def _is_upgrade(exchange: Exchange) -> bool:
    """Chromium writes its own redirect to https (HSTS) as a 307 that lets the page in: no server said so."""
    return exchange.status == 307 and exchange.response.has("non-authoritative-reason")


def _credential_of(url: str) -> str:
    """`secret` or `key`, as the name of a parameter says; empty without one, and for a signed URL."""
    if _SIGNED.search(url) is not None:
        return ""
    return "secret" if _CREDENTIAL.search(url) is not None else "key" if _KEY.search(url) is not None else ""


def _alike(key: tuple[Lines, Lines, str, int | None, bool]) -> Answer:
    """What answers to the same request lines with the same response lines have in common, origins apart.

    The key: both (without Origin and Access-Control-Allow-Origin), method, status, and whether the capture holds the
    credentials of the request.
    """
    request, response, method, status, recorded = key
    asked = _request_facts(request, recorded)
    # Caches keep answers to requests with Authorization to themselves, and know of no other header.
    authorized = asked["authorization"] not in ("", "unknown", "header")
    return Answer(
        role=Role.ACTUAL,
        method=method,
        status=status,
        **asked,
        **cors_facts(response),
        **other_facts([line for line in response if line[0] not in RESPONSE_NAMES], method, status, authorized),
    )


def _kept_request_line(line: Line) -> Line | None:
    name = line[0].lower()
    if name in _ASKED:
        return name, line[1]
    if name == "authorization":
        scheme = line[1].partition(" ")[0].lower()
        return name, scheme if is_token(scheme) else "other"
    if name == "cookie":
        return name, "incidental" if is_incidental(line[1]) else ""
    if name == "user-agent":
        return ("tool", "") if _PRODUCT.match(line[1]) and not line[1].startswith(_BROWSERS) else None
    if name in RESPONSE_NAMES:
        return name, ""
    if _SECRETS.fullmatch(name):
        return "secret", ""
    if _API_KEYS.fullmatch(name):
        return "api-key", ""
    return ("own", name) if is_own(name) else None


def _referer(request: Headers) -> str:
    origin = origin_of(request.get("referer") or "")
    return str(origin) if origin is not None else ""


def _request_facts(lines: Lines, recorded: bool) -> dict[str, Any]:
    """What `lines` (of `_kept_request_line`) say, as fields of Answer; of repeated ones the first counts."""
    request = dict(reversed(lines))
    without = "header" if "secret" in request else "" if recorded else "unknown"
    absent = Presence.NO if recorded else Presence.UNKNOWN
    known = not request.keys().isdisjoint(_CREDENTIALS)
    return {
        "destination": request.get("sec-fetch-dest", ""),
        # Programs with a browser inside (Electron) may call themselves anything.
        "tool": "tool" in request and "sec-fetch-dest" not in request,
        "requested_method": request.get("access-control-request-method", ""),
        "requested_headers": requested_names(request.get("access-control-request-headers", "")),
        "requested_private_network": "access-control-request-private-network" in request,
        "cookie": Presence.YES if "cookie" in request else absent,
        "incidental": {value for name, value in lines if name == "cookie"} == {"incidental"},
        "authorization": request.get("authorization", without),
        "api_key": "api-key" in request,
        "own_headers": () if known else tuple(sorted({value for name, value in lines if name == "own"})),
        "response_headers_sent": tuple(sorted(name for name in request if name in RESPONSE_NAMES)),
    }
