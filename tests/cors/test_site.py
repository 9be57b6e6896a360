"""Sites: registrable domains by the Public Suffix List, schemeful and schemeless comparison."""

import pytest

from coranalyze.cors.origin import origin_of
from coranalyze.cors.site import registrable_domain, same_site, schemelessly_same_site


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.example.com", "example.com"), ("example.com", "example.com"), ("com", None), ("a.b.co.uk", "b.co.uk"),
        ("co.uk", None), ("a.github.io", "a.github.io"), ("b.a.github.io", "a.github.io"), ("github.io", None),
        ("api.app.localhost", "app.localhost"), ("localhost", None), ("127.0.0.1", None), ("[::1]", None),
        ("www.example.com.", "example.com."),
    ],
)  # fmt: skip
def test_registrable_domain(host: str, domain: str | None) -> None:
    assert registrable_domain(host) == domain


@pytest.mark.parametrize(
    ("a", "b", "schemeless", "schemeful"),
    [
        ("https://a.example.com", "https://b.example.com", True, True),
        ("https://example.com", "https://a.example.com:8443", True, True),
        ("http://a.example.com", "https://a.example.com", True, False),
        ("https://example.com", "https://example.org", False, False),
        ("https://a.github.io", "https://b.github.io", False, False),
        ("https://localhost", "https://localhost:8080", True, True),
        ("http://127.0.0.1", "http://127.0.0.1:81", True, True),
        ("http://127.0.0.1", "http://127.0.0.2", False, False),
        ("http://localhost", "http://127.0.0.1", False, False),
        ("https://example.com", "https://example.com.", False, False),
        ("null", "null", False, False),
        ("null", "https://example.com", False, False),
    ],
)
def test_same_site(a: str, b: str, schemeless: bool, schemeful: bool) -> None:
    one, other = origin_of(a), origin_of(b)
    assert schemelessly_same_site(one, other) is schemeless
    assert schemelessly_same_site(other, one) is schemeless
    assert same_site(one, other) is schemeful
