"""What to set on the server, beside a failure or a finding: on the stack that the user named, or on the one guessed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from coranalyze.finding import Finding
from coranalyze.reports.remedies import Remedies, Remedy, Setting
from coranalyze.visible import visible

_NUMBERS = 10
_Rows = Iterator[tuple[str, RenderableType | str]]


class SettingRows:
    """Settings as rows of cards; each stands once, on the first card that it is for."""

    def __init__(self, remedies: Remedies, stack: str | None = None) -> None:
        self._remedies = remedies
        self._stack = stack
        self._told: dict[tuple[str, ...], str] = {}

    def of_failure(self, number: int) -> _Rows:
        yield from self._rows(self._remedies.of_failure(number), str(number))

    def of_finding(self, finding: Finding) -> _Rows:
        yield from self._rows(self._remedies.of_finding(finding), finding.rule)

    def _rows(self, remedy: Remedy | None, card: str) -> _Rows:
        setting = remedy.on(self._stack) if remedy is not None else None
        if remedy is None or setting is None:
            return
        key = tuple(snippet.code + snippet.note for snippet in setting.snippets)
        if key in self._told:
            yield "fix", f"as told at {self._told[key]}"
            return
        self._told[key] = card
        yield "fix", shown(setting, remedy.failures)


def shown(setting: Setting, together: Sequence[int] = ()) -> RenderableType:
    """The stack, and each snippet below its note. `together`: numbers of the failures that it is for."""
    guessed = f" (a guess, from `{visible(setting.evidence)}`; --stack names another)" if setting.evidence else ""
    several = f", for {_numbers(together)} together" if len(together) > 1 else ""
    parts: list[Text] = [Text.assemble("on ", setting.title, several, (guessed, "dim"))]
    for snippet in setting.snippets:
        if snippet.note:
            parts.append(Text(snippet.note, overflow="fold"))
        parts += [Text(line, style="green", overflow="fold") for line in snippet.code.expandtabs(4).splitlines()]
    return Group(*parts)


def _numbers(numbers: Sequence[int]) -> str:
    told = [str(number) for number in numbers[:_NUMBERS]]
    left = len(numbers) - len(told)
    last = f"{left:,} more" if left else told.pop()
    return f"{', '.join(told)} and {last}"
