"""One page per reason for which a request fails, and the list of them all."""

from coranalyze.console.messages import messages_of
from coranalyze.console.names import names_of
from coranalyze.explain import PAGES, Page
from coranalyze.fixes.reasons import codes_of
from coranalyze.reports.wording import BROWSERS, step_name
from docs.generate.settings import settings
from docs.generate.text import bullets, code, linked, page, section

FOLDER = "reasons/"
RULES = "../rules/"


def pages() -> dict[str, str]:
    return {f"{FOLDER}index.md": index()} | {f"{FOLDER}{told.reason}.md": reason_page(told) for told in PAGES.values()}


def index() -> str:
    def table(is_cors: bool) -> str:
        rows = [
            f"| [`{told.reason}`]({told.reason}.md) | {told.title} |"
            for told in PAGES.values()
            if told.is_cors is is_cors
        ]
        return "\n".join(["| reason | means |", "|---|---|", *rows])

    opening = (
        "A reason names the step of the [Fetch standard](https://fetch.spec.whatwg.org/) that a blocked request failed "
        "at. The browser's own code, or a message of its console, leads to the same page: `coranalyze explain "
        "PreflightMissingAllowOriginHeader`. What is behind it is told by its [cause](../causes/index.md)."
    )
    return page(
        "Reasons",
        "Why a browser blocked a cross-origin request, step by step.",
        [opening, section("CORS", table(True)), section("Not CORS, though it looks like it", table(False))],
    )


def reason_page(told: Page) -> str:
    steps = [f"[{step_name(step)}]({step.url}): {step.sentence}" for step in told.steps]
    often = told.misconception
    return page(
        f"{told.reason}",
        told.happened,
        [
            f"**{told.title}**" + ("" if told.is_cors else " (not CORS)"),
            told.happened,
            section("Why browsers do so", linked(told.why, RULES)),
            section("Do first", linked(told.first, RULES)),
            section("Check", bullets(told.check)),
            section("Usual causes", bullets(told.causes)),
            section("What to set", settings(codes_of(told.reason))),
            section("Where it is laid down", bullets(steps), told.reference),
            section("What browsers call it", _names(told)),
            section("Often heard", f"“{often.claim}” Not so. {often.truth}" if often else ""),
        ],
    )


def _names(told: Page) -> str:
    names, messages = names_of(told.reason), messages_of(told.reason)
    parts = []
    for browser, label in BROWSERS.items():
        said = [code(each) for each in (*names.get(browser, ()), *messages.get(browser, ()))]
        if said:
            parts.append(f"{label}\n\n{bullets(said)}")
    return "\n\n".join(parts)
