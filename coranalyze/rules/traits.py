"""Traits: what few answers have, so that rules look at those only."""

from __future__ import annotations

from operator import attrgetter

from coranalyze.endpoint import Answer
from coranalyze.fetch import Role

_FIELDS = (
    "allow_origin", "allow_credentials", "allow_methods", "allow_headers", "expose_headers", "max_age",
    "allow_private_network", "requested_headers", "requested_private_network", "response_headers_sent", "misspelt",
    "repeats_origin", "echoes", "stored", "cached",
)  # fmt: skip
"""Fields of Answer that most answers have empty or False: traits where they are not."""
TRAITS = (*_FIELDS, "preflight", "fails", "switches", "stars", "names")
"""`fails`: the status is 400 or above; `switches`: 101; `stars`: the allowed origin is `*`; `names`: it is another."""
_values = attrgetter(*_FIELDS)
_EMPTY = _values(Answer(role=Role.ACTUAL, method=""))
TELLING = frozenset({
    "allow_origin", "preflight", "misspelt", "repeats_origin", "allow_credentials", "response_headers_sent",
    "allow_methods",
})  # fmt: skip
"""Traits with something about CORS."""


class Traits(dict[Answer, frozenset[str]]):
    """Answer → its traits, looked for once."""

    def __missing__(self, answer: Answer) -> frozenset[str]:
        values = _values(answer)
        found = [] if values == _EMPTY else [name for name, value in zip(_FIELDS, values, strict=True) if value]
        status = answer.status or 0
        if status >= 400 or status == 101:
            found.append("fails" if status >= 400 else "switches")
        if answer.role is Role.PREFLIGHT:
            found.append("preflight")
        if len(answer.allow_origin) == 1:
            found.append("stars" if answer.allow_origin[0] == "*" else "names")
        traits = self[answer] = frozenset(found)
        return traits
