"""Captures of every kind with a secret in every place, and a look for them in what is written."""

import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from mitmproxy import http, websocket
from mitmproxy.flow import Error
from mitmproxy.io import FlowWriter
from mitmproxy.test import tflow
from wsproto.frame_protocol import Opcode

from tests.sources.hars import entry, preflight

SECRETS = {
    "named": "hunter2-correct-horse",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2lnbmF0dXJlLW9mLWphbmU",
    "hex": "5d41402abc4b2a76b9719d911017c592",
    "base62": "Zx81kQp3Lm7Vt2Rb9Nc4Ws6Ty0Ua5Ed1",
}
APP = {"Origin": "https://app.example"}


def planted() -> list[dict[str, Any]]:
    """Entries with a secret in every place, named ones where their place tells, others anywhere."""
    made = []
    named = SECRETS["named"]
    for secret in SECRETS.values():
        asked = {
            **APP, "Cookie": f"sid={secret}; b={secret}", "Authorization": f"Bearer {secret}", "X-Api-Key": secret,
            "X-CSRF-Token": secret, "Proxy-Authorization": f"Basic {secret}", "X-Other": secret,
            "Referer": f"https://u:{secret}@app.example/{secret}?token={secret}#{secret}",
        }  # fmt: skip
        given = {
            "Access-Control-Allow-Origin": "https://app.example", "Access-Control-Allow-Credentials": "true",
            "Set-Cookie": f"sid={secret}; Path=/; Other={secret}", "ETag": secret, "X-Request-Id": secret,
            "WWW-Authenticate": f'Digest realm="{secret}"', "Refresh": f"0; url=/?token={secret}",
            "Location": f"https://u:{secret}@b.example/?access_token={secret}#code={secret}",
        }  # fmt: skip
        url = (
            f"https://u:{secret}@api.example/x?password={secret}&b=https%3A%2F%2Fc.example%2F%3Ftoken%3D{quote(secret)}"
        )
        for method, status in (("GET", 200), ("PUT", 302), ("POST", 500)):
            one = entry(method, url + f"#{secret}", status, asked=asked, given=given)
            one["request"] |= {
                "cookies": [{"name": "sid", "value": secret}],
                "postData": {"text": secret, "params": [{"value": secret}]},
                "queryString": [{"name": "password", "value": secret}], "comment": secret,
            }  # fmt: skip
            one["response"] |= {
                "content": {"text": secret}, "cookies": [{"name": "sid", "value": secret}], "redirectURL": secret,
                "statusText": secret, "comment": secret,
            "_error": f"no way to https://u:{secret}@a.example/https://v:{secret}@b.example/?token={secret}",
            }  # fmt: skip
            made.append({**one, "_webSocketMessages": [{"data": secret}], "comment": secret, "_x": {"y": secret}})
        made.append(preflight(url, given={"Access-Control-Allow-Origin": "*", "X-Secret": secret}))
        if secret != named:
            made.append(entry("GET", f"https://api.example/{secret}/x;v={secret}?{secret}&q={secret}", asked=APP))
            made.append(entry("GET", "https://api.example/y", 0, asked=APP, _error=f"failed: {secret}"))
    return made


def forms(secret: str) -> Iterator[bytes]:
    for form in {secret, secret.upper(), secret.lower(), quote(secret, safe=""), secret[:20]}:
        yield form.encode()


def look(where: str, written: bytes) -> None:
    for kind, secret in SECRETS.items():
        for form in forms(secret):
            assert form not in written, f"{kind} in {where}"


def _pairs(lines: list[dict[str, str]]) -> list[list[str]]:
    return [[line["name"], line["value"]] for line in lines]


def planted_capture() -> bytes:
    """The same exchanges as somebody may write them who is not the addon."""
    lines: list[dict[str, Any]] = [{"coranalyze_capture": 1}]
    for made in planted():
        secret = json.dumps(made.get("comment", SECRETS["jwt"]))[1:-1]
        request, response = made["request"], made["response"]
        lines.append({
            "method": request["method"], "url": request["url"], "request": _pairs(request["headers"]),
            "response": _pairs(response["headers"]), "status": response["status"] or None, "started": 1e12,
            "ended": 1e12 + 5, "error": f"no way to https://u:{secret}@a.example/?token={secret}",
            "address": SECRETS["hex"], "body": secret, "cookies": [secret],
        })  # fmt: skip
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def planted_text() -> bytes:
    blocks = []
    for made in planted():
        request, response = made["request"], made["response"]
        asked = "".join(f"{line['name']}: {line['value']}\n" for line in request["headers"])
        given = "".join(f"{line['name']}: {line['value']}\n" for line in response["headers"])
        status = response["status"] or f"failed no way to https://a.example/?token={SECRETS['named']}"
        blocks.append(f"# {SECRETS['named']}\n{request['method']} {request['url']}\n{asked}\n{status}\n{given}\n")
    return "".join(blocks).encode()


def planted_flows() -> bytes:
    """As mitmproxy records them: with bodies, messages of WebSockets, trailers, comments and what addons kept."""
    file = io.BytesIO()
    writer = FlowWriter(file)  # type: ignore[no-untyped-call]
    for number, made in enumerate(planted()):
        secret = SECRETS["named"].encode()
        flow = tflow.tflow(resp=True)
        request, response = made["request"], made["response"]
        flow.request = http.Request.make(request["method"], request["url"], secret, _fields(request["headers"]))
        flow.request.trailers = http.Headers(_fields([{"name": "X-Trailer", "value": SECRETS["jwt"]}]))
        flow.request.timestamp_start = 1e9 + number
        flow.comment, flow.metadata["kept"], flow.marked = SECRETS["named"], SECRETS["named"], SECRETS["named"]
        if response["status"]:
            flow.response = http.Response.make(response["status"], secret, _fields(response["headers"]))
            flow.response.timestamp_start = flow.response.timestamp_end = 1e9 + number + 0.1
        else:
            flow.response, flow.error = None, Error(f"failed: https://a.example/?token={SECRETS['named']}", 1e9)
        if number % 4 == 0:
            flow.websocket = websocket.WebSocketData([websocket.WebSocketMessage(Opcode.TEXT, True, secret)])
        writer.add(flow)
    return file.getvalue()


def _fields(lines: list[dict[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(line["name"].encode(), line["value"].encode()) for line in lines]


def planted_console() -> bytes:
    """What browsers say about requests whose URLs hold secrets."""
    told = []
    for secret in SECRETS.values():
        url = f"https://u:{secret}@api.example/x?password={secret}#{secret}"
        told += [
            f"Access to fetch at '{url}' (redirected from '{url}') from origin 'https://app.example' has been blocked "
            "by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource.",
            f"Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at {url}. "
            "(Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 200.",
            f"Fetch API cannot load {url} due to access control checks.",
            f"{secret}@{secret}: console.log({secret!r})",
        ]
    return "\n".join(told).encode()
