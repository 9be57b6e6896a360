"""Why a WebSocket was refused, and for whom it was opened."""

import pytest

from tests.causes.story import last_cause


def handshake(origin: str, *answer: str) -> str:
    return "\n".join((f"GET wss://api.example/live\nOrigin: {origin}\nUpgrade: websocket\n", *answer, "", ""))


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        ("401", "authentication"),
        ("403", "`Origin`"),
        ("302", "redirect"),
        ("404", "serves WebSockets"),
        ("502", "application behind"),
    ],
)
def test_what_to_look_at(status: str, advice: str) -> None:
    cause = last_cause(handshake("https://app.example", status))
    assert cause is not None
    assert (cause.name, cause.fixes) == ("not-cors-network", ())
    assert status in cause.sentence
    assert advice in cause.advice


def test_for_whom_it_was_opened() -> None:
    cause = last_cause(handshake("https://app.example", "101") + handshake("https://other.test", "401"))
    assert cause is not None
    assert "the same WebSocket was opened for https://app.example" in cause.evidence


def test_a_dead_server_behind_the_capturing_proxy() -> None:
    cause = last_cause(handshake("https://app.example", "502", "Server: mitmproxy 12.2.3"))
    assert cause is not None
    assert cause.name == "not-cors-network"
