"""coranalyze: browser-exact CORS verdicts from captured traffic.

>>> import coranalyze as ca
>>> analysis = ca.analyze("shop.har")  # doctest: +SKIP
>>> [fetch.reason for fetch in analysis.fetches if fetch.outcome is ca.Outcome.BLOCKED]  # doctest: +SKIP
"""

from coranalyze.analysis import Analysis, Input, Summary, analyze
from coranalyze.cors.steps import Reason, Step
from coranalyze.exchange import Exchange
from coranalyze.fetch import Fetch, Outcome, Verdict

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
