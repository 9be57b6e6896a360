"""Cause: the pattern behind a failed fetch. Pattern: recognises it, by a pure function whose docstring is its page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec

from coranalyze.causes.case import Case
from coranalyze.endpoint.layer import Layer
from coranalyze.finding import Confidence
from coranalyze.sections import blocks, sections

_CAREFUL = ("If the page is meant", "Nothing", "Take `null` away")
"""How advice begins that leaves it open whether to let the page in."""


class Cause(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is really behind it, with the evidence that says so."""

    name: str
    """`error-drops-cors`"""
    sentence: str
    """What happened, in one plain sentence with the URL, host, status or header of the capture."""
    evidence: tuple[str, ...] = ()
    """What says so, a sentence each."""
    layer: Layer | None = None
    """Who answered; None where nothing tells."""
    advice: str = ""
    """What to do first."""
    confidence: Confidence = Confidence.PROVEN
    settle: str = ""
    """For a suspicion: what would settle it."""
    fixes: tuple[str, ...] = ()
    """Codes of `coranalyze.fixes`."""
    origin: str = ""
    """The front end's origin for the fix; empty where none is known."""
    method: str = ""
    header: str = ""
    at: str = ""
    """`GET https://app.example/me`: the request whose answer is to change, where it is not the one that failed."""
    meant: bool = False
    """The server refused a stranger, as it seems it should: nothing is to be done."""
    stranger: bool = False
    """The page is of another site and nowhere let in, and pages of the server's own are: perhaps it should not be."""


class Page(NamedTuple):
    """The docstring of a pattern, taken apart."""

    title: str
    """A few words, without a full stop."""
    text: str
    """What happens."""
    recognise: str
    """How to recognise it."""
    do: str
    """What to do."""
    example: tuple[str, ...]
    """Exchanges in the plain-text notation that have this cause."""
    other: tuple[str, ...]
    """Exchanges that look alike and have not."""


class Told(NamedTuple):
    """What a pattern found; the rest of a `Cause` follows from the pattern and the case."""

    sentence: str
    advice: str
    evidence: tuple[str, ...] = ()
    settle: str = ""
    """Not empty: a suspicion, and what would settle it."""
    layer: Layer | None = None
    """Where it is not the layer of the case."""
    header: str = ""
    method: str = ""
    at: str = ""
    """As `Cause.at`."""
    in_page: bool = False
    """The page is what has to change: nothing to set on the server."""
    meant: bool = False
    """As `Cause.meant`."""
    only_if_meant: bool = False
    """Whether to let the page in is for the owner to say: no setting is printed that does."""


class Pattern(NamedTuple):
    name: str
    recognise: Callable[[Case], Told | None]
    page: Page
    fixes: tuple[str, ...]

    def cause(self, case: Case) -> Cause | None:
        """The cause, where this pattern is behind the case."""
        told = self.recognise(case)
        if told is None:
            return None
        layer = told.layer or case.layer
        advice, only_if_meant = told.advice, told.only_if_meant
        strange = "none of yours" if case.outsider else "not one of those that are let in" if case.uninvited else ""
        if self.fixes and strange and not (told.in_page or told.meant or only_if_meant):
            only_if_meant = True
            if not advice.startswith(_CAREFUL):
                advice = f"Nothing, unless {case.page}, which is {strange}, is meant to be let in. Then: {advice}"
        evidence = told.evidence if layer is None else (*told.evidence, layer.why)
        return Cause(
            name=self.name,
            sentence=told.sentence,
            evidence=tuple(dict.fromkeys(each for each in evidence if each)),
            layer=layer,
            advice=advice,
            confidence=Confidence.SUSPECTED if told.settle else Confidence.PROVEN,
            settle=told.settle,
            fixes=() if told.in_page or told.meant or only_if_meant else self.fixes,
            origin=case.fetch.origin or "",
            method=told.method,
            header=told.header,
            at=told.at,
            meant=told.meant,
            stranger=case.stranger,
        )


def pattern(name: str, *, fixes: Iterable[str] = ()) -> Callable[[Callable[[Case], Told | None]], Pattern]:
    """Make a function that looks at one case into the pattern `name`; its docstring becomes the page."""

    def make(recognise: Callable[[Case], Told | None]) -> Pattern:
        return Pattern(name, recognise, _page(recognise), tuple(fixes))

    return make


def _page(recognise: Callable[[Case], Told | None]) -> Page:
    title, text, under = sections(recognise)
    return Page(
        title.removesuffix("."),
        text,
        under.get("How to recognise it", ""),
        under.get("What to do", ""),
        blocks(under.get("Example", "")),
        blocks(under.get("Not", "")),
    )
