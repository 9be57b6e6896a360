"""Headline: the answer in one sentence, and the words in which all reports count."""

from typing import NamedTuple

from coranalyze.analysis import Analysis, Summary
from coranalyze.cors.steps import NOT_CORS
from coranalyze.failure import Failure, is_failed_unknown
from coranalyze.fetch import Outcome
from coranalyze.finding import Severity
from coranalyze.reports.top_causes import Top
from coranalyze.visible import plural


class Headline(NamedTuple):
    mark: str
    """yes, no, open or none; empty where nothing was read."""
    sentence: str


def headline(summary: Summary, found: list[Failure]) -> Headline:
    """Yes or no first."""
    either = either_way(found)
    undecided = summary.conditional + summary.unknown - either
    if not summary.fetches:
        return Headline("", "Nothing to judge: no request was read.")
    if summary.blocked or either:
        return Headline("no", f"{_blocked(summary, found, either)}.")
    if undecided:
        count = failed(found)
        if count:
            return Headline("open", f"{plural(count, 'request')} failed, and the capture does not show why.")
        return Headline("open", f"No request was blocked for certain; {undecided:,} could not be decided.")
    grave = sum(summary.findings.get(severity, 0) for severity in (Severity.CRITICAL, Severity.HIGH))
    if summary.cross_origin and grave:
        are = "is" if grave == 1 else "are"
        return Headline(
            "no", f"No cross-origin request was blocked, and {plural(grave, 'finding')} {are} critical or high."
        )
    if summary.cross_origin:
        return Headline("yes", "No cross-origin request was blocked.")
    return Headline("none", "No cross-origin request was found.")


def _blocked(summary: Summary, found: list[Failure], either: int) -> str:
    if not summary.blocked:
        return (
            f"{plural(either, 'request')} {'is' if either == 1 else 'are'} blocked, whatever the capture does not show"
        )
    not_cors = sum(f.count for f in found if f.verdict.outcome is Outcome.BLOCKED and f.verdict.reason in NOT_CORS)
    by_cors = summary.blocked - not_cors
    if not not_cors:
        by = " by CORS"
    elif not by_cors:
        by = ", not by CORS" if summary.blocked == 1 else ", none by CORS"
    else:
        by = f": {by_cors:,} by CORS, {not_cors:,} for other reasons"
    of = f"{summary.blocked:,} of {plural(summary.cross_origin, 'cross-origin request')}"
    if summary.blocked > summary.cross_origin:
        of = plural(summary.blocked, "request")
    more = f"; {either:,} more either way" if either else ""
    unexplained = failed(found)
    if unexplained:
        more += f"; {unexplained:,} more failed, and the capture does not show why"
    return f"{of} {'was' if summary.blocked == 1 else 'were'} blocked{by}{more}"


def left_out(analysis: Analysis) -> str:
    """What a report of too many fetches does not hold, in some sentences; empty where it holds all."""
    told = [_of_fetches(analysis)] if analysis.left_out else []
    exchanges = analysis.fold.left_out
    if exchanges:
        told.append(
            f"There are too many endpoints to audit all: {analysis.fold.count - exchanges:,} of "
            f"{plural(analysis.fold.count, 'exchange')} are of those that were, a sample by their names."
        )
    return " ".join(told)


def _of_fetches(analysis: Analysis) -> str:
    return (
        f"These are too many fetches to list: all {analysis.tally.fetches:,} are counted, "
        f"and {len(analysis.fetches):,} that failed, or may have, stand for the others of their kind. "
        "Every fetch is in the JSON, JSON Lines, CSV and Parquet reports."
    )


def failed(found: list[Failure]) -> int:
    return sum(failure.count for failure in found if is_failed_unknown(failure.example))


def share(count: int, what: str, part: int, are: str) -> str:
    """`9 conditional, 5 of them blocked either way`"""
    of = "" if part == count == 1 else "all " if part == count else f"{part:,} of them "
    return f"{count:,} {what}" + (f", {of}{are}" if part else "")


def either_way(found: list[Failure]) -> int:
    return sum(failure.count for failure in found if failure.verdict.blocked_either_way)


def top_title(top: Top) -> str:
    """The cause's title, with the statuses that it hides."""
    if not top.hidden:
        return top.title
    statuses = ", ".join(map(str, sorted(top.hidden)[:3]))
    return f"{top.title} ({'some with ' if top.plain else ''}{statuses})"
