"""The addon stands alone, so what may be kept is in it a second time: word for word, and to the same effect."""

import ast
import re
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mitmproxy import http
from mitmproxy.io import FlowWriter
from mitmproxy.test import tflow

import coranalyze.cors.checks
import coranalyze.sources.masking
import coranalyze.sources.redact
from coranalyze.exchange import Exchange
from coranalyze.sources.capture import open_capture, written
from coranalyze.sources.flow import open_flow
from coranalyze.sources.redact import _SPECIAL, EXACT, REQUEST_KEPT, RESPONSE_KEPT, SAFELIST, Redactor
from tests.addons.addon import ADDON, PATH


def definitions(path: str | None) -> dict[str, str]:
    """Every top-level name of a file and the code that defines it, without comments and layout."""
    assert path is not None
    found = {}
    for node in ast.parse(Path(path).read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = ast.unparse(node)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = ast.unparse(node.value)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            found[node.target.id] = ast.unparse(node.value)
    return found


IN_ADDON = definitions(str(PATH))
MASKING = definitions(coranalyze.sources.masking.__file__)
CHECKS = definitions(coranalyze.cors.checks.__file__)
REDACT = definitions(coranalyze.sources.redact.__file__)


@pytest.mark.parametrize("name", sorted(MASKING))
def test_masking_is_the_same_code(name: str) -> None:
    assert IN_ADDON.get(name) == MASKING[name], f"copy {name} from sources/masking.py to addons/cors_capture.py"


@pytest.mark.parametrize("name", sorted(set(REDACT) & set(IN_ADDON) - {"Values", "Names", "_origin_only"}))
def test_redaction_is_the_same_code(name: str) -> None:
    assert IN_ADDON[name] == REDACT[name], f"copy {name} from sources/redact.py to addons/cors_capture.py"


@pytest.mark.parametrize("name", ["UPGRADE", "upgrades_insecure_requests"])
def test_what_a_policy_says_is_read_by_the_same_code(name: str) -> None:
    assert IN_ADDON[name] == CHECKS[name], f"copy {name} from cors/checks.py to addons/cors_capture.py"


def test_the_tables_are_in_both() -> None:
    tables = {"REQUEST_KEPT", "RESPONSE_KEPT", "EXACT", "SAFELIST", "COOKIE_ATTRIBUTES", "SCHEMES", "_SPECIAL"}
    assert tables <= set(REDACT) & set(IN_ADDON)


HEX = "9f86d081884c7d659a2feaa0c55ad015"
KEPT = REQUEST_KEPT | RESPONSE_KEPT | EXACT | SAFELIST | set(_SPECIAL)
OTHERS = (
    "Access-Control-Allow-Origin",
    "Referer",
    "Location",
    "Refresh",
    "X-Token",
    "ETag",
    ":path",
    "Größe",
    "a b",
    "",
)
NAMES = st.sampled_from([*sorted(KEPT), *OTHERS])
PIECES = st.sampled_from(
    [HEX, HEX.upper(), "eyJhbGciOiJIUzI1NiJ9.e30.c2ln", "=", ";", "; ", ", ", "a=1", "token=abc", "Bearer ", "Basic",
     "https://u:p@a.example/", "/x?code=1&b=2", "#f", "%2B", "caf\xe9", " ", '"', "\\", "Expires=Wed, 21 Oct 2026", "b"]
)  # fmt: skip
VALUES = st.lists(PIECES, max_size=5).map("".join)
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=6)
SAFE = "/?#&=;,:@%+ "
LABEL = re.compile(r"\[redacted-[0-9a-f]+\]")


def made(url: str, request: list[tuple[str, str]], response: list[tuple[str, str]], error: str) -> http.HTTPFlow:
    flow = tflow.tflow(resp=True, err=bool(error))
    assert flow.response is not None
    flow.request.url = url
    flow.request.headers = fields(request)
    flow.response.headers = fields(response)
    flow.request.timestamp_start, flow.response.timestamp_end = 946681200.25, 946681200.5
    if flow.error is not None:
        flow.error.msg = error
    return flow


def fields(lines: list[tuple[str, str]]) -> http.Headers:
    return http.Headers([(name.encode("latin-1"), value.encode("latin-1")) for name, value in lines])


def numbered(exchange: Exchange) -> str:
    """With the labels of masked values numbered as they come: the addon's are salted hashes."""
    labels: dict[str, str] = {}
    return LABEL.sub(lambda label: labels.setdefault(label[0], f"[redacted-{len(labels) + 1}]"), repr(exchange))


def in_package(flow: http.HTTPFlow) -> Exchange:
    """As the package reads the flow from mitmproxy's own file."""
    file = BytesIO()
    FlowWriter(file).add(flow)  # type: ignore[no-untyped-call]
    (exchange,) = open_flow("x.flow", file.getvalue(), keep_values=False).exchanges()
    return exchange


def read(line: bytes) -> Exchange:
    """As the package reads the line from a file, whoever wrote it."""
    (exchange,) = open_capture("x.cors.jsonl", b'{"coranalyze_capture":1}\n' + line, keep_values=False).exchanges()
    return exchange


@given(VALUES, HEADERS, HEADERS, VALUES)
def test_a_line_of_the_addon_is_what_the_package_reads_from_the_flow(
    path: str, request: list[tuple[str, str]], response: list[tuple[str, str]], error: str
) -> None:
    flow = made(f"https://api.example/{quote(path, safe=SAFE)}", request, response, error)
    line = ADDON.Lines().line(flow)
    assert numbered(written(0, line)) == numbered(in_package(flow))
    assert written(0, line) == read(line)


@given(VALUES, HEADERS, HEADERS)
def test_redacted_once_is_redacted(path: str, request: list[tuple[str, str]], response: list[tuple[str, str]]) -> None:
    first, second = Redactor(), Redactor()
    url = first.url(f"https://api.example/{path}")
    assert second.url(url) == url
    for lines, of, again in ((request, first.request, second.request), (response, first.response, second.response)):
        kept = first.headers(lines, of)
        assert second.headers(kept, again) == kept
