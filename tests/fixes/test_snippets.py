"""Snippets: every code on every stack, hostile captures, and nothing that opens more than was asked."""

import ast
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from coranalyze import fixes
from coranalyze.finding import Confidence, Finding, Severity
from coranalyze.fixes.stack import PLACEHOLDERS
from coranalyze.rules import all_rules

APP = "https://app.shop.example"
FULL = fixes.Context.of(APP, "PUT", "x-token", True)
EACH = [(stack, code) for stack in fixes.STACKS for code in fixes.FIXES]
PAGES = [section for stack in fixes.STACKS for section in fixes.stack.load(stack).sections]


def only(code: str, stack: str, context: fixes.Context = FULL) -> fixes.Snippet:
    (snippet,) = fixes.snippets([code], context, stack)
    return snippet


@pytest.mark.parametrize(("stack", "code"), EACH)
def test_every_code_on_every_stack(stack: str, code: str) -> None:
    snippet = only(code, stack)
    assert snippet.codes == (code,)
    assert snippet.code or snippet.note
    assert bool(snippet.code) is bool(snippet.language)
    assert "‹" not in snippet.code + snippet.note
    assert len(snippet.code.splitlines()) <= 25


@pytest.mark.parametrize(("stack", "code"), EACH)
@pytest.mark.parametrize("context", [fixes.Context(), FULL], ids=["empty", "full"])
def test_code_parses(stack: str, code: str, context: fixes.Context) -> None:
    snippet = only(code, stack, context)
    match snippet.language:
        case "python":
            ast.parse(snippet.code)
        case "json":
            json.loads(snippet.code)
        case "yaml":
            YAML(typ="safe").load(io.StringIO(snippet.code.replace("!Ref ", "")))
        case _:
            for opened, closed in ("()", "[]", "{}"):
                assert snippet.code.count(opened) == snippet.code.count(closed)


@pytest.mark.parametrize(("stack", "code"), EACH)
def test_nothing_is_opened_to_all(stack: str, code: str) -> None:
    told = only(code, stack).code
    assert "null" not in re.sub(r"Response\(null", "", told)
    assert not re.search(r"[\"']\*[\"']|origin: true|AllowAny|=\s*\*|disable", told)


@pytest.mark.parametrize("stack", [stack for stack in fixes.STACKS if stack not in ("api-gateway", "lambda-url", "r2")])
def test_patterns_are_held(stack: str) -> None:
    """A pattern is anchored with its dots escaped, or a glob that keeps the dot before the domain."""
    code = only("F2", stack).code
    assert re.search(r"\[\.\]\)\?shop\[\.\]example|https://\*\.shop\.example", code)
    if "[.]" in code and stack != "starlette":  # which matches the whole origin
        assert re.search(r"\^https:.*shop\[\.\]example\$", code)


def test_one_snippet_for_several_codes() -> None:
    (snippet,) = fixes.snippets(["F8", "F1", "F9"], FULL, "starlette")
    assert snippet.codes == ("F8", "F1", "F9")
    assert "max_age=7200" in snippet.code
    assert [snippet.codes for snippet in fixes.snippets(["F1", "F5"], FULL, "express")] == [("F1",), ("F5",)]


@pytest.mark.parametrize(
    ("stack", "taken"), [("nginx", "proxy_hide_header"), ("apache", "onsuccess unset"), ("caddy", "header_down -")]
)
def test_a_proxy_takes_away_what_the_application_sets(stack: str, taken: str) -> None:
    plain, present = FULL._replace(credentials=False), FULL._replace(credentials=None, present=True)
    assert taken not in "".join(only(code, stack).code for code in ("F1", "F2", "F8"))
    for snippet in (only("F7", stack, plain), only("F1", stack, present), only("F8", stack, present)):
        assert snippet.code.count(taken) == 1
        assert "name every page that may read" in snippet.note
    assert only("F4", stack, present).code.count(taken) == 2
    assert only("F4", stack, plain._replace(present=True)).code.count(taken) == 2
    assert "name every page" not in only("F1", stack).note + only("F11", stack, present).note


def test_unknown_codes_and_stacks() -> None:
    assert fixes.snippets(["F99"], FULL, "nginx") == []
    assert fixes.snippets(["F1"], FULL) == []
    with pytest.raises(LookupError, match="no stack 'iis'; there are starlette, flask"):
        fixes.snippets(["F1"], FULL, "iis")


@pytest.mark.parametrize(
    ("name", "stack"), [("fastapi", "starlette"), ("FastAPI", "starlette"), ("nginx", "nginx"), ("x", None)]
)
def test_find_stack(name: str, stack: str | None) -> None:
    found = fixes.find_stack(name)
    assert (found.name if found else None) == stack


def test_names_are_used_once() -> None:
    names = [name for stack in map(fixes.stack.load, fixes.STACKS) for name in (stack.name, *stack.also)]
    assert len(names) == len(set(names))


def test_rules_name_codes_that_are_known() -> None:
    assert {code for rule in all_rules() for code in rule.fixes} <= set(fixes.FIXES)
    assert {code for section in PAGES for code in section.codes} == set(fixes.FIXES)


@pytest.mark.parametrize(
    ("origin", "kept"),
    [
        (APP, APP),
        ("https://app.shop.example:8443", "https://app.shop.example:8443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("null", ""),
        (None, ""),
        ("https://[::1]:3000", ""),
        ("chrome-extension://abcdef", ""),
        ('https://a.example";add_header', ""),
        ("https://a.example\n", ""),
        ("https://a$http_host", ""),
        ("https://*.example", ""),
        ("https://a.example/path", ""),
        ("https://a.example:99999", ""),
        ("https://" + "a" * 300, ""),
    ],
)
def test_origins_that_may_stand_in_code(origin: str | None, kept: str) -> None:
    assert fixes.Context.of(origin).origin == kept


@pytest.mark.parametrize(
    ("method", "header", "kept"),
    [
        ("patch", "X-Token", ("PATCH", "x-token")),
        ("M-SEARCH", "x_token", ("M-SEARCH", "x_token")),
        ("TRACE", "cookie", ("", "")),
        ("P'UT", "x'token", ("", "")),
        ("PUT$", "x-token\r\n", ("", "")),
        ("PUT", "access-control-allow-origin", ("PUT", "")),
        ("PUT", "sec-fetch-mode", ("PUT", "")),
    ],
)
def test_names_that_may_stand_in_code(method: str, header: str, kept: tuple[str, str]) -> None:
    context = fixes.Context.of(APP, method, header)
    assert (context.method, context.header) == kept


PLAIN = re.compile(r"[A-Za-z0-9._:/-]*")


@given(st.text(), st.text(), st.text(), st.sampled_from(fixes.STACKS), st.sampled_from(sorted(fixes.FIXES)))
def test_hostile_text_stays_out(origin: str, method: str, header: str, stack: str, code: str) -> None:
    context = fixes.Context.of("https://" + origin, method, header)
    assert all(PLAIN.fullmatch(value) for value in context[:3])
    if context == fixes.Context():
        assert only(code, stack, context) == only(code, stack, fixes.Context())


@pytest.mark.parametrize("stack", ["s3", "starlette", "api-gateway", "kong", "nginx"])
def test_a_preflight_that_is_answered_lists_the_method_too(stack: str) -> None:
    snippet = only("F6", stack, fixes.Context.of(APP, "PUT"))
    assert re.search(r"PUT\b", snippet.code)
    assert "Keep what the list holds already." in snippet.note
    assert "PUT" not in only("F6", stack, fixes.Context.of(APP)).code


def test_a_list_of_methods_stands_where_the_stack_refuses_without_one() -> None:
    posts = fixes.Context.of(APP, "POST", "content-type", False)
    listed = {stack for stack in fixes.STACKS if "POST" in only("F8", stack, posts).code}
    assert listed == {"starlette", "spring", "api-gateway", "api-gateway-rest", "lambda-url", "s3", "r2", "cloudfront"}
    assert "POST" not in only("F8", "starlette", posts._replace(method="GET")).code


def test_s3_lists_what_is_sent_without_a_preflight() -> None:
    """Its rule has to fit requests as well as preflights."""
    assert '["GET", "HEAD", "POST"]' in only("F1", "s3", fixes.Context.of(APP)._replace(sent="POST")).code
    assert '["GET", "HEAD"]' in only("F1", "s3", fixes.Context.of(APP)).code


def test_cloudfront_lets_through_what_is_used() -> None:
    """It knows three sets of methods."""
    reads = fixes.Context.of(APP, "GET", "x-token")
    assert "AllowedMethods: [GET, HEAD, OPTIONS]" in only("F6", "cloudfront", reads).code
    assert "PUT, PATCH, POST" in only("F6", "cloudfront", reads._replace(sent="POST")).code
    assert "PUT, PATCH, POST" in only("F6", "cloudfront", fixes.Context()).code


@pytest.mark.parametrize("stack", ["nginx", "apache", "caddy"])
def test_how_long_a_preflight_is_kept_is_one_line_of_a_proxy(stack: str) -> None:
    assert len(only("F9", stack).code.splitlines()) == 1


def test_placeholders_are_told() -> None:
    note = only("F8", "nginx", fixes.Context()).note
    for name in ("origin", "method", "header"):
        assert f"In place of `{PLACEHOLDERS[name].rpartition(', ')[2]}`" in note


@pytest.mark.parametrize(
    ("origin", "told"),
    [("http://localhost:3000", "For development only"), ("http://app.shop.example", "over https"), (APP, "")],
)
def test_risky_origins_come_with_a_warning(origin: str, told: str) -> None:
    assert told in only("F1", "flask", fixes.Context.of(origin, credentials=False)).note


@pytest.mark.parametrize(
    ("origin", "pattern"),
    [
        (APP, "shop[.]example"),
        ("https://app.shop.example:8443", "shop[.]example:8443"),
        ("https://me.github.io", "me[.]github[.]io"),
        ("https://github.io", "app[.]example"),
        ("https://192.0.2.7", "app[.]example"),
        ("http://localhost:3000", "app[.]example"),
    ],
)
def test_patterns_take_the_registrable_domain(origin: str, pattern: str) -> None:
    assert f"([a-z0-9-]+[.])?{pattern}$" in only("F2", "flask", fixes.Context.of(origin)).code


def finding(rule: str, origin: str = "", header: str = "", fact: str = "", method: str = "") -> Finding:
    return Finding(
        rule=rule, name="x", severity=Severity.LOW, confidence=Confidence.PROVEN, message="x", origin=origin,
        header=header, fact=fact, method=method, endpoint="https://api.shop.example/x", endpoints=("https://api.shop.example/x",),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("found", "first_parties", "context"),
    [
        (finding("COR101", origin=APP, fact="credentials"), (), fixes.Context(APP, "", "", True)),
        (finding("COR101", origin="https://evil.example"), (), fixes.Context()),
        (finding("COR101", origin="https://shop.test"), ("shop.test",), fixes.Context("https://shop.test")),
        (finding("COR112", origin="http://localhost:3000"), (), fixes.Context()),
        (finding("COR301", origin="http://app.shop.example"), (), fixes.Context(APP)),
        (finding("COR205", header="x-csrf-token"), (), fixes.Context()),
        (finding("COR607", header="x-token", origin=APP), (), fixes.Context(APP, "", "x-token")),
        (finding("COR603", origin=APP, method="PUT"), (), fixes.Context(APP, "PUT")),
        (finding("COR512", origin=APP, method="patch"), (), fixes.Context(APP, "PATCH")),
        (
            finding("COR609", origin=APP, method="PUT", fact="Access-Control-Allow-Credentials"),
            (),
            fixes.Context(APP, credentials=True),
        ),
        (finding("COR204", origin=APP), (), fixes.Context(APP, credentials=False)),
    ],
)
def test_context_of_a_finding(found: Finding, first_parties: tuple[str, ...], context: fixes.Context) -> None:
    assert fixes.Context.of_finding(found, first_parties) == context._replace(domain="shop.example")


def test_patterns_fall_back_on_the_server_s_domain() -> None:
    context = fixes.Context.of_finding(finding("COR103", origin="https://evilshop.example"))
    assert "([a-z0-9-]+[.])?shop[.]example$" in only("F2", "nginx", context).code


def test_one_setting_names_all_that_were_asked_for() -> None:
    pages = [f"https://shop{number}.example" for number in range(30)]
    wanted = [fixes.Context.of(page, f"X-{chr(65 + at)}", f"x-{at}") for at, page in enumerate(pages[:26])]
    both = fixes.Context.together([*wanted, *map(fixes.Context.of, pages), fixes.Context.of(APP, credentials=True)])
    assert both.origins == [*pages, APP]
    assert both.unlisted.split(", ") == [f"X-{chr(65 + at)}" for at in range(26)]
    assert both.header.split(", ") == [f"x-{at}" for at in range(26)]
    assert both.credentials is True
    code = only("F8", "nginx", both).code
    assert all(f'"{page}" $http_origin;' in code for page in both.origins)


@pytest.mark.parametrize(
    ("told", "together"),
    [((True, None, False), True), ((None, False), None), ((False, False), False), ((None,), None)],
)
def test_credentials_of_one_setting(told: tuple[bool | None, ...], together: bool | None) -> None:
    asked = [fixes.Context.of(APP, credentials=each) for each in told]
    assert fixes.Context.together(asked).credentials is together
