"""Which hosts resemble which, and which are plainly somebody else's or one's own."""

import pytest

from coranalyze.endpoint.lookalike import Slip, brand, is_deployment, is_implausible, lookalike

MEANT = ("app.shop.example", "shop.example", "localhost")


@pytest.mark.parametrize(
    ("host", "slip", "meant"),
    [
        ("evilshop.example", Slip.SUFFIX, "shop.example"),
        ("shop.example.evil.test", Slip.PREFIX, "shop.example"),
        ("app.shop.example.evil.test", Slip.PREFIX, "app.shop.example"),
        ("www.shop.example.evil.test", Slip.PREFIX, "shop.example"),
        ("app.shop.exampleevil.test", Slip.PREFIX, "app.shop.example"),
        ("localhost.evil.test", Slip.PREFIX, "localhost"),
        ("localhostevil.test", Slip.PREFIX, "localhost"),
        ("my-shop.example.evil.test", Slip.SUBSTRING, "shop.example"),
        ("xapp.shop.example-y.test", Slip.SUBSTRING, "app.shop.example"),
        ("appxshop.example", Slip.DOT, "app.shop.example"),
        ("shop.example_.evil.test", Slip.SPECIAL, "shop.example"),
        ("shop.example._.evil.test", Slip.SPECIAL, "shop.example"),
        ("shop.example-evil.test", Slip.SPECIAL, "shop.example"),
        ("shop.example~.evil.test", Slip.SPECIAL, "shop.example"),
    ],
)
def test_lookalike(host: str, slip: Slip, meant: str) -> None:
    found = lookalike(host, MEANT)
    assert found is not None
    assert (found.slip, found.meant) == (slip, meant)


@pytest.mark.parametrize(
    ("host", "meant", "by_chance"),
    [
        ("dropbox.com", "box.com", True),
        ("notbox.com", "box.com", False),
        ("my-fakebox.com", "box.com", False),
        ("www-acme.com", "www.acme.com", True),
        ("wwwxacme.com", "www.acme.com", False),
        ("www.acmexco.uk", "www.acme.co.uk", False),
        ("acme.company.org", "acme.co", True),
        ("acme.co.elsewhere.test", "acme.co", False),
        ("studio.community.org", "io.com", True),
        ("my-io.com.elsewhere.test", "io.com", False),
        ("acme.com-pay.net", "acme.com", True),
        ("acme.com_.elsewhere.test", "acme.com", False),
    ],
)
def test_ordinary_names_are_alike_by_chance(host: str, meant: str, by_chance: bool) -> None:
    found = lookalike(host, [meant])
    assert found is not None
    assert found.by_chance is by_chance


def test_without_its_last_dot_a_name_is_none() -> None:
    assert lookalike("www.acmexcom", ["www.acme.com"]) is None


@pytest.mark.parametrize(
    "host",
    [
        "shop.example",
        "eu.shop.example",
        "shop.test",
        "example",
        "elsewhere.test",
        "127.0.0.1",
        "localhost",
        "appyshop.test",
    ],
)
def test_no_lookalike(host: str) -> None:
    assert lookalike(host, MEANT) is None


def test_one_brand_under_two_suffixes_is_no_lookalike() -> None:
    assert lookalike("acme.com.br", ["acme.com"]) is None
    assert lookalike("www.acme.community", ["acme.com"]) is None


@pytest.mark.parametrize(
    "host",
    ["evil.test", "www.attacker.example", "evil-site.test", "x7f3a9c2.shop.example", "hacker.test", "random-7f3a.test"],
)
def test_implausible(host: str) -> None:
    assert is_implausible(host)


@pytest.mark.parametrize(
    "host",
    [
        "news.elsewhere.test",
        "medieval.example",
        "app2.shop.example",
        "hackathon.test",
        "shop.example",
        "evilmartians.com",
        "random-house.com",
    ],
)
def test_plausible(host: str) -> None:
    assert not is_implausible(host)


@pytest.mark.parametrize("host", ["acme.com", "www.acme.org", "acme-shop.com", "acme2.net", "acme.co.uk"])
def test_brand(host: str) -> None:
    assert brand(host) == "acme"


@pytest.mark.parametrize(
    ("host", "made"),
    [
        ("shop-git-main.vercel.app", True),
        ("shop-4f7k2m9qx.vercel.app", True),
        ("deploy-preview-12--shop.netlify.app", True),
        ("shop-pr-41.onrender.com", True),
        ("shop-admin.vercel.app", False),
        ("shop.github.io", False),
    ],
)
def test_names_that_hosters_make(host: str, made: bool) -> None:
    assert is_deployment(host) is made
