"""Issues, and what became of them: baselines, suppressions, the difference of two captures."""

from coranalyze.issues.issue import Issue, issues

__all__ = ["Issue", "issues"]
