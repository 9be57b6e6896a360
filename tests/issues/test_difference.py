"""What changed between two captures."""

import json

from coranalyze.analysis import analyze
from coranalyze.issues.difference import REFLECTED, REFUSED, Difference, difference
from coranalyze.reports import difference as report
from coranalyze.sources.text import parse_text

ALLOWED = """
GET http://api.example:{port}/users/{id}
Origin: http://app.example:3000

200
Access-Control-Allow-Origin: http://app.example:3000
Access-Control-Allow-Credentials: true
"""
REFUSING = """
GET http://api.example:{port}/users/{id}
Origin: http://app.example:3000

{status}
"""


def compare(before: str, after: str) -> Difference:
    return difference(analyze(parse_text(before)), analyze(parse_text(after)))


def test_the_same_is_empty_whatever_the_port_and_id() -> None:
    found = compare(ALLOWED.format(port=1, id=7), ALLOWED.format(port=2, id=8) * 2)
    assert found.is_empty
    assert (found.only_before, found.only_after) == ([], [])
    assert report.render(found, "a", "b").startswith("Nothing changed")


def test_newly_blocked_and_newly_allowed() -> None:
    one, other = ALLOWED.format(port=1, id=7), REFUSING.format(port=1, id=7, status=200)
    (turned,) = compare(one, other).newly_blocked
    assert (turned.before, turned.after) == ("allowed", "blocked: acao-missing")
    assert turned.request.endpoint == "http://api.example/users/{id}"
    (turned,) = compare(other, one).newly_allowed
    assert (turned.before, turned.after) == ("blocked: acao-missing", "allowed")


def test_hosts_with_another_name() -> None:
    staging = ALLOWED.format(port=1, id=7).replace(".example", ".staging.example")
    production = REFUSING.format(port=1, id=7, status=200)
    hosts = {"API.staging.example": "api.example", "app.staging.example": "app.example"}
    (turned,) = difference(analyze(parse_text(staging)), analyze(parse_text(production)), hosts).newly_blocked
    assert turned.request == ("GET", "http://api.example/users/{id}", "http://app.example")
    same = difference(analyze(parse_text(staging)), analyze(parse_text(ALLOWED.format(port=1, id=7))), hosts)
    assert same.is_empty
    assert (same.only_before, same.only_after) == ([], [])


def test_only_whole_host_names_are_the_same() -> None:
    one, other = ALLOWED.format(port=1, id=7), REFUSING.format(port=1, id=7, status=200)
    found = difference(analyze(parse_text(one)), analyze(parse_text(other)), {"example": "test", "pi.example": "x"})
    assert len(found.newly_blocked) == 1


def test_blocked_either_way_is_blocked() -> None:
    request = "PUT https://api.example/\nOrigin: https://app.example\n\n"
    asked = "OPTIONS https://api.example/\nOrigin: https://app.example\nAccess-Control-Request-Method: PUT\n\n"
    allow = "Access-Control-Allow-Origin: https://app.example\n"
    good = f"{asked}204\n{allow}Access-Control-Allow-Methods: PUT\n\n{request}200\n{allow}"
    bad = f"{asked}400\n{allow}Access-Control-Allow-Methods: GET\n"
    (turned,) = compare(good, bad).changed + compare(good, bad).newly_blocked
    assert turned.after == "blocked either way"
    assert compare(good, bad).newly_blocked == [turned]


def test_policies_header_by_header() -> None:
    change, credentials = compare(ALLOWED.format(port=1, id=7), REFUSING.format(port=1, id=7, status=200)).policies
    assert (credentials.header, credentials.before, credentials.after) == (
        "Access-Control-Allow-Credentials", ("true",), (),
    )  # fmt: skip
    assert (change.header, change.before, change.after) == (
        "Access-Control-Allow-Origin", (REFLECTED,), (REFUSED,),
    )  # fmt: skip


def test_findings_come_and_go() -> None:
    null = "GET https://api.example/\nOrigin: null\n\n200\nAccess-Control-Allow-Origin: null\n"
    refused = "GET https://api.example/\nOrigin: null\n\n200\nVary: Origin\n"
    assert "COR102" in {finding.rule for finding in compare(refused, null).appeared}
    assert "COR102" in {finding.rule for finding in compare(null, refused).went}


def test_requests_of_one_side_only() -> None:
    found = compare(ALLOWED.format(port=1, id=7), "GET https://other.example/\nOrigin: https://app.example\n\n200\n")
    assert [request.endpoint for request in found.only_before] == ["http://api.example/users/{id}"]
    assert [request.endpoint for request in found.only_after] == ["https://other.example/"]


def test_what_is_new_and_blocked() -> None:
    one = ALLOWED.format(port=1, id=7)
    new = "PUT https://api.example/{}\nOrigin: https://app.example\n\n200\n"
    routes = "".join(new.format(f"r{chr(97 + i)}").replace("PUT", "GET") + "\n" for i in range(12))
    other = one + routes.replace("200\n", "200\nAccess-Control-Allow-Origin: *\n") + new.format("zz")
    found = compare(one, other)
    assert [request.endpoint for request in found.blocked_after] == ["https://api.example/zz"]
    assert not found.is_empty
    text, markdown = report.render(found, "a", "b"), report.render_markdown(found, "a", "b")
    assert text.startswith("1 blocked that is new")
    # Twelve more that pass do not push it out.
    assert "PUT https://api.example/zz from https://app.example: blocked: acao-missing" in text
    assert "`PUT https://api.example/zz from https://app.example`: blocked: acao-missing" in markdown
    held = json.loads(report.render_json(found))
    assert {each["endpoint"]: each["outcome"] for each in held["only_after"]}["https://api.example/zz"] == (
        "blocked: acao-missing"
    )
    assert compare(other, one).blocked_after == ()


def test_blocked_for_another_reason() -> None:
    one = REFUSING.format(port=1, id=7, status=200)
    other = one.rstrip() + "\nAccess-Control-Allow-Origin: http://else.example\n"
    (turned,) = compare(one, other).changed
    assert turned.other_reason
    text = report.render(compare(one, other), "a", "b")
    assert "Blocked for another reason" in text
    assert "Other outcome" not in text
