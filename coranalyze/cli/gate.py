"""The gate: what makes a run fail, and what is known or accepted already."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from coranalyze.cli.choices import FailOn
from coranalyze.finding import Severity
from coranalyze.issues import Issue, issues
from coranalyze.issues.baseline import Baseline, BaselineError
from coranalyze.issues.suppression import Suppression, sort
from coranalyze.visible import plural

if TYPE_CHECKING:
    from coranalyze.analysis import Analysis


class Gate:
    """Decides over one analysis."""

    def __init__(
        self, analysis: Analysis, fail_on: FailOn, baseline: Baseline | None, suppressions: list[Suppression]
    ) -> None:
        self._fail_on = fail_on
        self._sorted = sort(issues(analysis), suppressions, datetime.now(UTC).date())
        self._compared = baseline.compare(self._sorted.open) if baseline is not None else None

    @property
    def counted(self) -> list[Issue]:
        """What can make the run fail: neither accepted, nor in the baseline."""
        return self._compared.new if self._compared is not None else self._sorted.open

    @property
    def fails(self) -> bool:
        if self._fail_on is FailOn.NEVER:
            return False
        return bool(self._sorted.expired or self._over)

    @cached_property
    def _over(self) -> list[Issue]:
        return [issue for issue in self.counted if self._is_over(issue)]

    def _is_over(self, issue: Issue) -> bool:
        if self._fail_on is FailOn.BLOCKED:
            return issue.is_failure
        if self._fail_on is FailOn.NEW:
            return True
        return not issue.is_failure and issue.severity.rank <= Severity(self._fail_on.value).rank

    def accepted(self) -> list[tuple[str, str]]:
        """Fingerprint and justification of what is suppressed, or in the baseline."""
        accepted = [(issue.fingerprint, suppression.reason) for issue, suppression in self._sorted.suppressed]
        if self._compared is not None:
            accepted += [(issue.fingerprint, "in the baseline") for issue in self._compared.unchanged]
        return accepted

    def sentences(self) -> Iterator[str]:
        """What to tell on stderr, a sentence each."""
        if self._compared is not None:
            new, known, fixed = (len(part) for part in self._compared)
            yield f"against the baseline: {new} new, {known} unchanged, {fixed} fixed"
            yield from (f"new: {issue.code} {issue.endpoint}: {issue.message}" for issue in self._compared.new[:20])
        if self._sorted.suppressed:
            yield f"{len(self._sorted.suppressed)} suppressed"
        for issue, suppression in self._sorted.expired:
            yield (
                f"the suppression of {suppression.rule} expired on {suppression.expires}, and it is still there: "
                f"{issue.endpoint} ({suppression.reason})"
            )
        if self._fail_on is not FailOn.NEVER and self._over:
            every = (
                " (all of them: there is no --baseline)"
                if self._fail_on is FailOn.NEW and self._compared is None
                else ""
            )
            yield f"exit code 1, by --fail-on {self._fail_on.value}: {plural(len(self._over), 'issue')}{every}"
        for suppression in self._sorted.unused:
            yield f"the suppression of {suppression.rule} at {suppression.endpoint} covers nothing: remove it"


def read_baseline(path: Path) -> Baseline:
    """Raises BaselineError with the file's name in it."""
    try:
        return Baseline.parse(path.read_text("utf-8"))
    except FileNotFoundError:
        raise BaselineError(f"{path}: no such file; --write-baseline {path} writes it") from None
    except OSError as error:
        raise BaselineError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    except (BaselineError, UnicodeDecodeError) as error:
        raise BaselineError(f"{path}: {error}") from None
