"""The cookies of WebSocket handshakes: a proxy's HAR has them, a browser's own record has not."""

from pathlib import Path
from typing import Any

import pytest

from coranalyze.analysis import analyze
from coranalyze.finding import Confidence
from tests.sources.hars import dump, entry, log, only

PAGE = "https://app.example"
CORS = {
    "Access-Control-Allow-Origin": "https://app.example",
    "Access-Control-Allow-Credentials": "true",
}


def handshake(origin: str, cookie: dict[str, str], given: dict[str, str]) -> dict[str, Any]:
    sent = {"Host": "api.example", "Origin": origin, "Upgrade": "websocket", **cookie}
    return entry(
        url="https://api.example/live", status=101, asked=sent, given={"Upgrade": "websocket", **given},
        _resourceType="websocket", _webSocketMessages=[],
    )  # fmt: skip


def rules(folder: Path, *entries: Any, creator: str) -> dict[str, Confidence]:
    path = folder / "x.har"
    path.write_bytes(dump(log(*entries, creator=creator)))
    return {finding.rule: finding.confidence for finding in analyze(str(path)).findings}


@pytest.mark.parametrize(("creator", "kind"), [("mitmproxy", ""), ("WebInspector", "websocket")])
def test_whose_word_it_is(creator: str, kind: str, tmp_path: Path) -> None:
    assert only(tmp_path, handshake(PAGE, {}, {}), creator=creator).resource_type == kind


@pytest.mark.parametrize("creator", ["mitmproxy", "WebInspector"])
def test_a_handshake_without_a_cookie_is_no_sign_of_removed_ones(creator: str, tmp_path: Path) -> None:
    assert "COR901" not in rules(tmp_path, handshake(PAGE, {}, CORS), creator=creator)


@pytest.mark.parametrize(("cookie", "told"), [({}, False), ({"Cookie": "sid=1"}, True)])
def test_strangers_in_a_har_of_mitmproxy(cookie: dict[str, str], told: bool, tmp_path: Path) -> None:
    """Without a cookie nothing is given away, as in a flow file."""
    sent = [handshake(origin, cookie, {}) for origin in (PAGE, "https://evil.test")]
    found = rules(tmp_path, *sent, creator="mitmproxy")
    assert found.get("COR211") is (Confidence.PROVEN if told else None)
