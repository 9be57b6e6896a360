"""The JSON reports: the schema, the contract's fields, one fetch a line, speed."""

import json as stdlib
from collections import deque
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace

from coranalyze.analysis import Analysis
from coranalyze.input import Input
from coranalyze.reports import json
from tests.hostile.growth import is_linear
from tests.reports.story import hostile, of_story

SCHEMA: dict[str, Any] = stdlib.loads((files("coranalyze.reports") / "analysis.schema.json").read_text())
CONTRACT = [
    "id", "input", "url", "method", "origin", "mode", "credentials", "outcome", "reason", "stage", "detail",
    "conditions", "aliases", "observed", "browser", "cause", "exchanges",
]  # fmt: skip


def _validator(name: str = "") -> jsonschema.Draft202012Validator:
    """Of the whole document, or of one of the definitions in its schema."""
    schema = {"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]} if name else SCHEMA
    return jsonschema.Draft202012Validator(schema)


def test_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("story", ["shop", "bank", "fine", "empty"])
@pytest.mark.parametrize("steps", [False, True])
def test_documents_follow_the_schema(story: str, steps: bool) -> None:
    _validator().validate(stdlib.loads(json.render(of_story(story), steps=steps)))


@pytest.mark.parametrize("text", ["\x1b[31m", '"\\', "\u202e", "\ud800", "[bold]", "\n", "é", ""])
def test_any_text_makes_valid_json(text: str) -> None:
    document = stdlib.loads(json.render(hostile(text), steps=True))
    _validator().validate(document)
    assert document["fetches"][0]["url"] == f"https://api.example/{text}".replace("\ud800", "?")


def test_the_schema_refuses_what_is_not_told_in_it() -> None:
    document = stdlib.loads(json.render(of_story("shop")))
    document["fetches"][0]["outcome"] = "perhaps"
    with pytest.raises(jsonschema.ValidationError):
        _validator().validate(document)


def test_fields_stand_in_the_order_of_the_contract() -> None:
    document = stdlib.loads(json.render(of_story("shop")))
    assert list(document) == ["schema_version", "tool", "inputs", "summary", "fetches", "findings", "advisories"]
    for index, fetch in enumerate(document["fetches"]):
        assert fetch["id"] == index
        assert [key for key in fetch if key in CONTRACT] == CONTRACT


def test_one_fetch_a_line() -> None:
    document = json.render(of_story("shop"))
    lines = [line for line in document.splitlines() if line.startswith('{"id":')]
    assert len(lines) == len(stdlib.loads(document)["fetches"])


def test_nothing_is_a_document_too() -> None:
    document = stdlib.loads(json.render(Analysis([], [])))
    _validator().validate(document)
    assert (document["inputs"], document["fetches"], document["findings"]) == ([], [], [])
    unread = stdlib.loads(json.render(Analysis([Input(path="x", error="the file is empty")], [])))
    _validator().validate(unread)
    assert unread["inputs"][0]["error"] == "the file is empty"


def test_lines_are_fetches_with_their_type_first() -> None:
    lines = json.render_lines(of_story("shop")).splitlines()
    document = stdlib.loads(json.render(of_story("shop")))
    assert len(lines) == len(document["fetches"])
    for line, fetch in zip(lines, document["fetches"], strict=True):
        told = stdlib.loads(line)
        assert next(iter(told.items())) == ("type", "fetch")
        assert told == {"type": "fetch", **fetch}
        _validator("fetch").validate(told)


def test_time_grows_with_the_fetches_only() -> None:
    shop = of_story("shop")
    analyses = {
        size: Analysis(shop.inputs, [replace(f, url=f"{f.url}/{i}") for i in range(size) for f in shop.fetches])
        for size in (500, 2_000)
    }
    assert is_linear(lambda size: deque(json.chunks(analyses[size]), maxlen=0), 500)


def test_chunks_are_small() -> None:
    shop = of_story("shop")
    chunks = list(json.chunks(Analysis(shop.inputs, shop.fetches * 2_000)))
    assert max(map(len, chunks)) < 4_000_000
    stdlib.loads(b"".join(chunks))
