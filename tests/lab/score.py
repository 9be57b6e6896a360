"""The table of the labs of policies and of stacks, from their recordings: `python -m tests.lab.score [-v] [FILE…]`.

Recall per group: of the cases with one fault, how many have the finding that says so. False alarms: findings of
severity medium or higher on policies that are right. `-v` tells of each case what was found. FILEs stand for the two
recordings, one after the other.
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
from tests.lab.policies.right import RIGHT
from tests.lab.policies.wrong import WRONG
from tests.lab.stacks.cases import CASES


class Lab(NamedTuple):
    name: str
    cases: tuple[Case, ...]

    @property
    def recorded(self) -> Path:
        return Path(__file__).parent / "recorded" / f"{self.name}.cors.jsonl.gz"


LABS = (Lab("policies", (*WRONG, *RIGHT)), Lab("stacks", CASES))


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


def score(path: Path, cases: Iterable[Case]) -> list[Scored]:
    """Audit each case's part of a recording as a capture of its own. Raises LookupError where one has none."""
    by_server: dict[str, list[Exchange]] = {}
    for capture in open_captures([str(path)]):
        if not isinstance(capture, Capture):
            raise LookupError(f"{path}: {capture.reason}")
        for exchange in capture.exchanges():
            # A WebSocket's server is the one of its host's pages.
            server = str(origin_of(exchange.url))
            by_server.setdefault(f"http{server[2:]}" if server.startswith("ws") else server, []).append(exchange)
    return [_score(case, by_server, path) for case in cases]


def _score(case: Case, by_server: dict[str, list[Exchange]], path: Path) -> Scored:
    exchanges = by_server.get(case.base)
    if exchanges is None:
        raise LookupError(
            f"nothing of {case.name} is in {path}: python -m tests.lab.{path.name.partition('.')[0]}.record"
        )
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
            f"{sign} {each.case.name:<24}{each.case.stack:<10}{' '.join(each.case.rules):<22}{told or 'nothing'}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    files = [Path(argument) for argument in sys.argv[1:] if argument != "-v"]
    paths = files or [lab.recorded for lab in LABS]
    found = [each for lab, path in zip(LABS, paths, strict=True) for each in score(path, lab.cases)]
    if "-v" in sys.argv:
        print(details(found), end="\n\n")
    print(table(found))
