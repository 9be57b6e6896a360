"""What an engine held is free when it is dropped, without the cyclic collector: large captures run without it."""

import gc

import pytest

from coranalyze.engine import Engine
from coranalyze.engine.chain import Chain
from coranalyze.engine.pairing import Pairing
from coranalyze.engine.request import Request
from coranalyze.sources import Capture, open_captures
from tests.conftest import SAMPLES


def held() -> int:
    """Objects of an engine that are not freed; lazy objects of others, asked for their class, would do their work."""
    return sum(type(each) in (Engine, Pairing, Chain, Request) for each in gc.get_objects())


@pytest.mark.parametrize("name", ["shop-chrome.har", "shop-mitmproxy.flow", "login-redirect-chrome.har"])
@pytest.mark.parametrize("browser", ["auto", "firefox"])
def test_nothing_holds_itself(name: str, browser: str) -> None:
    (capture,) = open_captures([str(SAMPLES / name)])
    assert isinstance(capture, Capture)
    gc.collect()
    before = held()
    gc.disable()
    try:
        engine = Engine(capture.dialect, browser=browser)
        fetches = [fetch for exchange in capture.exchanges() for fetch in engine.feed(exchange)] + engine.finish()
        assert fetches
        assert held() > before
        del engine
        assert held() == before
    finally:
        gc.enable()
