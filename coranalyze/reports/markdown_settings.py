"""What to set on the server, folded up below what it mends in the Markdown report."""

from collections.abc import Sequence

from coranalyze import fixes
from coranalyze.finding import Finding
from coranalyze.reports.markdown_text import code, escape, fenced
from coranalyze.reports.remedies import Remedies, Remedy, Setting
from coranalyze.reports.wording import listed


class Settings:
    """The settings of one report: each stands once, at the first that it is for, as long as there is room."""

    def __init__(
        self, remedies: Remedies, findings: Sequence[Finding], stack: str | None = None, room: int = 0
    ) -> None:
        """`room`: bytes for all of them."""
        self._remedies = remedies
        self._findings = findings
        self._stack = stack
        self._room = room
        self._told: dict[tuple[fixes.Snippet, ...], str] = {}
        self._left_out: set[tuple[fixes.Snippet, ...]] = set()

    @property
    def left_out(self) -> int:
        """Settings for which there was no room."""
        return len(self._left_out)

    def of_failure(self, number: int) -> str:
        remedy = self._remedies.of_failure(number)
        return self._setting(remedy, f"failure {number}") if remedy is not None else ""

    def of_finding(self, position: int) -> str:
        """With what is to be reached, the same on every stack; empty where nothing on a server mends it."""
        remedy, finding = self._remedies.of_finding(position), self._findings[position]
        if remedy is None:
            return ""
        aims = " ".join(fixes.FIXES[each] for each in finding.fixes)
        return f"- to set: {escape(aims)}\n{self._setting(remedy, finding.rule)}"

    def _setting(self, remedy: Remedy, card: str) -> str:
        """An item of the list before it, or what follows that list."""
        setting = remedy.on(self._stack)
        if setting is None:
            return ""
        told = self._told.get(setting.snippets)
        shown = self._folded(setting, remedy) if told is None else f"- setting: as told at {told}\n"
        size = len(shown.encode())
        if size > self._room:
            if told is None:
                self._left_out.add(setting.snippets)
            return ""
        self._room -= size
        self._told.setdefault(setting.snippets, card)
        return shown

    def _folded(self, setting: Setting, remedy: Remedy) -> str:
        rules = dict.fromkeys(self._findings[position].rule for position in remedy.findings)
        names = [*map(str, remedy.failures), *rules]
        several = f", for {listed(names)} together" if len(names) > 1 else ""
        # Between tags there is no Markdown: what is captured stands below.
        lines = [f"\n<details><summary>What to set on {setting.title}{several}</summary>\n"]
        if setting.evidence:
            lines.append(f"A guess, from {code(setting.evidence)}; {code('--stack')} names another.\n")
        for snippet in setting.snippets:
            lines += [f"{escape(snippet.note)}\n"] if snippet.note else []
            lines += [f"{fenced(snippet.code, snippet.language)}\n"] if snippet.code else []
        return "\n".join(lines) + "\n</details>\n"
