"""Which rules run: by prefixes of their codes, or by name."""

from __future__ import annotations

from collections.abc import Iterable

from coranalyze.rules.rule import Rule


class UnknownRule(ValueError):  # noqa: N818 - it says what is wrong
    """A code, prefix or name that no rule has."""


def choose(rules: Iterable[Rule], select: Iterable[str] = (), ignore: Iterable[str] = ()) -> tuple[Rule, ...]:
    """The rules that `select` names (all where it names none), without those that `ignore` names.

    Each is a code, the beginning of one (`COR1`) or a rule's name, in any case; several may stand in one string, with
    commas. Where a rule is both selected and ignored, the longer prefix wins. Raises UnknownRule where one names none.
    """
    known = tuple(rules)
    wanted, unwanted = _parts(select) or ["COR"], _parts(ignore)
    for part in (*wanted, *unwanted):
        if not any(_length(part, rule) for rule in known):
            raise UnknownRule(f"no rule begins with {part!r}; `coranalyze rules` lists them")
    return tuple(rule for rule in known if _longest(wanted, rule) > _longest(unwanted, rule))


def _parts(texts: Iterable[str]) -> list[str]:
    return [part.strip() for text in texts for part in text.split(",") if part.strip()]


def _longest(parts: list[str], rule: Rule) -> int:
    return max((_length(part, rule) for part in parts), default=0)


def _length(part: str, rule: Rule) -> int:
    """How much of the rule's code the part names; 0 where it is another's."""
    lower = part.lower()
    if lower == rule.name:
        return len(rule.code)
    return len(lower) if rule.code.lower().startswith(lower) else 0
