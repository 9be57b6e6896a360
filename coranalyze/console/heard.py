"""Heard: what a pasted console says, message by message matched to the fetches that it is about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import msgspec

from coranalyze.console.paste import Found, find_messages
from coranalyze.console.settle import agrees, settled, with_blocked
from coranalyze.cors.origin import http_origin_of, resolve, without_fragment
from coranalyze.cors.steps import Reason
from coranalyze.fetch import Fetch, Observed, Outcome

LINES = 40
"""Lines looked at together: some messages take several."""
LONGEST_LINE = 4_000
LONGEST_MESSAGE = 1_000
_MASKED = re.compile(r"\[redacted-[0-9]+\]")


class Said(msgspec.Struct, frozen=True):
    """One message about a fetch, in the browser's own words, secrets masked."""

    text: str
    browser: str
    reason: Reason
    of: int = 1
    """The message is about one of so many equal requests, and does not tell which."""
    agrees: bool = True
    """It gives the reason that the verdict gives (or leaves room for it)."""


class Console:
    """What the consoles said: by position of the fetch, and what is about no request of the captures."""

    def __init__(self) -> None:
        self.said: dict[int, list[Said]] = {}
        self.messages = 0
        self.loose: Counter[tuple[Reason, str]] = Counter()
        """(reason, server) → messages about requests that are in no capture."""
        self.browsers: set[str] = set()

    @property
    def matched(self) -> int:
        """Messages that are about requests of the captures."""
        return self.messages - self.loose.total()

    def notes(self) -> list[str]:
        """One sentence on the whole, and one for each kind of message about nothing in the captures."""
        if not self.messages:
            return ["it holds no message of a browser about a blocked request"]
        messages = "message" if self.messages == 1 else "messages"
        told = [f"{self.messages:,} {messages} about blocked requests, {self.matched:,} of them in the captures"]
        for (reason, server), count in sorted(self.loose.items(), key=lambda each: (-each[1], each[0])):
            told.append(f"{reason}: {count:,} about {server or 'an unknown URL'}, which no capture holds")
        return told[:8] + ([f"… and {len(told) - 8:,} more"] if len(told) > 8 else [])


class Masks(Protocol):
    """Takes secrets out, as they were taken out of the captures."""

    url: Callable[[str], str]
    text: Callable[..., str]


def listen(text: str, fetches: list[Fetch], masks: Masks) -> Console:
    """Match the messages of a console to the fetches, and put into these what they prove.

    `fetches` is changed in place: what was said to be blocked is so observed, and a verdict that hung on what the
    message tells is settled.
    """
    console = Console()
    by_url = _by_url(fetches)
    for found in _messages(text):
        console.messages += 1
        console.browsers.add(found.browser)
        url = _plain(masks.url(found.facts.get("url", "")))
        at = _about(found, url, fetches, by_url, masks)
        if at:
            _apply(console, found, at, fetches, masks)
        else:
            origin = http_origin_of(url)
            console.loose[found.reason, str(origin) if origin is not None else ""] += 1
    return console


def _messages(text: str) -> Iterator[Found]:
    """All messages; equal ones are told once for some lines."""
    lines = [line[:LONGEST_LINE] for line in text.splitlines()]
    for start in range(0, len(lines), LINES):
        # A bare code says less than the row of the capture does.
        yield from (each for each in find_messages("\n".join(lines[start : start + LINES])) if " " in each.text)


def _by_url(fetches: Sequence[Fetch]) -> dict[str, list[int]]:
    """URL → the fetches with it anywhere in their chains."""
    found: dict[str, list[int]] = {}
    for index, fetch in enumerate(fetches):
        for url in {_plain(sent.exchange.url) for sent in fetch.exchanges}:
            found.setdefault(url, []).append(index)
    return found


def _plain(url: str) -> str:
    """The URL as the capture and the console both have it: their masks are numbered apart."""
    return _MASKED.sub("[redacted]", without_fragment(resolve(url, url))) if url else ""


def _about(found: Found, url: str, fetches: Sequence[Fetch], by_url: dict[str, list[int]], masks: Masks) -> list[int]:
    facts = found.facts
    first, origin, method = _plain(masks.url(facts.get("first_url", ""))), facts.get("origin"), facts.get("method")
    at = by_url.get(url) or by_url.get(_plain(masks.url(facts.get("location", "")))) or _shortened(url, by_url)
    # Where a redirect led need not be in the capture.
    at = at or by_url.get(first, [])
    kept = []
    for index in at:
        fetch = fetches[index]
        if first and _plain(fetch.url) != first:
            continue
        if origin not in (None, "null") and fetch.origin is not None and fetch.origin != origin:
            continue
        if method is not None and fetch.method.upper() != method.upper():
            continue
        kept.append(index)
    return kept


def _shortened(url: str, by_url: dict[str, list[int]]) -> list[int]:
    """DevTools cut the middle out of long URLs."""
    head, cut, tail = url.partition("…")
    if not cut:
        head, cut, tail = url.partition("%E2%80%A6")
    if not cut or len(head) < len("https://a.b/"):
        return []
    return [i for known, at in by_url.items() if known.startswith(head) and known.endswith(tail) for i in at]


def _apply(console: Console, found: Found, at: list[int], fetches: list[Fetch], masks: Masks) -> None:
    # What the browser's own record calls a success is not what the message is about, where there is another.
    at = [i for i in at if fetches[i].observed is not Observed.ALLOWED] or at
    agreeing = [i for i in at if agrees(found, fetches[i].verdict)]
    settling = [] if agreeing else [i for i in at if settled(found, fetches[i]) is not None]
    chosen = agreeing or settling or [i for i in at if fetches[i].verdict.outcome is not Outcome.BLOCKED] or at
    sure = bool(agreeing) or len(chosen) == 1
    for index in chosen:
        fetch = fetches[index]
        if sure:
            fetches[index] = with_blocked(settled(found, fetch) or fetch)
        verdict = fetches[index].verdict
        differs = verdict.outcome in _DECIDED and not agrees(found, verdict)
        said = Said(
            masks.text(found.text, longest=LONGEST_MESSAGE),
            found.browser,
            found.reason,
            1 if sure else len(chosen),
            not differs,
        )
        if said not in console.said.setdefault(index, []):
            console.said[index].append(said)


_DECIDED = frozenset({Outcome.ALLOWED, Outcome.BLOCKED, Outcome.NOT_SUBJECT})
