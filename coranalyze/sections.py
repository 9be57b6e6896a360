"""Sections: a docstring that is a page, taken apart."""

import inspect
import re
from collections.abc import Callable

_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_BLOCK = re.compile(r"```http\n(.*?)```", re.DOTALL)


def sections(function: Callable[..., object]) -> tuple[str, str, dict[str, str]]:
    """The docstring's first sentence, the text below it, and what stands under each `## Heading`."""
    head, *rest = _SECTION.split(inspect.cleandoc(function.__doc__ or ""))
    title, _, text = head.strip().partition("\n\n")
    under = dict(zip(rest[::2], (part.strip() for part in rest[1::2]), strict=True))
    return " ".join(title.split()), text.strip(), under


def blocks(text: str) -> tuple[str, ...]:
    """The exchanges in the plain-text notation, each between ```` ```http ```` and the end of its block."""
    return tuple(_BLOCK.findall(text))
