"""Trail: how far a walk through the standard has come, and the answers in which it may end."""

from __future__ import annotations

from dataclasses import dataclass

from coranalyze.cors.browsers import Profile
from coranalyze.cors.checks import Tainting
from coranalyze.cors.steps import Ended, Reason
from coranalyze.engine.answer import Answer
from coranalyze.engine.chain import Chain
from coranalyze.engine.documents import Policies
from coranalyze.engine.evidence import Page
from coranalyze.engine.request import Request
from coranalyze.exchange import Dialect
from coranalyze.fetch import Credentials, Observed, Outcome, Stage, Taken


@dataclass(frozen=True, slots=True)
class Question:
    """One chain with everything that the capture tells about how it was requested."""

    chain: Chain
    page: Page
    mode: str
    credentials: Credentials
    observed: Observed
    profile: Profile
    dialect: Dialect
    policies: Policies = Policies()  # noqa: RUF009


class Trail:
    """The steps taken so far under one credentials mode, and what they have made of the request."""

    def __init__(self, question: Question, credentials: Credentials) -> None:
        self.question = question
        self.include = credentials is Credentials.INCLUDE
        self.steps: list[Taken] = []
        self.tainting: Tainting = "basic"
        self.tainted = False
        """The origin serializes as `null` from here on."""
        self.maybe_no_cors = False
        self.doubts: list[Answer] = []
        """Further answers, if the page is another one than it seems."""

    @property
    def passed(self) -> Outcome:
        """What becomes of a response that nothing refuses."""
        return Outcome.ALLOWED if self.tainting == "cors" else Outcome.NOT_SUBJECT

    def origin(self, request: Request) -> str:
        """The bytes of `Origin`: those of the wire, or what the standard says that they are."""
        if request.origin is not None:
            return request.origin
        return "null" if self.tainted else self.question.page.serialized or "null"

    def take(self, i: int, stage: Stage, ended: Ended) -> None:
        self.steps.append(Taken(i, stage, ended))

    def fail(
        self, i: int, stage: Stage, ended: Ended, *, reason: Reason | None = None, sent_on: bool = False,
        assumption: str = "", missing: str = "",
    ) -> Answer:  # fmt: skip
        taken = Taken(i, stage, ended)
        return Answer(
            Outcome.BLOCKED,
            (*self.steps, taken),
            assumption,
            reason or ended.step.reason,
            missing,
            contradicted=sent_on,
        )

    def answer(
        self, outcome: Outcome, *, assumption: str = "", missing: str = "", ended: Taken | None = None
    ) -> Answer:
        steps = (*self.steps, ended) if ended is not None else tuple(self.steps)
        return Answer(outcome, steps, assumption, None, missing)
