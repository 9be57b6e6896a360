"""How text is shown. Captured text is hostile: what could steer a terminal, or reorder what is read, is an escape."""

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


def short(text: str, limit: int = 44) -> str:
    """One visible line of at most `limit` characters: what is too long loses its middle."""
    line = visible(text)
    if len(line) <= limit:
        return line
    tail = limit // 2 - 1
    return f"{line[: limit - tail - 1]}…{line[-tail:]}"


def plural(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


@lru_cache(maxsize=4096)
def _shown(character: str) -> str:
    if character == " " or (unicodedata.category(character) not in _HOSTILE and character not in _INVISIBLE):
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
