"""Suppressions: issues that somebody accepted, with a reason and a day on which it has to be looked at again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from fnmatch import fnmatchcase
from typing import NamedTuple

from coranalyze.issues.issue import Issue


class SuppressionError(ValueError):
    """A suppression that lacks something or holds what it must not."""


class Suppression(NamedTuple):
    rule: str
    """Code or name of a rule, or the reason of a failure."""
    endpoint: str
    """Shell pattern on the endpoint; `*` for all."""
    reason: str
    expires: date | None
    """The last day on which it holds."""

    def covers(self, issue: Issue) -> bool:
        """Whether it is about this issue: the rule fits, and the pattern fits each of the endpoints."""
        named = self.rule.lower() in (issue.code.lower(), issue.name)
        return named and all(fnmatchcase(endpoint, self.endpoint) for endpoint in issue.endpoints)

    def is_expired(self, today: date) -> bool:
        return self.expires is not None and self.expires < today


class Sorted(NamedTuple):
    """Issues, by whether somebody accepted them."""

    open: list[Issue]
    """Those of expired suppressions included."""
    suppressed: list[tuple[Issue, Suppression]]
    expired: list[tuple[Issue, Suppression]]
    unused: list[Suppression]
    """Suppressions that are about nothing that was found."""


def parse(entries: Iterable[object]) -> list[Suppression]:
    """The suppressions of a configuration: tables with `rule`, `reason` and perhaps `endpoint` and `expires`.

    Raises SuppressionError, which names the entry.
    """
    return [_parse(entry, number) for number, entry in enumerate(entries, 1)]


def _parse(entry: object, number: int) -> Suppression:
    where = f"suppression {number}"
    if not isinstance(entry, Mapping):
        raise SuppressionError(f"{where}: not a table")
    unknown = sorted(set(entry) - {"rule", "endpoint", "reason", "expires"})
    if unknown:
        raise SuppressionError(f"{where}: unknown key {unknown[0]!r}")
    rule, endpoint, reason = entry.get("rule"), entry.get("endpoint", "*"), entry.get("reason")
    if not isinstance(rule, str) or not rule or not isinstance(endpoint, str):
        raise SuppressionError(f"{where}: `rule` names a rule or a reason, `endpoint` is a pattern")
    if not isinstance(reason, str) or not reason.strip():
        raise SuppressionError(f"{where}: it needs a `reason`")
    return Suppression(rule, endpoint, reason.strip(), _day(entry.get("expires"), where))


def _day(value: object, where: str) -> date | None:
    if value is None or type(value) is date:
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise SuppressionError(f"{where}: `expires` is a day such as 2027-01-31") from None


def sort(issues: Iterable[Issue], suppressions: Iterable[Suppression], today: date) -> Sorted:
    """Tell accepted issues from open ones; an expired suppression accepts nothing any more."""
    known = list(suppressions)
    result = Sorted([], [], [], [])
    used: set[Suppression] = set()
    for issue in issues:
        covering = [suppression for suppression in known if suppression.covers(issue)]
        used.update(covering)
        live = next((suppression for suppression in covering if not suppression.is_expired(today)), None)
        if live is not None:
            result.suppressed.append((issue, live))
            continue
        result.open.append(issue)
        if covering:
            result.expired.append((issue, covering[0]))
    result.unused.extend(suppression for suppression in known if suppression not in used)
    return result
