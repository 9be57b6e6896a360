"""Captured text is hostile: whatever could steer a terminal, or reorder what is read, is shown as an escape."""

import re
from functools import lru_cache

# C0 and C1 controls, the no-break space, line and paragraph separators, bidi marks and overrides, zero-width and other
# invisible characters, tags, and lone surrogates.
_HOSTILE = re.compile(
    "[\x00-\x1f\x7f-\xa0\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0000-\U000e0fff]"
)


def visible(text: str, limit: int = 2000) -> str:
    """The text in one line with every hostile character as a visible escape such as `\\x1b`; cut at `limit`."""
    if text.isascii() and text.isprintable() and len(text) <= limit:
        return text
    if len(text) > limit:
        text = f"{text[:limit]}… ({len(text) - limit} more)"
    return _HOSTILE.sub(_escape, text)


@lru_cache(maxsize=1024)
def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def _escape(match: re.Match[str]) -> str:
    return _escaped(match[0])
