"""Capture: one input that could be opened; NotACapture: one that could not, and why."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from coranalyze.exchange import Dialect, Exchange, Family, Skipped


class NotACapture(Exception):
    """The file is no capture: `reason` says why, and what it seems to be."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class Capture(ABC):
    """One opened input; `entries`, `skipped` and `notes` are final once `exchanges` is exhausted."""

    format: ClassVar[str]

    def __init__(self, path: str) -> None:
        self.path = path
        self.dialect = Dialect(name="unknown", family=Family.WIRE)
        self.entries = 0
        """Entries in the input, skipped ones included."""
        self.skipped: list[Skipped] = []
        self.notes: list[str] = []

    @abstractmethod
    def exchanges(self) -> Iterator[Exchange]:
        """By start time, a preflight behind the request that a browser started before it."""
