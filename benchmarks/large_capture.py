"""Write a large capture file: `python -m benchmarks.large_capture OUT.cors.jsonl[.gz] --exchanges N [--seed S]`.

Deterministic for its arguments, some 200,000 exchanges a second. Lines are those of the addon: about 1 kB each, headers
redacted. Pages of many sites are opened, and ask servers of their own and of others, a few of which are asked by almost
everybody, at endpoints whose paths hold ids. Most servers get CORS right, some in each of the usual ways wrong. A
preflight stands before its request, with up to three exchanges of others between them; where it fails, no request
follows.
"""

from __future__ import annotations

import argparse
import gzip
import random
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/155.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:151.0) Gecko/20100101 Firefox/151.0",
)
STARTED = 1_795_550_000_000.0
"""Milliseconds since the epoch at which the recording begins."""
SERVED = 200
"""Exchanges for each server, on average."""
VISITED = 500
"""Exchanges for each site whose pages ask, on average."""
VISITS = 0.01
"""Share of exchanges that fetch the page itself."""
BATCH = 1_000
"""Lines written in one go."""


class Endpoint(NamedTuple):
    path: str
    """With a place for an id."""
    methods: tuple[str, ...]


ENDPOINTS = (
    Endpoint("/v1/users/%d", ("GET", "GET", "PUT", "DELETE")),
    Endpoint("/v1/orders/%d/items", ("GET", "POST")),
    Endpoint("/v2/carts/%d", ("GET", "PUT")),
    Endpoint("/search?page=%d", ("GET",)),
    Endpoint("/graphql?operation=%d", ("POST",)),
    Endpoint("/events/%d", ("POST",)),
    Endpoint("/fonts/%d.woff2", ("GET",)),
    Endpoint("/api/products/%d/reviews", ("GET", "POST")),
)
SIMPLE = frozenset({"GET"})
"""Methods of which the made-up pages send no preflight: their POSTs are JSON."""


ALL = frozenset({"POST", "PUT", "DELETE"})


class Policy(NamedTuple):
    """How a server answers. `{origin}` stands for the page that asks."""

    weight: int
    allow: tuple[tuple[str, str], ...]
    """CORS headers of every answer."""
    preflight: tuple[tuple[str, str], ...]
    """Further ones of answers to OPTIONS."""
    refuses: frozenset[str] = frozenset()
    """Methods whose preflight fails."""
    preflight_status: int = 204
    errors: float = 0.01
    """Share of answers that are errors."""
    errors_drop_cors: bool = False

    @property
    def cookies(self) -> float:
        """Share of requests that carry cookies: few where the server does not mean to take any."""
        return 0.4 if len(self.allow) > 2 else 0.01


_ECHO = (("Access-Control-Allow-Origin", "{origin}"), ("Vary", "Origin"))
_CREDENTIALS = (*_ECHO, ("Access-Control-Allow-Credentials", "true"))
_ALL = (
    ("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE"),
    ("Access-Control-Allow-Headers", "content-type, x-token"),
    ("Access-Control-Max-Age", "600"),
)
POLICIES = (
    Policy(300, _ECHO, _ALL),
    Policy(250, _CREDENTIALS, _ALL),
    Policy(300, (("Access-Control-Allow-Origin", "*"),), _ALL),
    Policy(15, (), (), refuses=ALL),
    Policy(20, (("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Credentials", "true")), _ALL),
    Policy(15, _CREDENTIALS[:1], _ALL),
    Policy(20, _ECHO, _ALL, refuses=ALL, preflight_status=401),
    Policy(15, _ECHO, _ALL[1:], refuses=ALL - {"POST"}),
    Policy(15, _ECHO, (_ALL[0], ("Access-Control-Allow-Headers", "content-type")), refuses=ALL),
    Policy(30, _CREDENTIALS, _ALL, errors=0.1, errors_drop_cors=True),
    Policy(10, (*_ECHO, ("Access-Control-Allow-Origin", "*")), _ALL, refuses=ALL),
    Policy(10, (("Access-Control-Allow-Origin", "https://app.other.example"),), _ALL, refuses=ALL),
)


class Line(NamedTuple):
    """What is alike on many lines, as JSON: all but URL, times and what is said of one exchange only."""

    middle: str
    """From the status to the end of the response headers."""
    end: str
    """From the address on."""


def _json(headers: list[tuple[str, str]]) -> str:
    # No value here has a character that JSON escapes.
    return "[" + ",".join([f'["{name}","{value}"]' for name, value in headers]) + "]"


_VISITED = [
    ("user-agent", AGENTS[0]), ("accept", "text/html"), ("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate"),
    ("sec-fetch-dest", "document"), ("upgrade-insecure-requests", "1"), ("host", "{origin}"),
]  # fmt: skip
PAGE = Line(
    f'"status":200,"response":{_json([("content-type", "text/html"), ("content-length", "{length}")])}',
    f'"address":"203.0.113.7","http":"HTTP/2.0","request":{_json(_VISITED)}}}\n',
)


def lines(exchanges: int, seed: int = 1) -> Iterator[str]:
    """The whole file, line by line; after the first one `exchanges` lines of exchanges, then the last."""
    yield f'{{"coranalyze_capture":1,"mitmproxy":"12.0.0","started":{STARTED},"part":1}}\n'
    yield from _Writer(exchanges, seed).lines()
    yield f'{{"closed":{STARTED + exchanges * 40.0},"exchanges":{exchanges}}}\n'


class _Writer:
    def __init__(self, exchanges: int, seed: int) -> None:
        self._exchanges = exchanges
        draw = self._random = random.Random(seed)
        self._servers = max(20, exchanges // SERVED)
        self._sites = max(10, exchanges // VISITED)
        weights = [policy.weight for policy in POLICIES]
        self._policies = draw.choices(range(len(POLICIES)), weights, k=self._servers)
        self._known: dict[tuple[object, ...], Line] = {}
        self._clock = STARTED

    def lines(self) -> Iterator[str]:
        draw, waiting = self._random.random, list[tuple[int, str, tuple[object, ...]]]()
        made = 0
        while made < self._exchanges:
            made += 1
            if waiting and waiting[0][0] <= made:
                _, url, like = waiting.pop(0)
                yield self._line(url, like)
                continue
            # The square and the cube crowd both: a few sites and servers have most of the traffic.
            site = int(self._sites * draw() ** 2)
            if draw() < VISITS:
                yield self._visit(site)
                continue
            server = int(self._servers * draw() ** 3)
            endpoint = int(len(ENDPOINTS) * draw())
            methods = ENDPOINTS[endpoint].methods
            method = methods[int(len(methods) * draw())]
            policy = POLICIES[self._policies[server]]
            url = f"https://api{server}.service{server % 997}.example{ENDPOINTS[endpoint].path % int(1e9 * draw())}"
            failed = draw() < policy.errors
            like = (site, server, endpoint, method, failed, draw() < policy.cookies)
            if method in SIMPLE:
                yield self._line(url, like)
                continue
            yield self._line(url, (site, server, endpoint, "OPTIONS", method))
            if method not in policy.refuses:
                waiting.append((made + 1 + int(4 * draw()), url, like))

    def _visit(self, site: int) -> str:
        return self._written("GET", f"https://www.site{site}.example/", f"www.site{site}.example", PAGE)

    def _line(self, url: str, like: tuple[object, ...]) -> str:
        # Equal parts are made once for a server, however many pages ask it: the origin is put in by replacing.
        site, key = like[0], like[1:]
        line = self._known.get(key)
        if line is None:
            if len(self._known) >= 50_000:
                self._known.clear()
            line = self._known[key] = self._made(*key)  # type: ignore[arg-type]
        return self._written(str(key[2]), url, f"https://www.site{site}.example", line)

    def _written(self, method: str, url: str, origin: str, line: Line) -> str:
        random = self._random.random
        started = self._clock = self._clock + 40 * random()
        middle = line.middle.replace("{origin}", origin).replace("{length}", str(int(200 / (1.002 - random()))))
        return (
            f'{{"method":"{method}","url":"{url}","started":{started:.3f},{middle},'
            f'"ended":{started + 10 + 200 * random():.3f},{line.end.replace("{origin}", origin)}'
        )

    def _made(self, server: int, endpoint: int, method: str, *more: object) -> Line:
        policy = POLICIES[self._policies[server]]
        agent = AGENTS[server % len(AGENTS)]
        request = [
            ("sec-ch-ua", "[redacted]"), ("sec-ch-ua-mobile", "[redacted]"), ("sec-ch-ua-platform", "[redacted]"),
            ("user-agent", agent), ("accept", "*/*"), ("origin", "{origin}"), ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "font" if "fonts" in ENDPOINTS[endpoint].path else "empty"),
            ("referer", "{origin}/"), ("accept-encoding", "[redacted]"), ("accept-language", "en-US,en;q=0.9"),
            ("priority", "[redacted]"), ("host", f"api{server}.service{server % 997}.example"),
        ]  # fmt: skip
        response = [
            ("date", "[redacted]"), ("content-type", "application/json; charset=utf-8"), ("server", "nginx"),
            ("content-length", "{length}"), ("cache-control", "private, no-store"),
            ("etag", "[redacted]"), ("strict-transport-security", "max-age=31536000"), ("x-request-id", "[redacted]"),
        ]  # fmt: skip
        status = 200
        if method == "OPTIONS":
            (asked,) = more
            request.append(("access-control-request-method", str(asked)))
            request.append(("access-control-request-headers", _asked(asked)))
            status = policy.preflight_status
            response += [*policy.allow, *policy.preflight]
        else:
            failed, with_cookie = more
            if method not in SIMPLE:
                request += [("content-type", "application/json"), ("x-token", "[redacted]")]
            if with_cookie:
                request.append(("cookie", "sid=[redacted]; theme=[redacted]"))
            status = 500 if failed else 200
            response += () if failed and policy.errors_drop_cors else policy.allow
        return Line(
            f'"status":{status},"response":{_json(response)}',
            f'"address":"203.0.113.{server % 250}","http":"HTTP/2.0","request":{_json(request)}}}\n',
        )


def _asked(method: object) -> str:
    return "x-token" if method == "DELETE" else "content-type,x-token"


def write(path: Path, exchanges: int, seed: int = 1) -> None:
    """By the suffix of the path as gzip, or plain."""
    if path.suffix == ".gz":
        # No name and no time in it: equal arguments, equal bytes.
        with path.open("wb") as raw, gzip.GzipFile("", "wb", 3, raw, mtime=0) as opened:
            _write(opened, exchanges, seed)
    else:
        with path.open("wb") as opened:
            _write(opened, exchanges, seed)


def _write(file: BinaryIO | gzip.GzipFile, exchanges: int, seed: int) -> None:
    batch: list[str] = []
    for line in lines(exchanges, seed):
        batch.append(line)
        if len(batch) == BATCH:
            file.write("".join(batch).encode())
            batch.clear()
    file.write("".join(batch).encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--exchanges", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    write(options.out, options.exchanges, options.seed)


if __name__ == "__main__":
    main()
