"""Known and Memo: what was worked out once is looked up after; bounded, since captures are hostile."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

LIMIT = 20_000
"""Entries of each; a full one starts anew."""


class Known(dict[K, V]):
    """What is known by now."""

    __slots__ = ()

    def __setitem__(self, key: K, value: V) -> None:
        if len(self) >= LIMIT:
            self.clear()
        super().__setitem__(key, value)


class Memo(Known[K, V]):
    """`memo[key]` is `make(key)`, made at the first look."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[K], V]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: K) -> V:
        if len(self) >= LIMIT:
            self.clear()
        value = self._make(key)
        # Not by way of the above: this is hot.
        dict.__setitem__(self, key, value)
        return value
