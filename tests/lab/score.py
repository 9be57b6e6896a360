"""The table of the lab of policies, from its recording: `python -m tests.lab.score [-v] [FILE]`.

Recall per group: of the cases with one fault, how many have the finding that says so. False alarms: findings of
severity medium or higher on policies that are right. `-v` tells of each case what was found.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from coranalyze.analysis import analyze
from coranalyze.cors.origin import origin_of
from coranalyze.exchange import Exchange
from coranalyze.finding import Finding, Severity
from coranalyze.rules.rule import GROUPS
from coranalyze.sources import Capture, open_captures
from tests.lab.policies.case import Case
from tests.lab.policies.record import RECORDED
from tests.lab.policies.right import RIGHT
from tests.lab.policies.wrong import WRONG


class Scored(NamedTuple):
    case: Case
    findings: tuple[Finding, ...]

    @property
    def found(self) -> bool:
        """Whether a rule that names the fault fired."""
        return any(finding.rule in self.case.rules for finding in self.findings)

    @property
    def alarms(self) -> tuple[Finding, ...]:
        """Findings that are bad enough to stop a build; on a policy that is right, false ones."""
        return tuple(finding for finding in self.findings if finding.severity.rank <= Severity.MEDIUM.rank)

    @property
    def group(self) -> int:
        return int(self.case.rules[0][3])


def score(path: Path = RECORDED, cases: Iterable[Case] = (*WRONG, *RIGHT)) -> list[Scored]:
    """Audit each case's part of the recording as a capture of its own. Raises LookupError where one has none."""
    by_server: dict[str, list[Exchange]] = {}
    for capture in open_captures([str(path)]):
        if not isinstance(capture, Capture):
            raise LookupError(f"{path}: {capture.reason}")
        for exchange in capture.exchanges():
            by_server.setdefault(str(origin_of(exchange.url)), []).append(exchange)
    return [_score(case, by_server) for case in cases]


def _score(case: Case, by_server: dict[str, list[Exchange]]) -> Scored:
    exchanges = by_server.get(case.base)
    if exchanges is None:
        raise LookupError(f"nothing of {case.name} is recorded: python -m tests.lab.policies.record")
    return Scored(case, tuple(analyze(exchanges, first_parties=case.first_parties).findings))


def table(scored: Sequence[Scored]) -> str:
    wrong = [each for each in scored if each.case.rules]
    right = [each for each in scored if not each.case.rules]
    lines = [f"{'faults, by group of their rule':<34}{'cases':>6}{'found':>7}   missed"]
    for number, subject in GROUPS.items():
        own = [each for each in wrong if each.group == number]
        if own:
            missed = ", ".join(each.case.name for each in own if not each.found)
            lines.append(f"{number} {subject:<32}{len(own):>6}{sum(each.found for each in own):>7}   {missed}".rstrip())
    lines.append(f"{'all':<34}{len(wrong):>6}{sum(each.found for each in wrong):>7}")
    false = [each for each in right if each.alarms]
    named = ", ".join(f"{each.case.name} ({', '.join(sorted({f.rule for f in each.alarms}))})" for each in false)
    lines.append(f"{'right, though they look wrong':<34}{len(right):>6}{len(false):>7}   {named}".rstrip())
    return "\n".join(lines)


def details(scored: Sequence[Scored]) -> str:
    """A line for each case: what it is, and what was found."""
    lines = []
    for each in scored:
        told = ", ".join(
            f"{finding.rule} {finding.severity}{'?' if finding.settle else ''}" for finding in each.findings
        )
        sign = ("+" if each.found else "-") if each.case.rules else ("!" if each.alarms else " ")
        lines.append(
            f"{sign} {each.case.name:<20}{each.case.stack:<10}{' '.join(each.case.rules):<16}{told or 'nothing'}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "-v"]
    found = score(Path(arguments[0]) if arguments else RECORDED)
    if "-v" in sys.argv:
        print(details(found), end="\n\n")
    print(table(found))
