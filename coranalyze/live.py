"""Judging while the traffic flows: one exchange after the other, in the order in which they complete."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from coranalyze.analysis import Analysis
from coranalyze.endpoint import Fold
from coranalyze.engine import Engine
from coranalyze.fetch import Condition, Fetch, Verdict
from coranalyze.finding import Finding
from coranalyze.rules import audit
from coranalyze.sources.capture import CAPTURE, written
from coranalyze.sources.usable import TUNNEL
from coranalyze.visible import visible

HOSTS = 1_000
"""Hosts counted each on its own; all others are counted as `OTHER_HOSTS`."""
OTHER_HOSTS = "(other hosts)"
RECENT = 500
"""Cross-origin fetches kept for `explain`."""
TOLD = 10_000
"""Findings remembered as told."""


@dataclass(slots=True)
class HostCounts:
    """What was seen of one host (with its port)."""

    requests: int = 0
    blocked: int = 0
    findings: int = 0


class News(NamedTuple):
    """One thing that was blocked or newly found."""

    line: str
    """In one line, safe to print."""
    data: dict[str, str | None]
    """The same for programs."""
    entries: tuple[int, ...]
    """The exchanges that show it, by their number as fed."""
    what: Fetch | Finding


@dataclass(slots=True)
class LiveJudge:
    """Takes the lines of a capture file as they are written. An hour of traffic takes no more memory than a minute."""

    browser: str = "auto"
    hosts: dict[str, HostCounts] = field(default_factory=dict)
    requests: int = 0
    blocked: int = 0
    findings: int = 0
    _engine: Engine = field(init=False)
    _fold: Fold = field(default_factory=Fold)
    _has_new: bool = False
    """The fold holds an answer that no audit has looked at."""
    _told: set[tuple[str, str]] = field(default_factory=set)
    _recent: deque[Fetch] = field(default_factory=lambda: deque(maxlen=RECENT))

    def __post_init__(self) -> None:
        self._engine = Engine(CAPTURE.dialect, browser=self.browser)

    def feed(self, line: bytes) -> list[News]:
        """What this exchange shows to be blocked. Raises ValueError for what is no line of a capture file."""
        entry = self.requests
        self.requests += 1
        exchange = written(entry, line)
        if exchange.method == TUNNEL:
            return []
        self._counts(exchange.url).requests += 1
        fetches = self._engine.feed(exchange)
        return self._news(fetches) if fetches else []

    def audit(self) -> list[News]:
        """The findings that are new since the last time. Takes longer than `feed`: for every second or so."""
        if not self._has_new:
            return []
        self._has_new = False
        news = []
        for finding in audit(self._fold):
            key = (finding.fingerprint, finding.confidence.value)
            if key not in self._told:
                if len(self._told) >= TOLD:
                    self._told.clear()
                self._told.add(key)
                self.findings += 1
                self._counts(finding.endpoint).findings += 1
                news.append(News(found_line(finding), _of_finding(finding), _entries(finding), finding))
        return news

    def finish(self) -> list[News]:
        """What is known of fetches that still wait for a request to follow, and the last findings."""
        return [*self._news(self._engine.finish()), *self.audit()]

    def explain(self, entries: Iterable[int]) -> str:
        """The way through the standard of the fetches that these exchanges belong to."""
        from coranalyze.reports import judgement

        wanted = frozenset(entries)
        found = [fetch for fetch in self._recent if any(sent.exchange.entry in wanted for sent in fetch.exchanges)]
        if not found:
            return "no verdict: not cross-origin, still waiting for what follows, or not among the last requests"
        return judgement.render(Analysis([], found))

    def _news(self, fetches: Iterable[Fetch]) -> list[News]:
        news = []
        for fetch in fetches:
            self._has_new |= self._fold.add(fetch)
            if fetch.cross_origin:
                self._recent.append(fetch)
            if fetch.verdict.is_blocked:
                self.blocked += 1
                self._counts(fetch.url).blocked += 1
                deciding = fetch.deciding
                entries = (deciding.exchange.entry,) if deciding is not None else ()
                news.append(News(blocked_line(fetch), _of_fetch(fetch), entries, fetch))
        return news

    def _counts(self, url: str) -> HostCounts:
        host = url.split("/", 3)[2] if "://" in url else OTHER_HOSTS
        found = self.hosts.get(host)
        if found is None:
            found = self.hosts.setdefault(host if len(self.hosts) < HOSTS else OTHER_HOSTS, HostCounts())
        return found


def blocked_line(fetch: Fetch) -> str:
    """`BLOCKED PUT https://api.example/x from https://app.example: header-not-allowed x-token (preflight)`"""
    verdict = fetch.verdict
    asked = f" from {fetch.origin}" if fetch.origin is not None else ""
    whys = [_why(each) for each in verdict.conditions or (verdict,)]
    return visible(f"BLOCKED {fetch.method} {fetch.url}{asked}: {' or '.join(dict.fromkeys(whys))}")


def found_line(finding: Finding) -> str:
    """`FOUND COR101 origin-reflected-any (high, proven) https://api.example/users/{id}: Any site can …`"""
    graded = f"({finding.severity}, {finding.confidence})"
    return visible(f"FOUND {finding.rule} {finding.name} {graded} {finding.endpoint}: {finding.message}")


def _why(answer: Verdict | Condition) -> str:
    detail = f" {answer.detail}" if answer.detail else ""
    return f"{answer.reason}{detail}" + (f" ({answer.stage})" if answer.stage else "")


def _of_fetch(fetch: Fetch) -> dict[str, str | None]:
    verdict = fetch.verdict
    return {
        "outcome": verdict.outcome.value,
        "reason": verdict.reason.value if verdict.reason else None,
        "stage": verdict.stage.value if verdict.stage else None,
        "detail": verdict.detail,
        "origin": fetch.origin,
    }


def _of_finding(finding: Finding) -> dict[str, str | None]:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
    }


def _entries(finding: Finding) -> tuple[int, ...]:
    return tuple(evidence.entry for evidence in finding.evidence)
