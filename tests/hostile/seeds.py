"""Small captures of every kind, out of the samples, and what is read beside them: what the fuzzing starts from."""

import gzip
import io
import json
import zipfile
from functools import cache

from coranalyze.analysis import analyze
from coranalyze.issues import issues
from coranalyze.issues.baseline import Baseline
from tests.conftest import SAMPLES

_ENTRIES = 3


def _har(name: str) -> bytes:
    log = json.loads((SAMPLES / name).read_bytes())["log"]
    for entry in log["entries"]:
        entry["response"].get("content", {}).pop("text", None)
    # The first entries with something of CORS in them.
    wanted = [entry for entry in log["entries"] if "access-control" in json.dumps(entry).lower()] or log["entries"]
    return json.dumps({"log": {**log, "entries": wanted[:_ENTRIES], "pages": log.get("pages", [])[:1]}}).encode()


def _flow() -> bytes:
    """Its first flows: tnetstrings, each with its length in front."""
    data = (SAMPLES / "shop-mitmproxy.flow").read_bytes()
    end = 0
    for _ in range(2):
        colon = data.index(b":", end)
        end = colon + 2 + int(data[end:colon])
    return data[:end]


_CAPTURE = b"".join(
    json.dumps(line).encode() + b"\n"
    for line in (
        {"coranalyze_capture": 1, "mitmproxy": "12.2.3"},
        {
            "method": "OPTIONS", "url": "https://api.example/x", "status": 204, "started": 1e12, "ended": 1e12 + 5,
            "request": [["Origin", "https://app.example"], ["Access-Control-Request-Method", "PUT"]],
            "response": [["Access-Control-Allow-Origin", "*"], ["Access-Control-Allow-Methods", "PUT"]],
        },
        {
            "method": "PUT", "url": "https://api.example/x", "status": 307, "started": 1e12 + 6, "ended": 1e12 + 9,
            "request": [["Origin", "https://app.example"], ["Cookie", "sid"]],
            "response": [["Access-Control-Allow-Origin", "*"], ["Location", "https://b.example/"]], "address": "::1",
        },
        {"method": "GET", "url": "https://api.example/y", "started": 1e12, "request": [], "error": "refused"},
        {"closed": 1.0, "exchanges": 3},
    )
)  # fmt: skip


def _zip(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


@cache
def seeds() -> dict[str, bytes]:
    """File name → content."""
    hars = {path.name: _har(path.name) for path in sorted(SAMPLES.glob("*.har"))}
    return hars | {
        "text.http": (SAMPLES / "textbook.http").read_bytes()[:600],
        "mitmproxy.flow": _flow(),
        "capture.cors.jsonl": _CAPTURE,
        "capture.cors.jsonl.gz": gzip.compress(_CAPTURE, mtime=0),
        "packed.har.gz": gzip.compress(hars["shop-chrome.har"], mtime=0),
        "packed.har.zip": _zip("a.har", hars["near-miss-firefox.har"]),
    }


CONSOLE = "".join(
    f"{message}\n"
    for message in (
        "Access to fetch at 'https://api.example/x' from origin 'https://app.example' has been blocked by CORS policy: "
        "Response to preflight request doesn't pass access control check: No 'Access-Control-Allow-Origin' header is "
        "present on the requested resource.",
        "api.example/x:1  Failed to load resource: net::ERR_FAILED",
        "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at "
        "https://api.example/y. (Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 200. "
        "[Learn More]",
        "[Error] Origin https://app.example is not allowed by Access-Control-Allow-Origin. Status code: 200",
        "[Error] Fetch API cannot load https://api.example/y due to access control checks.",
        "CORSMissingAllowOrigin PreflightMissingAllowOriginHeader acao-missing",
    )
)


SETTINGS = """\
browser = "auto"
fail-on = "high"
select = ["COR1", "COR2"]
min-severity = "low"
[[suppress]]
rule = "COR112"
endpoint = "https://staging.shop.example/*"
reason = "staging is open to the developers' machines"
expires = 2027-06-30
"""


@cache
def companions() -> dict[str, bytes]:
    """File name → content of what is no capture and read all the same."""
    known = Baseline.of(issues(analyze(str(SAMPLES / "shop-chrome.har")))).render().splitlines()
    return {
        "console.txt": CONSOLE.encode(),
        "coranalyze.toml": SETTINGS.encode(),
        "pyproject.toml": f"[tool.coranalyze]\n{SETTINGS}".replace("[[s", "[[tool.coranalyze.s").encode(),
        "baseline.json": "\n".join(known[:6]).removesuffix(",").encode() + b"\n}}\n",
    }
