"""`coranalyze explain`"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from coranalyze.cli.choices import Answer

if TYPE_CHECKING:
    from coranalyze.explain import Entry

LIMIT = 64 << 10
"""Characters of a message that are looked at."""


def explain(
    codes: Annotated[
        list[str],
        typer.Argument(
            metavar="CODE", help="A reason, a rule, a browser's own code, or a console message; - reads stdin."
        ),
    ],
    format: Annotated[Answer, typer.Option("--format", "-f", help="What goes to stdout.")] = Answer.TEXT,
    stack: Annotated[
        str | None, typer.Option("--stack", metavar="NAME", help="Show what to set on this server: nginx, fastapi, …")
    ] = None,
) -> None:
    """Explain a reason (acao-missing), a rule (COR101, null-origin-allowed), a browser's code
    (PreflightMissingAllowOriginHeader, CORSMissingAllowOrigin) or a message pasted from the browser's console.
    """
    from coranalyze.cli import streams
    from coranalyze.cli.choices import check_stack

    check_stack(stack)
    found = _find(codes)
    if not found:
        raise typer.Exit(2)
    from coranalyze.reports import explanation

    if format is Answer.JSON:
        streams.write_bytes([explanation.render_json(found, stack=stack).encode()])
        return
    streams.write_text(
        explanation.render(
            found,
            width=streams.width(),
            color=streams.has_color(sys.stdout),
            unicode=streams.is_unicode(sys.stdout),
            stack=stack,
        )
    )


def _find(codes: list[str]) -> list[Entry]:
    """Every explanation, or none where one of the codes is unknown."""
    from coranalyze.cli import streams
    from coranalyze.explain import candidates, look_up
    from coranalyze.sources.masking import UrlMasker

    masks = UrlMasker()
    texts = [masks.text(streams.read_stdin(LIMIT) if code == "-" else code, LIMIT) for code in codes]
    each = [look_up(text) for text in texts]
    if len(texts) > 1 and not all(each):
        # A message pasted without quotes comes as many words.
        joined = look_up(" ".join(texts))
        if joined and not any(each):
            return joined
        if not any(each) and candidates(" ".join(texts)):
            texts, each = [" ".join(texts)], [[]]
    unknown = [text for text, found in zip(texts, each, strict=True) if not found]
    for text in unknown:
        _tell_unknown(text)
    return [] if unknown else [explanation for found in each for explanation in found]


def _tell_unknown(text: str) -> None:
    from coranalyze.cli import streams
    from coranalyze.explain import candidates, close_matches

    shown = text.strip().splitlines()[0][:80] if text.strip() else "(nothing)"
    if several := candidates(text):
        streams.say(f"{shown!r} stands in messages of several reasons; explain one of {', '.join(several)}")
        return
    close = close_matches(text) if len(text) < 100 else []
    hint = (
        f"did you mean {', '.join(close)}?"
        if close
        else "paste the whole message of the console, or a code such as acao-missing"
    )
    streams.say(f"{shown!r} is not known; {hint}")
