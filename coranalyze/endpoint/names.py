"""Names of CORS headers, and names that were meant to be one."""

import re
from functools import lru_cache

RESPONSE_NAMES = (
    "access-control-allow-origin", "access-control-allow-credentials", "access-control-allow-methods",
    "access-control-allow-headers", "access-control-expose-headers", "access-control-max-age",
    "access-control-allow-private-network",
)  # fmt: skip
REQUEST_NAMES = frozenset({
    "origin", "access-control-request-method", "access-control-request-headers",
    "access-control-request-private-network",
})  # fmt: skip

_WORTH_A_LOOK = re.compile(r"all?ow|control|expos|ac+es|origin|^cors")
# Words in front of which nothing else may stand when the rest is looked up.
_PREFIX = re.compile(r"(?:x)?(?:acces?control|allowcontrol|controlacces|controlallow(?=allow)|cor|acces|control)")
_SHORT = {"origin": 0, "credential": 1, "method": 2, "header": 3}
"""What people write with `allow` left out: `Access-Control-Origin`."""
_FAR = 3


@lru_cache(maxsize=4096)
def resembles(name: str) -> str:
    """The CORS response header that `name` (lower case) misspells; empty for correct and for unrelated names.

    Two letters more, less or other are forgiven, and the wordings that people take for the real ones:
    `Access-Control-Allowed-Origins`, `Allow-Control-Allow-Origin`, `Access-Control-Origin`, `CORS-Allow-Origin`.
    """
    if name in RESPONSE_NAMES or name in REQUEST_NAMES or len(name) > 60 or not _WORTH_A_LOOK.search(name):
        return ""
    squeezed = _squeeze(name)
    for known in RESPONSE_NAMES:
        if _distance(squeezed, _squeeze(known)) < _FAR:
            return known
    prefix = _PREFIX.match(squeezed)
    rest = squeezed[prefix.end() :] if prefix is not None else squeezed
    if prefix is not None and rest in _SHORT:
        return RESPONSE_NAMES[_SHORT[rest]]
    for known in RESPONSE_NAMES:
        tail = _squeeze(known.removeprefix("access-control-"))
        # `Max-Age` by itself is an attribute that people put anywhere; the others have no other meaning.
        if (prefix is not None or tail != "maxage") and _distance(rest, tail) < (_FAR - 1 if prefix else 1):
            return known
    return ""


def _squeeze(name: str) -> str:
    """Without dashes, plurals and participles: what the spellings of one name have in common."""
    words = [word.rstrip("s") if len(word) > 3 else word for word in re.split("[-_ ]+", name)]
    return "".join([re.sub("^(allow|expose)e?d$", r"\1", word) for word in words])


def _distance(a: str, b: str) -> int:
    """Edit distance, at most `_FAR`."""
    if abs(len(a) - len(b)) >= _FAR:
        return _FAR
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        above, row[0] = row[0], i
        for j, right in enumerate(b, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (left != right))
    return min(row[-1], _FAR)
