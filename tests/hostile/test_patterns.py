"""No regular expression takes more than linear time, whatever it is matched against."""

import ast
import importlib
import re
import time
from collections.abc import Iterator
from pathlib import Path
from re import _parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

import pytest

from coranalyze.sources.masking import bare_url
from tests.addons.addon import PATH
from tests.conftest import ROOT
from tests.hostile.growth import is_linear

METHODS = frozenset({"match", "fullmatch", "search", "sub", "split", "findall", "finditer", "subn"})
STAGES = (20, 300, 6_000)
"""Repetitions: exponential time shows at the first, cubic at the second, quadratic at the last."""
OWN_TEXT = ("coranalyze/fixes/stack.py", "coranalyze/rules/rule.py")
"""Files whose patterns meet pages of this package only."""
SUSPECT = 0.004
"""Seconds: so long takes only what is looked at again."""


class Use(NamedTuple):
    where: str
    pattern: "re.Pattern[Any]"
    method: str


def uses_in(file: Path, module: Any) -> Iterator[Use]:
    """Every pattern of a file with every way in which it is matched."""
    text = file.read_text("utf-8")
    where = file.relative_to(ROOT).as_posix()
    for name, value in vars(module).items():
        if isinstance(value, re.Pattern):
            methods = set(re.findall(rf"\b{name}\.(\w+)", text)) & METHODS
            for method in sorted(methods or ({"search"} if f"{name} = re.compile" in text else set())):
                yield Use(f"{where}: {name}", value, method)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id == "re" and isinstance(node.args[0], ast.Constant):
                yield Use(f"{where}: line {node.lineno}", re.compile(node.args[0].value), node.func.attr)


def all_uses() -> list[Use]:
    found: list[Use] = []
    for file in sorted((ROOT / "coranalyze").rglob("*.py")):
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if name != "coranalyze.__main__":
            found += uses_in(file, importlib.import_module(name))
    from tests.addons.addon import ADDON

    return found + list(uses_in(PATH, ADDON))


def sample(tree: Any) -> str:
    """A short text that this part of a pattern matches (as good as)."""
    return "".join(map(_sample, tree))


def _sample(item: Any) -> str:
    op, value = str(item[0]), item[1]
    if op == "LITERAL":
        return chr(value)
    if op == "IN":
        return (letters([item]) or ["a"])[0]
    if op == "BRANCH":
        return sample(value[1][0])
    if op == "SUBPATTERN":
        return sample(value[3])
    if op == "ATOMIC_GROUP":
        return sample(value)
    if op.endswith("REPEAT"):
        return sample(value[2]) * int(value[0])
    return "" if op in ("AT", "ASSERT", "ASSERT_NOT", "GROUPREF") else "a"


def letters(tree: Any) -> list[str]:
    """A character for each thing that a pattern tells apart."""
    found: dict[str, None] = {}
    for op, value in tree:
        match str(op):
            case "LITERAL" | "NOT_LITERAL":
                found[chr(value)] = None
            case "RANGE":
                found[chr(value[0])] = found[chr(value[1])] = None
            case "CATEGORY":
                found[{"CATEGORY_DIGIT": "0", "CATEGORY_SPACE": " "}.get(str(value), "a")] = None
            case "IN":
                found |= dict.fromkeys(letters(value))
            case "BRANCH":
                for branch in value[1]:
                    found |= dict.fromkeys(letters(branch))
            case "SUBPATTERN":
                found |= dict.fromkeys(letters(value[3]))
            case "ASSERT" | "ASSERT_NOT":
                found |= dict.fromkeys(letters(value[1]))
            case "ATOMIC_GROUP":
                found |= dict.fromkeys(letters(value))
            case name if name.endswith("REPEAT"):
                found |= dict.fromkeys(letters(value[2]))
    return list(found)


def repeats(tree: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """What leads to each repetition, and one turn of it."""
    for item in tree:
        op, value = str(item[0]), item[1]
        if op.endswith("REPEAT"):
            if value[1] > 16:
                yield before, sample(value[2])
            yield from repeats(value[2], before)
        elif op == "BRANCH":
            for branch in value[1]:
                yield from repeats(branch, before)
        elif op == "SUBPATTERN":
            yield from repeats(value[3], before)
        elif op in ("ASSERT", "ASSERT_NOT"):
            yield from repeats(value[1], before)
        before += _sample(item)


def attacks(pattern: "re.Pattern[Any]") -> Iterator[tuple[str, str, str]]:
    """(before, pumped, after): ways to make a matcher look at the same text again and again."""
    text = pattern.pattern.decode("latin-1") if isinstance(pattern.pattern, bytes) else pattern.pattern
    tree = _parser.parse(text, pattern.flags & ~re.UNICODE)
    pumps = letters(tree)[:12]
    seen = set()
    for before, turn in [("", sample(tree)), *repeats(tree)]:
        for pump in (turn, before, *pumps):
            for after in ("", "\0", "\n"):
                attack = (before, pump, after)
                if pump and attack not in seen:
                    seen.add(attack)
                    yield attack


def seconds(use: Use, attack: tuple[str, str, str], count: int) -> float:
    before, pump, after = attack
    text: Any = before + pump * (count // len(pump) + 1) + after
    if isinstance(use.pattern.pattern, bytes):
        text = text.encode("latin-1", "replace")
    start = time.process_time()
    match use.method:
        case "sub" | "subn":
            use.pattern.sub(text[:0], text)
        case "finditer":
            list(use.pattern.finditer(text))
        case method:
            getattr(use.pattern, method)(text)
    return time.process_time() - start


def is_super_linear(use: Use, attack: tuple[str, str, str]) -> bool:
    for count in STAGES:
        if seconds(use, attack, count) < SUSPECT:
            continue
        if count < STAGES[-1]:
            return all(seconds(use, attack, count) >= SUSPECT for _ in range(2))
        # Four times the text: four times as long, or sixteen times.
        return all(seconds(use, attack, 4 * count) > 11 * seconds(use, attack, count) for _ in range(4))
    return False


USES = all_uses()


def test_patterns_are_found() -> None:
    found = {use.where for use in USES}
    assert {"coranalyze/sources/masking.py: _WORD", "addons/cors_capture.py: _WORD"} <= found
    assert len(found) > 100


@pytest.mark.parametrize(
    ("pattern", "method"),
    [(r"(a+)+b", "match"), (r"a*a*b", "match"), (r"\s+$", "search"), ("a+b", "sub")],
)
def test_what_is_super_linear_is_seen(pattern: str, method: str) -> None:
    use = Use("here", re.compile(pattern), method)
    assert any(is_super_linear(use, attack) for attack in attacks(use.pattern))


@pytest.mark.parametrize(
    "use",
    [use for use in USES if not use.where.startswith(OWN_TEXT)],
    ids=lambda use: f"{use.where}.{use.method}",
)
def test_every_pattern_is_linear(use: Use) -> None:
    for attack in attacks(use.pattern):
        assert not is_super_linear(use, attack), f"{use.pattern.pattern!r} on {attack!r}"


@pytest.mark.parametrize("pump", ["a", "a:", "/@", "//", "@", "a:@", "//@/", "?@"])
def test_user_information_is_found_in_linear_time(pump: str) -> None:
    assert is_linear(lambda size: bare_url("@" + pump * size), 50_000)
