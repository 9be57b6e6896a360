"""Text within Markdown, captured or of a setting: nothing of it is markup, a link or a mention."""

from coranalyze.visible import visible


def code(text: str) -> str:
    """A code span that holds the text whatever is in it; also within a table."""
    shown = visible(text, 300).replace("|", "\\|")
    longest = max((len(run) for run in _runs(shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def fenced(text: str, language: str = "") -> str:
    """A block of code that holds the lines whatever is in them."""
    fence = "`" * max(3, *(len(run) + 1 for run in _runs(text)), 0)
    return f"{fence}{language}\n{text.expandtabs(4).strip(chr(10))}\n{fence}"


def _runs(text: str) -> list[str]:
    return "".join(char if char == "`" else " " for char in text).split()


_SPECIAL = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]<>!|~&"})


def escape(text: str) -> str:
    """Prose that may quote captured text: `…` stays code, every other sign of markup is escaped, no address a link."""
    parts = visible(text, 1000).split("`")
    if len(parts) % 2 == 0:
        parts[-2:] = ["`".join(parts[-2:])]
    return "".join(code(part) if index % 2 else _prose(part) for index, part in enumerate(parts))


def _prose(text: str) -> str:
    shown = text.translate(_SPECIAL).replace("://", ":\\/\\/").replace("www.", "www\\.")
    # Code hosts look for mentions and issue numbers in the finished text, where no escape is left.
    return shown.replace("@", "@\u200b").replace("#", "#\u200b")
