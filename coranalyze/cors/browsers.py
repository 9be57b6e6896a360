"""Where browsers leave the standard, as data: one field per parameter, one `Profile` per browser.

Sources: measured on Chromium 156, Firefox 153 and WebKitGTK 2.50; the names in comments are those of the measured
deviations. `SPEC` is the letter of the Fetch standard. No algorithm asks which browser it is; it asks its profile.
"""

from typing import Literal, NamedTuple

MediaStatuses = Literal["any", "below-400", "ok", "whole"]
MaxAgeSyntax = Literal["digits", "int64"]
Wildcards = Literal["always", "uncredentialed-entry", "uncredentialed-request", "never"]


class Profile(NamedTuple):
    """How one browser decides. Times in seconds, sizes in bytes."""

    name: str

    # Request headers
    safelist_limit: int | None = 1024
    """Sum of safelisted values above which all are unsafe; None: no limit (fx-no-1024-limit)."""
    combines_duplicates: bool = False
    """Same-name headers are joined before the safelist looks at them (cr-combine; WebKit too)."""
    client_hints_safelisted: bool = False
    """device-memory, dpr, width, viewport-width, save-data, downlink, rtt, ect, intervention (cr-hints-safelisted)."""
    user_agent_forbidden: bool = False
    """A script's `User-Agent` is dropped (cr-user-agent-forbidden)."""
    non_ascii_unsafe: bool = False
    """Bytes from 0x80 in Accept and Content-Type are CORS-unsafe (fx-non-ascii-unsafe)."""
    content_type_until_semicolon: bool = False
    """Content-Type is judged by what stands before the first `;` (cr-content-type-essence)."""
    content_type_strict_parameters: bool = False
    """A comma or an empty parameter in the middle of Content-Type is unsafe (fx-content-type-parser)."""
    range_max: int | None = None
    """Range positions from this number are unsafe (range-int64; WebKit by its source); None: no limit."""
    range_unit_any_case: bool = False
    """`Bytes=0-1` is safelisted (WebKit)."""
    acrh_keeps_duplicates: bool = False
    """Access-Control-Request-Headers lists a name as often as it was set (fx-acrh-duplicates)."""

    # Preflight
    upload_needs_body: bool = False
    """XHR upload listeners force a preflight only with a body (cr-upload-needs-body)."""
    forced_preflight_needs_methods: bool = True
    """A forced preflight without Access-Control-Allow-Methods refuses unsafe methods (upload-needs-acam)."""
    wildcard_covers_authorization: bool = True
    """`Access-Control-Allow-Headers: *` without credentials also allows Authorization (star-covers-authorization)."""
    authorization_judged_first: bool = False
    """A refused Authorization is named before other refused headers, as the standard's own step for it has it."""
    method_judged_before_headers_parsed: bool = False
    """A refused method is reported even where Access-Control-Allow-Headers is no list of tokens (Firefox)."""
    status_before_cors_check: bool = False
    """A failing preflight status is reported before a missing Access-Control-Allow-Origin (WebKit)."""
    redirect_before_cors_check: bool = True
    """A redirected preflight is reported as such before its Access-Control-Allow-Origin is looked at; the standard
    fails both in one step."""
    preflight_origin_untainted: bool = False
    """After a tainting redirect the preflight still carries the page's origin; a preflight to the page's own origin
    gets no CORS check (fx-preflight-origin-untainted)."""
    preflight_sticky: bool = False
    """Once preflighted, every further redirect hop is, also where the request has become a plain GET
    (fx-preflight-sticky; WebKit alike). For Firefox unsafe headers that a script set count from the first hop on,
    even a same-origin one; methods and Content-Types that came from the body do not."""

    # Preflight cache
    cache_cap: int = 86_400
    """The standard leaves it to the browser; the largest one is taken for it."""
    cache_entries: int | None = None
    cache_url_limit: int | None = None
    """URLs of this length and more are not cached."""
    cache_max_age: MaxAgeSyntax = "digits"
    """`int64`: a sign is read, negative is 0 (cr-preflight-cache; WebKit by its source)."""
    cache_bad_max_age_stores: bool = True
    """An Access-Control-Max-Age that cannot be read means 5 seconds; False: it and 0 leave the cache as it is
    (fx-preflight-cache)."""
    cache_wildcards: Wildcards = "uncredentialed-entry"
    """When a stored `*` covers other methods and names. By the letter always, so that a credentialed `*`, which allows
    nothing by itself, covers what comes later; Chromium goes by the stored request, WebKit by the new one."""
    cache_wildcard_covers_authorization: bool = False
    cache_credentialed_serves_all: bool = True
    """Credentialed entries serve requests without credentials."""
    cache_keyed_by_credentials: bool = True
    cache_head_must_be_listed: bool = False
    """HEAD needs Access-Control-Allow-Methods to be covered (fx-preflight-cache)."""
    cache_forced_needs_method: bool = False
    """A forced preflight (upload listener) of a safelisted method needs the method in the cache."""
    cache_opaque_origins: bool = True
    cache_replaces_entry: bool = False
    """A new answer replaces the entry for (origin, URL) as a whole; an insufficient or expired entry is dropped."""
    cache_stores_refused: bool = False
    """The answer is kept even where it refuses the method or a header of its own request (WebKit)."""
    cache_cleared_on_failure: bool = True
    """The entries of a URL go when a preflighted request to it fails."""
    cache_bypassed_by: frozenset[str] = frozenset()
    """Cache modes of the request that skip the look-up: no-store, reload, no-cache."""
    cache_not_stored_for: frozenset[str] = frozenset()
    """Cache modes of the request whose preflight is not stored."""

    # CORS check
    canonical_allow_origin_once: bool = False
    """More than one line spelt exactly `Access-Control-Allow-Origin` blocks (fx-acao-lines)."""
    empty_lines_ignored: bool = False
    """Lines without a value are left out when the lines of one header are joined (fx-acao-lines, and Firefox's source
    for all headers)."""

    # Redirects
    upgraded_redirect_taints: bool = True
    """A redirect from https to http that the page's `upgrade-insecure-requests` makes https again still counts as one
    to another origin, by the standard's order of steps; not in Chromium. (Measured, Chromium 156, Firefox 153.)"""
    same_location_twice_followed: bool = True
    """Two identical Location lines are followed (location-same-twice)."""
    conflicting_location_first: bool = True
    """Two different Location lines fail before the CORS check (location-conflict-fails)."""
    bad_location_fails_manual: bool = False
    """A Location that is no URL fails also with redirect: manual (measured on Chromium; Firefox gives the
    opaque-redirect response)."""
    location_lines_joined: bool = False
    """Several Location lines lead to the URL that they make joined by commas (measured on WebKitGTK)."""
    delete_becomes_get: bool = False
    """A DELETE that is redirected to another origin goes on as GET, whatever the status (measured on WebKitGTK)."""
    loopback_is_mixed: bool = False
    """A page on https may not be led to http on this very machine either (measured on WebKitGTK)."""
    redirected_images_are_mixed: bool = False
    """Nor may its images and media be led to http, which others ask for by https (measured on WebKitGTK)."""
    empty_location_is_response: bool = False
    """A redirect status with an empty or missing Location is an ordinary response (cr-empty-location)."""
    same_origin_credentials_in_url_block: bool = False
    """A redirect of a same-origin request to a same-origin URL with user:pass is blocked."""
    element_credentials_in_url_block: bool = False
    """no-cors elements and EventSource with user:pass in the URL are blocked (cr-url-credentials-blocked)."""

    # Origin header
    origin_ignores_referrer_policy: bool = False
    """Origin on no-cors and same-origin non-GET requests is the page's whatever the policy says
    (cr-origin-ignores-referrer-policy)."""
    origin_null_on_no_cors: bool = False
    """no-cors GET with credentials from an opaque origin to same-site hosts carries `Origin: null`
    (fx-origin-null-no-cors)."""

    # Results
    orb: bool = True
    """Opaque Response Blocking."""
    orb_refuses_nosniff_text: bool = True
    """It refuses text/plain with nosniff. Firefox lets it through."""
    orb_refuses_parts: bool = True
    """It refuses a 206 that calls itself HTML, JSON or XML, and to an image, which asked for no part, one without
    Content-Range (measured; Chromium lets both through)."""
    orb_before_mime_check: bool = True
    """Of scripts and style sheets with nosniff and the wrong type it speaks first, and not the check of the type
    (measured: Chromium 150 has net::ERR_BLOCKED_BY_ORB, Firefox 140 tells of the type)."""
    corp_same_site_of_addresses: bool = True
    """Cross-Origin-Resource-Policy `same-site` lets in a page at another port of the same IP address. Chromium keeps it
    out (measured for 127.0.0.1 and 10.0.0.1; localhost and names pass)."""
    corp_unknown_opts_in: bool = False
    """Any Cross-Origin-Resource-Policy, one that means nothing too, is enough for a page with an embedder policy
    (measured on Firefox)."""
    objects_are_frames: bool = True
    """A page with an embedder policy asks of <embed> and <object> what it asks of frames. Firefox asks for
    Cross-Origin-Resource-Policy alone, and that by require-corp alone (measured)."""
    event_stream_is_utf8: bool = False
    """EventSource refuses a charset that is not UTF-8 (measured on Chromium)."""
    local_network_access: bool = False
    """Requests from public pages to local addresses need a permission."""
    loads_3xx: bool = False
    """Classic scripts and fonts load with a 3xx response that was no redirect (cr-script-3xx); measured on all of 300
    to 308 and 399."""
    modules_load_3xx: bool = False
    """Modules do so too (measured on WebKitGTK)."""
    media_statuses: MediaStatuses = "any"
    """The statuses with which audio and video load; the standard names none. Measured on all three browsers: Chromium
    wants 200, or 206 with Content-Range; Firefox that without CORS, and 2xx with it."""
    cut_bodies_may_do: bool = False
    """What needs a response as a whole may also take one that was cut short: WebKitGTK does (measured), and in other
    WebKits another library reads the network."""
    style_any_mime_loads: bool = False
    """A style sheet fires load for a wrong MIME type and a 3xx that was no redirect (cr-style-lenient)."""
    sends_storage_access: bool = False
    """Cross-site requests with credentials carry Sec-Fetch-Storage-Access, others do not (measured: 1,743 of 1,743
    first hops without credentials lack it, 1,082 of 1,082 with credentials have it)."""


SPEC = Profile(
    name="spec",
    forced_preflight_needs_methods=False,
    wildcard_covers_authorization=False,
    authorization_judged_first=True,
    cache_wildcards="always",
    cache_forced_needs_method=True,
    same_location_twice_followed=False,
    conflicting_location_first=False,
)

CHROMIUM = Profile(
    name="chromium",
    upgraded_redirect_taints=False,
    combines_duplicates=True,
    client_hints_safelisted=True,
    user_agent_forbidden=True,
    content_type_until_semicolon=True,
    range_max=2**63,
    upload_needs_body=True,
    cache_cap=7_200,
    cache_entries=1024,
    cache_url_limit=1024,
    cache_max_age="int64",
    cache_keyed_by_credentials=False,
    cache_opaque_origins=False,
    cache_replaces_entry=True,
    cache_cleared_on_failure=False,
    cache_bypassed_by=frozenset({"no-cache", "no-store", "reload"}),
    cache_not_stored_for=frozenset({"no-store"}),
    bad_location_fails_manual=True,
    empty_location_is_response=True,
    same_origin_credentials_in_url_block=True,
    element_credentials_in_url_block=True,
    origin_ignores_referrer_policy=True,
    orb_refuses_parts=False,
    corp_same_site_of_addresses=False,
    media_statuses="whole",
    local_network_access=True,
    loads_3xx=True,
    event_stream_is_utf8=True,
    style_any_mime_loads=True,
    sends_storage_access=True,
)

FIREFOX = Profile(
    name="firefox",
    safelist_limit=None,
    non_ascii_unsafe=True,
    content_type_strict_parameters=True,
    range_max=2**63,
    acrh_keeps_duplicates=True,
    method_judged_before_headers_parsed=True,
    redirect_before_cors_check=False,
    preflight_origin_untainted=True,
    preflight_sticky=True,
    cache_entries=100,
    cache_bad_max_age_stores=False,
    cache_wildcards="never",
    cache_credentialed_serves_all=False,
    cache_head_must_be_listed=True,
    cache_bypassed_by=frozenset({"no-store", "reload"}),
    canonical_allow_origin_once=True,
    empty_lines_ignored=True,
    origin_null_on_no_cors=True,
    corp_unknown_opts_in=True,
    media_statuses="ok",
    orb_refuses_nosniff_text=False,
    orb_before_mime_check=False,
    objects_are_frames=False,
)

# What was not measured on WebKit stands as in the two others.
WEBKIT = Profile(
    name="webkit",
    safelist_limit=None,
    combines_duplicates=True,
    range_max=2**63,
    range_unit_any_case=True,
    status_before_cors_check=True,
    preflight_sticky=True,
    cache_cap=600,
    cache_max_age="int64",
    cache_wildcards="uncredentialed-request",
    cache_wildcard_covers_authorization=True,
    cache_keyed_by_credentials=False,
    cache_cleared_on_failure=False,
    cache_replaces_entry=True,
    cache_stores_refused=True,
    location_lines_joined=True,
    delete_becomes_get=True,
    loopback_is_mixed=True,
    redirected_images_are_mixed=True,
    orb=False,
    loads_3xx=True,
    modules_load_3xx=True,
    media_statuses="below-400",
    cut_bodies_may_do=True,
)

PROFILES = {p.name: p for p in (SPEC, CHROMIUM, FIREFOX, WEBKIT)}

# Sec-Fetch-Storage-Access shipped in Chrome 133, Local Network Access in 142: before, absence says nothing.
CHROMIUM_BEFORE_142 = CHROMIUM._replace(local_network_access=False)
CHROMIUM_BEFORE_133 = CHROMIUM_BEFORE_142._replace(sends_storage_access=False)


def of_user_agent(user_agent: str) -> Profile | None:
    """The profile of the browser that a `User-Agent` value names; None for what is no browser we know."""
    if "jsdom/" in user_agent:  # calls itself AppleWebKit
        return None
    if "Firefox/" in user_agent and "Seamonkey" not in user_agent:
        return FIREFOX
    if "Chrome/" in user_agent or "Chromium/" in user_agent:
        return _chromium(user_agent)
    if "AppleWebKit/" in user_agent:
        return WEBKIT
    return None


def _chromium(user_agent: str) -> Profile:
    name = "Chrome/" if "Chrome/" in user_agent else "Chromium/"
    version = user_agent.partition(name)[2].partition(".")[0]
    major = int(version) if version.isascii() and version.isdigit() and len(version) < 6 else 0
    if major >= 142:
        return CHROMIUM
    return CHROMIUM_BEFORE_142 if major >= 133 else CHROMIUM_BEFORE_133
