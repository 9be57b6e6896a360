"""Secrets of thirty kinds, planted wherever they can stand, are neither in the capture file nor in any report."""

import html
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from mitmproxy import http
from mitmproxy.flow import Error
from mitmproxy.test import tflow

import coranalyze as ca
from coranalyze.cli.choices import Format
from coranalyze.cli.rendering import chunks
from coranalyze.live import LiveJudge
from coranalyze.reports import json as json_report
from coranalyze.reports import judgement, terminal
from tests.addons.addon import ADDON

HEX = "5d41402abc4b2a76b9719d911017c592"
BASE64 = "dGhpc0lzQVNlY3JldFRva2VuMTIzNDU2Nzg5MGFiY2RlZg"
UUIDLESS = "Zx81kQp3Lm7Vt2Rb9Nc4Ws6Ty0Ua5Ed1"
KINDS = {
    "JWT": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2lnbmF0dXJlLW9mLWphbmU",
    "GitHub personal": "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "GitHub server": "ghs_16C7e42F292c6912E7710c838347Ae178B4a",
    "GitHub fine-grained": "github_pat_11ABCDEFG0123456789_abcdefghijklmnopqrstuvwxyz",
    "GitLab": "glpat-ABCDEFGHIJKLMNOPQRST",
    "Slack bot": "xoxb-123456789012-abcdefghijkl",
    "Slack app": "xoxa-2-123456789012-abcdefgh",
    "Stripe live": "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
    "Stripe test": "rk_test_4eC39HqLyjWDarjtT1zdp7dc",
    "Stripe webhook": "whsec_4eC39HqLyjWDarjtT1zdp7dc",
    "Google API": "AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY",
    "Google OAuth": "ya29.a0AfH6SMBx1234567890abcdefghij",
    "AWS key id": "AKIAIOSFODNN7EXAMPLE",
    "AWS session key id": "ASIAIOSFODNN7EXAMPLE",
    "AWS secret": "wJalrXUtnFEMI+K7MDENG+bPxRfiCYEXAMPLEKEY12",
    "hex 128": HEX,
    "hex 256": HEX * 2,
    "hex upper": HEX.upper(),
    "base64url": BASE64,
    "base62": UUIDLESS,
    "base64 padded": BASE64 + "==",
    "session in the middle": f"s%3A{UUIDLESS}",
}
"""Recognized by their look, anywhere."""
NAMED = {
    "password": "hunter2-pw",
    "pin": "8461937",
    "otp": "731946",
    "code": "oauth-code-4711",
    "state token": "tok-short-77",
    "signature": "sig-abc-991",
    "api key": "key-short-5512",
    "csrf": "csrf-short-3319",
    "session id": "sess-2291-x",
    "SAML response": "PHNhbWw-short",
}
"""Recognized by where they stand: a cookie, a credential, a parameter whose name says it."""
PARAMETERS = {
    "password": "password", "pin": "pin", "otp": "otp", "code": "code", "state token": "access_token",
    "signature": "X-Amz-Signature", "api key": "api_key", "csrf": "csrf_token", "session id": "JSESSIONID",
    "SAML response": "SAMLResponse",
}  # fmt: skip


def flow(url: str, request: list[tuple[str, str]], response: list[tuple[str, str]], status: int = 200) -> http.HTTPFlow:
    made = tflow.tflow(resp=True)
    origin = [("Origin", "https://app.example"), ("Sec-Fetch-Mode", "cors")]
    made.request = http.Request.make("GET", "https://api.example/", headers=pairs([*origin, *request]))
    made.request.path = url
    made.response = http.Response.make(status, b"", headers=pairs(response))
    return made


def pairs(lines: list[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in lines]


def by_look(secret: str) -> Iterator[http.HTTPFlow]:
    yield flow(f"/download/{quote(secret, safe='')}/x", [], [])
    yield flow(f"/x;v={secret}", [], [])
    yield flow(f"/x?q={quote(secret)}&b=1", [("Referer", f"https://app.example/{secret}?t={secret}#{secret}")], [])
    yield flow(f"/x?{secret}", [], [("Location", f"https://other.example/{secret}?q={secret}#{secret}")], 302)
    yield flow(f"/x?next=https%3A%2F%2Fb.example%2F{quote(secret, safe='')}", [], [("Refresh", f"0; url=/{secret}")])
    yield flow("/x", [("Accept", f"a/b;{secret}"), ("User-Agent", f"app/1 {secret}")], [("Server", f"x {secret}")])
    yield flow("/x", [("Cache-Control", secret)], [("Via", f"1.1 {secret}"), ("X-Cache", secret)])
    failed = flow("/x", [], [])
    failed.response = None
    failed.error = Error(f"no way to https://u:{secret}@h.example/{secret}: {secret}")
    yield failed
    yield from by_place(secret)


def by_name(parameter: str, secret: str) -> Iterator[http.HTTPFlow]:
    yield flow(f"/x?{parameter}={secret}&b=1", [("Referer", f"https://app.example/?{parameter}={secret}")], [])
    yield flow(f"/x;{parameter}={secret}/y", [], [("Location", f"/y?{parameter}={secret}#{parameter}={secret}")], 302)
    yield flow(f"/x?u=https%3A%2F%2Fb.example%2F%3F{parameter}%3D{secret}", [], [("ETag", secret)])
    yield from by_place(secret)


def by_place(secret: str) -> Iterator[http.HTTPFlow]:
    yield flow("/x", [("Cookie", f"a={secret}; b={secret}"), ("Authorization", f"Bearer {secret}")], [])
    yield flow("/x", [("Cookie", secret), ("Authorization", secret), ("Proxy-Authorization", f"Basic {secret}")], [])
    yield flow("/x", [("X-Api-Key", secret), ("X-Auth", secret)], [("Set-Cookie", f"a={secret}; Path=/; P={secret}")])
    yield flow("/x", [], [("WWW-Authenticate", f'Digest nonce="{secret}"'), ("X-CSRF-Token", secret)])
    yield flow(
        "/x", [("Referer", f"https://u:{secret}@app.example/")], [("Location", f"https://u:{secret}@b.example/")]
    )
    socket = flow("/socket", [("Upgrade", "websocket"), ("Sec-WebSocket-Key", secret)], [], 101)
    socket.request.headers["Sec-WebSocket-Protocol"] = f"chat, {secret}"
    assert socket.response is not None
    socket.response.headers["Sec-WebSocket-Accept"] = secret
    yield socket
    body = flow("/x", [], [])
    body.request.content = secret.encode()
    assert body.response is not None
    body.response.content = secret.encode()
    yield body


def flows_of(kind: str) -> list[http.HTTPFlow]:
    return list(by_look(KINDS[kind]) if kind in KINDS else by_name(PARAMETERS[kind], NAMED[kind]))


def test_there_are_thirty_kinds_and_more() -> None:
    assert len(KINDS) + len(NAMED) >= 30


@pytest.mark.parametrize("kind", [*KINDS, *NAMED])
def test_planted_secrets_are_nowhere(tmp_path: Path, kind: str) -> None:
    secret = {**KINDS, **NAMED}[kind]
    path = tmp_path / "a.cors.jsonl"
    recording = ADDON.Recording(str(path), 0)
    judge = LiveJudge()
    told = []
    for each in flows_of(kind):
        line = recording.lines.line(each)
        recording.add(line)
        told += judge.feed(line)
    told += judge.finish()
    recording.close()
    analysis = ca.analyze(str(path))
    assert analysis.summary.entries == len(flows_of(kind))
    texts = {
        "file": path.read_text("ascii"),
        "live": json.dumps([(news.line, news.data) for news in told]),
        "explain": judge.explain(range(judge.requests)),
        "unbroken text": terminal.render(analysis, width=100_000, verbose=True),
        "steps": judgement.render(analysis),
        "json with steps": b"".join(json_report.chunks(analysis, steps=True)).decode(),
        "jsonl": b"".join(json_report.line_chunks(analysis)).decode(),
        "frame": analysis.frame().to_csv(),
    }
    for form in forms(secret):
        for where, text in texts.items():
            assert form not in text, f"{kind} in {where}"


def forms(secret: str) -> set[str]:
    """As it may be written."""
    return {secret, quote(secret, safe=""), html.escape(secret), secret.lower(), secret[:24]}


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> ca.Analysis:
    """Of a capture with all of them."""
    path = tmp_path_factory.mktemp("secrets") / "a.cors.jsonl"
    recording = ADDON.Recording(str(path), 0)
    for kind in (*KINDS, *NAMED):
        for each in flows_of(kind):
            if each.response is not None:
                each.response.headers["Access-Control-Allow-Origin"] = "null"  # so that there are findings, too
                each.response.headers["Access-Control-Allow-Credentials"] = "true"
            recording.add(recording.lines.line(each))
    recording.close()
    return ca.analyze(str(path))


@pytest.mark.parametrize("format", [each for each in Format if each is not Format.PARQUET])
def test_planted_secrets_are_in_no_format(analysis: ca.Analysis, format: Format) -> None:
    """Parquet packs the frame that is in the CSV."""
    text = b"".join(chunks(analysis, format, verbose=True)).decode()
    assert "api.example" in text
    assert not [secret for secret in (*KINDS.values(), *NAMED.values()) if any(form in text for form in forms(secret))]
