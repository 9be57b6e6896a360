"""Verdicts against real browsers: a part of a run of generated cases through Chromium 156 and Firefox 153."""

from pathlib import Path

import pytest

from tests.oracle.score import score

HERE = Path(__file__).parent

# capture: (agree, conditional, unknown); every case that is none of these has no trace in the capture.
EXPECTED = {
    "chromium/chromium.har.gz": (1001, 56, 5),
    "chromium/chromium.sanitized.har.gz": (1001, 56, 5),
    "chromium/proxy.flow.gz": (971, 86, 0),
    "chromium/proxy.har.gz": (971, 86, 0),
    "firefox/proxy.flow.gz": (928, 133, 0),
    "firefox/proxy.har.gz": (928, 133, 0),
}


@pytest.mark.parametrize("capture", sorted(EXPECTED))
def test_no_verdict_contradicts_the_browser(capture: str) -> None:
    run, _, name = capture.partition("/")
    result = score(HERE / run, name)
    for never in ("wrong", "reason", "off"):
        assert result.examples[never] == [], never
    found = (result.classes["agree"], result.classes["conditional"], result.classes["unknown"])
    assert found == EXPECTED[capture]
