"""WebSockets that their server did not open: not subject to CORS, and seen to fail."""

import pytest

from coranalyze.exchange import Dialect, Family
from coranalyze.fetch import Observed, Outcome
from tests.engine.story import CHROME, WIRE, only

ASKED = "GET wss://api.example/live\nOrigin: https://app.example\n"
UPGRADE = "Upgrade: websocket\n"
CLIENT = Dialect(name="test-client", family=Family.CLIENT)


@pytest.mark.parametrize(
    ("headers", "status", "dialect", "refused"),
    [
        (UPGRADE, "101", WIRE, None),
        (UPGRADE, "401", WIRE, 401),
        (UPGRADE, "302\nLocation: https://api.example/login", WIRE, 302),
        (UPGRADE, "200", WIRE, 200),
        (UPGRADE, "503", CHROME, 503),
        ("", "200", WIRE, None),
        ("", "403", WIRE, 403),
        # No page asked.
        (UPGRADE, "401", CLIENT, None),
    ],
)
def test_what_a_handshake_is_answered(headers: str, status: str, dialect: Dialect, refused: int | None) -> None:
    """Over HTTP/2, where there is no Upgrade, any success opens it."""
    fetch = only(f"{ASKED}{headers}\n{status}\n", dialect=dialect)
    assert fetch.outcome is Outcome.NOT_SUBJECT
    assert (fetch.observed is Observed.BLOCKED, fetch.refused_handshake) == (refused is not None, refused)


def test_what_is_no_handshake_is_not_refused() -> None:
    fetch = only("GET https://api.example/live\nSec-Fetch-Mode: no-cors\nSec-Fetch-Site: cross-site\n\n401\n")
    assert (fetch.observed, fetch.refused_handshake) == (Observed.UNKNOWN, None)
