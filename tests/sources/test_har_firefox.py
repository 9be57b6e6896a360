"""What Firefox' sizes tell: it marks neither what came from its cache nor what a service worker answered."""

from pathlib import Path
from typing import Any

import pytest

from tests.sources.hars import entry, only


@pytest.mark.parametrize(
    ("sizes", "cached", "worker"),
    [
        # Measured on Firefox 153: cached answers, those of service workers, and of the network.
        ({"headersSize": 0, "bodySize": 5}, True, False),
        ({"headersSize": 0, "bodySize": 0}, False, True),
        ({"headersSize": 312, "bodySize": 0}, False, False),
        ({"headersSize": 312, "bodySize": 317}, False, False),
        ({"headersSize": -1, "bodySize": -1}, False, False),
        ({}, False, False),
        # A field of another type is read with less haste.
        ({"headersSize": 0, "bodySize": 5, "_error": 7}, True, False),
    ],
)
def test_where_an_answer_came_from(sizes: dict[str, Any], cached: bool, worker: bool, tmp_path: Path) -> None:
    found = only(tmp_path, entry(response=sizes), creator="Firefox")
    assert (found.cached, found.service_worker) == (cached, worker)
    other = only(tmp_path, entry(response=sizes), creator="WebInspector")
    assert (other.cached, other.service_worker) == (False, False)


def test_what_was_not_answered_came_from_nowhere(tmp_path: Path) -> None:
    found = only(tmp_path, entry(status=0, response={"headersSize": 0, "bodySize": 0}), creator="Firefox")
    assert (found.status, found.cached, found.service_worker) == (None, False, False)
