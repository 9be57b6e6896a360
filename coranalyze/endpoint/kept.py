"""Kept: what holds a bounded map whose content does not depend on the order in which it was filled."""

from __future__ import annotations

import zlib
from abc import abstractmethod
from collections.abc import Hashable
from typing import Any, Generic, Protocol, TypeVar


class Mergeable(Protocol):
    def merge(self, other: Any, /) -> None: ...


K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Mergeable)

EVERY = 1 << 32
"""Above all ranks."""


def rank(text: str) -> int:
    """A number that depends on the text alone: equal in every process."""
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


class Kept(Generic[K, V]):
    """Has at most `_limit()` entries: those whose keys rank lowest.

    Which keys are kept hangs on the keys alone, and a key that is kept in the end was never dropped on the way, so its
    value has seen everything. That is what makes folds over parts of a capture merge to the fold over the whole.
    """

    __slots__ = ("_items",)

    def __init__(self) -> None:
        self._items: dict[K, V] = {}

    @abstractmethod
    def _limit(self) -> int: ...

    @abstractmethod
    def _rank(self, key: K) -> tuple[int, str]:
        """Where a key stands; what follows from the key alone."""

    def _put(self, key: K, value: V) -> V:
        """Keep the value of a key that is not known, or was dropped; gives it back."""
        items = self._items
        items[key] = value
        # Twice the limit first: what is over it is told apart in one go.
        if len(items) > 2 * self._limit():
            self._shrink()
        return value

    def _take(self, key: K, value: V) -> None:
        """Merge a value of this key into the one that is kept, if any; it is used up."""
        mine = self._items.get(key)
        if mine is not None:
            mine.merge(value)
        else:
            self._put(key, value)

    def _kept(self) -> dict[K, V]:
        """The entries, at most `_limit()` of them."""
        if len(self._items) > self._limit():
            self._shrink()
        return self._items

    def _shrink(self) -> None:
        lowest = sorted(self._items, key=self._rank)[: self._limit()]
        kept = {key: self._items[key] for key in lowest}
        self._items.clear()
        self._items.update(kept)
