"""Write a large HAR as a browser would: `python -m benchmarks.large_har OUT --entries N [--bodies]`.

Deterministic for its arguments. Headers, names and sizes follow what DevTools exports of real sites hold: about 3.8 kB
of JSON an entry without bodies; many pages, origins and URLs; a tenth of the requests cross-origin with preflights.
A host has one server software, one policy and a handful of resources, and is used by the same few pages again and
again, some far more than others. `--varied` writes a capture in which all of these are drawn anew for each entry, which
no site does: the worst case for whatever remembers what it has seen.
"""

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TextIO, TypeVar

T = TypeVar("T")

AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
)  # fmt: skip
KINDS = (
    ("script", "*/*", "application/javascript; charset=utf-8", "script"),
    ("image", "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", "image/webp", "image"),
    ("stylesheet", "text/css,*/*;q=0.1", "text/css", "style"),
    ("fetch", "application/json, text/plain, */*", "application/json; charset=utf-8", "empty"),
    ("xhr", "*/*", "application/json", "empty"),
    ("font", "*/*", "font/woff2", "font"),
)
SUFFIXES = {"script": "js", "image": "webp", "stylesheet": "css", "font": "woff2"}
CACHING = ("max-age=3600", "no-store", "public, max-age=31536000, immutable")
SERVERS = ("nginx", "cloudflare", "AmazonS3", "gunicorn", "Apache", "ECAcc (dcd/7D5A)")


WORDS = (
    "users", "orders", "cart", "search", "items", "session", "prices", "stock", "media", "events", "reviews", "config",
)  # fmt: skip


class Policy(NamedTuple):
    """The `Access-Control-*` lines of an answer; `origin` as `str.format` takes it, with `page` to fill in."""

    origin: str
    credentials: bool


POLICIES = (
    *[Policy("{page}", True)] * 9, *[Policy("*", False)] * 8, *[Policy("{page}", False)] * 2, Policy("*", True),
)  # fmt: skip
"""As often as among real hosts; the last one is refused when credentials are sent."""


class Host(NamedTuple):
    name: str
    server: str
    policy: Policy
    resources: list[str]
    caching: dict[str, str]
    """Kind of resource → Cache-Control."""


class Writer:
    """Makes entries; every random draw comes from one seeded source."""

    def __init__(self, entries: int, bodies: bool, seed: int, varied: bool = False) -> None:
        self.random = random.Random(seed)
        self.entries = entries
        self.bodies = bodies
        self.varied = varied
        self.clock = 0
        names = [f"api{i}.service{i % 97}.example" for i in range(max(50, entries // 100))]
        self.hosts = [self.host(name) for name in names]
        self.pages = [f"https://www.site{i}.example" for i in range(400)]
        self.own = {page: self.host(page[8:]) for page in self.pages}
        self.used = {page: self.popular(self.hosts, 12) for page in self.pages}

    def popular(self, things: Sequence[T], count: int) -> list[T]:
        """Some of these, the n-th of them with a chance of 1/n."""
        return self.random.choices(things, [1 / rank for rank in range(1, len(things) + 1)], k=count)

    def host(self, name: str) -> Host:
        draw = self.random
        caching = {kind[0]: draw.choice(CACHING) for kind in KINDS}
        return Host(name, draw.choice(SERVERS), draw.choice(POLICIES), draw.sample(WORDS, 5), caching)

    def hexadecimal(self, digits: int) -> str:
        return f"{self.random.getrandbits(4 * digits):0{digits}x}"

    def entries_of(self) -> Iterator[dict[str, Any]]:
        made = 0
        while made < self.entries:
            page = self.random.choice(self.pages) if self.varied else self.popular(self.pages, 1)[0]
            cross = self.random.random() < 0.6
            if self.varied:
                host = self.host(self.random.choice(self.hosts).name if cross else page[8:])
            else:
                host = self.random.choice(self.used[page]) if cross else self.own[page]
            kind = self.random.choice(KINDS)
            url = f"https://{host.name}{self.path(host, kind[0])}"
            method = self.random.choice(("GET", "GET", "POST", "PUT", "DELETE")) if kind[3] == "empty" else "GET"
            cors = cross and kind[3] in ("empty", "font")
            yield self.entry(page, host, url, method, kind, cross, cors)
            made += 1
            if cors and kind[3] == "empty" and method in ("PUT", "DELETE") and made < self.entries:
                yield self.entry(page, host, url, "OPTIONS", kind, cross, cors, asked=method)
                made += 1

    def path(self, host: Host, kind: str) -> str:
        """No two are alike: an id and a query for what scripts ask, a hash for what pages load."""
        draw = self.random
        if self.varied:
            path = f"/v{draw.randrange(4)}/{self.hexadecimal(6)}/{draw.randrange(10**6)}"
            return f"{path}?session_page={draw.randrange(900)}&w={self.hexadecimal(8)}"
        resource = draw.choice(host.resources)
        if kind in ("fetch", "xhr"):
            path = f"/v{len(host.name) % 4}/{resource}/{draw.randrange(10**6)}"
            return f"{path}?session_page={draw.randrange(900)}&w={self.hexadecimal(8)}"
        return f"/assets/{kind}/{resource}.{self.hexadecimal(16)}.{SUFFIXES[kind]}?v={draw.randrange(900)}"

    def entry(
        self, page: str, host: Host, url: str, method: str, kind: tuple[str, str, str, str], cross: bool, cors: bool,
        asked: str | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        draw = self.random
        self.clock += 0 if asked else draw.randrange(40)
        site = "cross-site" if cross else "same-origin"
        request = [
            (":authority", url[8:].partition("/")[0]), (":method", method), (":path", url[8:]), (":scheme", "https"),
            ("accept", "*/*" if asked else kind[1]), ("accept-encoding", "gzip, deflate, br, zstd"),
            ("accept-language", "en-GB,en;q=0.9,de;q=0.8"), ("cache-control", "no-cache"), ("pragma", "no-cache"),
            ("priority", "u=1, i"), ("referer", page + "/"),
            ("sec-ch-ua", '"Chromium";v="156", "Not)A;Brand";v="8", "Google Chrome";v="156"'),
            ("sec-ch-ua-mobile", "?0"), ("sec-ch-ua-platform", '"Linux"'),
            ("sec-fetch-dest", "empty" if asked else kind[3]), ("sec-fetch-mode", "cors" if cors else "no-cors"),
            ("sec-fetch-site", site), ("user-agent", AGENT), ("x-request-id", self.hexadecimal(32)),
        ]  # fmt: skip
        if cors or method not in ("GET", "OPTIONS"):
            request.append(("origin", page))
        if asked:
            request += [("access-control-request-method", asked), ("access-control-request-headers", "x-request-id")]
        cookies = []
        if not asked and draw.random() < 0.4:
            cookies = [("sid", self.hexadecimal(40)), ("consent", "1"), ("_ga", f"GA1.2.{draw.randrange(10**9)}")]
            request.append(("cookie", "; ".join(f"{name}={value}" for name, value in cookies)))
        response = [
            ("cache-control", host.caching[kind[0]]),
            ("content-encoding", "br"),
            ("content-length", str(draw.randrange(200, 90_000))),
            ("content-type", kind[2]),
            ("date", f"Mon, 23 Nov 2026 07:{draw.randrange(60):02}:{draw.randrange(60):02} GMT"),
            ("etag", f'W/"{self.hexadecimal(16)}"'),
            ("strict-transport-security", "max-age=31536000; includeSubDomains; preload"),
            ("vary", "Origin, Accept-Encoding"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            *self.edge(host.server),
        ]
        if cors and draw.random() < 0.95:
            response.append(("access-control-allow-origin", host.policy.origin.format(page=page)))
            if host.policy.credentials:
                response.append(("access-control-allow-credentials", "true"))
        if asked:
            response += [
                ("access-control-allow-methods", "GET, PUT, DELETE"), ("access-control-allow-headers", "x-request-id"),
                ("access-control-max-age", "600"),
            ]  # fmt: skip
        started = self.clock
        stamp = f"2026-11-23T{7 + started // 3_600_000:02}:{started // 60_000 % 60:02}:{started // 1000 % 60:02}"
        return {
            "_initiator": {
                "type": "preflight" if asked else "script",
                "url": url,
                "stack": {"callFrames": [
                    {"functionName": name, "scriptId": "7", "url": page + "/app.js", "lineNumber": 12,
                     "columnNumber": draw.randrange(90_000)} for name in ("load", "e.request", "")
                ]},
            },
            "_priority": "High",
            "_resourceType": "preflight" if asked else kind[0],
            "_connectionId": str(draw.randrange(10_000)),
            "cache": {},
            "connection": "443",
            "pageref": "page_1",
            "request": {
                "method": method, "url": url, "httpVersion": "http/2.0",
                "headers": [{"name": n, "value": v} for n, v in request],
                "queryString": [
                    {"name": pair.partition("=")[0], "value": pair.partition("=")[2]}
                    for pair in url.partition("?")[2].split("&")
                ],
                "cookies": [
                    {"name": name, "value": value, "path": "/", "domain": ".example", "httpOnly": name == "sid",
                     "expires": "2027-01-01T00:00:00.000Z", "secure": True, "sameSite": "Lax"}
                    for name, value in cookies
                ],
                "headersSize": -1, "bodySize": 0,
            },
            "response": {
                "status": 204 if asked else 200, "statusText": "", "httpVersion": "http/2.0",
                "headers": [{"name": n, "value": v} for n, v in response], "cookies": [],
                "content": {"size": 40, "mimeType": kind[2], **({"text": self.body()} if self.bodies else {})},
                "redirectURL": "", "headersSize": -1, "bodySize": -1, "_transferSize": 512, "_error": None,
                "_fetchedViaServiceWorker": False,
            },
            "serverIPAddress": f"203.0.113.{draw.randrange(250)}",
            "startedDateTime": f"{stamp}.{started % 1000:03}Z",
            "time": 40 + draw.random() * 200,
            "timings": {"blocked": 1.5, "dns": -1, "ssl": -1, "connect": -1, "send": 0.2, "wait": 30.1, "receive": 2.4},
        }  # fmt: skip

    def edge(self, server: str) -> list[tuple[str, str]]:
        """What the server in front adds: a CDN's ids and cache marks, or an application's own."""
        draw = self.random
        if server == "cloudflare":
            report = '{"endpoints":[{"url":"https://a.nel.example/report/v4?s=%s"}],"group":"cf-nel","max_age":604800}'
            return [
                ("server", server), ("cf-ray", f"{self.hexadecimal(16)}-FRA"), ("cf-cache-status", "DYNAMIC"),
                ("alt-svc", 'h3=":443"; ma=86400'), ("report-to", report % self.hexadecimal(80)),
                ("nel", '{"success_fraction":0,"report_to":"cf-nel","max_age":604800}'),
            ]  # fmt: skip
        if server == "AmazonS3":
            return [
                ("server", server), ("age", str(draw.randrange(5000))), ("x-amz-cf-id", self.hexadecimal(56)),
                ("via", f"1.1 {self.hexadecimal(32)}.cloudfront.net (CloudFront)"), ("x-amz-cf-pop", "FRA56-P4"),
                ("x-cache", draw.choice(("Hit from cloudfront", "Miss from cloudfront"))),
            ]  # fmt: skip
        return [
            ("server", server), ("x-request-id", self.hexadecimal(32)), ("x-runtime", f"0.{draw.randrange(10**6):06}"),
            ("referrer-policy", "strict-origin-when-cross-origin"), ("x-powered-by", "Express"),
            ("content-security-policy", "default-src 'self'; script-src 'self' 'unsafe-inline'; object-src 'none'"),
        ]  # fmt: skip

    def body(self) -> str:
        """JSON, script or page text of a heavy-tailed length, with the typography and languages of real pages."""
        size = min(int(self.random.paretovariate(1.2) * 5_500), 400_000)
        number, word = self.random.randrange(10**6), self.hexadecimal(12)
        piece = self.random.choice(
            (
                f'{{"id":"{word}","n":{number},"text":"zwölf “Sätze” – 日本語\\n"}},\n',
                f'<li class="item" id="{word}">\n\t<a href="/p/{number}">Größe</a>\n</li>\n',
                f'function e_{word}(t){{return t&&"a\\u00e9"!==t.k?n("{number}"):null}}\n',
            )
        )
        return (piece * (1 + size // len(piece)))[:size]


def write(path: Path, entries: int, bodies: bool, seed: int = 1, varied: bool = False) -> None:
    with path.open("w", encoding="utf-8") as file:
        _write(file, Writer(entries, bodies, seed, varied))


def _write(file: TextIO, writer: Writer) -> None:
    file.write('{"log":{"version":"1.2","creator":{"name":"WebInspector","version":"537.36"},"pages":[')
    page = {"startedDateTime": "2026-11-23T07:00:00.000Z", "id": "page_1", "title": "https://www.site1.example/",
            "pageTimings": {"onContentLoad": 300, "onLoad": 900}}  # fmt: skip
    file.write(json.dumps(page) + '],"entries":[')
    for i, entry in enumerate(writer.entries_of()):
        file.write(("," if i else "") + "\n" + json.dumps(entry, ensure_ascii=False))
    file.write("]}}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--entries", type=int, required=True)
    parser.add_argument("--bodies", action="store_true")
    parser.add_argument("--varied", action="store_true", help="hosts without any habit")
    options = parser.parse_args()
    write(options.out, options.entries, options.bodies, varied=options.varied)


if __name__ == "__main__":
    main()
