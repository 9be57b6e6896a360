"""How an origin stands to the server that it asks."""

import pytest

from coranalyze.cors.origin import origin_of
from coranalyze.endpoint import network, relation
from coranalyze.endpoint.relation import network_of

SERVER = "https://api.shop.example"
RELATIONS = [
    ("null", SERVER, "null"),
    (SERVER, SERVER, "same-origin"),
    ("https://api.shop.example:443", SERVER, "same-origin"),
    ("wss://api.shop.example", SERVER, "same-origin"),
    ("moz-extension://550e8400", SERVER, "extension"),
    ("chrome-extension://abcdefghij", SERVER, "extension"),
    ("file://", SERVER, "custom-scheme"),
    ("capacitor://localhost", SERVER, "custom-scheme"),
    ("http://localhost:3000", SERVER, "loopback"),
    ("http://app.localhost", SERVER, "loopback"),
    ("http://127.0.0.1", SERVER, "loopback"),
    ("http://[::1]:8080", SERVER, "loopback"),
    ("http://192.168.1.4", SERVER, "private"),
    ("http://[::ffff:10.0.0.1]", SERVER, "private"),
    ("http://intranet", SERVER, "private"),
    ("http://wiki.corp", SERVER, "private"),
    ("http://wiki.corp", "http://intranet", "private"),
    ("http://localhost:3000", "http://localhost:8080", "same-site"),
    ("http://localhost:3000", "http://127.0.0.1:8080", "loopback"),
    ("http://shop.example", SERVER, "http-twin"),
    ("https://shop.example", SERVER, "same-site"),
    ("https://api.shop.example:8443", SERVER, "same-site"),
    ("https://www.sister.example", SERVER, "first-party"),
    ("http://sister.example", SERVER, "first-party"),
    ("https://codepen.io", SERVER, "playground"),
    ("https://cdpn.io", SERVER, "playground"),
    ("https://mallory.github.io", SERVER, "shared-host"),
    ("https://github.io", SERVER, "cross-site"),
    ("https://other.test", SERVER, "cross-site"),
    ("https://shop.example.other.test", SERVER, "cross-site"),
    ("https://shop.example.", SERVER, "cross-site"),
    ("https://other.test", None, "cross-site"),
    ("", SERVER, "invalid"),
    ("shop.example", SERVER, "invalid"),
    ("https://", SERVER, "invalid"),
    ("https://shop.example:99999", SERVER, "invalid"),
    ("capacitor://localhost/path", SERVER, "invalid"),
    ("data:text/html,x", SERVER, "invalid"),
]  # fmt: skip


@pytest.mark.parametrize(("origin", "server", "expected"), RELATIONS)
def test_relation(origin: str, server: str | None, expected: str) -> None:
    assert relation(origin, origin_of(server) if server else None, ["sister.example"]) == expected


NETWORKS = {
    "loopback": ["localhost", "localhost.", "app.localhost", "127.0.0.1", "127.9.9.9", "0.0.0.0", "[::1]"],
    "private": [
        "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.1.1", "100.64.0.1", "[fd00::1]",
        "[fe80::1]", "[::ffff:c0a8:1]", "printer", "nas.local", "git.internal", "router.lan", "nas.home.arpa.",
    ],
    "public": [
        "shop.example", "172.32.0.1", "100.128.0.1", "8.8.8.8", "[2001:4860:4860::8888]", "localhost.example",
        "10.0.0.1.example",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("host", "space"), [(host, space) for space, hosts in NETWORKS.items() for host in hosts])
def test_network(host: str, space: str) -> None:
    assert network(host) == space


@pytest.mark.parametrize(
    ("address", "space"),
    [
        ("10.0.0.1", "private"), ("8.8.8.8", "public"), ("127.0.0.1", "loopback"), ("::1", "loopback"),
        ("[fd00::1]", "private"), ("fd00::1", "private"), ("2001:4860:4860::8888", "public"),
        ("localhost", None), ("[redacted-1]", None), ("", None), ("8.8.8.8:443", None),
    ],
)  # fmt: skip
def test_network_of_an_address(address: str, space: str | None) -> None:
    assert network_of(address) == space
