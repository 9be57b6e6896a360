"""Words that all text reports share: names of algorithms and browsers, steps, what was expected and what came."""

from collections.abc import Sequence
from typing import NamedTuple

from coranalyze.cors.steps import Ended, Reason, Step
from coranalyze.fetch import Condition, Fetch, Outcome, Role, Stage, Taken, Verdict
from coranalyze.visible import visible

BROWSERS = {"chromium": "Chromium", "firefox": "Firefox", "webkit": "WebKit", "spec": "the Fetch standard"}

_ALGORITHMS = {
    "concept-cors-check": "CORS check",
    "cors-preflight-fetch-0": "CORS-preflight fetch",
    "concept-http-redirect-fetch": "HTTP-redirect fetch",
    "http-redirect-fetch": "HTTP-redirect fetch",
    "concept-http-fetch": "HTTP fetch",
    "http-fetch": "HTTP fetch",
    "concept-main-fetch": "main fetch",
    "main-fetch": "main fetch",
    "concept-response-location-url": "location URL",
    "cross-origin-resource-policy-check": "Cross-Origin-Resource-Policy check",
    "cross-origin-resource-policy-internal-check": "Cross-Origin-Resource-Policy check",
    "block-bad-port": "port blocking",
    "orb": "Opaque Response Blocking",
    "ok-status": "ok status",
}

_ACAO, _ACAC = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"
_ACAM, _ACAH = "Access-Control-Allow-Methods", "Access-Control-Allow-Headers"
HEADER_OF = {
    Reason.ACAO_MISSING: _ACAO,
    Reason.ACAO_WILDCARD_WITH_CREDENTIALS: _ACAO,
    Reason.ACAO_MULTIPLE: _ACAO,
    Reason.ACAO_INVALID: _ACAO,
    Reason.ACAO_MISMATCH: _ACAO,
    Reason.ACAC_NOT_TRUE: _ACAC,
    Reason.METHOD_NOT_ALLOWED: _ACAM,
    Reason.ACAM_UNPARSABLE: _ACAM,
    Reason.HEADER_NOT_ALLOWED: _ACAH,
    Reason.AUTHORIZATION_WILDCARD: _ACAH,
    Reason.ACAH_UNPARSABLE: _ACAH,
}

_ASSUMPTIONS = {
    "credentials=include": "with credentials (`include`, withCredentials)",
    "credentials=not-include": "without credentials",
    "mode=cors": "made with CORS",
    "mode=no-cors": "made without CORS (a beacon, `mode: 'no-cors'`)",
    "redirect=manual": "with `redirect: 'manual'`",
    "redirect=error": "with `redirect: 'error'`",
    "redirect=follow": "with redirects followed",
    "upgrade-insecure-requests=no": "from a page without the policy `upgrade-insecure-requests`",
}
_NAMES = 10


class Compared(NamedTuple):
    """What was expected and what came, each as shown: a header line, a status, or words."""

    expected: str
    received: str


def browser_name(browser: str) -> str:
    return BROWSERS.get(browser) or visible(browser)


def known_from(value: str, evidence: str) -> str:
    """`cors (it was preflighted)`: what is known of a request, and how."""
    return f"{value} ({visible(evidence)})" if evidence else value


def step_name(step: Step) -> str:
    """`CORS check, step 4`"""
    name = _ALGORITHMS.get(step.anchor, step.anchor.rpartition("#")[2] or "HTML standard")
    return f"{name}, step {step.number}" if step.number else name


def place(taken: Taken, hops: int) -> str:
    """Where in the chain a step was taken: `preflight`, or `hop 2, preflight` where there are redirects."""
    stage = "response" if taken.stage is Stage.ACTUAL else str(taken.stage)
    return f"hop {taken.hop + 1}, {stage}" if hops > 1 else stage


def hops_of(fetch: Fetch) -> int:
    return sum(sent.role is not Role.PREFLIGHT for sent in fetch.exchanges)


def sentence(ended: Ended) -> str:
    """The step's sentence, with what it ended on."""
    detail = visible(ended.detail)
    return f"{ended.step.sentence} ({detail})" if detail and detail not in ended.step.sentence else ended.step.sentence


def compared(fetch: Fetch) -> Compared | None:
    """Expected and received of a blocked fetch; None where there is no such pair to tell."""
    verdict = fetch.verdict
    if verdict.reason is None:
        return None
    header = HEADER_OF.get(verdict.reason)
    sent = fetch.deciding
    if header is not None:
        return Compared(
            _expected(verdict, header),
            _received(verdict, header, sent is not None and sent.exchange.response.has(header)),
        )
    if not verdict.expected and not verdict.received:
        return None
    if verdict.reason is Reason.PREFLIGHT_STATUS:
        return Compared(f"status {visible(verdict.expected)}", f"status {visible(verdict.received)}")
    return Compared(visible(verdict.expected), visible(verdict.received) or "nothing")


def _expected(verdict: Verdict, header: str) -> str:
    if header == _ACAC:
        return f"{header}: true"
    if verdict.expected == "null" and header == _ACAO:
        return "the request's Origin, null"
    if header == _ACAO:
        return f"{header}: {visible(verdict.expected)}"
    if verdict.reason in (Reason.ACAM_UNPARSABLE, Reason.ACAH_UNPARSABLE):
        return f"{header}: names with commas between them"
    return f"{header} with {visible(verdict.expected or verdict.detail)} in it"


def _received(verdict: Verdict, header: str, present: bool) -> str:
    value = verdict.received or (
        verdict.detail if verdict.reason in (Reason.ACAM_UNPARSABLE, Reason.ACAH_UNPARSABLE) else ""
    )
    if value:
        return f"{header}: {visible(value)}"
    return f"{header} without a value" if present else f"no {header}"


def assumption(text: str) -> str:
    """An assumption of a condition in words."""
    parts = [_ASSUMPTIONS.get(part, visible(part)) for part in text.split(" and ")]
    return " and ".join(part for part in parts if part) or "otherwise"


def answer(condition: Condition) -> str:
    """`blocked: acac-not-true (preflight)`"""
    if condition.outcome is Outcome.UNKNOWN:
        return "cannot be told"
    if condition.outcome is Outcome.NOT_SUBJECT:
        return "not subject to CORS"
    if condition.reason is None:
        return str(condition.outcome)
    where = f" ({condition.stage})" if condition.stage else ""
    detail = f" {visible(condition.detail)}" if condition.detail else ""
    return f"{condition.outcome}: {condition.reason}{detail}{where}"


def listed(names: Sequence[str]) -> str:
    """`1, 2 and COR607`, and a count of those beyond the first ten."""
    told = list(names[:_NAMES])
    left = len(names) - len(told)
    last = f"{left:,} more" if left else told.pop()
    return f"{', '.join(told)} and {last}"
