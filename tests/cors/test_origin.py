"""Origins: parsing as the URL standard does it, serialization, Location values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coranalyze.cors.origin import (
    BAD_PORTS,
    Origin,
    http_origin_of,
    is_parsable,
    is_trustworthy,
    origin_of,
    parse_authority,
    resolve,
    same_origin,
    serialize,
    without_fragment,
)

# A URL and its serialized origin; `null` where it is opaque, None where the URL does not parse.
ORIGINS = [
    ("https://app.example", "https://app.example"),
    ("https://app.example/a/b?c#d", "https://app.example"),
    ("HTTPS://APP.Example:443/", "https://app.example"),
    ("http://app.example:80", "http://app.example"),
    ("http://app.example:443", "http://app.example:443"),
    ("http://app.example:08080/", "http://app.example:8080"),
    ("http://app.example:", "http://app.example"),
    ("https://u:p@app.example/", "https://app.example"),
    ("https://u@v@app.example/", "https://app.example"),
    ("https://app.example?x=//y", "https://app.example"),
    ("https://app.example#@evil.test", "https://app.example"),
    ("https://app.example\\@evil.test", "https://app.example"),
    ("https://app.example.", "https://app.example."),
    ("https://*.example", "https://*.example"),
    ("https://a_b.example", "https://a_b.example"),
    ("https://B%c3%bccher.example", "https://xn--bcher-kva.example"),
    ("https://BÜCHER.example", "https://xn--bcher-kva.example"),
    ("https://faß.example", "https://xn--fa-hia.example"),
    ("https://ａｐｐ。example", "https://app.example"),
    ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ("http://127.1", "http://127.0.0.1"),
    ("http://0x7f.0.0.1", "http://127.0.0.1"),
    ("http://017700000001", "http://127.0.0.1"),
    ("http://2130706433", "http://127.0.0.1"),
    ("http://127.0.0.1.", "http://127.0.0.1"),
    ("http://0x", "http://0.0.0.0"),
    ("http://1.example", "http://1.example"),
    ("http://[::1]:3000/", "http://[::1]:3000"),
    ("http://[0:0:0:0:0:0:0:1]", "http://[::1]"),
    ("http://[2001:DB8:0:0:1:0:0:1]", "http://[2001:db8::1:0:0:1]"),
    ("http://[1:0:2:3:4:5:6:7]", "http://[1:0:2:3:4:5:6:7]"),
    ("http://[1:2:3:4:5:6:0:0]", "http://[1:2:3:4:5:6::]"),
    ("http://[::]", "http://[::]"),
    ("http://[::ffff:1.2.3.4]", "http://[::ffff:102:304]"),
    ("ws://app.example", "ws://app.example"),
    ("wss://app.example:443", "wss://app.example"),
    ("data:text/plain,https://app.example", "null"),
    ("about:blank", "null"),
    ("mailto:a@b", "null"),
    ("file:///etc/hosts", "null"),
    ("chrome-extension://abcdef/x", "null"),
    ("http://[::1%25eth0]", None),
    ("http://[::1", None),
    ("http://[:::]", None),
    ("http://256.1.1.1", None),
    ("http://1.2.3.4.5", None),
    ("http://1.2.3.4.0", None),
    ("http://4294967295", "http://255.255.255.255"),
    ("http://4294967296", None),
    ("http://1.2.65536", None),
    ("http://09.1.1.1", None),
    ("http://a b/", None),
    ("http://a%20b/", None),
    ("http://a^b/", None),
    ("http://a%zz/", None),
    ("http://app.example:65536", None),
    ("http://app.example:*", None),
    ("http://app.example:8a", None),
    ("http://app.example:-1", None),
    ("http://app.example:٣", None),
    ("http://", None),
    ("http://@/", None),
    ("foo://[bad/", None),
    ("foo://a:b/", None),
]  # fmt: skip


LONG = [
    (f"http://app.example:{'0' * 5000}8080", "http://app.example:8080"),
    (f"http://app.example:{'9' * 5000}", None),
    (f"http://{'9' * 5000}", None),
    (f"http://{'é' * 59}", f"http://xn--9c{'a' * 59}"),
    (f"http://{'é' * 64}", None),
]  # fmt: skip


@pytest.mark.parametrize(("url", "origin"), ORIGINS + LONG, ids=[row[0][:40] for row in ORIGINS + LONG])
def test_origin(url: str, origin: str | None) -> None:
    found = origin_of(url)
    assert serialize(found) == (origin or "null")
    assert is_parsable(url) is (origin is not None)
    if found is not None:
        assert origin_of(str(found)) == found


@pytest.mark.parametrize("text", ["", "null", "NULL", "*", "app.example", '"https://a.example"', "//a.example", "://"])
def test_without_a_scheme_nothing_parses(text: str) -> None:
    assert not is_parsable(text)
    assert parse_authority(text) is None
    assert origin_of(text) is None


@pytest.mark.parametrize(
    ("url", "has"),
    [
        ("https://u:p@a.test", True), ("https://u@a.test", True), ("https://:p@a.test", True),
        ("https://a.test", False),
        ("https://@a.test", False), ("https://:@a.test", False), ("https://a.test/u:p@b", False),
    ],
)  # fmt: skip
def test_includes_credentials(url: str, has: bool) -> None:
    found = parse_authority(url)
    assert found is not None
    assert found.userinfo is has


def test_tabs_and_spaces_in_urls() -> None:
    assert parse_authority(" \thttps://a\n.test ") == parse_authority("https://a.test")
    assert parse_authority("http:/\\a.test") == parse_authority("http://a.test")
    assert parse_authority("http:a.test") == parse_authority("http://a.test")


def test_web_sockets_meet_http_origins() -> None:
    assert http_origin_of("wss://a.test/x") == origin_of("https://a.test")
    assert http_origin_of("ws://a.test:81/") == origin_of("http://a.test:81")
    assert http_origin_of("https://a.test") == origin_of("https://a.test")


def test_same_origin() -> None:
    a, b = Origin("https", "a.test", 443), Origin("https", "a.test", 8443)
    assert same_origin(a, a)
    assert not same_origin(a, b)
    assert not same_origin(None, None)
    assert not same_origin(None, a)


BASE = "http://a.test/b/c/d;p?q"
# Location values against BASE; the second half from RFC 3986 5.4.
LOCATIONS = [
    ("https://x.test", "https://x.test/"), ("HTTP://X.TEST:80/Y", "http://x.test/Y"), ("//x.test", "http://x.test/"),
    ("\\\\x.test\\y", "http://x.test/y"), ("http:x", "http://a.test/b/c/x"), ("http:/x", "http://a.test/x"),
    ("https:x", "https://x/"), ("https:/x/y", "https://x/y"), (" /x\t", "http://a.test/x"),
    ("/a\tb", "http://a.test/ab"),
    ("/a\tb", "http://a.test/ab"),
    ("/a b", "http://a.test/a%20b"), ("/é", "http://a.test/%C3%A9"), ("/%zz", "http://a.test/%zz"),
    ("/x?a=\\", "http://a.test/x?a=\\"), ("https://u:p@x.test/", "https://u:p@x.test/"),
    ("https://@x.test/", "https://x.test/"), ("/%2e%2E/x", "http://a.test/x"), ("#f", f"{BASE}#f"),
    ("data:text/plain,x", "data:text/plain,x"), ("http://[bad", "http://[bad"), ("http://x:99999/", "http://x:99999/"),
    ("", BASE), ("g", "http://a.test/b/c/g"), ("./g", "http://a.test/b/c/g"), ("g/", "http://a.test/b/c/g/"),
    ("/g", "http://a.test/g"), ("?y", "http://a.test/b/c/d;p?y"), ("g?y", "http://a.test/b/c/g?y"),
    ("g#s", "http://a.test/b/c/g#s"), (";x", "http://a.test/b/c/;x"), (".", "http://a.test/b/c/"),
    ("..", "http://a.test/b/"), ("../g", "http://a.test/b/g"), ("../..", "http://a.test/"),
    ("../../../g", "http://a.test/g"), ("/./g", "http://a.test/g"), ("g.", "http://a.test/b/c/g."),
    ("./g/.", "http://a.test/b/c/g/"), ("g/../h", "http://a.test/b/c/h"), ("g?y/../x", "http://a.test/b/c/g?y/../x"),
]  # fmt: skip


@pytest.mark.parametrize(("location", "expected"), LOCATIONS, ids=[row[0] for row in LOCATIONS])
def test_resolve(location: str, expected: str) -> None:
    assert resolve(location, BASE) == expected
    if is_parsable(expected):
        assert resolve(expected, BASE) == expected


@pytest.mark.parametrize(
    ("origin", "is_it"),
    [
        ("https://api.example", True),
        ("http://api.example", False),
        ("http://localhost:8000", True),
        ("http://localhost.", True),
        ("http://app.localhost", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:80", True),
        ("http://127.0.0.1.example", False),
        ("http://notlocalhost", False),
        ("http://192.168.1.1", False),
    ],
)
def test_trustworthy(origin: str, is_it: bool) -> None:
    found = origin_of(origin)
    assert found is not None
    assert is_trustworthy(found) is is_it


def test_without_fragment() -> None:
    assert without_fragment("https://a.test/#b#c") == "https://a.test/"
    assert without_fragment("https://a.test/") == "https://a.test/"


def test_bad_ports() -> None:
    assert len(BAD_PORTS) == 83
    assert {0, 22, 25, 6667, 10080} <= BAD_PORTS
    assert not {80, 443, 3000, 8080, 8443} & BAD_PORTS


labels = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
hosts = st.one_of(
    st.lists(labels, min_size=1, max_size=4).map(".".join),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(lambda address: f"[{address.exploded}]"),
)


@given(st.sampled_from(["http", "https", "ws", "wss"]), hosts, st.none() | st.integers(0, 65535))
def test_a_serialization_parses_back_to_itself(scheme: str, host: str, port: int | None) -> None:
    found = origin_of(f"{scheme}://{host}" + (f":{port}" if port is not None else ""))
    assert found is not None
    assert origin_of(str(found)) == found
    assert str(origin_of(str(found))) == str(found)
    assert str(found) == str(found).lower()


awkward = st.text(st.sampled_from("htps:/\\?#@[]%*.019axX é\t")) | st.text()


@given(awkward, awkward)
def test_takes_any_text(url: str, location: str) -> None:
    origin_of(url)
    is_parsable(url)
    resolve(location, BASE)
    target = resolve(location, f"https://a.test/{url}")
    if is_parsable(target):
        assert is_parsable(resolve(target, BASE))
