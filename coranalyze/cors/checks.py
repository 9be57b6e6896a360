"""The checks of the CORS protocol: CORS check, preflight check, redirect, CORP, and what script may read.

Pure functions; each `return` names the step of the standard at which it ends.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from coranalyze.cors.browsers import SPEC, Profile
from coranalyze.cors.headers import Headers, extract_tokens, first_non_token
from coranalyze.cors.origin import (
    BAD_PORTS,
    HTTP_SCHEMES,
    Origin,
    is_parsable,
    origin_of,
    parse_authority,
    resolve,
    same_origin,
)
from coranalyze.cors.safelist import REDIRECT_STATUS, is_safelisted_method
from coranalyze.cors.site import is_address, schemelessly_same_site
from coranalyze.cors.steps import Ended, Step

ACAO = "access-control-allow-origin"
ACAC = "access-control-allow-credentials"
ACAM = "access-control-allow-methods"
ACAH = "access-control-allow-headers"
ACEH = "access-control-expose-headers"

MAX_REDIRECTS = 20
UPGRADE = "upgrade-insecure-requests"
"""The directive of a page that makes https of what it asks by http."""
REQUIRE_CORP = "require-corp"
CREDENTIALLESS = "credentialless"
COEP_FRAME = "coep-frame"
"""Detail of a frame that has no embedder policy of its own."""
"""The embedder policy of pages that embed nothing without a Cross-Origin-Resource-Policy."""
CORP_POLICIES = frozenset({"same-origin", "same-site", "cross-origin"})
SAFELISTED_RESPONSE_HEADERS = frozenset(
    {"cache-control", "content-language", "content-length", "content-type", "expires", "last-modified", "pragma"}
)
FORBIDDEN_RESPONSE_HEADERS = frozenset({"set-cookie", "set-cookie2"})

Tainting = Literal["basic", "cors", "opaque"]


class PreflightRequest(NamedTuple):
    """What a preflight asks for: method and CORS-unsafe header names (lower case) of the actual request."""

    method: str
    header_names: Sequence[str]
    credentials: bool
    forced: bool = False
    """The use-CORS-preflight flag is set (upload listeners, streams); not to be told from the wire."""


class RedirectTarget(NamedTuple):
    """The redirect step's end and, where the redirect is followed, the absolute URL it leads to."""

    ended: Ended
    url: str | None


def cors_check(origin: str, credentials: bool, response: Headers, profile: Profile = SPEC) -> Ended:
    """https://fetch.spec.whatwg.org/#concept-cors-check

    `origin` is the serialized request origin, byte for byte as in the request's `Origin`; `credentials` whether the
    request's credentials mode is "include".
    """
    allowed = _allow_origin(response, profile)
    if allowed is None:
        return Ended(Step.NO_ALLOW_ORIGIN, expected=origin)
    if not credentials and allowed == "*":
        return Ended(Step.WILDCARD)
    if allowed != origin:
        return Ended(_mismatch(allowed), allowed, origin, allowed)
    if not credentials:
        return Ended(Step.ORIGIN_WITHOUT_CREDENTIALS)
    allow_credentials = response.get(ACAC, profile.empty_lines_ignored)
    if allow_credentials == "true":
        return Ended(Step.CREDENTIALS_TRUE)
    return Ended(Step.CREDENTIALS_NOT_TRUE, allow_credentials or "", "true", allow_credentials or "")


def preflight_check(
    request: PreflightRequest, origin: str | None, status: int, response: Headers, profile: Profile = SPEC
) -> list[Ended]:
    """https://fetch.spec.whatwg.org/#cors-preflight-fetch-0 from step 7 on: the steps taken, the last one decides.

    `origin` None leaves the CORS check out (Firefox's preflights to the page's own origin).
    """
    redirected = status in REDIRECT_STATUS and _is_redirect(response, profile)
    if redirected and profile.redirect_before_cors_check:
        return [Ended(Step.PREFLIGHT_REDIRECT, response.get("location") or "")]
    status_ok = 200 <= status <= 299
    if profile.status_before_cors_check and not status_ok:
        return [Ended(Step.PREFLIGHT_STATUS, str(status), "200 to 299", str(status))]
    taken: list[Ended] = []
    if origin is not None:
        taken.append(cors_check(origin, request.credentials, response, profile))
        if not taken[-1].passed:
            return taken
    if redirected:
        return [*taken, Ended(Step.PREFLIGHT_REDIRECT, response.get("location") or "")]
    if not status_ok:
        return [*taken, Ended(Step.PREFLIGHT_STATUS, str(status), "200 to 299", str(status))]
    taken.append(Ended(Step.PREFLIGHT_STATUS_OK, str(status)))
    methods, names = extract_tokens(response, ACAM), extract_tokens(response, ACAH)
    if methods is None:
        return [*taken, Ended(Step.PREFLIGHT_METHODS_UNPARSABLE, first_non_token(response, ACAM))]
    if names is None and not profile.method_judged_before_headers_parsed:
        return [*taken, Ended(Step.PREFLIGHT_HEADERS_UNPARSABLE, first_non_token(response, ACAH))]
    if not method_is_allowed(request, methods, response.has(ACAM), profile):
        return [*taken, Ended(Step.PREFLIGHT_METHOD, request.method, request.method, response.get(ACAM) or "")]
    taken.append(Ended(Step.PREFLIGHT_METHOD_OK, request.method))
    if names is None:
        return [*taken, Ended(Step.PREFLIGHT_HEADERS_UNPARSABLE, first_non_token(response, ACAH))]
    refused = first_refused_header(request, names, profile)
    if refused is None:
        return [*taken, Ended(Step.PREFLIGHT_OK)]
    step = Step.PREFLIGHT_HEADER
    if refused == "authorization":
        if "*" in names and not request.credentials:
            step = Step.PREFLIGHT_AUTHORIZATION
        elif profile.authorization_judged_first:
            step = Step.PREFLIGHT_AUTHORIZATION_MISSING
    return [*taken, Ended(step, refused, refused, response.get(ACAH) or "")]


def method_is_allowed(
    request: PreflightRequest, methods: Sequence[str], listed: bool = True, profile: Profile = SPEC
) -> bool:
    """Steps 7.4 and 7.5; `listed` whether Access-Control-Allow-Methods is there at all."""
    if request.method in methods or is_safelisted_method(request.method):
        return True
    if "*" in methods and not request.credentials:
        return True
    return request.forced and not listed and not profile.forced_preflight_needs_methods


def first_refused_header(request: PreflightRequest, names: Sequence[str], profile: Profile = SPEC) -> str | None:
    """Steps 7.6 and 7.7: the first CORS-unsafe name that Access-Control-Allow-Headers does not cover."""
    allowed = {name.lower() for name in names}
    wildcard = "*" in allowed and not request.credentials
    asked = request.header_names
    if profile.authorization_judged_first:
        asked = sorted(asked, key=lambda name: name != "authorization")
    for name in asked:
        if name in allowed:
            continue
        if wildcard and (name != "authorization" or profile.wildcard_covers_authorization):
            continue
        return name
    return None


def redirect(
    url: str, status: int, response: Headers, origin: Origin | None, tainting: Tainting, cors_mode: bool, count: int,
    profile: Profile = SPEC,
) -> RedirectTarget:  # fmt: skip
    """https://fetch.spec.whatwg.org/#http-redirect-fetch for a response that passed its CORS check.

    `count` redirects have been followed before this one.
    """
    if status not in REDIRECT_STATUS:
        return RedirectTarget(Ended(Step.REDIRECT_NONE), None)
    locations = locations_of(response, profile)
    if not locations or (not any(locations) and profile.empty_location_is_response):
        return RedirectTarget(Ended(Step.REDIRECT_NONE), None)
    if location_conflict(response, profile):
        return RedirectTarget(Ended(Step.REDIRECT_CONFLICT, ", ".join(locations)), None)
    target = resolve(locations[0], url)
    authority = parse_authority(target)
    if authority is None or not authority.valid:
        return RedirectTarget(Ended(Step.REDIRECT_BAD_LOCATION, locations[0]), None)
    if authority.scheme not in HTTP_SCHEMES:
        return RedirectTarget(Ended(Step.REDIRECT_SCHEME, authority.scheme, "http or https", authority.scheme), None)
    if count >= MAX_REDIRECTS:
        return RedirectTarget(Ended(Step.REDIRECT_LOOP, str(count + 1)), None)
    if authority.userinfo:
        home = same_origin(origin_of(target), origin)
        if cors_mode and not home:
            return RedirectTarget(Ended(Step.REDIRECT_CREDENTIALS), None)
        if tainting == "cors":
            return RedirectTarget(Ended(Step.REDIRECT_CREDENTIALS_BACK), None)
        if home and profile.same_origin_credentials_in_url_block:
            return RedirectTarget(Ended(Step.REDIRECT_CREDENTIALS), None)
        if tainting == "opaque" and profile.element_credentials_in_url_block:
            return RedirectTarget(Ended(Step.REDIRECT_CREDENTIALS), None)
    if authority.port in BAD_PORTS:
        return RedirectTarget(Ended(Step.REDIRECT_BAD_PORT, str(authority.port)), None)
    return RedirectTarget(Ended(Step.REDIRECT_FOLLOWED, target), target)


def locations_of(response: Headers, profile: Profile = SPEC) -> list[str]:
    """The Location lines, as a browser tells them apart."""
    lines = response.values("location")
    return [", ".join(lines)] if len(lines) > 1 and profile.location_lines_joined else lines


def location_conflict(response: Headers, profile: Profile = SPEC) -> bool:
    """More than one Location line, where that fails (browsers follow lines that are all the same)."""
    locations = locations_of(response, profile)
    if len(locations) < 2:
        return False
    return not (profile.same_location_twice_followed and len(set(locations)) == 1)


def method_after_redirect(method: str, status: int, crosses: bool = False, profile: Profile = SPEC) -> str:
    """POST becomes GET on 301 and 302, all but GET and HEAD on 303; a PUT stays a PUT on 302.

    `crosses`: the redirect leads to another origin.
    """
    if method == "DELETE" and crosses and profile.delete_becomes_get:
        return "GET"
    if (status in (301, 302) and method == "POST") or (status == 303 and method not in ("GET", "HEAD")):
        return "GET"
    return method


def taints_origin(origin: Origin | None, current: Origin | None, target: Origin | None) -> bool:
    """Whether this hop makes the request's origin serialize as `null` from now on.

    https://fetch.spec.whatwg.org/#concept-request-tainted-origin
    """
    return not same_origin(current, target) and not same_origin(origin, current)


def corp_check(
    origin: Origin | None,
    target: Origin | None,
    response: Headers,
    profile: Profile = SPEC,
    requires_corp: bool = False,
) -> Ended | None:
    """https://fetch.spec.whatwg.org/#cross-origin-resource-policy-check for a no-cors request; None where it passes.

    `requires_corp`: the page's embedder policy is `require-corp`.
    """
    if same_origin(origin, target):
        return None
    policy = response.get("cross-origin-resource-policy")
    if requires_corp:
        opts_in = policy if profile.corp_unknown_opts_in else policy in CORP_POLICIES
        if not opts_in:
            return Ended(Step.COEP, REQUIRE_CORP)
    if policy == "same-origin":
        return Ended(Step.CORP, policy)
    if policy == "same-site" and not _is_same_site(origin, target, profile):
        return Ended(Step.CORP, policy)
    return None


def embedder_policy(response: Headers) -> str:
    """https://html.spec.whatwg.org/#obtain-an-embedder-policy; empty for `unsafe-none`. For secure contexts."""
    lines = response.values("cross-origin-embedder-policy")
    policy = lines[0].partition(";")[0].strip(" ") if len(lines) == 1 else ""
    return policy if policy in (REQUIRE_CORP, CREDENTIALLESS) else ""


def upgrades_insecure_requests(policy: str) -> bool:
    """Whether a Content-Security-Policy has the directive. https://w3c.github.io/webappsec-upgrade-insecure-requests/"""
    return any(part.strip().lower() == UPGRADE for each in policy.split(",") for part in each.split(";"))


def frame_check(
    origin: Origin | None, target: Origin | None, response: Headers, redirects: bool, profile: Profile = SPEC
) -> Ended | None:
    """What a page with an embedder policy, whichever it is, asks of a frame; None where it passes.

    https://html.spec.whatwg.org/#check-a-navigation-response's-adherence-to-its-embedder-policy, behind the check of
    Cross-Origin-Resource-Policy. Measured on Chromium 150 and Firefox 140: a frame of the page's own origin needs a
    policy too, and a redirect that `redirects` elsewhere none.
    """
    refused = corp_check(origin, target, response, profile, requires_corp=True)
    if refused is None and not redirects and not embedder_policy(response):
        return Ended(Step.COEP_FRAME, COEP_FRAME)
    return refused


def _is_same_site(origin: Origin | None, target: Origin | None, profile: Profile) -> bool:
    """As Cross-Origin-Resource-Policy means it: no page on http is at the site of what came over https."""
    if origin is None or target is None or not schemelessly_same_site(origin, target):
        return False
    if is_address(target.host) and not profile.corp_same_site_of_addresses:
        return False
    return origin.scheme == "https" or target.scheme != "https"


def readable_headers(names: Sequence[str], response: Headers, tainting: Tainting, credentials: bool) -> list[str]:
    """The response header names (lower case) that script may read, in the order of `names`.

    https://fetch.spec.whatwg.org/#concept-filtered-response, main fetch step 14; one bad token voids the whole list.
    """
    if tainting == "opaque":
        return []
    lower = [n.lower() for n in names if n.lower() not in FORBIDDEN_RESPONSE_HEADERS]
    if tainting == "basic":
        return lower
    exposed = {name.lower() for name in extract_tokens(response, ACEH) or []}
    if "*" in exposed and not credentials:
        return lower
    return [n for n in lower if n in SAFELISTED_RESPONSE_HEADERS or n in exposed]


def _allow_origin(response: Headers, profile: Profile) -> str | None:
    repeated = sum(name == "Access-Control-Allow-Origin" for name, _ in response) > 1
    if repeated and profile.canonical_allow_origin_once:
        return response.get(ACAO)  # with its empty lines it is never an origin
    return response.get(ACAO, profile.empty_lines_ignored)


def _mismatch(allowed: str) -> Step:
    if allowed == "*":
        return Step.WILDCARD_WITH_CREDENTIALS
    if " " in allowed or "," in allowed:
        return Step.ORIGIN_MULTIPLE
    if allowed != "null" and not (_is_utf8(allowed) and is_parsable(allowed)):
        return Step.ORIGIN_INVALID
    return Step.ORIGIN_MISMATCH


def _is_utf8(value: str) -> bool:
    """Whether the bytes of a header value, which captures show as Latin-1, are UTF-8: URLs are nothing else."""
    try:
        value.encode("latin-1").decode()
    except UnicodeDecodeError:
        return False
    except UnicodeEncodeError:
        return True  # the capture has decoded it
    return True


def _is_redirect(response: Headers, profile: Profile) -> bool:
    locations = response.values("location")
    return any(locations) if profile.empty_location_is_response else bool(locations)
