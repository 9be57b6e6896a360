"""Exchanges for the tests of rules, a line each."""

from coranalyze.analysis import Analysis, analyze
from coranalyze.finding import Finding
from coranalyze.sources.text import parse_text

API = "https://api.example/x"
APP = "https://app.example"


def asked(
    method: str = "GET", url: str = API, *request: str, origin: str | None = APP, status: int | str = 200,
    answer: tuple[str, ...] = (),
) -> str:  # fmt: skip
    """One exchange in the plain-text notation; `request` and `answer` are header lines."""
    lines = [f"{method} {url}", *([f"Origin: {origin}"] if origin else []), *request, "", str(status), *answer, ""]
    return "\n".join(lines) + "\n"


def preflight(
    method: str = "PUT", headers: str = "", *, url: str = API, origin: str = APP, status: int = 204,
    answer: tuple[str, ...] = (),
) -> str:  # fmt: skip
    """A preflight; a good one where `answer` is not given."""
    request = [f"Access-Control-Request-Method: {method}"]
    if headers:
        request.append(f"Access-Control-Request-Headers: {headers}")
    return asked("OPTIONS", url, *request, origin=origin, status=status, answer=answer)


def acao(value: str = APP, *more: str) -> tuple[str, ...]:
    return (f"Access-Control-Allow-Origin: {value}", *more)


ACAC = "Access-Control-Allow-Credentials: true"
VARY = "Vary: Origin"


def told(*exchanges: str, **options: object) -> Analysis:
    return analyze(parse_text("\n".join(exchanges)), **options)  # type: ignore[arg-type]


def findings(*exchanges: str, groups: str = "456789") -> dict[str, Finding]:
    """Rule → its first finding, of these groups."""
    found: dict[str, Finding] = {}
    for finding in told(*exchanges).findings:
        if finding.rule[3] in groups:
            found.setdefault(finding.rule, finding)
    return found


def graded(*exchanges: str, groups: str = "456789") -> set[str]:
    """`COR401 low`, `COR401 low?` for a suspicion."""
    return {
        f"{each.rule} {each.severity}" + ("?" if each.confidence == "suspected" else "")
        for each in findings(*exchanges, groups=groups).values()
    }
