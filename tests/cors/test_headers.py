"""Header lists: get, split and extract."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coranalyze.cors.headers import Headers, extract_tokens, first_non_token, is_token, requested_names, split_value

from .helpers import headers, lists


def test_get_joins_lines_in_order_and_without_case() -> None:
    found = headers("A: 1", "B: 2", "a:\t3 ", "a:")
    assert found.get("A") == "1, 3, "
    assert found.get("a", skip_empty=True) == "1, 3"
    assert found.get("c") is None
    assert found.values("A") == ["1", "3", ""]
    assert found.lines("A") == [("A", "1"), ("a", "3"), ("a", "")]
    assert found.has("b")
    assert not found.has("c")
    assert found.names() == ("a", "b")


def test_only_empty_lines() -> None:
    assert headers("A:").get("a") == ""
    assert headers("A:", "A:").get("a") == ", "
    assert headers("A:", "A:").get("a", skip_empty=True) == ""


# Lines of `A`, and what the standard's own examples make of them.
SPLIT = [
    ("nosniff,", ["nosniff", ""]),
    ("", [""]),
    ('text/html;", x/x', ['text/html;", x/x']),
    ('x/x;test="hi",y/y', ['x/x;test="hi"', "y/y"]),
    ("x / x,,,1", ["x / x", "", "", "1"]),
    ('"1,2", 3', ['"1,2"', "3"]),
    (r'"a\",b", c', [r'"a\",b"', "c"]),
    ("\ta\t, b ", ["a", "b"]),
]


@pytest.mark.parametrize(("value", "parts"), SPLIT)
def test_split_value(value: str, parts: list[str]) -> None:
    assert split_value(value) == parts


LISTS = [
    ([], [], ""),
    (["L:"], [], ""),
    (["L: a"], ["a"], ""),
    (["L: a, b ,\tc"], ["a", "b", "c"], ""),
    (["L: ,a,, b,"], ["a", "b"], ""),
    (["L: a", "L: b"], ["a", "b"], ""),
    (["L: *"], ["*"], ""),
    (["L: a b"], None, "a b"),
    (["L: a", "L: b, c:"], None, "c:"),
    (['L: "a"'], None, '"a"'),
    (["L: a;q=1"], None, "a;q=1"),
    (["L: x@b"], None, "x@b"),
    (["L: a\xa0"], None, "a\xa0"),
    (["L: GÉT"], None, "GÉT"),
]


@pytest.mark.parametrize(("lines", "tokens", "spoiler"), LISTS)
def test_extract_tokens(lines: list[str], tokens: list[str] | None, spoiler: str) -> None:
    assert extract_tokens(headers(*lines), "l") == tokens
    assert first_non_token(headers(*lines), "l") == spoiler


@pytest.mark.parametrize("char", "!#$%&'*+-.^_`|~azAZ09")
def test_token_characters(char: str) -> None:
    assert is_token(char)


@pytest.mark.parametrize(
    "text", ["", " ", "a b", "(", ")", "<", ">", "@", ",", ";", ":", "\\", '"', "/", "[", "=", "é"]
)
def test_no_token(text: str) -> None:
    assert not is_token(text)


@given(st.lists(lists, max_size=3))
def test_one_bad_element_spoils_the_list(values: list[str]) -> None:
    found = Headers.of(("L", value) for value in values)
    assert (extract_tokens(found, "l") is None) is (first_non_token(found, "l") != "")
    joined = Headers.of([("L", ",".join(values))])
    assert extract_tokens(joined, "l") == extract_tokens(found, "l")


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("", ()),
        (" ,\t, ", ()),
        ("X-B,x-a", ("x-b", "x-a")),
        ("x-a, X-A\t,not a token", ("x-a", "x-a", "not a token")),
    ],
)
def test_requested_names(value: str, names: tuple[str, ...]) -> None:
    assert requested_names(value) == names
