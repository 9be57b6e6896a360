"""Response headers → what an Answer says of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from coranalyze.cors.headers import Headers
from coranalyze.cors.mime import extract_essence
from coranalyze.cors.origin import http_origin_of, resolve
from coranalyze.cors.safelist import REDIRECT_STATUS
from coranalyze.endpoint.answer import Cookie, Storage
from coranalyze.endpoint.names import REQUEST_NAMES, RESPONSE_NAMES, resembles
from coranalyze.exchange import Exchange
from coranalyze.memo import Memo

_LAYER = frozenset({
    "server", "via", "x-powered-by", "x-aspnet-version", "x-generator", "x-amzn-errortype", "x-amz-error-code",
    "x-amz-cf-id", "x-amz-cf-pop", "x-amz-request-id", "x-amzn-requestid", "x-amz-apigw-id", "cf-ray", "cf-mitigated",
    "x-vercel-id", "x-vercel-error", "x-ms-error-code", "x-served-by", "x-envoy-upstream-service-time",
    "x-kong-upstream-latency", "x-kong-response-latency", "x-kong-proxy-latency", "ngrok-error-code", "x-azure-ref",
    "x-fastly-request-id", "x-nf-request-id", "x-github-request-id", "fly-request-id", "x-render-origin-server",
    "x-goog-generation", "x-guploader-uploadid", "x-cloud-trace-context", "x-runtime", "x-request-id",
    "x-correlation-id", "cors-error", "apigw-requestid",
})  # fmt: skip
_VALUED = frozenset({
    "server", "via", "x-powered-by", "x-aspnet-version", "x-generator", "x-amzn-errortype", "x-amz-error-code",
    "cf-mitigated", "x-vercel-error", "x-ms-error-code", "ngrok-error-code", "cors-error",
})  # fmt: skip
"""Of the layer's headers, those whose value tells something; of the others the name alone."""
_TELLS_LAYER: Memo[str, bool] = Memo(lambda name: name.lower() in _LAYER)
"""Response header name as spelt → whether it is one of these."""
STATUS_OF_CACHE = (
    "x-cache", "x-cache-status", "cf-cache-status", "x-vercel-cache", "cache-status", "x-proxy-cache", "cdn-cache",
    "x-litespeed-cache", "x-drupal-cache", "x-nginx-cache", "x-varnish",
)  # fmt: skip
"""Response headers in which caches say whether they had the answer."""
_PRESENT = frozenset({"last-modified", "surrogate-control", "cdn-cache-control", "www-authenticate"})
"""That they are there is all that counts."""
_WHOLE = frozenset({
    *RESPONSE_NAMES, *REQUEST_NAMES, "vary", "content-type", "set-cookie", "strict-transport-security",
    "cache-control", "expires",
})  # fmt: skip
_SENSITIVE = re.compile(
    r"authorization|(?:x-)?(?:csrf|xsrf)(?:-?token)?|(?:x-)?(?:(?:auth|access|refresh|session|id|api)-?(?:token|key))|"
    r"x-auth|x-amzn-remapped-authorization"
)
_CDN = ("cloudfront", "cloudflare", "fastly", "varnish", "akamai", "cdn", "squid", "bunny", "keycdn", "google")
_FROM_CACHE = re.compile(r"(?<![a-z=])(?:hit|stale|updating)(?![a-z])", re.IGNORECASE)
_TWO_NUMBERS = re.compile(r"[0-9]+ [0-9]+")
"""Of Varnish: this request, and the one whose answer it had stored."""
_MAX_AGE = re.compile(r"\b(?:s-maxage|max-age)\s*=\s*\"?([0-9]{1,12})")
_S_MAXAGE = re.compile(r"\bs-maxage\s*=\s*\"?0*[1-9]")
_SERIAL = re.compile(r"[0-9a-f]{12,}")
_HEURISTIC = frozenset({200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501})
"""Statuses that a cache may keep without being told. RFC 9110 15.1"""

LIMIT = 2_000
"""Names, and values of one name, whose lines are remembered."""
Line = tuple[str, str]
Lines = tuple[Line, ...]
_Values = dict[str, list[str]]


class KeptLines(dict[str, "_OfName"]):
    """Response header name as spelt → value → `kept_line` of both."""

    __slots__ = ()

    def __missing__(self, name: str) -> _OfName:
        found = _OfName(name)
        if len(self) < LIMIT:
            self[name] = found
        return found


class _OfName(dict[str, Line | None]):
    """A value of one header → the line. Some headers never say the same twice: only the first values are kept."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def __missing__(self, value: str) -> Line | None:
        kept = kept_line(self._name, value)
        if len(self) < LIMIT:
            self[value] = kept
        return kept


def kept_line(spelt: str, value: str) -> Line | None:
    """A response header line as far as an Answer depends on it; None where it does not."""
    name = spelt.lower()
    if name == "content-length":
        return (name, "0") if value.strip() == "0" else None
    if name in _WHOLE:
        if name == "set-cookie":
            value = "; ".join(part for part in value.split(";") if not part.strip().lower().startswith(_VOLATILE))
        elif name == "expires":
            value = value if value.strip() in ("0", "-1") else "later"
        return name, value.strip()
    if name in _LAYER:
        return name, _layer(name, value)
    if name in STATUS_OF_CACHE:
        return name, "hit" if says_stored(value) else ""
    if name == "age":
        return name, "1" if value.strip().strip("0") else "0"
    if name in _PRESENT:
        return name, ""
    if name == "location":
        return None
    if _SENSITIVE.fullmatch(name):
        return name, ""
    if resembles(name):
        return spelt, ""
    # Where the request's own Origin may stand; origins and not whole URLs, which differ from answer to answer.
    origins = re.findall(r"https?://[^\s/\"'<>;,?]+", value) if "://" in value else []
    return (name, " ".join(origins)) if origins else None


_VOLATILE = ("expires=", "max-age=")


def cors_facts(lines: Lines) -> dict[str, Any]:
    """What the lines of CORS say, as fields of Answer."""
    values: dict[str, list[str]] = {name: [] for name in RESPONSE_NAMES}
    for name, value in lines:
        if name in values:
            values[name].append(value)
    return dict(zip(_FIELDS, map(tuple, values.values()), strict=True))


def says_stored(value: str) -> bool:
    """The value of one of `STATUS_OF_CACHE` says that a stored answer was given unasked (`TCP_MEM_HIT`), and not
    `fwd=stale` or `RefreshHit`.
    """
    return _FROM_CACHE.search(value) is not None or _TWO_NUMBERS.fullmatch(value) is not None


def other_facts(lines: Iterable[Line], method: str, status: int | None, authorized: bool) -> dict[str, Any]:
    """What the other lines say, as fields of Answer; `authorized`: the request had Authorization."""
    values: _Values = {}
    for name, value in lines:
        values.setdefault(name, []).append(value)
    caching = ", ".join(values.get("cache-control", ())).lower()
    stored = "1" in values.get("age", ()) or any("hit" in values.get(name, ()) for name in STATUS_OF_CACHE)
    return {
        "vary": tuple(sorted({n.strip(" \t").lower() for v in values.get("vary", ()) for n in v.split(",")} - {""})),
        "misspelt": tuple(sorted({name for name in values if name in REQUEST_NAMES or resembles(name.lower())})),
        "sensitive": tuple(sorted(name for name in values if _SENSITIVE.fullmatch(name))),
        "content_type": extract_essence(Headers(lines)) or "",
        "empty": status in (204, 205, 304) or "content-length" in values,
        "storage": Storage.NONE
        if method not in ("GET", "HEAD")
        else _storage(values, caching, stored, status, authorized),
        "declared_public": "public" in caching or _S_MAXAGE.search(caching) is not None,
        "declared_private": "private" in caching or "no-store" in caching,
        "stored": stored,
        "through_cache": _has_cache(values),
        "cookies": tuple(_cookie(value) for value in values.get("set-cookie", ())),
        "www_authenticate": "www-authenticate" in values,
        "strict_transport": _is_strict(", ".join(values.get("strict-transport-security", ())).lower()),
        "layer": layers_of(lines),
    }


_FIELDS = (
    "allow_origin", "allow_credentials", "allow_methods", "allow_headers", "expose_headers", "max_age",
    "allow_private_network",
)  # fmt: skip


def location_of(exchange: Exchange) -> str:
    """The serialized origin that a redirect leads to; empty without redirect."""
    location = exchange.response.get("location") if exchange.status in REDIRECT_STATUS else None
    target = http_origin_of(resolve(location, exchange.url)) if location is not None else None
    return str(target) if target is not None else ""


def layers_of(lines: Iterable[Line]) -> tuple[str, ...]:
    """What tells who answered, as in `Answer.layer`."""
    return _layers_of(tuple([line for line in lines if _TELLS_LAYER[line[0]]]))


@lru_cache(maxsize=4096)
def _layers_of(lines: Lines) -> tuple[str, ...]:
    told = {(name.lower(), _layer(name.lower(), value)) for name, value in lines}
    return tuple(sorted([f"{name}: {value}" if value else name for name, value in told]))


def _layer(name: str, value: str) -> str:
    # Ids of single requests, as in `via`, tell nothing.
    return _SERIAL.sub("…", value.strip().lower())[:80] if name in _VALUED else ""


def _storage(values: _Values, caching: str, stored: bool, status: int | None, authorized: bool) -> Storage:
    if "no-store" in caching or status is None:
        return Storage.NONE
    lifetimes = [int(age) for age in _MAX_AGE.findall(caching)]
    fresh = any(lifetimes) or (not lifetimes and "later" in values.get("expires", ()))
    heuristic = not lifetimes and status in _HEURISTIC and "last-modified" in values
    told = stored or fresh or heuristic or ("public" in caching and not lifetimes)
    if not told or ("no-cache" in caching and "private" not in caching and not stored):
        return Storage.NONE
    if "private" in caching:
        return Storage.PRIVATE
    # RFC 9111 3.5: an answer to Authorization is for the browser's own cache unless it says otherwise.
    if authorized and not ("public" in caching or _S_MAXAGE.search(caching) or "must-revalidate" in caching):
        return Storage.PRIVATE
    return Storage.SHARED


def _has_cache(values: _Values) -> bool:
    if not _SIGNS.isdisjoint(values):
        return True
    told = " ".join([*values.get("via", ()), *values.get("server", ())])
    return any(name in told for name in _CDN)


_SIGNS = frozenset({*STATUS_OF_CACHE, "age", "surrogate-control", "cdn-cache-control"})


def _cookie(value: str) -> Cookie:
    pair, *attributes = value.split(";")
    name = pair.partition("=")[0].strip()
    parts = [attribute.partition("=") for attribute in attributes]
    known = {key.strip().lower(): text.strip().lower() for key, _, text in parts}
    same_site = known.get("samesite", "")
    return Cookie(
        name=name,
        same_site=same_site if same_site in ("lax", "strict", "none") else "",
        secure="secure" in known,
        http_only="httponly" in known,
        partitioned="partitioned" in known,
        domain=known.get("domain", "").removeprefix("."),
    )


def _is_strict(value: str) -> bool:
    return "includesubdomains" in value and re.search(r"max-age\s*=\s*\"?0*[1-9]", value) is not None
