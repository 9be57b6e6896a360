"""What to set on the server, beside a failure or a finding: on the stack that the user named, or on the one guessed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.console import Group, RenderableType
from rich.text import Text

from coranalyze import fixes
from coranalyze.analysis import Analysis
from coranalyze.causes import Cause
from coranalyze.cors.origin import origin_of
from coranalyze.endpoint import layers_of
from coranalyze.failure import Failure
from coranalyze.fetch import Fetch
from coranalyze.finding import Finding
from coranalyze.visible import visible

_FETCHES = 50


class Setting(NamedTuple):
    title: str
    """Of the stack: `FastAPI / Starlette`."""
    evidence: str
    """The header that the stack was guessed from; empty where the user named it."""
    snippets: tuple[fixes.Snippet, ...]


class Settings:
    """Snippets for one analysis. `stack`: a name of `fixes.STACKS`; without one each server's stack is guessed."""

    def __init__(self, analysis: Analysis, stack: str | None = None) -> None:
        self._fold = analysis.fold
        self._first_parties = analysis.audited.first_parties
        self._stack = stack
        self._guesses: dict[str, fixes.Guess | None] = {}

    def of_fetches(self, fetches: Sequence[Fetch], cause: Cause | None = None) -> Setting | None:
        """What would let blocked fetches of one failure through; None where the server cannot, or no stack is known."""
        codes, sent = codes_of(fetches[0], cause), fetches[0].deciding
        if sent is None or not codes:
            return None
        guess = fixes.guess(layers_of(sent.exchange.response)) or self._guess(sent.exchange.url)
        return self._setting(codes, fixes.Context.of_fetches(fetches), guess)

    def of_finding(self, finding: Finding) -> Setting | None:
        """What would mend a policy; None for rules without a fix, or where no stack is known."""
        context = fixes.Context.of_finding(finding, self._first_parties)
        return self._setting(finding.fixes, context, self._guess(finding.endpoint))

    def _setting(self, codes: tuple[str, ...], context: fixes.Context, guess: fixes.Guess | None) -> Setting | None:
        name = self._stack or (guess.stack if guess else None)
        stack = fixes.find_stack(name) if name else None
        if stack is None:
            return None
        found = tuple(stack.snippets(codes, context))
        evidence = guess.evidence if guess and not self._stack else ""
        return Setting(stack.title, evidence, found) if found else None

    def _guess(self, url: str) -> fixes.Guess | None:
        """The guess that most of the server's answers lead to."""
        origin = str(origin_of(url))
        if origin not in self._guesses:
            server = self._fold.servers.get(origin)
            counts: Counter[fixes.Guess] = Counter()
            for endpoint in server.endpoints.values() if server is not None else ():
                for answer, seen in endpoint.answers.items():
                    guess = fixes.guess(answer.layer)
                    if guess is not None:
                        counts[guess] += seen.count
            self._guesses[origin] = min(counts, key=lambda guess: (-counts[guess], guess)) if counts else None
        return self._guesses[origin]


class SettingRows:
    """Settings as rows of cards; the same code stands once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._told: dict[tuple[str, ...], str] = {}

    def of_failure(self, failure: Failure, card: str) -> Iterator[tuple[str, RenderableType | str]]:
        yield from self._rows(self._settings.of_fetches(seen_by(failure), failure.cause), card)

    def of_finding(self, finding: Finding, card: str) -> Iterator[tuple[str, RenderableType | str]]:
        yield from self._rows(self._settings.of_finding(finding), card)

    def _rows(self, setting: Setting | None, card: str) -> Iterator[tuple[str, RenderableType | str]]:
        if setting is None:
            return
        key = tuple(snippet.code + snippet.note for snippet in setting.snippets)
        if key in self._told:
            yield "fix", f"as told at {self._told[key]}"
            return
        self._told[key] = card
        yield "fix", shown(setting)


def codes_of(fetch: Fetch, cause: Cause | None) -> tuple[str, ...]:
    """Codes of what to set on the server, so that the fetch passes whole."""
    codes = fixes.codes_for(fetch) if cause is None else cause.fixes
    return fixes.with_the_preflight(codes, fetch.verdict)


def seen_by(failure: Failure) -> list[Fetch]:
    """The fetches of a failure that its setting goes by."""
    return [fetch for _, fetch in failure.fetches[:_FETCHES]]


def shown(setting: Setting) -> RenderableType:
    """The stack, and each snippet below its note."""
    guessed = f" (a guess, from `{visible(setting.evidence)}`; --stack names another)" if setting.evidence else ""
    parts: list[Text] = [Text.assemble("on ", setting.title, (guessed, "dim"))]
    for snippet in setting.snippets:
        if snippet.note:
            parts.append(Text(snippet.note, overflow="fold"))
        parts += [Text(line, style="green", overflow="fold") for line in snippet.code.expandtabs(4).splitlines()]
    return Group(*parts)
