"""The top-level pages that a capture shows."""

import pytest

from coranalyze.cors.origin import Origin, origin_of
from coranalyze.engine import documents
from coranalyze.engine.documents import Documents


def page(url: str) -> Origin:
    origin = origin_of(url)
    assert origin is not None
    return origin


def test_a_site_is_one_whatever_its_scheme_port_and_subdomain() -> None:
    visited = Documents()
    visited.add(page("https://www.shop.example"))
    assert visited.may_embed(page("http://api.shop.example:8080"))
    assert not visited.may_embed(page("https://shop.test"))
    assert not visited.may_embed(None)


def test_of_too_many_sites_any_may_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LIMIT", 2)
    visited = Documents(["a.test"])
    assert not visited.may_embed(page("https://c.test"))
    for name in ("b", "c", "d"):
        visited.add(page(f"https://{name}.test"))
    assert visited.sites == {"a.test", "b.test"}
    assert visited.may_embed(page("https://e.test"))
