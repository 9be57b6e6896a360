"""Judge: ask under every assumption that the evidence leaves open instead of guessing once."""

from __future__ import annotations

from dataclasses import replace

from coranalyze.engine.answer import combine, fitting
from coranalyze.engine.trail import Question
from coranalyze.engine.walk import walk
from coranalyze.fetch import Credentials, Verdict


def judge(question: Question) -> tuple[Verdict, Credentials]:
    """The verdict, and the credentials mode where only one fits what the capture shows."""
    open_modes = (
        [Credentials.NOT_INCLUDE, Credentials.INCLUDE]
        if question.credentials is Credentials.UNKNOWN
        else [question.credentials]
    )
    answers = [replace(answer, credentials=mode) for mode in open_modes for answer in walk(question, mode)]
    kept = fitting(answers, question.observed, keeps_failures=question.dialect.keeps_failures)
    left = {answer.credentials for answer in kept}
    settled = left.pop() if len(left) == 1 else Credentials.UNKNOWN
    return combine(kept), settled
