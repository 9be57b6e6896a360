"""Compare verdicts with what real browsers did: `python -m tests.oracle.score RUN [CAPTURE...] [--show N]`.

A run is a folder with `cases.jsonl.gz`, `truth.jsonl.gz` and captures of the run. Every case that the capture shows
falls into one class:

    agree        allowed where the browser allowed, or blocked where it blocked and for the browser's own reason
    reason       blocked where the browser blocked, for another reason
    wrong        allowed where the browser blocked, or blocked where it allowed
    conditional  the answer hangs on what the capture lacks, and the browser's answer is one of those named
    off          conditional, and the browser's answer is not among those named
    unknown      the capture does not hold the response
    hidden       blocked by CORS, but the page saw success (Firefox's preload)
    absent       no trace in the capture
"""

import argparse
import gzip
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coranalyze.analysis import analyze
from coranalyze.cors.codes import chromium_code, firefox_code
from coranalyze.fetch import Fetch, Outcome
from tests.oracle.extract import case_of

# Firefox's categories by the Chromium names that the truth uses for both browsers.
FIREFOX_NAMES = {
    "CORSMissingAllowOrigin": "MissingAllowOriginHeader",
    "CORSNotSupportingCredentials": "WildcardOriginNotAllowed",
    "CORSAllowOriginNotMatchingOrigin": "AllowOriginMismatch",
    "CORSMultipleAllowOriginNotAllowed": "MultipleAllowOriginValues",
    "CORSMissingAllowCredentials": "InvalidAllowCredentials",
    "CORSPreflightDidNotSucceed": "InvalidStatus",
    "CORSExternalRedirectNotAllowed": "DisallowedRedirect",
    "CORSInvalidAllowMethod": "InvalidAllowMethodsPreflightResponse",
    "CORSInvalidAllowHeader": "InvalidAllowHeadersPreflightResponse",
    "CORSMethodNotFound": "MethodDisallowedByPreflightResponse",
    "CORSMissingAllowHeaderFromPreflight": "HeaderDisallowedByPreflightResponse",
}
PASSED = (Outcome.ALLOWED, Outcome.NOT_SUBJECT)


@dataclass
class Score:
    classes: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    why: Counter[str] = field(default_factory=Counter)
    """Of conditional and unknown: what the capture lacks."""

    def add(self, name: str, example: str) -> None:
        self.classes[name] += 1
        self.examples[name].append(example)


def read_lines(path: Path) -> dict[int, dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return {record["id"]: record for record in map(json.loads, lines)}


def score(run: Path, capture: str) -> Score:
    """Judge one capture of a run and compare it case by case."""
    cases, truths = read_lines(run / "cases.jsonl.gz"), read_lines(run / "truth.jsonl.gz")
    fetches: dict[int, list[Fetch]] = defaultdict(list)
    for fetch in analyze(str(run / capture)).fetches:
        case = case_of(fetch.url)
        if case is not None:
            fetches[case].append(fetch)
    result = Score()
    for number, truth in truths.items():
        found = fetches[number]
        expected = [step["verdict"] for step in truth["steps"]] if "steps" in truth else [truth["verdict"]]
        if any(verdict["allowed"] is None for verdict in expected):
            continue
        family = cases[number]["family"]
        if not found:
            result.add("absent", f"{number} {family} {'sent' if truth['server'] else 'never sent'}")
        elif len(found) != len(expected):
            result.add("wrong", f"{number} {family}: {len(found)} fetches for {len(expected)} requests")
        else:
            for fetch, verdict in zip(found, expected, strict=True):
                name = classify(fetch, verdict, family)
                result.add(name, f"{number} {family} {verdict} {describe(fetch)}")
                if name in ("conditional", "unknown"):
                    result.why[explain(fetch)] += 1
    return result


def classify(fetch: Fetch, truth: dict[str, Any], family: str) -> str:
    verdict = fetch.verdict
    if verdict.outcome is Outcome.UNKNOWN:
        return "unknown"
    if verdict.outcome is Outcome.CONDITIONAL:
        return "conditional" if any(_fits(fetch, truth, c) for c in verdict.conditions) else "off"
    if truth["allowed"]:
        if verdict.outcome in PASSED:
            return "agree"
        return "hidden" if family == "preload" and fetch.browser == "firefox" else "wrong"
    if verdict.outcome is not Outcome.BLOCKED:
        return "wrong"
    return "agree" if not truth["cors"] or _same_code(fetch.aliases, truth["code"]) else "reason"


def describe(fetch: Fetch) -> str:
    verdict = fetch.verdict
    answers = [f"{c.assumption}: {c.outcome} {c.reason or ''}".strip() for c in verdict.conditions]
    return f"-> {verdict.outcome} {verdict.reason or ''} {fetch.mode} {fetch.credentials} {verdict.missing} {answers}"


def explain(fetch: Fetch) -> str:
    outcomes = sorted({c.outcome.value for c in fetch.verdict.conditions})
    return f"{fetch.verdict.missing.split(':')[0].split(';')[0]} [{' or '.join(outcomes)}]"


def _fits(fetch: Fetch, truth: dict[str, Any], condition: Any) -> bool:
    if truth["allowed"]:
        return condition.outcome in PASSED
    if condition.outcome is Outcome.UNKNOWN:
        return True
    if condition.outcome is not Outcome.BLOCKED:
        return False
    codes = {
        "chromium": chromium_code(condition.reason, condition.stage, condition.detail) or "",
        "firefox": firefox_code(condition.reason) or "",
    }
    return not truth["cors"] or _same_code(codes, truth["code"])


def _same_code(aliases: dict[str, str], code: str) -> bool:
    if aliases.get("chromium") == code:
        return True
    return FIREFOX_NAMES.get(aliases.get("firefox", "")) == re.sub("^Preflight", "", code)


def report(run: Path, capture: str, result: Score, show: int) -> None:
    """Print the classes, and `show` examples of every one but agree."""
    print(f"{run.name}/{capture}: {dict(sorted(result.classes.items()))}")
    for why, count in result.why.most_common():
        print(f"  {count:5d}  {why}")
    for name, examples in sorted(result.examples.items()):
        if name != "agree":
            for example in examples[:show]:
                print(f"  {name}: {example}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("captures", nargs="*")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="examples to print of every class but agree")
    options = parser.parse_args()
    captures = options.captures or sorted(
        path.name for path in options.run.iterdir() if path.name.endswith((".har.gz", ".flow.gz"))
    )
    for capture in captures:
        report(options.run, capture, score(options.run, capture), options.show)


if __name__ == "__main__":
    main()
