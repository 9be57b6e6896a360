"""Remembered: what is told of a fetch is told again of those like it; Servers: what else their servers answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from coranalyze.causes.case import is_signed
from coranalyze.causes.siblings import Siblings
from coranalyze.endpoint import Fold, place
from coranalyze.exchange import Exchange
from coranalyze.fetch import Fetch, Verdict
from coranalyze.memo import Known, Memo

T = TypeVar("T")

_IS_LENGTH: Memo[str, bool] = Memo(lambda name: name.lower() == "content-length")
"""Header name as spelt → whether it is that one; only short texts and pages are known by their length."""


class Servers:
    """The siblings of each server of a fold, looked through at the first question."""

    def __init__(self, fold: Fold) -> None:
        self._fold = fold
        self._known: dict[str, Siblings] = {}

    def of(self, origin: str) -> Siblings:
        found = self._known.get(origin)
        if found is None:
            found = self._known[origin] = Siblings(self._fold.servers.get(origin))
        return found


class Remembered(Generic[T]):
    """Works out once what is told of fetches that are alike in all that it hangs on, beside the fold."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._known: Known[tuple[object, ...], tuple[T, Verdict]] = Known()
        """With the verdict, whose identity is in the key: it is its own only while it lives."""

    def of(self, fetch: Fetch, tell: Callable[[], T]) -> T:
        """What `tell` says of the fetch, or said of one like it."""
        key = (
            id(fetch.verdict), fetch.method, fetch.origin, fetch.observed, fetch.credentials,
            *[self._facts(sent.exchange) for sent in fetch.exchanges],
        )  # fmt: skip
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = tell(), fetch.verdict
        return known[0]

    def _facts(self, x: Exchange) -> tuple[object, ...]:
        told = tuple([line for line in x.response if len(line[1]) < 4 or not _IS_LENGTH[line[0]]])
        return self._about(x), x.status, x.request, told, x.error, x.resource_type, x.cached, x.service_worker

    def _about(self, x: Exchange) -> object:
        """What a cause hangs on of a URL: of one that leads elsewhere all of it; else the endpoint, whether it is
        signed, and what else was answered to this very URL.
        """
        origin, template = place(x.url)
        if "://" not in origin or (x.status is not None and 300 <= x.status < 400) or x.response.has("location"):
            return x.url
        return origin, template, is_signed(x.url), *self._servers.of(origin).successes(template, x.url)
