"""Exchanges of a fetch → their Answers. Each distinct combination of headers is read once."""

from __future__ import annotations

import re

from coranalyze.cors.headers import Headers, is_token
from coranalyze.cors.mime import extract_essence
from coranalyze.cors.origin import http_origin_of, resolve
from coranalyze.cors.safelist import REDIRECT_STATUS
from coranalyze.endpoint.answer import Answer, Cookie, Presence, Storage
from coranalyze.exchange import Exchange
from coranalyze.fetch import Fetch, Sent

LIMIT = 20_000
"""Combinations remembered; full, it starts anew."""

CORS_HEADERS = (
    "access-control-allow-origin", "access-control-allow-credentials", "access-control-allow-methods",
    "access-control-allow-headers", "access-control-expose-headers", "access-control-max-age",
    "access-control-allow-private-network",
)  # fmt: skip
"""Response headers of CORS."""
_LAYER = frozenset({
    "server", "via", "x-powered-by", "x-aspnet-version", "x-generator", "x-amzn-errortype", "x-amz-error-code",
    "x-amz-cf-id", "x-amz-cf-pop", "x-amz-request-id", "x-amzn-requestid", "x-amz-apigw-id", "cf-ray", "cf-mitigated",
    "x-vercel-id", "x-vercel-error", "x-ms-error-code", "x-served-by", "x-envoy-upstream-service-time",
    "x-kong-upstream-latency", "x-kong-response-latency", "x-kong-proxy-latency", "ngrok-error-code", "x-azure-ref",
    "x-fastly-request-id", "x-nf-request-id", "x-github-request-id", "fly-request-id", "x-render-origin-server",
    "x-goog-generation", "x-guploader-uploadid", "x-cloud-trace-context", "x-runtime", "x-request-id",
    "x-correlation-id",
})  # fmt: skip
_VALUED = frozenset({
    "server", "via", "x-powered-by", "x-aspnet-version", "x-generator", "x-amzn-errortype", "x-amz-error-code",
    "cf-mitigated", "x-vercel-error", "x-ms-error-code", "ngrok-error-code",
})  # fmt: skip
"""Of the layer's headers, those whose value tells something; of the others the name alone."""
_CACHING = frozenset({
    "age", "cache-control", "expires", "last-modified", "x-cache", "x-cache-status", "cf-cache-status",
    "x-vercel-cache", "cdn-cache-control", "surrogate-control", "x-proxy-cache", "x-drupal-cache", "x-varnish",
    "cache-status",
})  # fmt: skip
_STATUS_OF_CACHE = (
    "x-cache", "x-cache-status", "cf-cache-status", "x-vercel-cache", "cache-status", "x-proxy-cache",
)  # fmt: skip
_OTHER = frozenset({
    "vary", "content-type", "content-length", "set-cookie", "www-authenticate", "strict-transport-security", "location",
    "authorization", "origin",
})  # fmt: skip
_ODD_NAME = re.compile(r"^(?:x-)?(?:acc?ess?|allow|cors|cross)[-_]?|^control-|^origin$|allow[-_]?(?:ed)?[-_]?origin")
_API_KEYS = re.compile(
    r"(?:x-)?(?:[a-z0-9]{1,20}-){0,3}api-?key|x-(?:auth|access|session|amz-security|functions)-?(?:token|key)"
)
_CDN = ("cloudfront", "cloudflare", "fastly", "varnish", "akamai", "cdn", "squid", "bunny", "keycdn", "google")
_HIT = re.compile(r"\bhit\b", re.IGNORECASE)
_MAX_AGE = re.compile(r"\b(?:s-maxage|max-age)\s*=\s*\"?([0-9]{1,12})")
_S_MAXAGE = re.compile(r"\bs-maxage\s*=\s*\"?0*[1-9]")
_HEURISTIC = frozenset({200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501})
"""Statuses that a cache may keep without being told. RFC 9110 15.1"""


class Reading:
    """Reads the exchanges of one input. `credentials_recorded` False: the export drops Cookie and Authorization."""

    def __init__(self, *, credentials_recorded: bool = True) -> None:
        self._recorded = credentials_recorded
        self._answers: dict[tuple[object, ...], Answer] = {}
        self._relevant: dict[str, bool] = {}

    def answer(self, fetch: Fetch, sent: Sent, *, decides: bool) -> Answer:
        """The answer that an exchange of `fetch` gives; `decides`: the verdict was reached on it."""
        exchange = sent.exchange
        relevant = self._relevant
        lines = []
        for line in exchange.response:
            name = line[0]
            wanted = relevant.get(name)
            if wanted is None:
                wanted = relevant[name] = _is_relevant(name.lower())
                if len(relevant) > LIMIT:
                    relevant.clear()
            if wanted:
                lines.append(line)
        verdict = fetch.verdict
        reason = verdict.reason if decides else None
        secret = "[redacted" in exchange.url
        key = (
            sent.role, exchange.method, exchange.status, exchange.request, tuple(lines), reason, verdict.outcome,
            fetch.observed, fetch.origin, fetch.mode, fetch.browser, exchange.cached or exchange.service_worker, secret,
        )  # fmt: skip
        found = self._answers.get(key)
        if found is None:
            if len(self._answers) >= LIMIT:
                self._answers.clear()
            found = self._answers[key] = self._read(fetch, sent, Headers(lines), decides, secret)
        return found

    def _read(self, fetch: Fetch, sent: Sent, response: Headers, decides: bool, secret: bool) -> Answer:
        exchange = sent.exchange
        request = {name.lower(): value for name, value in reversed(exchange.request)}
        lines = {name: tuple(response.values(name)) for name in CORS_HEADERS}
        status = exchange.status
        caching = (response.get("cache-control") or "").lower()
        return Answer(
            role=sent.role,
            method=exchange.method,
            origin=request.get("origin"),
            page=fetch.origin,
            mode=fetch.mode,
            destination=request.get("sec-fetch-dest", ""),
            requested_method=request.get("access-control-request-method", ""),
            requested_headers=_names(request.get("access-control-request-headers", "")),
            requested_private_network="access-control-request-private-network" in request,
            cookie=self._presence("cookie" in request, exchange),
            authorization=self._scheme(request.get("authorization"), exchange),
            api_key=secret or any(_API_KEYS.fullmatch(name) for name in request),
            secret_in_url=secret,
            response_headers_sent=tuple(sorted(name for name in request if name in CORS_HEADERS)),
            browser=fetch.browser,
            status=status,
            allow_origin=lines["access-control-allow-origin"],
            allow_credentials=lines["access-control-allow-credentials"],
            allow_methods=lines["access-control-allow-methods"],
            allow_headers=lines["access-control-allow-headers"],
            expose_headers=lines["access-control-expose-headers"],
            max_age=lines["access-control-max-age"],
            allow_private_network=lines["access-control-allow-private-network"],
            vary=tuple(sorted(set(_names(response.get("vary") or "")))),
            misspelt=tuple(sorted({name for name, _ in response if _is_odd(name.lower())})),
            content_type=extract_essence(response) or "",
            empty=status in (204, 205, 304) or response.get("content-length") == "0",
            storage=_storage(exchange, response, caching),
            stored=_is_stored(response),
            through_cache=_has_cache(response),
            declared_private="private" in caching or "no-store" in caching,
            cookies=tuple(_cookie(value) for value in response.values("set-cookie")),
            www_authenticate=response.has("www-authenticate"),
            strict_transport=_is_strict(response),
            location=_location(exchange, response),
            layer=layers_of(response),
            cached=exchange.cached or exchange.service_worker or status == 304,
            outcome=fetch.verdict.outcome,
            reason=fetch.verdict.reason if decides else None,
            observed=fetch.observed,
        )

    def _presence(self, present: bool, exchange: Exchange) -> Presence:
        if present:
            return Presence.YES
        return Presence.NO if self._recorded and not exchange.provisional else Presence.UNKNOWN

    def _scheme(self, value: str | None, exchange: Exchange) -> str:
        if value is None:
            return "" if self._recorded and not exchange.provisional else "unknown"
        scheme = value.partition(" ")[0].lower()
        return scheme if is_token(scheme) else "other"


def _is_relevant(name: str) -> bool:
    return name.startswith("access-control-") or name in _OTHER or name in _CACHING or name in _LAYER or _is_odd(name)


def _is_odd(name: str) -> bool:
    """A name like one of CORS that is none: misspelt, or a request's."""
    return name not in CORS_HEADERS and _ODD_NAME.search(name) is not None


def _names(value: str) -> tuple[str, ...]:
    return tuple(name.strip(" \t").lower() for name in value.split(",") if name.strip(" \t"))


def _storage(exchange: Exchange, response: Headers, caching: str) -> Storage:
    if "no-store" in caching or exchange.method not in ("GET", "HEAD") or exchange.status is None:
        return Storage.NONE
    lifetimes = [int(age) for age in _MAX_AGE.findall(caching)]
    fresh = any(lifetimes) or (not lifetimes and response.has("expires"))
    heuristic = not lifetimes and exchange.status in _HEURISTIC and response.has("last-modified")
    told = "public" in caching or fresh or heuristic or _is_stored(response)
    if not told or ("no-cache" in caching and "private" not in caching and not _is_stored(response)):
        return Storage.NONE
    if "private" in caching:
        return Storage.PRIVATE
    # RFC 9111 3.5: an answer to Authorization is for the browser's own cache unless it says otherwise.
    authorized = any(name.lower() == "authorization" for name, _ in exchange.request)
    if authorized and not ("public" in caching or _S_MAXAGE.search(caching) or "must-revalidate" in caching):
        return Storage.PRIVATE
    return Storage.SHARED


def _is_stored(response: Headers) -> bool:
    age = response.get("age")
    if age is not None and age.isdigit() and int(age[:12]) > 0:
        return True
    return any(_HIT.search(value) for name in _STATUS_OF_CACHE for value in response.values(name))


def _has_cache(response: Headers) -> bool:
    signs = (*_STATUS_OF_CACHE, "age", "x-varnish", "surrogate-control", "cdn-cache-control")
    if any(response.has(name) for name in signs):
        return True
    told = " ".join([*response.values("via"), *response.values("server")]).lower()
    return any(name in told for name in _CDN)


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
    )


def _is_strict(response: Headers) -> bool:
    value = (response.get("strict-transport-security") or "").lower()
    return "includesubdomains" in value and re.search(r"max-age\s*=\s*\"?0*[1-9]", value) is not None


def _location(exchange: Exchange, response: Headers) -> str:
    location = response.get("location")
    if exchange.status not in REDIRECT_STATUS or location is None:
        return ""
    target = http_origin_of(resolve(location, exchange.url))
    return str(target) if target is not None else ""


def layers_of(response: Headers) -> tuple[str, ...]:
    """What tells who answered, as in `Answer.layer`."""
    told = set()
    for name, value in response:
        lower = name.lower()
        if lower in _LAYER:
            told.add(f"{lower}: {value.strip().lower()[:80]}" if lower in _VALUED else lower)
    return tuple(sorted(told))
