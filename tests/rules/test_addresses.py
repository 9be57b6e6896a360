"""COR304 by the address that answered, where the name says nothing."""

import pytest
from msgspec.structs import replace

from coranalyze.analysis import analyze
from coranalyze.exchange import Exchange
from coranalyze.finding import Finding

from .visits import Lines, visit

WIKI, PUBLIC = "https://wiki.acme.example/pages", "https://fonts.example/a.woff2"


def open_to_all(origin: str | None, cookie: bool) -> Lines:
    return [("Access-Control-Allow-Origin", "*")]


def asked(url: str, *addresses: str) -> list[Exchange]:
    exchanges = visit(open_to_all, url=url, pages=["https://start.acme.example"], cookies=[False])
    return [replace(exchange, server_address=address) for address in addresses for exchange in exchanges]


def found(*exchanges: Exchange) -> list[Finding]:
    numbered = [replace(exchange, entry=i) for i, exchange in enumerate(exchanges)]
    return [finding for finding in analyze(numbered).findings if finding.rule == "COR304"]


@pytest.mark.parametrize("address", ["10.20.0.5", "192.168.1.7", "fd00::5"])
def test_a_public_name_at_a_private_address(address: str) -> None:
    (finding,) = found(*asked(WIKI, address, ""), *asked(PUBLIC, "151.101.2.217"))
    assert (finding.endpoint, finding.severity, finding.confidence) == (WIKI, "low", "suspected")
    assert finding.message.endswith("inside: it answered from a private address.")
    assert finding.settle.startswith("Resolve the name from outside")


@pytest.mark.parametrize(
    ("addresses", "others"),
    [
        # All of it went through a proxy, or came from a test set-up on this machine.
        (["10.20.0.5"], ["10.20.0.5"]),
        (["127.0.0.1"], ["151.101.2.217"]),
        # It is reachable from outside as well.
        (["10.20.0.5", "151.101.2.1"], ["151.101.2.217"]),
        (["[redacted-1]"], ["151.101.2.217"]),
        ([""], ["151.101.2.217"]),
    ],
)
def test_nothing_is_said(addresses: list[str], others: list[str]) -> None:
    assert found(*asked(WIKI, *addresses), *asked(PUBLIC, *others)) == []
