"""What must hold for every input."""

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from coranalyze.exchange import Exchange
from coranalyze.sources import Capture, NotACapture, _open
from coranalyze.sources.containers import Content
from tests.sources.hars import dump, entry, log, preflight

SECRET = "QmVhcmVyU2VjcmV0hunter2"
KEYS = st.sampled_from(
    [
        "log",
        "entries",
        "request",
        "response",
        "headers",
        "name",
        "value",
        "method",
        "url",
        "status",
        "startedDateTime",
        "time",
        "creator",
        "pages",
        "_initiator",
        "_error",
        "pageref",
        "serverIPAddress",
        "_fromCache",
        "requestId",
        "type",
        "stack",
        "callFrames",
    ]
)
TOKENS = st.sampled_from(
    [
        "GET",
        "OPTIONS",
        "https://a.example/",
        "WebInspector",
        "Firefox",
        "chrome-har",
        "Origin",
        "Access-Control-Request-Method",
        "2026-11-23T06:05:00.000Z",
        "Set-Cookie",
        "preflight",
        "7.1",
        "",
    ]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | TOKENS
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=40
)
CREATORS = st.sampled_from(
    ["WebInspector", "Firefox", "Playwright", "chrome-har", "mitmproxy", "WebKit Web Inspector", None]
)


def read(data: bytes, keep_values: bool = False) -> tuple[Capture, list[Exchange]] | NotACapture:
    opened = _open(Content("x", data), keep_values)
    if isinstance(opened, NotACapture):
        return opened
    found = list(opened.exchanges())
    assert opened.entries == len(found) + len(opened.skipped)
    assert sorted([each.entry for each in found] + [each.entry for each in opened.skipped]) == list(
        range(opened.entries)
    )
    for each in found:
        repr(each).encode()
    return opened, found


ENTRY = st.builds(
    lambda method, url, status, at, extra: entry(method, url, status, at=at, **extra),
    st.sampled_from(["GET", "PUT", "OPTIONS", "patch"]),
    st.sampled_from(["https://a.example/", "wss://a.example/x?y", "data:,x"]),
    st.sampled_from([200, 0, -1, 404]),
    st.sampled_from(["2026-11-23T06:05:00.000Z", "2026-11-23T06:05:00.001+01:00", None, "x"]),
    st.dictionaries(KEYS.filter(lambda key: key.startswith("_") or key == "pageref"), JSON, max_size=3),
)
ENTRIES = st.lists(ENTRY | st.builds(preflight) | JSON, max_size=6)


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    read(data)


@given(JSON)
def test_any_json(value: Any) -> None:
    read(json.dumps(value).encode())
    read(json.dumps({"log": value}).encode())
    read(json.dumps({"log": {"entries": [value, entry()]}}).encode())


@given(ENTRIES, CREATORS)
def test_nothing_is_lost(entries: list[Any], creator: str | None) -> None:
    opened = read(dump(log(*entries, creator=creator)))
    assert not isinstance(opened, NotACapture)
    assert opened[0].entries == len(entries)


@given(ENTRIES, CREATORS, st.data())
def test_any_cut(entries: list[Any], creator: str | None, data: st.DataObject) -> None:
    whole = dump(log(*entries, creator=creator))
    cut = data.draw(st.integers(0, len(whole)))
    opened = read(whole[:cut])
    start = whole.index(b'"entries"')
    if isinstance(opened, NotACapture):
        assert cut <= start + len(b'"entries": [')
        return
    # Every entry that ends before the cut is there, as it is in the whole file.
    end, kept = start + len(b'"entries": ['), 0
    for made in entries:
        end += len(dump(made)) + (2 if kept else 0)
        if end > cut:
            break
        kept += 1
    whole_read = read(whole)
    assert not isinstance(whole_read, NotACapture)
    assert opened[0].entries in (kept, kept + 1)
    usable = {each.entry for each in whole_read[1]}
    assert {each.entry for each in opened[1]} == {i for i in usable if i < kept}


@given(ENTRIES, st.data())
def test_any_damage(entries: list[Any], data: st.DataObject) -> None:
    whole = bytearray(dump(log(*entries)))
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    read(bytes(whole))


PLACES = st.sampled_from(
    ["request-header", "response-header", "query", "path", "userinfo", "body", "cookie", "location", "referer", "error"]
)
NAMES = st.sampled_from(
    ["Cookie", "Set-Cookie", "Authorization", "X-Token", "x-api-key", "ETag", "X-Whatever", "Proxy-Authorization"]
)


@given(
    PLACES,
    NAMES,
    CREATORS,
    st.sampled_from(
        ["{}", "sid={}", "a=b; sid={}", "Bearer {}", "{} x", "a\n{}", "Basic {}, a={}", "{}==", "{}=; {}", "a, {}, b=c"]
    ),
)
def test_no_planted_secret_gets_through(place: str, name: str, creator: str | None, form: str) -> None:
    value = form.replace("{}", SECRET)
    made = entry()
    request, response = made["request"], made["response"]
    if place == "request-header":
        request["headers"].append({"name": name, "value": value})
    elif place == "response-header":
        response["headers"].append({"name": name, "value": value})
    elif place == "query":
        request["url"] += f"?a=1&access_token={SECRET}"
    elif place == "path":
        request["url"] += "/eyJ" + SECRET
    elif place == "userinfo":
        request["url"] = f"https://user:{SECRET}@api.example/"
    elif place == "body":
        request["postData"] = {"text": SECRET}
        response["content"] = {"text": SECRET}
    elif place == "cookie":
        request["cookies"] = response["cookies"] = [{"name": "sid", "value": SECRET}]
    elif place == "location":
        response["headers"].append(
            {"name": "Location", "value": f"https://u:{SECRET}@b.example/?code={SECRET}#token={SECRET}"}
        )
    elif place == "referer":
        request["headers"].append({"name": "Referer", "value": f"https://app.example/{SECRET}?token={SECRET}"})
    else:
        response["_error"] = f"cannot load https://a.example/?token={SECRET}"
    opened = read(dump(log(made, preflight(), creator=creator)))
    assert not isinstance(opened, NotACapture)
    assert len(opened[1]) == 2
    assert SECRET not in repr(opened[1])


def test_the_same_input_gives_the_same_output(tmp_path: Path) -> None:
    har = dump(log(*[entry(url=f"https://a.example/?token={i % 3}") for i in range(9)]))
    assert repr(read(har)) is not None
    first, second = read(har), read(har)
    assert not isinstance(first, NotACapture)
    assert not isinstance(second, NotACapture)
    assert first[1] == second[1]
    assert first[1][3].url == first[1][0].url == "https://a.example/?token=[redacted-1]"
