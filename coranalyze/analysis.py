"""Analysis: the result, and `analyze`, the one pipeline that makes it."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from coranalyze.exchange import Skipped
from coranalyze.fetch import Fetch, Outcome


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """One capture that was read (or, with `error`, could not be)."""

    path: str
    format: str = "har"
    """har, flow, capture or text."""
    dialect: str = "unknown"
    entries: int = 0
    """Entries in the file, skipped ones included."""
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
    """What the reader should know about this capture: sanitized, truncated, preflights not recorded, …"""
    error: str = ""
    """Why nothing of it could be read; empty where something could."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    entries: int = 0
    fetches: int = 0
    cross_origin: int = 0
    preflights: int = 0
    allowed: int = 0
    blocked: int = 0
    conditional: int = 0
    not_subject: int = 0
    unknown: int = 0
    findings: dict[str, int] = {}
