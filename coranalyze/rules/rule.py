"""Rule: a pure function whose docstring is its page. `Hit`: where it fired."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from coranalyze.endpoint import Answer, Endpoint
from coranalyze.finding import Confidence, Severity
from coranalyze.rules.host import Host
from coranalyze.sections import blocks, sections

GROUPS = {
    1: "origin trust",
    2: "credentials and exposure",
    3: "transport and network",
    4: "caching",
    5: "headers that never work",
    6: "preflight",
    7: "consistency",
    8: "hygiene",
    9: "capture",
}
"""First digit of a rule's number → its subject."""

_REFERENCES: dict[int, tuple[str, ...]] = {
    1: ("OWASP A05:2021", "OWASP API8:2023", "ASVS 5.0 3.4.2", "ASVS 5.0 3.5.1", "WSTG-CLNT-07"),
    2: ("OWASP A01:2021", "OWASP A05:2021", "ASVS 5.0 3.4.2", "ASVS 5.0 3.5.2", "WSTG-CLNT-07"),
    3: ("OWASP A05:2021", "WSTG-CLNT-07"),
    4: ("ASVS 5.0 14.2.2", "ASVS 5.0 14.2.5", "ASVS 5.0 14.3.2"),
    6: ("ASVS 5.0 4.1.4",),
}
"""Group → what all of its rules refer to."""


class Page(NamedTuple):
    """The docstring of a rule, taken apart."""

    title: str
    """One sentence."""
    text: str
    """What it means, in paragraphs."""
    why: str
    """Why it matters."""
    settle: str
    """How to settle a suspicion; empty for rules that only ever prove."""
    fires: tuple[str, ...]
    """Exchanges in the plain-text notation on which the rule fires."""
    quiet: tuple[str, ...]
    """Exchanges that look alike, and on which it does not."""


class Hit(NamedTuple):
    """One endpoint on which a rule fired."""

    endpoint: Endpoint
    message: str
    severity: Severity
    answers: tuple[Answer, ...]
    """What shows it, the most telling first."""
    confidence: Confidence = Confidence.PROVEN
    settle: str = ""
    """For a suspicion: what would settle it."""
    fact: str = ""
    """What tells two policies of one server apart: hits of one fact are one finding."""
    why: str = ""
    """How the severity came about."""
    origin: str = ""
    method: str = ""
    header: str = ""


class Rule(NamedTuple):
    code: str
    """`COR101`; never used again for another rule."""
    name: str
    """Names the fault."""
    check: Callable[[Host], Iterable[Hit]]
    page: Page
    fixes: tuple[str, ...]
    """Codes of `coranalyze.fixes`."""
    weaknesses: tuple[int, ...]
    """CWE numbers."""
    within: tuple[str, ...]
    """Rules that say it all where they fire on the same endpoint: then this one is silent."""

    @property
    def group(self) -> int:
        return int(self.code[3])

    @property
    def references(self) -> tuple[str, ...]:
        """`CWE-942`, `ASVS 5.0 3.4.2`, …"""
        return (*(f"CWE-{number}" for number in self.weaknesses), *_REFERENCES.get(self.group, ()))


def rule(
    code: int,
    name: str,
    *,
    fixes: Iterable[str] = (),
    weaknesses: Iterable[int] = (),
    within: Iterable[int] = (),
) -> Callable[[Callable[[Host], Iterable[Hit]]], Rule]:
    """Make a function that looks at one host into the rule `COR{code}`; its docstring becomes the page."""

    def make(check: Callable[[Host], Iterable[Hit]]) -> Rule:
        return Rule(
            f"COR{code}",
            name,
            check,
            _page(check),
            tuple(fixes),
            tuple(weaknesses),
            tuple(f"COR{other}" for other in within),
        )

    return make


def _page(check: Callable[[Host], Iterable[Hit]]) -> Page:
    title, text, under = sections(check)
    return Page(
        title,
        text,
        under.get("Why it matters", ""),
        under.get("Settle", ""),
        blocks(under.get("Fires", "")),
        blocks(under.get("Quiet", "")),
    )
