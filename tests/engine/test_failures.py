"""What a recorded error text proves."""

import pytest

from coranalyze.cors.steps import Reason
from coranalyze.engine.failures import reason_of
from coranalyze.exchange import Family


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        # Chromium's reasons for what it blocks itself (Network.BlockedReason), as exporters write them.
        ("csp", Reason.CSP),
        ("mixed-content", Reason.MIXED_CONTENT),
        ("origin", Reason.MODE_SAME_ORIGIN),
        ("inspector", Reason.CLIENT_BLOCKED),
        ("subresource-filter", Reason.CLIENT_BLOCKED),
        ("corp-not-same-origin-after-defaulted-to-same-origin-by-coep", Reason.CORP),
        ("coep-frame-resource-needs-coep-header", Reason.CORP),
        ("net::ERR_ABORTED", Reason.ABORTED),
        ("net::ERR_CERT_DATE_INVALID", Reason.NETWORK_ERROR),
        ("net::ERR_FAILED", None),
        ("the origin is gone", None),
        ("", None),
    ],
)
def test_reason(error: str, reason: Reason | None) -> None:
    assert reason_of(error, Family.BROWSER) is reason


def test_a_proxy_writes_an_error_where_no_answer_came() -> None:
    assert reason_of("the origin is gone", Family.WIRE) is Reason.NETWORK_ERROR
