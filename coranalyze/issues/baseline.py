"""Baseline: what was known and accepted when it was written, so that a gate fails on what is new only.

The file is JSON, sorted, a line for each thing: differences of it read well in a review.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import NamedTuple

from coranalyze.issues.issue import Issue

VERSION = 1


class BaselineError(ValueError):
    """A file that is no baseline, or one of a version that is not known."""


class Compared(NamedTuple):
    """What became of the issues since the baseline was written."""

    new: list[Issue]
    unchanged: list[Issue]
    fixed: list[str]
    """What is known of those that are gone: `COR101 https://api.example/users`."""


class Baseline:
    """Fingerprint → what it stands for."""

    def __init__(self, known: dict[str, str]) -> None:
        self._known = known

    @classmethod
    def of(cls, issues: Iterable[Issue]) -> Baseline:
        return cls({known: f"{issue.code} {at}" for issue in issues for known, at in issue.fingerprints})

    @classmethod
    def parse(cls, text: str) -> Baseline:
        """Raises BaselineError, which says what is wrong."""
        try:
            held = json.loads(text)
        except ValueError as error:
            raise BaselineError(f"no JSON: {error}") from None
        except RecursionError:
            raise BaselineError("nested too deeply for a baseline") from None
        if not isinstance(held, dict) or "coranalyze_baseline" not in held:
            raise BaselineError("no baseline; `--write-baseline` writes one")
        if held["coranalyze_baseline"] != VERSION:
            raise BaselineError(f"version {held['coranalyze_baseline']}, and only {VERSION} is known: write it anew")
        known = held.get("known")
        if not isinstance(known, dict) or not all(isinstance(text, str) for text in known.values()):
            raise BaselineError("`known` is not an object of strings")
        return cls(known)

    def render(self) -> str:
        lines = ",\n".join(
            f"  {json.dumps(fingerprint)}: {json.dumps(name)}"
            for fingerprint, name in sorted(self._known.items(), key=lambda pair: (pair[1], pair[0]))
        )
        return f'{{"coranalyze_baseline": {VERSION}, "known": {{\n{lines}\n}}}}\n'

    def compare(self, issues: Iterable[Issue]) -> Compared:
        """An issue is new where one of its endpoints is: a known fault that spreads is news."""
        new: list[Issue] = []
        unchanged: list[Issue] = []
        seen: set[str] = set()
        for issue in issues:
            fingerprints = {known for known, _ in issue.fingerprints}
            seen |= fingerprints
            (unchanged if fingerprints <= self._known.keys() else new).append(issue)
        fixed = [name for known, name in self._known.items() if known not in seen]
        return Compared(new, unchanged, sorted(fixed))
