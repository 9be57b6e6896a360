"""Header names that were meant to be one of CORS."""

import pytest

from coranalyze.endpoint.names import REQUEST_NAMES, RESPONSE_NAMES, resembles


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("access-control-allow-method", "access-control-allow-methods"),
        ("access-control-allow-header", "access-control-allow-headers"),
        ("access-control-allowed-origin", "access-control-allow-origin"),
        ("access-control-allowed-origins", "access-control-allow-origin"),
        ("access-control-expose-header", "access-control-expose-headers"),
        ("access-control-exposed-headers", "access-control-expose-headers"),
        ("allow-control-allow-origin", "access-control-allow-origin"),
        ("access-control-origin", "access-control-allow-origin"),
        ("acess-control-allow-origin", "access-control-allow-origin"),
        ("access-controll-allow-origin", "access-control-allow-origin"),
        ("access_control_allow_origin", "access-control-allow-origin"),
        ("accesscontrolalloworigin", "access-control-allow-origin"),
        ("access-control-allow-credential", "access-control-allow-credentials"),
        ("access-control-allow-orgin", "access-control-allow-origin"),
        ("access-control-max-ages", "access-control-max-age"),
        ("cors-allow-origin", "access-control-allow-origin"),
        ("x-access-control-allow-origin", "access-control-allow-origin"),
        ("allow-origin", "access-control-allow-origin"),
    ],
)
def test_misspelt(name: str, meant: str) -> None:
    assert resembles(name) == meant


@pytest.mark.parametrize(
    "name",
    [
        *RESPONSE_NAMES, *REQUEST_NAMES,
        "allow", "accept-ranges", "max-age", "x-max-age", "timing-allow-origin", "cross-origin-resource-policy",
        "cross-origin-opener-policy", "cross-origin-embedder-policy", "cache-control", "x-cache-control",
        "surrogate-control", "origin-agent-cluster", "x-origin-server", "access-control-allow-external",
        "access-control-allow-local-network", "x-dns-prefetch-control", "x-accel-expires", "x-request-origin",
        "content-disposition", "x-access-level", "service-worker-allowed", "x-allow-list", "x-robots-control",
    ],
)  # fmt: skip
def test_unrelated(name: str) -> None:
    assert resembles(name) == ""
