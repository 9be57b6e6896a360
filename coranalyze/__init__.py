"""coranalyze: browser-exact CORS verdicts from captured traffic.

>>> import coranalyze as ca
>>> analysis = ca.analyze("shop.har")  # doctest: +SKIP
>>> [fetch.reason for fetch in analysis.fetches if fetch.outcome is ca.Outcome.BLOCKED]  # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coranalyze.analysis import Analysis, Summary, analyze
    from coranalyze.cors.steps import Reason, Step
    from coranalyze.exchange import Exchange
    from coranalyze.fetch import Fetch, Outcome, Verdict
    from coranalyze.input import Input

__all__ = [
    "Analysis",
    "Exchange",
    "Fetch",
    "Input",
    "Outcome",
    "Reason",
    "Step",
    "Summary",
    "Verdict",
    "analyze",
]

__version__ = "0.1.0"

_HOMES = {
    "analysis": ("Analysis", "Summary", "analyze"),
    "cors.steps": ("Reason", "Step"),
    "exchange": ("Exchange",),
    "fetch": ("Fetch", "Outcome", "Verdict"),
    "input": ("Input",),
}


def __getattr__(name: str) -> Any:
    # Names load when asked for: `--help` and `explain` need none of the engine.
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"coranalyze.{home}"), name)
    raise AttributeError(f"module 'coranalyze' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
