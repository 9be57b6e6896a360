"""Methods and request headers: what is safelisted, what a script may not set, what a preflight lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coranalyze.cors.browsers import CHROMIUM, FIREFOX, SPEC, WEBKIT, Profile
from coranalyze.cors.safelist import (
    FORBIDDEN_REQUEST_HEADERS,
    is_forbidden_method,
    is_forbidden_request_header,
    is_no_cors_safelisted_request_header,
    is_safelisted_method,
    is_safelisted_request_header,
    normalize_method,
    serialize_request_headers,
    unsafe_request_header_names,
)

from .helpers import ALL

LONG = "text/plain; a=" + "b" * 114  # 128 bytes


def test_methods() -> None:
    assert [normalize_method(m) for m in ("get", "Put", "dElEtE", "options", "head", "post")] == [
        "GET", "PUT", "DELETE", "OPTIONS", "HEAD", "POST",
    ]  # fmt: skip
    assert [normalize_method(m) for m in ("patch", "Chicken", "connect")] == ["patch", "Chicken", "connect"]
    assert all(map(is_safelisted_method, ("GET", "HEAD", "POST")))
    assert not any(map(is_safelisted_method, ("get", "PUT", "OPTIONS", "")))
    assert all(map(is_forbidden_method, ("CONNECT", "trace", "Track")))
    assert not is_forbidden_method("GET")


# Header, value, whether it is safelisted by the standard, and the profiles that see it the other way round.
SAFELIST: list[tuple[str, str, bool, tuple[Profile, ...]]] = [
    ("Accept", "application/json, text/plain, */*", True, ()),
    ("Accept", "", True, ()),
    ("accept", "a\tb", True, ()),
    ("Accept", "a:b", False, ()),
    ("Accept", 'text/html;level="1"', False, ()),
    ("Accept", "text/html;x=(y)", False, ()),
    ("Accept", "\x01", False, ()),
    ("Accept", "x\x7fy", False, ()),
    ("Accept", "é", True, (FIREFOX,)),
    ("Accept", "a" * 128, True, ()),
    ("Accept", "a" * 129, False, ()),
    ("Accept-Language", "en-US,en;q=0.5, *", True, ()),
    ("Accept-Language", "en_US", False, ()),
    ("Accept-Language", "en:us", False, ()),
    ("Accept-Language", "en\tde", False, ()),
    ("Content-Language", "fr;q=0.1 , *;q=0", True, ()),
    ("Content-Language", "é", False, ()),
    ("Content-Type", "text/plain", True, ()),
    ("Content-Type", "TEXT/PLAIN", True, ()),
    ("Content-Type", "text/plain; charset=utf-8", True, ()),
    ("Content-Type", 'text/plain; charset="utf-8"', False, ()),
    ("Content-Type", "text/plain, application/json", False, ()),
    ("Content-Type", "text/plain;a=b,application/json", True, (FIREFOX,)),
    ("Content-Type", "text/plain;;;", True, (FIREFOX,)),
    ("Content-Type", "text/plain;", True, ()),
    ("Content-Type", "text/plain;a=é", True, (FIREFOX,)),
    ("Content-Type", "multipart/form-data; boundary=x", True, ()),
    ("Content-Type", "application/x-www-form-urlencoded", True, ()),
    ("Content-Type", "application/json", False, ()),
    ("Content-Type", "", False, ()),
    ("Content-Type", LONG, True, ()),
    ("Content-Type", LONG + "b", False, ()),
    ("Range", "bytes=0-10", True, ()),
    ("Range", "bytes=10-", True, ()),
    ("Range", "bytes=00-01", True, ()),
    ("Range", "bytes=-5", False, ()),
    ("Range", "bytes=-", False, ()),
    ("Range", "bytes=0-1,2-3", False, ()),
    ("Range", "bytes=5-2", False, ()),
    ("Range", "bytes= 0-1", False, ()),
    ("Range", "Bytes=0-1", False, (WEBKIT,)),
    ("Range", f"bytes=0-{2**63 - 1}", True, ()),
    ("Range", f"bytes=0-{2**63}", True, (CHROMIUM, FIREFOX, WEBKIT)),
    ("DPR", "1.5", False, (CHROMIUM,)),
    ("DPR", ".5", False, ()),
    ("DPR", "2.", False, ()),
    ("Device-Memory", "0.25", False, (CHROMIUM,)),
    ("Downlink", "10", False, (CHROMIUM,)),
    ("Width", "100", False, (CHROMIUM,)),
    ("Width", "1.5", False, ()),
    ("Viewport-Width", "1024", False, (CHROMIUM,)),
    ("RTT", "50", False, (CHROMIUM,)),
    ("RTT", "5.0", False, ()),
    ("ECT", "4g", False, (CHROMIUM,)),
    ("ECT", "5g", False, ()),
    ("Save-Data", "on", False, (CHROMIUM,)),
    ("Save-Data", "off", False, ()),
    ("Intervention", "x", False, (CHROMIUM,)),
    ("Cache-Control", "no-cache", False, ()),
    ("If-None-Match", '"x"', False, ()),
    ("X-Requested-With", "XMLHttpRequest", False, ()),
    ("traceparent", "00", False, ()),
    ("Authorization", "x", False, ()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "safe", "others"), SAFELIST, ids=[f"{r[0]}: {r[1][:40]}" for r in SAFELIST])
def test_safelisted_request_header(name: str, value: str, safe: bool, others: tuple[Profile, ...]) -> None:
    for profile in ALL:
        assert is_safelisted_request_header(name, value, profile) is (safe is not (profile in others)), profile.name


def test_no_cors_safelisted() -> None:
    assert is_no_cors_safelisted_request_header("Content-Type", "text/plain")
    assert not is_no_cors_safelisted_request_header("Content-Type", "application/json")
    assert not is_no_cors_safelisted_request_header("Range", "bytes=0-1")
    assert not is_no_cors_safelisted_request_header("X-A", "1")


@pytest.mark.parametrize(
    "name",
    [
        *FORBIDDEN_REQUEST_HEADERS, "Cookie", "DNT", "SEC-FOO", "Sec-Fetch-Mode", "proxy-x", "Proxy-Authorization",
    ],
)  # fmt: skip
def test_forbidden_request_header(name: str) -> None:
    assert is_forbidden_request_header(name, "")


@pytest.mark.parametrize(
    ("name", "value", "forbidden"),
    [
        ("X-HTTP-Method-Override", "PUT", False), ("X-HTTP-Method-Override", "TRACE", True),
        ("X-HTTP-Method", "put, trace", True), ("X-Method-Override", "PATCH, TRACK", True),
        ("X-Method-Override", '"TRACE"', False), ("X-Method-Override", '"a,TRACE,b"', False),
        ("X-Method", "TRACE", False), ("Section", "x", False), ("Proxy", "x", False), ("Accept", "x", False),
        ("Authorization", "x", False), ("Set-Cookie2", "x", False),
    ],
)  # fmt: skip
def test_forbidden_by_value(name: str, value: str, forbidden: bool) -> None:
    assert is_forbidden_request_header(name, value) is forbidden


def test_user_agent_is_forbidden_in_chromium_only() -> None:
    assert [is_forbidden_request_header("User-Agent", "x", p) for p in ALL] == [False, True, False, False]


# Author headers, then the names that spec, chromium, firefox and webkit list.
FULL = [("Accept", "a" * 128)] * 8
H15, TYPE = ["content-type", "x-a", "x-b"], ["content-type"]
NAMES: list[tuple[list[tuple[str, str]], list[str], list[str], list[str], list[str]]] = [
    ([], [], [], [], []),
    ([("X-B", ""), ("Content-Type", "application/json"), ("X-A", "")], H15, H15, H15, H15),
    ([("X-A", "1"), ("x-a", "2")], ["x-a"], ["x-a"], ["x-a", "x-a"], ["x-a"]),
    ([("Accept", "a" * 100)] * 2, [], ["accept"], [], ["accept"]),
    (FULL, [], ["accept"], [], ["accept"]),
    ([*FULL, ("Accept-Language", "d")], ["accept", "accept-language"], ["accept"], [], ["accept"]),
    ([*FULL, ("Accept-Language", "")], [], ["accept"], [], ["accept"]),
    ([("Content-Type", "text/plain"), ("Content-Type", "text/html")], TYPE, TYPE, TYPE, TYPE),
    ([("Content-Type", "text/plain")] * 2, [], ["content-type"], [], ["content-type"]),
    ([("Content-Type", "text/plain;a"), ("Content-Type", "text/html")], ["content-type"], [], ["content-type"], []),
    ([("Range", "bytes=0-1")] * 2, [], ["range"], [], ["range"]),
    ([("Accept", "  " + "a" * 128 + "\t")], [], [], [], []),
]  # fmt: skip


@pytest.mark.parametrize(("author", "spec", "chromium", "firefox", "webkit"), NAMES)
def test_unsafe_request_header_names(
    author: list[tuple[str, str]], spec: list[str], chromium: list[str], firefox: list[str], webkit: list[str]
) -> None:
    assert [unsafe_request_header_names(author, p) for p in ALL] == [spec, chromium, firefox, webkit]


def test_the_1024_byte_rule_is_the_standard_s_alone() -> None:
    # 9 headers of 128 bytes each; Chromium has joined them before and stops at 128.
    author = [*FULL, ("Accept-Language", "d" * 128)]
    assert unsafe_request_header_names(author, SPEC) == ["accept", "accept-language"]
    assert unsafe_request_header_names(author, FIREFOX) == []


def test_serialized_without_a_space() -> None:
    assert serialize_request_headers(["content-type", "x-a", "x-b"]) == "content-type,x-a,x-b"
    assert serialize_request_headers([]) == ""


names = st.sampled_from(
    [
        "Accept",
        "accept",
        "Content-Type",
        "Range",
        "X-A",
        "x-a",
        "Authorization",
        "Cookie",
        "Sec-Foo",
        "DPR",
        "User-Agent",
    ]
)
bytes_ = st.text(st.characters(max_codepoint=0xFF, exclude_characters="\r\n\0"), max_size=140)
values = st.sampled_from(["", "*/*", "text/plain", "application/json", "bytes=0-", "a:b", "2", "a" * 128, "é"]) | bytes_
authors = st.lists(st.tuples(names, values), max_size=12)


@given(authors, st.sampled_from(ALL))
def test_names_are_sorted_lower_case_and_never_forbidden(author: list[tuple[str, str]], profile: Profile) -> None:
    allowed = [(n, v) for n, v in author if not is_forbidden_request_header(n, v, profile)]
    listed = unsafe_request_header_names(allowed, profile)
    assert listed == sorted(listed)
    assert set(listed) <= {n.lower() for n, _ in allowed}
    assert not any(is_forbidden_request_header(n, "", profile) for n in listed)
    if profile is not FIREFOX:
        assert len(set(listed)) == len(listed)


@given(authors, st.sampled_from(ALL))
def test_order_and_case_of_headers_do_not_matter(author: list[tuple[str, str]], profile: Profile) -> None:
    other = [(name.swapcase(), value) for name, value in author]
    assert unsafe_request_header_names(other, profile) == unsafe_request_header_names(author, profile)
    assert sorted(unsafe_request_header_names(author[::-1], SPEC)) == unsafe_request_header_names(author, SPEC)


@given(authors, st.tuples(names, values), st.sampled_from(ALL))
def test_another_header_never_makes_one_safe_by_the_standard(
    author: list[tuple[str, str]], more: tuple[str, str], profile: Profile
) -> None:
    if not profile.combines_duplicates:
        before = unsafe_request_header_names(author, profile)
        assert set(before) <= set(unsafe_request_header_names([*author, more], profile))
