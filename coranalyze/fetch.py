"""Fetch: what the page asked for, and the verdict that a browser gives on it."""

from enum import StrEnum
from typing import NamedTuple

import msgspec

from coranalyze.cors.steps import Ended, Reason
from coranalyze.exchange import Exchange


class Outcome(StrEnum):
    ALLOWED = "allowed"
    BLOCKED = "blocked"
    CONDITIONAL = "conditional"
    NOT_SUBJECT = "not-subject"
    UNKNOWN = "unknown"


class Stage(StrEnum):
    """Where in the chain a fetch failed; `redirect`: on a response that redirects."""

    PREFLIGHT = "preflight"
    ACTUAL = "actual"
    REDIRECT = "redirect"


class Role(StrEnum):
    PREFLIGHT = "preflight"
    REDIRECT = "redirect"
    ACTUAL = "actual"


class Observed(StrEnum):
    """What the capture itself recorded, apart from what is computed."""

    ALLOWED = "allowed"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"


class Credentials(StrEnum):
    INCLUDE = "include"
    NOT_INCLUDE = "not-include"
    UNKNOWN = "unknown"


class Preflight(StrEnum):
    """How the preflight of a fetch stands in the capture."""

    NOT_NEEDED = "not-needed"
    RECORDED = "recorded"
    CACHED = "cached"
    NOT_RECORDED = "not-recorded"


class Sent(msgspec.Struct, frozen=True, gc=False):
    """One exchange of a fetch, in the order of the chain (a preflight before the request that it clears)."""

    role: Role
    exchange: Exchange


class Taken(NamedTuple):
    """One step taken through the standard: on which hop of the redirect chain, at which stage, where it ended."""

    hop: int
    stage: Stage
    ended: Ended


class Condition(msgspec.Struct, frozen=True, gc=False):
    """One answer of a verdict that hangs on what the capture does not hold."""

    assumption: str
    """`credentials=include`, `redirect=manual`, …"""
    outcome: Outcome
    reason: Reason | None = None
    stage: Stage | None = None
    detail: str = ""


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """What the browser decides, and every step that leads there. Equal verdicts are one object."""

    outcome: Outcome
    reason: Reason | None = None
    stage: Stage | None = None
    detail: str = ""
    """What the failing step ended on: the header name, method, token, status or value."""
    expected: str = ""
    received: str = ""
    hop: int = 0
    """Zero-based hop of the redirect chain on which it was decided."""
    steps: tuple[Taken, ...] = ()
    conditions: tuple[Condition, ...] = ()
    missing: str = ""
    """For conditional and unknown: what the capture lacks and what would settle it."""

    @property
    def blocked_either_way(self) -> bool:
        """Conditional in its reason only: every answer is "blocked"."""
        return bool(self.conditions) and all(condition.outcome is Outcome.BLOCKED for condition in self.conditions)

    @property
    def is_blocked(self) -> bool:
        """For certain, be it for one reason or for another."""
        return self.outcome is Outcome.BLOCKED or self.blocked_either_way


class Fetch(msgspec.Struct, frozen=True, gc=False):
    """The exchanges that belong together, how the request was made (and how we know), and the verdict."""

    url: str
    """First URL of the chain."""
    method: str
    """The page's method; for a lone preflight the one that it asks for."""
    verdict: Verdict
    input: int = 0
    """Index into `Analysis.inputs`."""
    origin: str | None = None
    """Serialized origin of the page (`null` for an opaque one); None where nothing tells."""
    origin_evidence: str = ""
    cross_origin: bool = False
    mode: str = "unknown"
    """cors, no-cors, same-origin, navigate, websocket or unknown."""
    mode_evidence: str = ""
    credentials: Credentials = Credentials.UNKNOWN
    credentials_evidence: str = ""
    preflight: Preflight = Preflight.NOT_NEEDED
    observed: Observed = Observed.UNKNOWN
    browser: str = "spec"
    """Name of the profile that judged."""
    aliases: dict[str, str] = {}
    """Browser name → the browser's own code for the reason."""
    exchanges: tuple[Sent, ...] = ()

    @property
    def deciding(self) -> Sent | None:
        """The exchange on which the verdict was reached."""
        wanted = self.verdict.stage is Stage.PREFLIGHT
        hop = 0
        for sent in self.exchanges:
            preflight = sent.role is Role.PREFLIGHT
            if hop == self.verdict.hop and preflight is wanted:
                return sent
            hop += not preflight
        return self.exchanges[-1] if self.exchanges else None

    @property
    def refused_handshake(self) -> int | None:
        """The status with which the server refused to open a WebSocket; None for what is not refused so.

        Such a fetch is not subject to CORS, and has failed all the same.
        """
        if self.mode != "websocket" or self.verdict.outcome is not Outcome.NOT_SUBJECT or not self.exchanges:
            return None
        status = self.exchanges[-1].exchange.status
        return status if self.observed is Observed.BLOCKED and status != 101 else None

    @property
    def outcome(self) -> Outcome:
        return self.verdict.outcome

    @property
    def reason(self) -> Reason | None:
        return self.verdict.reason
