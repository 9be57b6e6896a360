"""The CORS check: a row per step, per measured vector, and what must hold for every response."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coranalyze.cors.browsers import FIREFOX, Profile
from coranalyze.cors.checks import cors_check
from coranalyze.cors.headers import Headers
from coranalyze.cors.steps import Step

from .helpers import ALL, O, flags, headers, origins, responses, unrelated, values

WITHOUT, INCLUDE = False, True
PORT = "https://app.example:8443"

# Vector, request origin, credentials, Access-Control-Allow-Origin and -Credentials lines, step for every browser.
TABLE = [
    ("S01", O, WITHOUT, [], Step.NO_ALLOW_ORIGIN),
    ("S02", O, WITHOUT, ["ACAO: *"], Step.WILDCARD),
    ("S03", O, WITHOUT, [f"ACAO: {O}"], Step.ORIGIN_WITHOUT_CREDENTIALS),
    ("S04", O, WITHOUT, [f"ACAO: {O}/"], Step.ORIGIN_MISMATCH),
    ("S05", O, WITHOUT, ["ACAO: HTTPS://APP.EXAMPLE"], Step.ORIGIN_MISMATCH),
    ("S06", PORT, WITHOUT, [f"ACAO: {O}"], Step.ORIGIN_MISMATCH),
    ("S07", O, WITHOUT, ["ACAO: null"], Step.ORIGIN_MISMATCH),
    ("S09", O, WITHOUT, [f"ACAO:   {O}\t "], Step.ORIGIN_WITHOUT_CREDENTIALS),
    ("S10", O, WITHOUT, [f"ACAO: {O}"] * 2, Step.ORIGIN_MULTIPLE),
    ("S21", O, WITHOUT, ["ACAO: *"] * 2, Step.ORIGIN_MULTIPLE),
    ("S11", O, WITHOUT, ["ACAO: *", f"ACAO: {O}"], Step.ORIGIN_MULTIPLE),
    ("S12", O, WITHOUT, [f"ACAO: {O}, https://x.test"], Step.ORIGIN_MULTIPLE),
    ("S13", O, WITHOUT, [f"ACAO: {O} https://x.test"], Step.ORIGIN_MULTIPLE),
    ("S26", O, WITHOUT, [f"ACAO: {O},"], Step.ORIGIN_MULTIPLE),
    ("S14", O, WITHOUT, ["ACAO: https://*.example"], Step.ORIGIN_MISMATCH),
    ("S15", O, WITHOUT, ["ACAO:"], Step.ORIGIN_INVALID),
    ("S20", O, WITHOUT, ['ACAO: "*"'], Step.ORIGIN_INVALID),
    ("", O, WITHOUT, ["ACAO: https://b\xfccher.example"], Step.ORIGIN_INVALID),
    ("", O, WITHOUT, ["ACAO: https://b\xc3\xbccher.example"], Step.ORIGIN_MISMATCH),
    ("S22", O, WITHOUT, ["ACAO: app.example"], Step.ORIGIN_INVALID),
    ("S16", O, WITHOUT, ["ACAO: *", "ACAC: true"], Step.WILDCARD),
    ("S36", O, WITHOUT, ["ACAO: *", "Cross-Origin-Resource-Policy: same-origin"], Step.WILDCARD),
    ("C01", O, INCLUDE, ["ACAO: *", "ACAC: true"], Step.WILDCARD_WITH_CREDENTIALS),
    ("C02", O, INCLUDE, [f"ACAO: {O}"], Step.CREDENTIALS_NOT_TRUE),
    ("C03", O, INCLUDE, [f"ACAO: {O}", "ACAC: true"], Step.CREDENTIALS_TRUE),
    ("C04", O, INCLUDE, [f"ACAO: {O}", "ACAC: True"], Step.CREDENTIALS_NOT_TRUE),
    ("C06", O, INCLUDE, [f"ACAO: {O}", *["ACAC: true"] * 2], Step.CREDENTIALS_NOT_TRUE),
    ("C07", O, INCLUDE, [f"ACAO: {O}", "ACAC:  true\t"], Step.CREDENTIALS_TRUE),
    ("C10", O, WITHOUT, [f"ACAO: {O}", "ACAC: false"], Step.ORIGIN_WITHOUT_CREDENTIALS),
    ("N01", "null", WITHOUT, ["ACAO: null"], Step.ORIGIN_WITHOUT_CREDENTIALS),
    ("N03", "null", WITHOUT, [f"ACAO: {O}"], Step.ORIGIN_MISMATCH),
    ("N05", "null", WITHOUT, ["ACAO: NULL"], Step.ORIGIN_INVALID),
    ("N06", "null", WITHOUT, [], Step.NO_ALLOW_ORIGIN),
    ("name-case", O, WITHOUT, ["ACCESS-CONTROL-ALLOW-ORIGIN: *"], Step.WILDCARD),
    ("other-name", O, WITHOUT, ["Access-Control-Allow-Origins: *"], Step.NO_ALLOW_ORIGIN),
    ("query", O, WITHOUT, [f"ACAO: {O}?"], Step.ORIGIN_MISMATCH),
    ("port-pattern", O, WITHOUT, [f"ACAO: {O}:*"], Step.ORIGIN_INVALID),
    ("port-65536", O, WITHOUT, [f"ACAO: {O}:65536"], Step.ORIGIN_INVALID),
    ("host-and-port", O, WITHOUT, ["ACAO: localhost:3000"], Step.ORIGIN_MISMATCH),
    ("one-slash", O, WITHOUT, ["ACAO: https:/app.example"], Step.ORIGIN_MISMATCH),
    ("angle", O, WITHOUT, [f"ACAO: <{O}>"], Step.ORIGIN_INVALID),
    ("no-break-space", O, WITHOUT, [f"ACAO: {O}\xa0"], Step.ORIGIN_INVALID),
    ("vertical-tab", O, WITHOUT, [f"ACAO: {O}\x0b"], Step.ORIGIN_MISMATCH),
    ("acac-comma", O, INCLUDE, [f"ACAO: {O}", "ACAC: true,"], Step.CREDENTIALS_NOT_TRUE),
    ("null-credentials", "null", INCLUDE, ["ACAO: null", "ACAC: true"], Step.CREDENTIALS_TRUE),
]  # fmt: skip

CANONICAL, LOWER = f"ACAO: {O}", f"acao: {O}"
TRUE = "ACAC: true"
# Where browsers differ: lines, credentials, step of the standard, steps of those who leave it.
DEVIATIONS = [
    (["ACAO:", LOWER], WITHOUT, Step.ORIGIN_MULTIPLE, {FIREFOX: Step.ORIGIN_WITHOUT_CREDENTIALS}),
    (["acao:", LOWER], WITHOUT, Step.ORIGIN_MULTIPLE, {FIREFOX: Step.ORIGIN_WITHOUT_CREDENTIALS}),
    (["acao:", "ACAO: *"], WITHOUT, Step.ORIGIN_MULTIPLE, {FIREFOX: Step.WILDCARD}),
    ([CANONICAL, "ACAO:"], WITHOUT, Step.ORIGIN_MULTIPLE, {}),
    ([CANONICAL, LOWER], WITHOUT, Step.ORIGIN_MULTIPLE, {}),
    ([LOWER, LOWER], WITHOUT, Step.ORIGIN_MULTIPLE, {}),
    ([CANONICAL, TRUE, "ACAC:"], INCLUDE, Step.CREDENTIALS_NOT_TRUE, {FIREFOX: Step.CREDENTIALS_TRUE}),
]  # fmt: skip


@pytest.mark.parametrize(("vector", "origin", "credentials", "lines", "step"), TABLE, ids=[row[0] for row in TABLE])
@pytest.mark.parametrize("profile", ALL, ids=lambda p: p.name)
def test_step(vector: str, origin: str, credentials: bool, lines: list[str], step: Step, profile: Profile) -> None:
    ended = cors_check(origin, credentials, headers(*lines), profile)
    assert ended.step is step
    assert ended.passed is (step.reason is None)


@pytest.mark.parametrize(("lines", "credentials", "step", "others"), DEVIATIONS)
def test_deviation(lines: list[str], credentials: bool, step: Step, others: dict[Profile, Step]) -> None:
    for profile in ALL:
        assert cors_check(O, credentials, headers(*lines), profile).step is others.get(profile, step), profile.name


def test_every_step_has_a_row() -> None:
    assert {row[4] for row in TABLE} == {step for step in Step if step.anchor == "concept-cors-check"}


def test_what_failed_is_named() -> None:
    ended = cors_check(O, False, headers("ACAO: https://x.test"))
    assert (ended.detail, ended.expected, ended.received) == ("https://x.test", O, "https://x.test")
    ended = cors_check(O, True, headers(f"ACAO: {O}", "ACAC: yes"))
    assert (ended.detail, ended.expected, ended.received) == ("yes", "true", "yes")


profiles = st.sampled_from(ALL)


def straightforward(origin: str, credentials: bool, response: Headers) -> bool:
    """The check in one sentence, written without looking at the other."""
    found: dict[str, list[str]] = {}
    for name, value in response:
        found.setdefault(name.lower(), []).append(value.strip(" \t\r\n"))
    allow = found.get("access-control-allow-origin", [])
    if len(allow) != 1:
        # Two lines join to something with `, ` in it, which is no origin.
        return False
    if credentials:
        return allow[0] == origin and found.get("access-control-allow-credentials") == ["true"]
    return allow[0] in ("*", origin)


@given(origins, st.booleans(), responses())
def test_agrees_with_a_second_formulation(origin: str, credentials: bool, response: Headers) -> None:
    assert cors_check(origin, credentials, response).passed is straightforward(origin, credentials, response)


@given(origins, values, flags, profiles)
def test_credentials_need_the_exact_origin_and_true(origin: str, allow: str, flag: str, profile: Profile) -> None:
    response = Headers.of([("Access-Control-Allow-Origin", allow), ("Access-Control-Allow-Credentials", flag)])
    ended = cors_check(origin, True, response, profile)
    assert ended.passed is (allow.strip(" \t\r\n") == origin and flag.strip(" \t\r\n") == "true")
    if ended.passed:
        assert cors_check(origin, False, response, profile).passed


@given(origins, st.booleans(), responses(), unrelated, st.integers(0, 9), profiles)
def test_an_unrelated_header_changes_nothing(
    origin: str, credentials: bool, response: Headers, line: tuple[str, str], where: int, profile: Profile
) -> None:
    longer = Headers.of([*response[:where], line, *response[where:]])
    assert cors_check(origin, credentials, longer, profile) == cors_check(origin, credentials, response, profile)


@given(st.text(), st.booleans(), values, profiles)
def test_takes_any_value(origin: str, credentials: bool, allow: str, profile: Profile) -> None:
    cors_check(origin, credentials, Headers.of([("Access-Control-Allow-Origin", allow)]), profile)
