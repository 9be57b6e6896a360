"""The scenarios of the lab, a file per subject. `a`, `b` and `c` name steps; `cross('a')` is the URL of a step."""

from tests.lab.scenarios import contexts, elements, preflights, redirects, responses

SCENARIOS = (
    *responses.SCENARIOS,
    *preflights.SCENARIOS,
    *redirects.SCENARIOS,
    *contexts.SCENARIOS,
    *elements.SCENARIOS,
)
