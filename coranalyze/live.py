"""Judging while the traffic flows: one exchange after the other, in the order in which they complete."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from coranalyze.engine import Engine
from coranalyze.exchange import Exchange
from coranalyze.fetch import Condition, Fetch, Outcome, Verdict
from coranalyze.reports.visible import visible
from coranalyze.sources.capture import CAPTURE, written

HOSTS_LIMIT = 1_000
"""Hosts counted each on its own; all others are counted as `OTHER_HOSTS`."""
OTHER_HOSTS = "(other hosts)"
BLOCKED = ":red_circle:"
"""The mark of a flow, as mitmproxy names emoji."""


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
    marker: str
    data: dict[str, str | None]
    """What is kept with the flow."""
    fetch: Fetch


@dataclass(slots=True)
class LiveJudge:
    """Takes the lines of a capture file as they are written; memory is bounded."""

    browser: str = "auto"
    hosts: dict[str, HostCounts] = field(default_factory=dict)
    requests: int = 0
    blocked: int = 0
    findings: int = 0
    _engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        self._engine = Engine(CAPTURE.dialect, browser=self.browser)

    def feed(self, line: bytes) -> list[News]:
        """What this exchange makes known. Raises ValueError for what is no line of a capture file."""
        exchange = written(self.requests, line)
        self.requests += 1
        self._counts(exchange).requests += 1
        fetches = self._engine.feed(exchange)
        return self._news(fetches) if fetches else []

    def finish(self) -> list[News]:
        """What is known of the fetches that still wait for a request to follow."""
        return self._news(self._engine.finish())

    def _news(self, fetches: list[Fetch]) -> list[News]:
        news = []
        for fetch in fetches:
            if _is_blocked(fetch.verdict):
                self.blocked += 1
                self._counts(fetch.exchanges[-1].exchange).blocked += 1
                news.append(News(blocked_line(fetch), BLOCKED, _data(fetch), fetch))
        return news

    def _counts(self, exchange: Exchange) -> HostCounts:
        host = exchange.url.split("/", 3)[2] if "://" in exchange.url else OTHER_HOSTS
        found = self.hosts.get(host)
        if found is None:
            if len(self.hosts) >= HOSTS_LIMIT:
                host = OTHER_HOSTS
            found = self.hosts.setdefault(host, HostCounts())
        return found


def _is_blocked(verdict: Verdict) -> bool:
    """For certain: also where only the reason hangs on what the capture does not show."""
    if verdict.outcome is Outcome.CONDITIONAL:
        return all(condition.outcome is Outcome.BLOCKED for condition in verdict.conditions)
    return verdict.outcome is Outcome.BLOCKED


def blocked_line(fetch: Fetch) -> str:
    """`BLOCKED PUT https://api.example/x from https://app.example: header-not-allowed x-token (preflight)`"""
    verdict = fetch.verdict
    asked = f" from {fetch.origin}" if fetch.origin is not None else ""
    whys = [_why(each) for each in verdict.conditions or (verdict,)]
    return visible(f"BLOCKED {fetch.method} {fetch.url}{asked}: {' or '.join(dict.fromkeys(whys))}")


def _why(answer: Verdict | Condition) -> str:
    detail = f" {answer.detail}" if answer.detail else ""
    return f"{answer.reason}{detail}" + (f" ({answer.stage})" if answer.stage else "")


def _data(fetch: Fetch) -> dict[str, str | None]:
    verdict = fetch.verdict
    return {
        "outcome": verdict.outcome.value,
        "reason": verdict.reason.value if verdict.reason else None,
        "stage": verdict.stage.value if verdict.stage else None,
        "detail": verdict.detail,
        "origin": fetch.origin,
    }
