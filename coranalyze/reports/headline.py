"""Headline: the answer in one sentence, and the words in which all reports count."""

from typing import NamedTuple

from coranalyze.analysis import Analysis, Summary
from coranalyze.failure import Failure, is_failed_unknown
from coranalyze.fetch import Outcome
from coranalyze.finding import Severity
from coranalyze.reports.top_causes import Top
from coranalyze.visible import plural, visible


class Headline(NamedTuple):
    mark: str
    """yes, no, open or none; empty where nothing was read."""
    sentence: str


def headline(analysis: Analysis, summary: Summary, found: list[Failure]) -> Headline:
    """Yes or no first; `summary` is that of the analysis."""
    said = _of_cors(analysis, summary, found)
    refused = sum(failure.count for failure in found if failure.example.refused_handshake is not None)
    others = sum(failure.count for failure in found if failure.is_past_cors)
    beside = [plural(refused, "WebSocket handshake")] if refused else []
    beside += [plural(others, "request")] if others else []
    if beside:
        said = Headline("no", f"{said.sentence[:-1]}; {' and '.join(beside)} failed, which is not CORS.")
    if analysis.unheard:
        count = plural(analysis.unheard, "blocked request")
        mark = said.mark if said.mark == "no" else "open"
        said = Headline(mark, f"{said.sentence[:-1]}; the console tells of {count} that no capture holds.")
    return said


def _of_cors(analysis: Analysis, summary: Summary, found: list[Failure]) -> Headline:
    either = either_way(found)
    undecided = summary.conditional + summary.unknown - either
    if not summary.fetches:
        return Headline("", f"Nothing to judge: {nothing_wanted(analysis) or 'no request was read'}.")
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


def nothing_wanted(analysis: Analysis) -> str:
    """That the choice of hosts leaves nothing of what was read; empty where it leaves something."""
    count = analysis.missed
    if not count:
        return ""
    were = "was" if count == 1 else "were"
    read = plural(count, "entry", "entries")
    return f"{read} {were} read, and no request is to such a host ({visible(str(analysis.hosts))})"


def _blocked(summary: Summary, found: list[Failure], either: int) -> str:
    if not summary.blocked:
        return (
            f"{plural(either, 'request')} {'is' if either == 1 else 'are'} blocked, whatever the capture does not show"
        )
    blocked = [failure for failure in found if failure.verdict.outcome is Outcome.BLOCKED]
    # Of no page that is known, or its own server did not answer.
    others = sum(failure.count for failure in blocked if not failure.example.cross_origin)
    crossing = summary.blocked - others
    told = [each for each in blocked if each.example.cross_origin] if crossing else blocked
    count = crossing or others
    by = _by(count, sum(failure.count for failure in told if not failure.is_of_cors))
    of = (
        f"{count:,} of {plural(summary.cross_origin, 'cross-origin request')}" if crossing else plural(count, "request")
    )
    more = (
        f"; so {'was' if others == 1 else 'were'} {plural(others, 'request')} not known to be cross-origin"
        if crossing and others
        else ""
    )
    more += f"; {either:,} more either way" if either else ""
    unexplained = failed(found)
    if unexplained:
        more += f"; {unexplained:,} more failed, and the capture does not show why"
    return f"{of} {'was' if count == 1 else 'were'} blocked{by}{more}"


def _by(count: int, not_cors: int) -> str:
    by_cors = count - not_cors
    if not not_cors:
        return " by CORS"
    if not by_cors:
        return ", not by CORS" if count == 1 else ", none by CORS"
    return f": {by_cors:,} by CORS, {not_cors:,} for other reasons"


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
