"""Analyses for report tests: from stories in the plain-text notation, and with hostile text in every field."""

from pathlib import Path

from coranalyze.analysis import Analysis, Audited, analyze
from coranalyze.cors.headers import Headers
from coranalyze.cors.steps import Ended, Reason, Step
from coranalyze.endpoint import Fold
from coranalyze.exchange import Exchange, Skipped
from coranalyze.fetch import (
    Condition,
    Credentials,
    Fetch,
    Observed,
    Outcome,
    Preflight,
    Role,
    Sent,
    Stage,
    Taken,
    Verdict,
)
from coranalyze.input import Input
from coranalyze.sources.text import parse_text

STORIES = Path(__file__).parent.parent / "golden" / "stories"


def of_story(name: str, select: tuple[str, ...] = ()) -> Analysis:
    """The analysis of a story under tests/golden/stories, as if it had been read from a capture.

    With the findings of the rules that `select` names: without any, none.
    """
    judged = analyze(parse_text((STORIES / f"{name}.http").read_text()))
    exchanges = judged.inputs[0].entries
    source = Input(
        path=f"{name}.http", format="text", dialect="plain-text", entries=exchanges + 1,
        skipped=(Skipped(99, "no URL"),),
        notes=("sanitized: cookies are hidden",),
    )  # fmt: skip
    analysis = Analysis([source], judged.fetches, judged.fold, Audited(select=select))
    if not select:
        analysis.findings = []
    return analysis


def hostile(text: str) -> Analysis:
    """Every captured field holds `text`, in every outcome that a report tells."""
    exchange = Exchange(
        entry=3,
        method=text,
        url=f"https://api.example/{text}",
        request=Headers([("Origin", text), ("Cookie", text)]),
        response=Headers([("Access-Control-Allow-Origin", text)]),
        status=200,
        error=text,
    )
    sent = (Sent(Role.REDIRECT, exchange), Sent(Role.ACTUAL, exchange))
    ended = Ended(Step.ORIGIN_MISMATCH, text, text, text)
    verdicts = [
        Verdict(
            outcome=Outcome.BLOCKED, reason=reason, stage=Stage.ACTUAL, detail=text,
            expected=text, received=f"{text}/",
            steps=(Taken(0, Stage.ACTUAL, ended),),
        )
        for reason in Reason
    ]  # fmt: skip
    condition = Condition(text, Outcome.BLOCKED, Reason.ACAO_MISMATCH, Stage.ACTUAL, text)
    verdicts.append(Verdict(outcome=Outcome.CONDITIONAL, conditions=(condition,), missing=text))
    verdicts.append(Verdict(outcome=Outcome.UNKNOWN, missing=text))
    fetches = [
        Fetch(
            url=exchange.url, method=text, origin=text, origin_evidence=text, cross_origin=True,
            mode="cors", mode_evidence=text, credentials=Credentials.INCLUDE, credentials_evidence=text,
            preflight=Preflight.RECORDED, verdict=verdict, observed=Observed.BLOCKED, browser=text,
            aliases={"chromium": text, text: text}, exchanges=sent,
        )
        for verdict in verdicts
    ]  # fmt: skip
    inputs = [
        Input(path=text, dialect=text, entries=1, skipped=(Skipped(0, text),), notes=(text,)),
        Input(path=text, error=text),
    ]
    fold = Fold()
    for fetch in fetches:
        fold.add(fetch)
    analysis = Analysis(inputs, fetches, fold)
    analysis.findings = []
    return analysis


def twins() -> Analysis:
    """Two servers on one machine with the same faults, and failures alike in all but their causes."""
    told = ""
    for port in (8001, 8002):
        server = f"http://localhost:{port}"
        told += f"GET {server}/open\nOrigin: null\n\n200\nAccess-Control-Allow-Origin: null\n\n"
        for method, status in (("GET", 200), ("GET", 500), ("POST", 502)):
            told += f"{method} {server}/at/{status}\nOrigin: http://localhost:3000\n\n{status}\n\n"
    return analyze(parse_text(told))
