"""Profiles: what tells the browsers apart, and which profile a User-Agent names."""

import pytest

from coranalyze.cors.browsers import (
    CHROMIUM,
    CHROMIUM_BEFORE_133,
    CHROMIUM_BEFORE_142,
    FIREFOX,
    PROFILES,
    SPEC,
    WEBKIT,
    Profile,
    of_user_agent,
)

BYPASS = frozenset({"no-cache", "no-store", "reload"})
# Every field: spec, chromium, firefox, webkit.
VALUES: dict[str, tuple[object, object, object, object]] = {
    "safelist_limit": (1024, 1024, None, None),
    "combines_duplicates": (False, True, False, True),
    "client_hints_safelisted": (False, True, False, False),
    "user_agent_forbidden": (False, True, False, False),
    "non_ascii_unsafe": (False, False, True, False),
    "content_type_until_semicolon": (False, True, False, False),
    "content_type_strict_parameters": (False, False, True, False),
    "range_max": (None, 2**63, 2**63, 2**63),
    "range_unit_any_case": (False, False, False, True),
    "acrh_keeps_duplicates": (False, False, True, False),
    "upload_needs_body": (False, True, False, False),
    "forced_preflight_needs_methods": (False, True, True, True),
    "wildcard_covers_authorization": (False, True, True, True),
    "authorization_judged_first": (True, False, False, False),
    "method_judged_before_headers_parsed": (False, False, True, False),
    "status_before_cors_check": (False, False, False, True),
    "redirect_before_cors_check": (True, True, False, True),
    "preflight_origin_untainted": (False, False, True, False),
    "preflight_sticky": (False, False, True, True),
    "cache_cap": (86_400, 7_200, 86_400, 600),
    "cache_entries": (None, 1024, 100, None),
    "cache_url_limit": (None, 1024, None, None),
    "cache_max_age": ("digits", "int64", "digits", "int64"),
    "cache_bad_max_age_stores": (True, True, False, True),
    "cache_wildcards": ("always", "uncredentialed-entry", "never", "uncredentialed-request"),
    "cache_wildcard_covers_authorization": (False, False, False, True),
    "cache_credentialed_serves_all": (True, True, False, True),
    "cache_keyed_by_credentials": (True, False, True, False),
    "cache_head_must_be_listed": (False, False, True, False),
    "cache_forced_needs_method": (True, False, False, False),
    "cache_opaque_origins": (True, False, True, True),
    "cache_replaces_entry": (False, True, False, True),
    "cache_stores_refused": (False, False, False, True),
    "cache_cleared_on_failure": (True, False, True, False),
    "cache_bypassed_by": (frozenset(), BYPASS, frozenset({"no-store", "reload"}), frozenset()),
    "cache_not_stored_for": (frozenset(), frozenset({"no-store"}), frozenset(), frozenset()),
    "canonical_allow_origin_once": (False, False, True, False),
    "empty_lines_ignored": (False, False, True, False),
    "upgraded_redirect_taints": (True, False, True, True),
    "same_location_twice_followed": (False, True, True, True),
    "conflicting_location_first": (False, True, True, True),
    "empty_location_is_response": (False, True, False, False),
    "same_origin_credentials_in_url_block": (False, True, False, False),
    "element_credentials_in_url_block": (False, True, False, False),
    "origin_ignores_referrer_policy": (False, True, False, False),
    "origin_null_on_no_cors": (False, False, True, False),
    "orb": (True, True, True, False),
    "local_network_access": (False, True, False, False),
    "bad_location_fails_manual": (False, True, False, False),
    "loads_3xx": (False, True, False, True),
    "modules_load_3xx": (False, False, False, True),
    "media_statuses": ("any", "whole", "ok", "below-400"),
    "cut_bodies_may_do": (False, False, False, True),
    "location_lines_joined": (False, False, False, True),
    "delete_becomes_get": (False, False, False, True),
    "loopback_is_mixed": (False, False, False, True),
    "redirected_images_are_mixed": (False, False, False, True),
    "orb_refuses_parts": (True, False, True, True),
    "orb_before_mime_check": (True, True, False, True),
    "objects_are_frames": (True, True, False, True),
    "orb_refuses_nosniff_text": (True, True, False, True),
    "corp_same_site_of_addresses": (True, False, True, True),
    "corp_unknown_opts_in": (False, False, True, False),
    "event_stream_is_utf8": (False, True, False, False),
    "style_any_mime_loads": (False, True, False, False),
    "sends_storage_access": (False, True, False, False),
}  # fmt: skip


def test_every_field_has_its_values() -> None:
    assert set(Profile._fields) - {"name"} == set(VALUES)
    for name, values in VALUES.items():
        assert tuple(getattr(p, name) for p in (SPEC, CHROMIUM, FIREFOX, WEBKIT)) == values, name


def test_every_field_tells_profiles_apart() -> None:
    assert [name for name, values in VALUES.items() if len(set(values)) == 1] == []


def test_profiles_by_name() -> None:
    assert PROFILES == {"spec": SPEC, "chromium": CHROMIUM, "firefox": FIREFOX, "webkit": WEBKIT}


MOZILLA = "Mozilla/5.0 (X11; Linux x86_64)"
KHTML = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "profile"),
    [
        (f"{MOZILLA} {KHTML} Chrome/156.0.0.0 Safari/537.36", CHROMIUM),
        (f"{MOZILLA} {KHTML} HeadlessChrome/142.0.0.0 Safari/537.36", CHROMIUM),
        (f"{MOZILLA} {KHTML} Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0", CHROMIUM_BEFORE_142),
        (f"{MOZILLA} {KHTML} Chrome/132.0.0.0 Safari/537.36", CHROMIUM_BEFORE_133),
        (f"{MOZILLA} {KHTML} Chromium/156.0.0.0 Safari/537.36", CHROMIUM),
        (f"{MOZILLA} {KHTML} Chrome/new Safari/537.36", CHROMIUM_BEFORE_133),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", FIREFOX),
        (f"{MOZILLA} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15", WEBKIT),
        ("Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/156.0 Mobile Safari/604.1", WEBKIT),
        ("Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/153.0 Mobile Safari/604.1", WEBKIT),
        (f"{MOZILLA} {KHTML} jsdom/26.0.0", None),
        ("curl/8.5.0", None),
        ("PostmanRuntime/7.43.0", None),
        ("", None),
    ],
)
def test_of_user_agent(user_agent: str, profile: Profile | None) -> None:
    assert of_user_agent(user_agent) is profile
