"""Analysis: the result, and `analyze`, the one pipeline that makes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import msgspec

from coranalyze.causes import Advisory, Cause, Servers, advisories_of, causes_of
from coranalyze.console.heard import Said, listen
from coranalyze.cors.origin import origin_of
from coranalyze.endpoint import Endpoint, Fold
from coranalyze.engine import Engine
from coranalyze.exchange import Dialect, Exchange, Family
from coranalyze.fetch import Fetch, Outcome
from coranalyze.finding import Finding, Severity
from coranalyze.input import Input, input_of
from coranalyze.preflight_cost import PreflightCost
from coranalyze.rules import audit, choose_rules
from coranalyze.sources import Capture, NotACapture, open_captures
from coranalyze.sources.redact import Redactor
from coranalyze.tally import Places, Tally

if TYPE_CHECKING:
    import pandas as pd


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


Progress = Callable[[str, int, int | None], None]
"""Called with the input's path, the entries done so far, and the entries in all where known."""

PROGRESS_EVERY = 2_000


class Audited(msgspec.Struct, frozen=True, kw_only=True):
    """What the audit of an analysis looks at."""

    first_parties: tuple[str, ...] = ()
    """Registrable domains of one owner, which trust each other."""
    select: tuple[str, ...] = ()
    """Codes, prefixes or names of the rules that run; empty: all."""
    ignore: tuple[str, ...] = ()
    min_severity: Severity = Severity.INFO

    @classmethod
    def of(
        cls, first_parties: Iterable[str], select: Iterable[str], ignore: Iterable[str], min_severity: Severity | str
    ) -> Audited:
        """What a caller asked for; raises UnknownRule where `select` or `ignore` names no rule."""
        audited = cls(
            first_parties=tuple(first_parties),
            select=tuple(select),
            ignore=tuple(ignore),
            min_severity=Severity(min_severity),
        )
        choose_rules(audited.select, audited.ignore)
        return audited


T = TypeVar("T", covariant=True)


class Row(Protocol, Generic[T]):
    """Makes one row of a report out of a fetch, its cause, and what the browser's console said about it."""

    def __call__(self, fetch: Fetch, cause: Cause | None, said: tuple[Said, ...]) -> T: ...


class Analysis:
    """The result: what was read, every fetch with its verdict, every policy, and what is wrong with it."""

    left_out = 0
    """Fetches that were judged and counted and are not in `fetches`: there were too many to keep."""
    weights: Mapping[int, int] = MappingProxyType({})
    """Position in `fetches` → the fetches that it stands for, itself included; 1 where nothing is said."""
    unheard = 0
    """Messages of consoles about blocked requests that no capture holds."""
    hosts: HostFilter | None = None
    """What of the captures was wanted; None where all of it was."""

    def __init__(
        self,
        inputs: list[Input],
        fetches: list[Fetch],
        fold: Fold | None = None,
        audited: Audited | None = None,
        said: Mapping[int, tuple[Said, ...]] = MappingProxyType({}),
    ) -> None:
        self.inputs = inputs
        self.fetches = fetches
        self.fold = fold if fold is not None else Fold()
        self.audited = audited if audited is not None else Audited()
        self.said = said
        """Position in `fetches` → what the browser's console said about it."""

    @cached_property
    def endpoints(self) -> list[Endpoint]:
        """All policies, sorted by name."""
        return list(self.fold.endpoints())

    @cached_property
    def findings(self) -> list[Finding]:
        """What the rules found, worst first; nothing without the fold (`verdicts_only`)."""
        if not self.fold.count:
            return []
        asked = self.audited
        found = audit(
            self.fold,
            first_parties=asked.first_parties,
            rules=choose_rules(asked.select, asked.ignore),
            preflight_cost=self.preflight_cost,
        )
        return [finding for finding in found if finding.severity.rank <= asked.min_severity.rank]

    @cached_property
    def preflight_cost(self) -> PreflightCost:
        """What preflights took, per page origin and endpoint, and what longer lifetimes would have saved."""
        return PreflightCost.of(self.fetches)

    @cached_property
    def _servers(self) -> Servers:
        return Servers(self.fold)

    @cached_property
    def causes(self) -> dict[int, Cause]:
        """Position in `fetches` → the cause of a failure; without those for which none is known.

        A cause shows in what else the server answered, so without the fold (`verdicts_only`) there is none.
        """
        return causes_of(self.fetches, self._servers, self.audited.first_parties) if self.fold.count else {}

    @cached_property
    def advisories(self) -> list[Advisory]:
        """What is no failure, as far as the captures show, and worth knowing."""
        return advisories_of(self.fetches, self._servers) if self.fold.count else []

    @cached_property
    def tally(self) -> Tally:
        """All fetches, counted; also those that are left out of `fetches`."""
        return Tally(self.fetches)

    @cached_property
    def places(self) -> Places:
        """All fetches, counted by the endpoint of their first URL."""
        places = Places()
        places.add(self.fetches)
        return places

    def rows(self, make: Callable[[], Row[T]]) -> Iterator[T]:
        """A row for every fetch, in the order of the captures; also for those that are left out of `fetches`."""
        row, causes, said = make(), self.causes, self.said
        for index, fetch in enumerate(self.fetches):
            yield row(fetch, causes.get(index), said.get(index, ()))

    @property
    def summary(self) -> Summary:
        tally = self.tally
        outcomes = tally.outcomes
        return Summary(
            entries=sum(source.entries for source in self.inputs),
            fetches=tally.fetches,
            cross_origin=tally.cross_origin,
            preflights=tally.preflights,
            allowed=outcomes[Outcome.ALLOWED],
            blocked=outcomes[Outcome.BLOCKED],
            conditional=outcomes[Outcome.CONDITIONAL],
            not_subject=outcomes[Outcome.NOT_SUBJECT],
            unknown=outcomes[Outcome.UNKNOWN],
            findings={
                severity.value: sum(finding.severity is severity for finding in self.findings) for severity in Severity
            },
        )

    @property
    def missed(self) -> int:
        """Entries that could be read, where none of them is to a host that was wanted; 0 where one is, or all are."""
        if self.hosts is None or not self.hosts.narrows or self.tally.fetches:
            return 0
        return sum(source.entries - source.skips for source in self.inputs)

    def __repr__(self) -> str:
        return f"<Analysis inputs={len(self.inputs)} fetches={self.tally.fetches} findings={len(self.findings)}>"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from coranalyze.reports.notebook import render

        return render(self)

    def frame(self) -> pd.DataFrame:
        """One row per fetch; columns in `coranalyze.frame.FETCH_COLUMNS`."""
        from coranalyze.frame import fetch_frame

        return fetch_frame(self)

    def endpoints_frame(self) -> pd.DataFrame:
        """One row per endpoint; columns in `coranalyze.frame.ENDPOINT_COLUMNS`."""
        from coranalyze.frame import endpoint_frame

        return endpoint_frame(self)

    def findings_frame(self) -> pd.DataFrame:
        """One row per finding; columns in `coranalyze.frame.FINDING_COLUMNS`."""
        from coranalyze.frame import finding_frame

        return finding_frame(self)

    def policies_frame(self) -> pd.DataFrame:
        """One row per origin and endpoint that it asked; columns in `coranalyze.frame.POLICY_COLUMNS`."""
        from coranalyze.frame import policy_frame

        return policy_frame(self)


def analyze(
    *sources: str | Iterable[Exchange],
    browser: str = "auto",
    keep_values: bool = False,
    include_hosts: Iterable[str] = (),
    exclude_hosts: Iterable[str] = (),
    first_parties: Iterable[str] = (),
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    min_severity: Severity | str = Severity.INFO,
    verdicts_only: bool = False,
    console_logs: Iterable[str] = (),
    progress: Progress | None = None,
    captures: Iterable[Capture | NotACapture] = (),
    watch: Callable[[Fetch], None] | None = None,
) -> Analysis:
    """Read captures (paths, folders, globs, `-`) or exchanges and judge every fetch.

    Nothing is raised for an input that cannot be read: it is in `inputs` with its `error`. `include_hosts` and
    `exclude_hosts` are shell patterns on the host of a fetch's first URL; `first_parties` are domains of one owner,
    which trust each other. `select` and `ignore` name rules by code, prefix or name; findings below `min_severity` are
    left out. Raises UnknownRule where one names no rule. `verdicts_only` leaves the policies alone: no
    endpoints, findings or causes. `console_logs` are files with what the browser's console said, pasted or saved.
    `captures` are opened ones, read after `sources`, one after the other; `watch` is told of every fetch as soon as
    its verdict is known.
    """
    wanted = HostFilter(tuple(include_hosts), tuple(exclude_hosts))
    audited = Audited.of(first_parties, select, ignore, min_severity)
    inputs: list[Input] = []
    fetches: list[Fetch] = []
    recorded: dict[int, bool] = {}
    for opened in _opened(sources, captures, keep_values):
        if isinstance(opened, NotACapture):
            inputs.append(Input(path=opened.path, error=opened.reason))
            continue
        capture = opened if isinstance(opened, Capture) else None
        dialect = EXCHANGES if capture is None else capture.dialect
        exchanges = opened if not isinstance(opened, Capture) else opened.exchanges()
        part = _judge(exchanges, dialect, len(inputs), browser, capture, progress, watch)
        fetches += filter(wanted, part) if wanted.narrows else part
        recorded[len(inputs)] = dialect.credentials_recorded
        inputs.append(_input_of(opened))
    said: dict[int, tuple[Said, ...]] = {}
    unheard = 0
    for path in console_logs:
        source, loose = _listen(path, fetches, said, keep_values)
        inputs.append(source)
        unheard += loose
    fold = Fold()
    for fetch in () if verdicts_only else fetches:
        fold.add(fetch, credentials_recorded=recorded[fetch.input])
    analysis = Analysis(inputs, fetches, fold, audited, said)
    analysis.hosts, analysis.unheard = wanted, unheard
    return analysis


def _opened(
    sources: Iterable[str | Iterable[Exchange]], captures: Iterable[Capture | NotACapture], keep_values: bool
) -> Iterator[Capture | NotACapture | list[Exchange]]:
    for source in sources:
        if isinstance(source, str):
            yield from open_captures([source], keep_values=keep_values)
        else:
            yield list(source)
    yield from captures


CONSOLE_LIMIT = 8 << 20
"""Bytes read of a console log."""


def _listen(path: str, fetches: list[Fetch], said: dict[int, tuple[Said, ...]], keep_values: bool) -> tuple[Input, int]:
    """What a console log says goes into `fetches` and `said`; with it the messages about requests in no capture."""
    source = Input(path=path, format="console")
    try:
        with open(path, "rb") as file:
            text = file.read(CONSOLE_LIMIT + 1)
    except OSError as error:
        return msgspec.structs.replace(source, error=(error.strerror or str(error)).lower()), 0
    console = listen(text[:CONSOLE_LIMIT].decode("utf-8", "backslashreplace"), fetches, Redactor(keep_values))
    for index, messages in console.said.items():
        said[index] = (*said.get(index, ()), *messages)
    notes = console.notes()
    if len(text) > CONSOLE_LIMIT:
        notes.append(f"only the first {CONSOLE_LIMIT >> 20} MiB were read")
    told = msgspec.structs.replace(
        source, dialect=" and ".join(sorted(console.browsers)) or "unknown", notes=tuple(notes)
    )
    return told, console.loose.total()


EXCHANGES = Dialect(name="exchanges", family=Family.WIRE)
"""Exchanges that a program hands over: complete, in order."""


def _judge(
    exchanges: Iterable[Exchange], dialect: Dialect, index: int, browser: str, capture: Capture | None,
    progress: Progress | None, watch: Callable[[Fetch], None] | None,
) -> list[Fetch]:  # fmt: skip
    engine = Engine(dialect, input=index, browser=browser)
    feed = engine.feed
    fetches: list[Fetch] = []
    for done, exchange in enumerate(exchanges, 1):
        known = feed(exchange)
        if known:
            fetches += known
            if watch is not None:
                for fetch in known:
                    watch(fetch)
        if done % PROGRESS_EVERY == 0 and progress is not None and capture is not None:
            progress(capture.path, done, capture.entries or None)
    fetches += engine.finish()
    fetches.sort(key=begins_at)
    return fetches


def begins_at(fetch: Fetch) -> int:
    """The entry with which a fetch begins: fetches of one input are told in this order."""
    exchanges = fetch.exchanges
    if len(exchanges) == 1:
        return exchanges[0].exchange.entry
    return min([sent.exchange.entry for sent in exchanges])


def _input_of(capture: Capture | list[Exchange]) -> Input:
    if not isinstance(capture, Capture):
        return Input(path="(exchanges)", format="text", dialect=EXCHANGES.name, entries=len(capture))
    return input_of(capture)


class HostFilter:
    """Whether the host of a fetch's first URL is wanted, by shell patterns."""

    def __init__(self, include: tuple[str, ...], exclude: tuple[str, ...]) -> None:
        self._include = include
        self._exclude = exclude
        self.narrows = bool(include or exclude)

    def __str__(self) -> str:
        """`include *.shop.example; exclude cdn.shop.example`"""
        named = (("include", self._include), ("exclude", self._exclude))
        return "; ".join(f"{what} {', '.join(patterns)}" for what, patterns in named if patterns)

    def __call__(self, fetch: Fetch) -> bool:
        origin = origin_of(fetch.url)
        host = origin.host if origin is not None else ""
        if self._include and not any(fnmatchcase(host, pattern) for pattern in self._include):
            return False
        return not any(fnmatchcase(host, pattern) for pattern in self._exclude)
