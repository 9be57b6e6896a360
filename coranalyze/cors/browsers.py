"""Where browsers leave the standard, as data: one field per parameter, one `Profile` per browser.

Sources: measured on Chromium 156, Firefox 153 and WebKitGTK 2.50; the names in comments are those of the measured
deviations. `SPEC` is the letter of the Fetch standard. No algorithm asks which browser it is; it asks its profile.
"""

from dataclasses import dataclass, replace
from typing import Literal

Lines = Literal["combined", "same-spelling-blocked"]
MaxAgeSyntax = Literal["digits", "int64"]


@dataclass(frozen=True)
class Profile:
    """How one browser decides. Times in seconds, sizes in bytes."""

    name: str

    # Request headers
    safelist_limit: int | None = 1024
    """Sum of safelisted values above which all are unsafe; None: no limit (fx-no-1024-limit)."""
    combines_duplicates: bool = False
    """Same-name headers are joined before the safelist looks at them (cr-combine; WebKit too)."""
    client_hints_safelisted: bool = False
    """device-memory, dpr, width, viewport-width, save-data, downlink, rtt, ect (cr-hints-safelisted)."""
    client_hints_dropped_on_redirect: bool = False
    """cr-hints-dropped-on-redirect."""
    user_agent_forbidden: bool = False
    """A script's `User-Agent` is dropped (cr-user-agent-forbidden)."""
    available_dictionary_fails: bool = False
    """A script's `Available-Dictionary` fails the fetch before it is sent (cr-available-dictionary)."""
    non_ascii_unsafe: bool = False
    """Bytes from 0x80 in Accept and Content-Type are CORS-unsafe (fx-non-ascii-unsafe)."""
    content_type_until_semicolon: bool = False
    """Content-Type is judged by what stands before the first `;` (cr-content-type-essence)."""
    content_type_strict_parameters: bool = False
    """A comma or an empty parameter in the middle of Content-Type is unsafe (fx-content-type-parser)."""
    range_max: int | None = None
    """Range positions from this number are unsafe (range-int64); None: no limit."""
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
    status_before_cors_check: bool = False
    """A failing preflight status is reported before a missing Access-Control-Allow-Origin (WebKit)."""
    preflight_origin_untainted: bool = False
    """After a tainting redirect the preflight still carries the page's origin; a preflight to the page's own origin
    gets no CORS check (fx-preflight-origin-untainted)."""
    preflight_sticky: bool = False
    """Once preflighted, every further redirect hop is (fx-preflight-sticky; WebKit alike)."""

    # Preflight cache
    cache_cap: int = 86_400
    cache_entries: int | None = None
    cache_max_age: MaxAgeSyntax = "digits"
    """`int64`: an optional sign is read, unparsable is the default (cr-preflight-cache)."""
    cache_bad_max_age_stores: bool = True
    """An unparsable Access-Control-Max-Age means 5 seconds; False: nothing is stored (fx-preflight-cache)."""
    cache_wildcards_match: bool = True
    cache_wildcard_covers_authorization: bool = False
    cache_credentialed_serves_all: bool = True
    """Credentialed entries serve requests without credentials."""
    cache_keyed_by_credentials: bool = True
    cache_head_must_be_listed: bool = False
    cache_opaque_origins: bool = True
    cache_replaces_entry: bool = False
    """A new answer replaces the entry for (origin, URL) as a whole; an insufficient entry is dropped."""
    cache_cleared_on_failure: bool = True
    cache_url_limit: int | None = None

    # CORS check
    acao_lines: Lines = "combined"
    """`same-spelling-blocked`: equally spelt lines block, others are joined without empty ones (fx-acao-lines)."""

    # Redirects
    same_location_twice_followed: bool = True
    """Two identical Location lines are followed (location-same-twice)."""
    conflicting_location_first: bool = True
    """Two different Location lines fail before the CORS check (location-conflict-fails)."""
    empty_location_is_response: bool = False
    """A redirect status with an empty or missing Location is an ordinary response (cr-empty-location)."""
    same_origin_credentials_in_url_block: bool = False
    """A same-origin redirect to a URL with user:pass is blocked."""
    element_credentials_in_url_block: bool = False
    """no-cors elements and EventSource with user:pass in the URL are blocked (cr-url-credentials-blocked)."""

    # Origin header
    origin_ignores_referrer_policy: bool = False
    """Origin on no-cors and same-origin non-GET requests is the page's whatever the policy says
    (cr-origin-ignores-referrer-policy)."""
    origin_null_on_no_cors: bool = False
    """no-cors GET with credentials from an opaque origin to same-site hosts carries `Origin: null`
    (fx-origin-null-no-cors)."""
    origin_on_same_origin_get: frozenset[str] = frozenset()
    """Sec-Fetch-Dest values whose same-origin GET carries Origin: font, script."""

    # Results
    http_cache_split_by_credentials: bool = False
    fonts_are_cors: bool = True
    orb: bool = True
    local_network_access: bool = False
    classic_script_runs_3xx: bool = False
    """Scripts run with a 3xx response that was no redirect (cr-script-3xx)."""
    style_any_mime_loads: bool = False
    """A style sheet fires load for a wrong MIME type and a 3xx that was no redirect (cr-style-lenient)."""
    preload_always_loads: bool = False
    """<link rel=preload as=fetch> fires load although CORS blocked it (fx-preload-always-loads)."""
    redirected_xhr_to_bad_port_hangs: bool = False
    """XHR redirected to a blocked port: no event ever fires (fx-xhr-bad-port-hangs)."""
    sends_storage_access: bool = False
    """Cross-site requests with credentials carry Sec-Fetch-Storage-Access, others do not (measured: 1,743 of 1,743
    first hops without credentials lack it, 1,082 of 1,082 with credentials have it)."""


SPEC = Profile(
    name="spec",
    forced_preflight_needs_methods=False,
    wildcard_covers_authorization=False,
    same_location_twice_followed=False,
    conflicting_location_first=False,
)

CHROMIUM = Profile(
    name="chromium",
    combines_duplicates=True,
    client_hints_safelisted=True,
    client_hints_dropped_on_redirect=True,
    user_agent_forbidden=True,
    available_dictionary_fails=True,
    content_type_until_semicolon=True,
    range_max=2**63,
    upload_needs_body=True,
    cache_cap=7_200,
    cache_entries=1024,
    cache_max_age="int64",
    cache_keyed_by_credentials=False,
    cache_opaque_origins=False,
    cache_replaces_entry=True,
    cache_cleared_on_failure=False,
    cache_url_limit=1024,
    empty_location_is_response=True,
    same_origin_credentials_in_url_block=True,
    element_credentials_in_url_block=True,
    origin_ignores_referrer_policy=True,
    origin_on_same_origin_get=frozenset({"font", "script"}),
    local_network_access=True,
    classic_script_runs_3xx=True,
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
    preflight_origin_untainted=True,
    preflight_sticky=True,
    cache_entries=100,
    cache_bad_max_age_stores=False,
    cache_wildcards_match=False,
    cache_credentialed_serves_all=False,
    cache_head_must_be_listed=True,
    acao_lines="same-spelling-blocked",
    origin_null_on_no_cors=True,
    http_cache_split_by_credentials=True,
    preload_always_loads=True,
    redirected_xhr_to_bad_port_hangs=True,
)

WEBKIT = Profile(
    name="webkit",
    safelist_limit=None,
    combines_duplicates=True,
    range_unit_any_case=True,
    status_before_cors_check=True,
    preflight_sticky=True,
    cache_cap=600,
    cache_keyed_by_credentials=False,
    cache_cleared_on_failure=False,
    cache_replaces_entry=True,
    origin_on_same_origin_get=frozenset({"script"}),
    fonts_are_cors=False,
    orb=False,
)

PROFILES = {p.name: p for p in (SPEC, CHROMIUM, FIREFOX, WEBKIT)}


def of_user_agent(user_agent: str) -> Profile | None:
    """The profile of the browser that a `User-Agent` value names; None for what is no browser we know."""
    if "Firefox/" in user_agent and "Seamonkey" not in user_agent:
        return FIREFOX
    if "Chrome/" in user_agent or "Chromium/" in user_agent:
        return _chromium(user_agent)
    if "AppleWebKit/" in user_agent:
        return WEBKIT
    return None


def _chromium(user_agent: str) -> Profile:
    version = user_agent.partition("Chrome/")[2].partition(".")[0]
    major = int(version) if version.isdecimal() else 0
    # Sec-Fetch-Storage-Access shipped in Chrome 133, Local Network Access in 142: before, absence says nothing.
    if major >= 142:
        return CHROMIUM
    if major >= 133:
        return CHROMIUM_BEFORE_142
    return CHROMIUM_BEFORE_133


CHROMIUM_BEFORE_142 = replace(CHROMIUM, local_network_access=False)
CHROMIUM_BEFORE_133 = replace(CHROMIUM_BEFORE_142, sends_storage_access=False)
