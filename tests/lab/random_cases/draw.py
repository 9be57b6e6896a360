"""Cases out of a seed: a request of a script or element, and the answers of every hop, right ones and spoilt ones."""

from collections.abc import Iterator
from random import Random
from typing import Any

from tests.lab.random_cases.faults import Faults
from tests.lab.random_cases.sequences import draw_sequence
from tests.lab.random_cases.words import (
    BODIES,
    CORP_VALUES,
    DECORATION,
    DOWN,
    EXPOSES,
    MAX_AGES,
    METHODS,
    REDIRECTS,
    REFERRER_POLICIES,
    SAFELISTED,
    TARGETS,
    UNSAFE_NAMES,
    VALUES,
    Answer,
    Headers,
    pick,
    spaced,
    spelt,
)

FAMILIES = (
    ("fetch", 44), ("xhr", 16), ("sequence", 9), ("no-cors", 5), ("from-same-origin", 5), ("img", 3), ("script", 3),
    ("module", 2), ("font", 2), ("same-origin-mode", 2), ("es", 3), ("style", 2), ("down", 1), ("import", 1),
    ("beacon", 1), ("preload", 1), ("ws", 1), ("audio", 1), ("iframe", 1),
)  # fmt: skip
CONTEXTS = (
    ("page", 76), ("worker", 6), ("sandbox", 6), ("nested", 1), ("data-frame", 1), ("blob-worker", 1),
    ("data-worker", 1),
    ("foreign", 4), ("same-site", 4),
)  # fmt: skip
FOREIGN = {"foreign": "http://api.other.localhost", "same-site": "http://static.app.localhost"}
OPAQUE = ("sandbox", "data-frame", "data-worker")
ELEMENTS = ("img", "script", "module", "style", "preload", "audio", "iframe")
BODY_OF = {
    "img": "png", "script": "js", "module": "module", "style": "css", "preload": "json", "audio": "audio",
    "iframe": "html",
    "font": "font", "import": "module", "es": "es",
}  # fmt: skip
MIME = {
    "json": "application/json", "text": "text/plain", "empty": "text/plain", "html": "text/html", "png": "image/png",
    "js": "text/javascript", "module": "text/javascript", "css": "text/css", "es": "text/event-stream",
    "font": "font/ttf", "audio": "audio/wav",
}  # fmt: skip
STATUSES = ((200, 60), (201, 4), (204, 5), (206, 2), (304, 2), (400, 3), (401, 4), (403, 4), (404, 6), (500, 5),
            (503, 2), (205, 1), (203, 1), (300, 1), (299, 1), (418, 1), (599, 1), (305, 1))  # fmt: skip


def draw(seed: int, count: int, page: str) -> Iterator[dict[str, Any]]:
    """`count` cases; a case depends on its number and the seed only, so that one can be run again alone."""
    for number in range(count):
        rng = Random(f"{seed}/{number}")
        family = pick(rng, FAMILIES)
        if family == "sequence":
            yield draw_sequence(rng, number, page)
        else:
            yield _Case(rng, number, page, family).draw()


class _Case:
    def __init__(self, rng: Random, number: int, page: str, family: str) -> None:
        self.rng = rng
        self.number = number
        self.page = page
        self.family = family
        self.tags: list[str] = []
        self.names: list[str] = []
        self.method = "GET"
        self.include = False
        self.api = {"no-cors": "fetch", "same-origin-mode": "fetch"}.get(family, family)
        if family in ("from-same-origin", "down"):
            self.api = rng.choice(["fetch", "fetch", "xhr"])
        self.context = self._context()
        self.origin = "null" if self.context in OPAQUE else FOREIGN.get(self.context, page)

    def draw(self) -> dict[str, Any]:
        hosts = self._hosts()
        client = self._client()
        client["url"] = self._url(hosts[0])
        hops = [self._hop(i, hosts) for i in range(len(hosts))]
        if self.rng.random() < 0.62:
            self._spoil(hops)
            if self.rng.random() < 0.15:
                self._spoil(hops)
        for hop in hops:
            for kind in ("preflight", "actual"):
                self._decorate(hop[kind])
        return {
            "id": self.number, "page": self.page, "origin": self.origin, "family": self.family, "tags": self.tags,
            "client": client, "server": hops,
        }  # fmt: skip

    # The request

    def _context(self) -> str:
        while True:
            context = pick(self.rng, CONTEXTS)
            if self.page.startswith("https") and context in FOREIGN:
                continue
            if "worker" not in context or self.api in ("fetch", "xhr", "es"):
                return context

    def _hosts(self) -> list[str]:
        rng = self.rng
        count = pick(rng, ((1, 72), (2, 17), (3, 8), (4, 3), (22, 0)))
        if self.api == "ws":
            count = 1
        hosts = [self._host() for _ in range(count)]
        if self.family == "from-same-origin" or (self.family == "same-origin-mode" and rng.random() < 0.6):
            hosts[0] = self.page if self.origin == "null" else self.origin
        if self.family == "down":
            hosts[rng.randrange(len(hosts))] = DOWN
        for i in range(1, count):
            if rng.random() < 0.35:
                hosts[i] = hosts[i - 1]
        return hosts

    def _host(self) -> str:
        return self.page if self.rng.random() < 0.07 else pick(self.rng, TARGETS)

    def _url(self, host: str) -> str:
        rng = self.rng
        query = rng.choice(["", "", "", "?q=1", "?a=b&c=d", "?token=%20x", "#frag", "?"])
        if self.family == "no-cors" and rng.random() < 0.03:
            host = host.replace("://", "://user:pass@")
            self.tags.append("url-userinfo")
        return f"{host}/case/{self.number}/0{query}"

    def _client(self) -> dict[str, Any]:
        rng = self.rng
        client: dict[str, Any] = {"api": self.api, "ctx": self.context}
        if self.api == "fetch":
            client |= self._fetch()
        elif self.api == "xhr":
            client |= self._xhr()
        elif self.api == "es":
            self.include = client["withCredentials"] = rng.random() < 0.4
        elif self.api in ELEMENTS and self.api != "iframe":
            client["crossorigin"] = rng.choice([None, "anonymous", "use-credentials", "", "bogus", "Use-Credentials"])
            if self.api == "preload" and client["crossorigin"] is None:
                client["crossorigin"] = "anonymous"
            self.include = str(client["crossorigin"]).lower() == "use-credentials"
        elif self.api == "beacon":
            client["body"] = rng.choice(BODIES)
            self.method, self.include, self.names = "POST", True, ["content-type"]
        if rng.random() < 0.03 and self.api in (*ELEMENTS, "fetch"):
            client["referrerPolicy"] = rng.choice(REFERRER_POLICIES)
        return client

    def _fetch(self) -> dict[str, Any]:
        rng = self.rng
        client: dict[str, Any] = {"headers": self._headers()}
        if rng.random() < 0.85:
            self.method = client["method"] = pick(rng, METHODS)
        if self.family == "no-cors":
            client["mode"] = "no-cors"
            if rng.random() < 0.8:
                self.method = client["method"] = rng.choice(["GET", "POST", "HEAD", "GET"])
        elif self.family == "same-origin-mode":
            client["mode"] = "same-origin"
        elif rng.random() < 0.7:
            client["mode"] = "cors"
        if rng.random() < 0.65:
            client["credentials"] = rng.choice(["include", "include", "same-origin", "omit"])
            self.include = client["credentials"] == "include"
        if rng.random() < 0.08:
            client["redirect"] = rng.choice(["manual", "error", "follow"])
        if rng.random() < 0.1:
            client["cache"] = rng.choice(["no-cache", "no-store", "reload", "force-cache", "default"])
        if rng.random() < 0.03:
            client["keepalive"] = True
        self._put_body(client)
        return client

    def _xhr(self) -> dict[str, Any]:
        rng = self.rng
        self.method = pick(rng, METHODS)
        self.include = rng.random() < 0.45
        client: dict[str, Any] = {"method": self.method, "headers": self._headers(), "withCredentials": self.include}
        if rng.random() < 0.12:
            client["uploadListener"] = True
        self._put_body(client)
        return client

    def _put_body(self, client: dict[str, Any]) -> None:
        if self.method.upper() in ("GET", "HEAD") and self.rng.random() < 0.97:
            return
        if self.rng.random() < 0.6:
            client["body"] = self.rng.choice(BODIES)
            self.names.append("content-type")

    def _headers(self) -> Headers:
        rng = self.rng
        headers: Headers = []
        for _ in range(pick(rng, ((0, 35), (1, 35), (2, 20), (3, 8), (6, 2)))):
            if rng.random() < 0.5:
                name = rng.choice(list(SAFELISTED))
                headers.append([spelt(rng, name), rng.choice(SAFELISTED[name])])
            else:
                name = rng.choice(UNSAFE_NAMES)
                headers.append([name, rng.choice(VALUES)])
        if headers and rng.random() < 0.08:
            headers.append([spelt(rng, headers[0][0]), headers[0][1]])
        if rng.random() < 0.02:  # the sum of safelisted values
            headers += [["Accept", "a" * 120], ["Accept-Language", "e" * 120]] * rng.choice([4, 5])
        self.names += sorted({name.lower() for name, _ in headers})
        return headers

    # What servers answer

    def _hop(self, i: int, hosts: list[str]) -> dict[str, Any]:
        rng = self.rng
        asked = self._origin_at(i, hosts)
        last = i == len(hosts) - 1
        body = BODY_OF.get(self.api, rng.choice(["json", "json", "text", "html", "empty", "png", "js"]))
        status = pick(rng, STATUSES) if last else rng.choice(REDIRECTS)
        if last and self.api in BODY_OF and (rng.random() < 0.8 or self.api in ("img", "audio", "preload")):
            status = 200
        actual: Answer = {
            "status": status,
            "headers": self._policy(asked),
            # What an element may use stands in redirects too: some lead nowhere.
            "body": body if last or self.api in BODY_OF else rng.choice(["empty", "text"]),
        }
        actual["headers"].append(["Content-Type", self._mime(body)])
        if not last:
            actual["headers"].append(["Location", self._location(hosts[i], hosts[i + 1], i + 1)])
        if rng.random() < 0.3:
            actual["headers"].append(["Access-Control-Expose-Headers", rng.choice(EXPOSES)])
        preflight: Answer = {
            "status": rng.choice([200, 204, 204, 200, 201, 206, 299]),
            "headers": self._policy(asked),
            "body": "empty",
        }
        preflight["headers"] += self._allowances()
        return {"origin": hosts[i], "preflight": preflight, "actual": actual}

    def _mime(self, body: str) -> str:
        if self.api in BODY_OF and self.rng.random() < 0.1:
            self.tags.append("wrong-mime")
            return self.rng.choice(
                ["text/html", "application/json", "image/png", "text/csv", "", "application/octet-stream"]
            )
        return MIME[body]

    def _origin_at(self, i: int, hosts: list[str]) -> str:
        """As the request carries it on that hop by the standard."""
        tainted = any(hosts[j] != hosts[j - 1] and hosts[j - 1] != self.origin for j in range(1, i + 1))
        return "null" if tainted else self.origin

    def _policy(self, asked: str) -> Headers:
        rng = self.rng
        allowed = rng.choice([asked, asked, "{origin}"] if self.include else [asked, asked, "*", "{origin}"])
        headers = [[spelt(rng, "Access-Control-Allow-Origin"), spaced(rng, allowed)]]
        if self.include or rng.random() < 0.3:
            headers.append([spelt(rng, "Access-Control-Allow-Credentials"), spaced(rng, "true")])
        return headers

    def _allowances(self) -> Headers:
        rng = self.rng
        headers: Headers = []
        if self.method not in ("GET", "HEAD", "POST") or rng.random() < 0.6:
            methods = [
                self.method.upper()
                if self.method.lower() in ("get", "post", "put", "delete", "options")
                else self.method
            ]
            methods += rng.sample(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"], rng.randrange(4))
            rng.shuffle(methods)
            star = not self.include and rng.random() < 0.25
            value = "*" if star else rng.choice([", ", ",", " , ", ",\t", ",,"]).join(methods)
            headers.append([spelt(rng, "Access-Control-Allow-Methods"), spaced(rng, value)])
        if self.names:
            names = [spelt(rng, name) for name in dict.fromkeys(self.names)]
            names += rng.sample(["X-Other", "DNT", "Keep-Alive", "Authorization", "content-type"], rng.randrange(3))
            star = not self.include and rng.random() < 0.25
            value = rng.choice(["*", "*, Authorization"]) if star else rng.choice([", ", ",", " ,", ", , "]).join(names)
            headers.append([spelt(rng, "Access-Control-Allow-Headers"), spaced(rng, value)])
        if rng.random() < 0.4 and (age := rng.choice(MAX_AGES)) is not None:
            headers.append(["Access-Control-Max-Age", age])
        return headers

    def _location(self, here: str, there: str, hop: int) -> str:
        rng = self.rng
        path = f"/case/{self.number}/{hop}"
        absolute = f"{there}{path}"
        forms = [
            absolute,
            absolute,
            absolute,
            f"{absolute}?x=1&y=2",
            f"{absolute}#frag",
            f" {absolute}",
            f"{there}/./case/{self.number}/{hop}",
        ]
        if here.partition(":")[0] == there.partition(":")[0]:
            forms.append(there.partition(":")[2] + path)
        if here == there:
            forms += [path, path, str(hop), f"../{self.number}/{hop}"]
        if rng.random() < 0.06:
            forms = [
                there.replace("://", rng.choice(["://user:pass@", "://user@", "://@", "://:@"])) + path,
                absolute.replace("http", "HTTP", 1),
                absolute.replace("/case", "\\case"),
            ]
            self.tags.append("odd-location")
        return rng.choice(forms)

    def _decorate(self, answer: Answer) -> None:
        rng = self.rng
        if rng.random() < 0.5:
            chosen = rng.sample(DECORATION, rng.randrange(1, 5))
            redirects = answer["status"] in (*REDIRECTS, 300, 305)
            answer["headers"] += [[*each] for each in chosen if not (redirects and each[0] == "Location")]
        if rng.random() < (0.3 if self.family == "no-cors" else 0.15 if self.api not in ("fetch", "xhr") else 0):
            answer["headers"].append(["Cross-Origin-Resource-Policy", rng.choice(CORP_VALUES)])
            self.tags.append("corp")
        if self.api not in ("fetch", "xhr") and rng.random() < 0.1:
            answer["headers"].append(
                ["X-Content-Type-Options", rng.choice(["nosniff", "NoSniff", "nosniff, x", "x, nosniff", ""])]
            )
        if rng.random() < 0.1:
            rng.shuffle(answer["headers"])

    def _spoil(self, hops: list[dict[str, Any]]) -> None:
        """One fault in one answer."""
        i = self.rng.randrange(len(hops))
        kind = self.rng.choice(["preflight", "actual", "actual"])
        asked = self._origin_at(i, [hop["origin"] for hop in hops])
        faults = Faults(self.rng, self.number, self.page, include=self.include, no_cors=self.family == "no-cors")
        self.tags.append(f"fault:{kind}{i}:{faults.spoil(hops[i][kind], kind, asked)}")
