"""Short stories for engine tests: exchanges in the plain-text notation, asked for by `https://app.example`."""

from coranalyze.engine import Engine
from coranalyze.exchange import Dialect, Exchange, Family
from coranalyze.fetch import Fetch
from coranalyze.sources.text import parse_text

WIRE = Dialect(name="test-wire", family=Family.WIRE)
CHROME = Dialect(name="chrome-devtools", family=Family.BROWSER, marks_failures=True)
PAGE = "https://app.example"
API = "https://api.example"
OTHER = "https://other.example"

CORS = f"Origin: {PAGE}\nSec-Fetch-Mode: cors\nSec-Fetch-Site: cross-site\nSec-Fetch-Dest: empty\n"
INCLUDE = CORS + "Sec-Fetch-Storage-Access: active\n"


def exchanges(*parts: str) -> list[Exchange]:
    """Each part is one exchange: request line and headers, a blank line, status and headers."""
    return parse_text("\n\n".join(part.strip() for part in parts))


def judged(*parts: str, browser: str = "chromium", dialect: Dialect = WIRE) -> list[Fetch]:
    engine = Engine(dialect, browser=browser)
    fetches = [fetch for exchange in exchanges(*parts) for fetch in engine.feed(exchange)]
    return fetches + engine.finish()


def only(*parts: str, browser: str = "chromium", dialect: Dialect = WIRE) -> Fetch:
    fetches = judged(*parts, browser=browser, dialect=dialect)
    assert len(fetches) == 1, [(f.method, f.url, f.outcome) for f in fetches]
    return fetches[0]


def get(answer: str, *, url: str = f"{API}/x", headers: str = CORS, method: str = "GET") -> str:
    """A request with its answer: `200` and header lines."""
    return f"{method} {url}\n{headers}\n\n{answer}"


def preflight(answer: str, *, method: str = "PUT", names: str = "", url: str = f"{API}/x", origin: str = PAGE) -> str:
    asked = f"Origin: {origin}\nAccess-Control-Request-Method: {method}\n"
    if names:
        asked += f"Access-Control-Request-Headers: {names}\n"
    return f"OPTIONS {url}\n{asked}\n\n{answer}"
