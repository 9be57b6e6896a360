"""Markdown of what the docstrings hold: codes become links, examples become blocks."""

import re
from collections.abc import Iterable, Sequence

from coranalyze.rules import find_rule

_CODE = re.compile(r"`?\b(COR\d{3})\b`?")
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_CWE = re.compile(r"CWE-(\d+)")


def page(title: str, description: str, body: Iterable[str]) -> str:
    """A page from its parts, the empty ones left out; `description` is what search engines show."""
    head = f"---\ntitle: {quoted(title)}\ndescription: {quoted(description)}\n---\n\n# {title}"
    return "\n\n".join([head, *(part.strip("\n") for part in body if part.strip())]) + "\n"


def quoted(text: str) -> str:
    """A YAML string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def section(title: str, *body: str) -> str:
    """A heading with what stands below it; nothing where that is empty."""
    kept = [part for part in body if part.strip()]
    return "\n\n".join([f"## {title}", *kept]) if kept else ""


def linked(text: str, rules: str) -> str:
    """Codes of rules as links into the folder `rules`; what stands in blocks of code stays."""

    def link(match: re.Match[str]) -> str:
        return f"[{match[1]}]({rules}{match[1]}.md)" if find_rule(match[1]) else match[0]

    kept = _FENCE.findall(text)
    plain = [_CODE.sub(link, part) for part in _FENCE.split(text)]
    return "".join(part + (kept[index] if index < len(kept) else "") for index, part in enumerate(plain))


def reference(name: str) -> str:
    """`CWE-942` with its address; others have none that stays."""
    match = _CWE.fullmatch(name)
    return f"[{name}](https://cwe.mitre.org/data/definitions/{match[1]}.html)" if match else name


def bullets(items: Sequence[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def code(text: str) -> str:
    """In a code span, with back-quotes of its own or without."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"
