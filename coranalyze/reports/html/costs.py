"""What preflights cost: in all, what could be saved in which browser, and what makes them necessary."""

import msgspec

from coranalyze.analysis import Analysis
from coranalyze.fetch import Preflight
from coranalyze.preflight_cost import FORCED
from coranalyze.reports.wording import browser_name
from coranalyze.visible import visible

MAX_CAUSES = 8


class Spared(msgspec.Struct):
    """What the longest lifetime of a preflight would have spared in one browser."""

    browser: str
    preflights: int
    ms: float


class Forced(msgspec.Struct):
    """A method or header that needs a preflight."""

    name: str
    preflights: int
    alone: int
    """Preflights that nothing else asked for."""


class Cost(msgspec.Struct):
    preflights: int
    ms: float
    share: float
    """Of the time of the fetches that waited for them, percent."""
    failed: int
    cached: int
    not_recorded: int
    spared: list[Spared]
    forced: list[Forced]
    more_forced: int


def cost(analysis: Analysis) -> Cost:
    total = analysis.preflight_cost.total
    causes = sorted(total.causes.items(), key=lambda pair: (-pair[1], pair[0]))
    kinds = analysis.tally.kinds
    return Cost(
        preflights=total.preflights,
        ms=total.ms,
        share=round(100 * total.share),
        failed=total.failed,
        cached=kinds[Preflight.CACHED],
        not_recorded=kinds[Preflight.NOT_RECORDED],
        spared=[
            Spared(browser_name(browser), saving.preflights, saving.ms)
            for browser, saving in sorted(total.avoidable.items())
            if saving.preflights
        ],
        forced=[
            Forced(
                "an upload listener or a streamed body" if name == FORCED else visible(name),
                count,
                total.sole_causes.get(name, 0),
            )
            for name, count in causes[:MAX_CAUSES]
        ],
        more_forced=max(len(causes) - MAX_CAUSES, 0),
    )
