"""No regular expression takes more than linear time, whatever it is matched against. No clock: recheck proves it."""

import shutil

import pytest

from tests.hostile.patterns import PROVED, Pattern, as_javascript, ledger, patterns, prove

ANEW = "python -m tests.hostile.patterns looks at what is new"
needs_node = pytest.mark.skipif(
    shutil.which("node") is None or shutil.which("npm") is None, reason="needs node and npm (Debian: nodejs, npm)"
)


def test_every_pattern_was_looked_at() -> None:
    assert len(patterns()) > 140
    assert set(patterns()) == set(ledger()), ANEW
    unknown = [key for key, why in ledger().items() if not why]
    assert not unknown, "recheck cannot prove these linear: mend them, or say in patterns.json why they do no harm"


@needs_node
@pytest.mark.parametrize(
    ("text", "flags", "how", "says"),
    [
        (r"(a+)+b", "", "match", "exponential"),
        (r"a*a*b", "", "match", "2nd degree"),
        (r"\s+$", "", "search", "2nd degree"),
        (r"[a-z]+:", "i", "search", "2nd degree"),
        (r"(?P<x>.*)=.*\Z", "s", "fullmatch", PROVED),
        (r"[a-z]++:", "", "match", PROVED),
        (r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*GET", "", "match", "exponential"),
    ],
)
def test_what_is_super_linear_is_seen(text: str, flags: str, how: str, says: str) -> None:
    ((_, said),) = prove([Pattern(text, flags, how)])
    assert says in said


@pytest.mark.parametrize(
    ("text", "how", "is_there"),
    [
        (r"(?P<a>x)\Z", "search", "(?<a>x)$"),
        ("a++b*+c?+d{2}+", "match", "^(?:a+b*c?d{2})"),
        (r"[*+]+[^*+]*\++", "fullmatch", r"^(?:[*+]+[^*+]*\+)$"),
    ],
)
def test_patterns_in_javascript(text: str, how: str, is_there: str) -> None:
    assert as_javascript(Pattern(text, "", how)) == is_there


@needs_node
@pytest.mark.slow
def test_every_pattern_is_proved_anew() -> None:
    proved = [patterns()[key] for key, why in ledger().items() if why == PROVED]
    assert not [(pattern, said) for pattern, said in prove(proved) if said != PROVED]
