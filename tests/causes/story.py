"""Exchanges in the plain-text notation for the tests of causes, and the cause of the last one."""

from coranalyze.analysis import analyze
from coranalyze.causes import Cause
from coranalyze.sources.text import parse_text

API = "https://api.example/items"
PASSED = "Access-Control-Allow-Origin: https://app.example"
ALLOWED = ("204", PASSED, "Access-Control-Allow-Methods: PUT")
"""The answer to a preflight that lets a PUT go without credentials."""


def get(url: str, *answer: str, origin: str = "https://app.example", cookie: bool = False, cors: bool = False) -> str:
    sent = [f"Origin: {origin}", *(["Cookie: sid"] if cookie else [])]
    sent += ["Sec-Fetch-Mode: cors", "Sec-Fetch-Site: cross-site"] if cors else []
    return "\n".join((f"GET {url}", *sent, "", *answer, "", ""))


def preflight(url: str, *answer: str, method: str = "PUT", origin: str = "https://app.example", names: str = "") -> str:
    asked = [f"Origin: {origin}", f"Access-Control-Request-Method: {method}"]
    asked += [f"Access-Control-Request-Headers: {names}"] if names else []
    return "\n".join((f"OPTIONS {url}", *asked, "", *answer, "", ""))


def put(url: str, *answer: str) -> str:
    return "\n".join((f"PUT {url}", "Origin: https://app.example", "", *answer, "", ""))


def last_cause(text: str) -> Cause | None:
    """Of the last request of the capture."""
    analysis = analyze(parse_text(text))
    return analysis.causes.get(len(analysis.fetches) - 1)
