"""Captured text is hostile: whatever could steer a terminal, or reorder what is read, is shown as an escape."""

import unicodedata
from functools import lru_cache

# Controls, format characters (bidi marks and overrides, zero-width ones, tags), surrogates, separators, odd spaces.
_HOSTILE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})
# Letters and marks that show nothing: Hangul fillers, variation selectors.
_INVISIBLE = frozenset("\u115f\u1160\u3164\uffa0") | frozenset(map(chr, range(0xFE00, 0xFE10)))


def visible(text: str, limit: int = 2000) -> str:
    """The text in one line with every hostile character as a visible escape such as `\\x1b`; cut at `limit`."""
    if text.isascii() and text.isprintable() and len(text) <= limit:
        return text
    if len(text) > limit:
        text = f"{text[:limit]}… ({len(text) - limit} more)"
    return "".join(map(_shown, text))


@lru_cache(maxsize=4096)
def _shown(character: str) -> str:
    if character == " " or (unicodedata.category(character) not in _HOSTILE and character not in _INVISIBLE):
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
