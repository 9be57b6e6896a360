"""Traits: what few answers have, so that rules look at those only. A set of them is a number, a bit for each."""

from __future__ import annotations

from operator import attrgetter

from coranalyze.endpoint.answer import Answer
from coranalyze.fetch import Role

_FIELDS = (
    "allow_origin", "allow_credentials", "allow_methods", "allow_headers", "expose_headers", "max_age",
    "allow_private_network", "requested_headers", "requested_private_network", "response_headers_sent", "misspelt",
    "repeats_origin", "echoes", "named_by_url", "stored", "cached", "cookies",
)  # fmt: skip
"""Fields of Answer that most answers have empty or False: traits where they are not."""
_NAMES = (*_FIELDS, "preflight", "fails", "switches", "stars", "names", "checked")
"""`fails`: the status is 400 or above; `switches`: 101; `stars`: the allowed origin is `*`; `names`: it is another;
`checked`: the browser may check it, by its mode."""
BIT = {name: 1 << i for i, name in enumerate(_NAMES)}
CHECKED_MODES = frozenset({"cors", "unknown"})
_values = attrgetter(*_FIELDS)
_EMPTY = _values(Answer(role=Role.ACTUAL, method=""))
_OF_FIELDS = tuple(BIT[name] for name in _FIELDS)


def bits(*names: str) -> int:
    """The set of these traits."""
    return sum(BIT[name] for name in names)


TELLING = bits(
    "allow_origin", "preflight", "misspelt", "repeats_origin", "allow_credentials", "response_headers_sent",
    "allow_methods",
)  # fmt: skip
"""Traits with something about CORS."""
_FAILS, _SWITCHES, _PREFLIGHT, _STARS, _NAMED, _CHECKED = map(
    BIT.__getitem__, ("fails", "switches", "preflight", "stars", "names", "checked")
)


def traits_of(answer: Answer) -> int:
    """The traits of an answer."""
    values = _values(answer)
    found = 0
    if values != _EMPTY:
        for bit, value in zip(_OF_FIELDS, values, strict=True):
            if value:
                found |= bit
        if len(answer.allow_origin) == 1:
            found |= _STARS if answer.allow_origin[0] == "*" else _NAMED
    status = answer.status
    if status is not None and (status >= 400 or status == 101):
        found |= _FAILS if status >= 400 else _SWITCHES
    if answer.role is Role.PREFLIGHT:
        found |= _PREFLIGHT
    return found | _CHECKED if answer.mode in CHECKED_MODES else found
