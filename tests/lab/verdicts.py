"""What `analyze` says of a scenario beside what the page's script saw."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from coranalyze.cors.checks import Tainting, readable_headers
from coranalyze.fetch import Fetch, Outcome, Role
from tests.lab.scenario import Scenario

PASSED = (Outcome.ALLOWED, Outcome.NOT_SUBJECT)
RIGHT = ("agree", "either way", "conditional")


class Row(NamedTuple):
    """One call of a scenario's script."""

    scenario: str
    result: str
    """agree; either way (conditional, and every answer is right); conditional (one of the answers is right); wrong;
    unknown; headers (right, but other headers are readable than said); absent, surplus (less or more on the wire)."""
    saw: str
    said: str


def compare(
    scenarios: Iterable[Scenario],
    scheme: str,
    seen: Mapping[str, Sequence[Mapping[str, Any]]],
    fetches: Iterable[Fetch],
) -> list[Row]:
    """A row per call; `seen` is what the scripts of the page of that scheme saw."""
    by_name: dict[str, list[Fetch]] = defaultdict(list)
    for fetch in fetches:
        _, mark, rest = fetch.url.partition(f"/case/{scheme}/")
        if mark:
            by_name[rest.partition("/")[0]].append(fetch)
    rows = []
    for scenario in scenarios:
        calls, found = seen[scenario.name], by_name[scenario.name]
        if len(found) == (len(calls) if scenario.on_wire else 0):
            rows += [_row(scenario.name, call, fetch) for call, fetch in zip(calls, found, strict=scenario.on_wire)]
        else:
            result = "absent" if len(found) < len(calls) else "surplus"
            rows.append(Row(scenario.name, result, str(calls), "; ".join(map(_said, found))))
    return rows


def table(rows: Iterable[Row]) -> str:
    """What is not right, as text."""
    return "\n".join(f"{row.result:9} {row.scenario:30} saw {row.saw}; said {row.said}" for row in rows)


def count(rows: Iterable[Row]) -> Counter[str]:
    return Counter(row.result for row in rows)


def _row(name: str, call: Mapping[str, Any], fetch: Fetch) -> Row:
    return Row(name, _result(call, fetch), f"{call['allowed']} {call['headers']} {call.get('error', '')}", _said(fetch))


def _result(call: Mapping[str, Any], fetch: Fetch) -> str:
    outcome = fetch.verdict.outcome
    if outcome is Outcome.UNKNOWN or call["allowed"] is None:
        return "unknown"
    if outcome is Outcome.CONDITIONAL:
        right = [_fits(call, each.outcome) for each in fetch.verdict.conditions]
        return "either way" if all(right) else "conditional" if any(right) else "wrong"
    if not _fits(call, outcome):
        return "wrong"
    if call["headers"] is None:
        return "agree"
    # Firefox puts a header of its own on what came over HTTP/2.
    names = sorted(name for name in call["headers"] if name != "x-firefox-spdy")
    return "agree" if names in _readable(fetch) else "headers"


def _fits(call: Mapping[str, Any], outcome: Outcome) -> bool:
    return outcome in PASSED if call["allowed"] else outcome is Outcome.BLOCKED


def _readable(fetch: Fetch) -> list[list[str]]:
    """The names that may be read, under each credentials mode that is possible."""
    response = next(sent.exchange.response for sent in fetch.exchanges if sent.role is Role.ACTUAL)
    tainting: Tainting = "basic" if fetch.verdict.outcome is Outcome.NOT_SUBJECT else "cors"
    names = {name.lower() for name, _ in response}
    return [sorted(readable_headers([*names], response, tainting, credentials)) for credentials in (False, True)]


def _said(fetch: Fetch) -> str:
    verdict = fetch.verdict
    answers = [f"{each.assumption}: {each.outcome}" for each in verdict.conditions]
    return " ".join([fetch.method, verdict.outcome, verdict.reason or "", verdict.missing, *answers]).strip()
