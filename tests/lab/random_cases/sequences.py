"""Several requests to one URL, one after the other: what the preflight cache remembers, and what not."""

from random import Random
from typing import Any

from tests.lab.random_cases.words import MAX_AGES, TARGETS, pick

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "patch", "CHICKEN")
HEADER_SETS: tuple[list[list[str]], ...] = (
    [["X-A", "1"]], [["X-A", "1"]], [["X-A", "2"]], [["x-a", "1"], ["X-B", "1"]], [["X-D", "1"]], [],
    [["Content-Type", "application/json"]], [["Authorization", "Bearer x"]], [["Range", "bytes=0-"]],
    [["Accept", '"x"']],
)  # fmt: skip
ALLOW_METHODS = ("GET, POST, PUT, DELETE, PATCH, HEAD", "*", "PUT", "PATCH, DELETE", "", "GET, POST")
ALLOW_HEADERS = ("x-a, x-b, content-type, authorization, accept", "*", "x-a", "*, authorization", "X-A, X-D", "")
CACHE_MODES = (None, None, None, None, "no-store", "reload", "no-cache", "force-cache", "default")
WAITS = (0, 0, 0, 0, 0, 300, 1300, 2600)


def draw_sequence(rng: Random, number: int, page: str) -> dict[str, Any]:
    """Two to four requests; what differs from one to the next is drawn too."""
    context = pick(rng, (("page", 8), ("worker", 1), ("sandbox", 1)))
    origin = "null" if context == "sandbox" else page
    host = pick(rng, TARGETS)
    varied = rng.choice(["nothing", "method", "headers", "credentials", "cache", "url", "everything", "everything"])
    base = _step(rng, number, host, context)
    steps = [base]
    for _ in range(rng.choice([1, 1, 2, 3])):
        other = _step(rng, number, host, context)
        step = dict(base)
        for name in _names(varied, step["api"]):
            if name in other and other["api"] == step["api"]:
                step[name] = other[name]
        if varied in ("url", "everything") and rng.random() < 0.4:
            step["url"] = base["url"] + rng.choice(["#f", "?", "?a=1", "/x"])
        if (wait := rng.choice(WAITS)) and varied != "url":
            step["wait"] = wait
        steps.append(step)
    good = [["Access-Control-Allow-Origin", origin], ["Access-Control-Allow-Credentials", "true"]]
    wild = [["Access-Control-Allow-Origin", "*"]]
    preflights = [_preflight(rng, good if rng.random() < 0.85 else wild)]
    if rng.random() < 0.3:
        preflights.append(_preflight(rng, good))
    if rng.random() < 0.12:
        preflights[0] |= {"status": rng.choice([404, 500, 302])}
    allowed = good if rng.random() < 0.9 else [["Access-Control-Allow-Origin", "http://localhost:3000"]]
    actual = {
        "status": rng.choice([200, 200, 200, 404, 201]), "body": "json",
        "headers": [*allowed, ["Cache-Control", "no-store"], ["Content-Type", "application/json"]],
    }  # fmt: skip
    return {
        "id": number, "page": page, "origin": origin, "family": "sequence", "tags": [f"seq:{varied}"],
        "client": {"ctx": context, "steps": steps},
        "server": [{"origin": host, "preflight": preflights, "actual": actual}],
    }  # fmt: skip


def _names(varied: str, api: str) -> tuple[str, ...]:
    credentials = "credentials" if api == "fetch" else "withCredentials"
    return {
        "method": ("method",), "headers": ("headers",), "credentials": (credentials,), "cache": ("cache",),
        "everything": ("method", "headers", credentials, "cache"),
    }.get(varied, ())  # fmt: skip


def _step(rng: Random, number: int, host: str, context: str) -> dict[str, Any]:
    step: dict[str, Any] = {
        "api": rng.choice(["fetch", "fetch", "fetch", "xhr"]), "ctx": context, "url": f"{host}/case/{number}/0",
        "method": rng.choice(METHODS), "headers": rng.choice(HEADER_SETS),
    }  # fmt: skip
    if step["api"] == "fetch":
        step |= {"mode": "cors", "credentials": rng.choice(["include", "omit", "same-origin"])}
        if (cache := rng.choice(CACHE_MODES)) is not None:
            step["cache"] = cache
    else:
        step |= {"withCredentials": rng.random() < 0.5}
        if rng.random() < 0.2:
            step["uploadListener"] = True
            if step["method"] not in ("GET", "HEAD"):
                step["body"] = {"kind": "string", "value": "x"}
    return step


def _preflight(rng: Random, policy: list[list[str]]) -> dict[str, Any]:
    headers = [*policy]
    for name, values in (
        ("Access-Control-Allow-Methods", ALLOW_METHODS),
        ("Access-Control-Allow-Headers", ALLOW_HEADERS),
    ):
        value = rng.choice([values[0], *values])
        if value:
            headers.append([name, value])
    ages = [rng.choice([*MAX_AGES, "600", "600", "1", "2"]) for _ in range(2 if rng.random() < 0.08 else 1)]
    headers += [["Access-Control-Max-Age", age] for age in ages if age is not None]
    return {"status": rng.choice([200, 204]), "headers": headers, "body": "empty"}
