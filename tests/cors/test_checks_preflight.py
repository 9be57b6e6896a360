"""The preflight's answer: a row per step and per measured vector; where profiles part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coranalyze.cors.browsers import CHROMIUM, FIREFOX, SPEC, WEBKIT, Profile
from coranalyze.cors.checks import PreflightRequest, cors_check, preflight_check
from coranalyze.cors.headers import Headers
from coranalyze.cors.steps import Step

from .helpers import ALL, O, headers, origins, responses, tokens, unrelated

PUT, PUT_C = PreflightRequest("PUT", (), False), PreflightRequest("PUT", (), True)
GET_A, GET_A_C = PreflightRequest("GET", ("x-a",), False), PreflightRequest("GET", ("x-a",), True)
AUTH, AUTH_C = PreflightRequest("GET", ("authorization",), False), PreflightRequest("GET", ("authorization",), True)
JSON = PreflightRequest("POST", ("content-type",), False)
ACAO, TRUE = f"ACAO: {O}", "ACAC: true"
OK = Step.PREFLIGHT_OK

# Vector, request, status, response lines, the deciding step for every browser.
TABLE = [
    ("P01", PUT, 204, [ACAO, "ACAM: PUT"], OK),
    ("P02", PUT, 204, [ACAO], Step.PREFLIGHT_METHOD),
    ("P03", PUT, 204, ["ACAO: *", "ACAM: *"], OK),
    ("P04", PUT_C, 204, [ACAO, TRUE, "ACAM: *"], Step.PREFLIGHT_METHOD),
    ("P2G", PUT_C._replace(method="DELETE"), 204, [ACAO, TRUE, "ACAM: *, DELETE"], OK),
    ("P05", PUT, 204, [ACAO, "ACAM: put"], Step.PREFLIGHT_METHOD),
    ("P08", PUT._replace(method="patch"), 204, [ACAO, "ACAM: PATCH"], Step.PREFLIGHT_METHOD),
    ("P09", PUT._replace(method="patch"), 204, [ACAO, "ACAM: patch"], OK),
    ("P07", PUT._replace(method="PATCH"), 204, [ACAO, "ACAM: patch"], Step.PREFLIGHT_METHOD),
    ("P10", PUT, 204, [ACAO, "ACAM: GET,, PUT,"], OK),
    ("P14", PUT, 204, [ACAO, "ACAM: GET", "ACAM: PUT"], OK),
    ("P11", PUT, 204, [ACAO, "ACAM: GET PUT"], Step.PREFLIGHT_METHODS_UNPARSABLE),
    ("P12", PUT, 204, [ACAO, 'ACAM: "PUT"'], Step.PREFLIGHT_METHODS_UNPARSABLE),
    ("parameter", PUT, 204, [ACAO, "ACAM: PUT;q=1"], Step.PREFLIGHT_METHODS_UNPARSABLE),
    ("P16", GET_A, 204, [ACAO, "ACAM: GET POST", "ACAH: x-a"], Step.PREFLIGHT_METHODS_UNPARSABLE),
    ("H18", PUT, 204, [ACAO, "ACAM: PUT", "ACAH: bad header"], Step.PREFLIGHT_HEADERS_UNPARSABLE),
    ("U08", GET_A, 204, [ACAO, "ACAH: x-a", "ACAH: x@b"], Step.PREFLIGHT_HEADERS_UNPARSABLE),
    ("P19", PUT, 299, [ACAO, "ACAM: PUT"], OK),
    ("P20", PUT, 302, [ACAO, "ACAM: PUT", "Location: /login"], Step.PREFLIGHT_REDIRECT),
    ("P21", PUT, 404, [ACAO, "ACAM: PUT"], Step.PREFLIGHT_STATUS),
    ("P27", PUT, 401, [ACAO, "ACAM: PUT"], Step.PREFLIGHT_STATUS),
    ("P26", PUT, 304, [ACAO, "ACAM: PUT"], Step.PREFLIGHT_STATUS),
    ("P28", PUT, 301, [ACAO, "ACAM: PUT"], Step.PREFLIGHT_STATUS),
    ("300-with-location", PUT, 300, [ACAO, "ACAM: PUT", "Location: /x"], Step.PREFLIGHT_STATUS),
    ("199", PUT, 199, [ACAO, "ACAM: PUT"], Step.PREFLIGHT_STATUS),
    ("P22", PUT, 204, ["ACAM: PUT"], Step.NO_ALLOW_ORIGIN),
    ("P23", PUT_C, 204, ["ACAO: *", TRUE, "ACAM: PUT"], Step.WILDCARD_WITH_CREDENTIALS),
    ("P24", PUT_C, 204, [ACAO, "ACAM: PUT"], Step.CREDENTIALS_NOT_TRUE),
    ("P17", PUT, 204, [ACAO, "Allow: PUT"], Step.PREFLIGHT_METHOD),
    ("H02", GET_A, 204, [ACAO, "ACAH: X-A"], OK),
    ("H13", GET_A, 204, [ACAO, "ACAH: ,x-a,,"], OK),
    ("H12", GET_A, 204, [ACAO, "ACAH: x-b", "ACAH: x-a"], OK),
    ("H04", GET_A, 204, [ACAO, "ACAH: *"], OK),
    ("none", GET_A, 204, [ACAO], Step.PREFLIGHT_HEADER),
    ("H11", GET_A, 204, [ACAO, "ACAH:"], Step.PREFLIGHT_HEADER),
    ("H10", GET_A_C, 204, [ACAO, TRUE, "ACAH: *"], Step.PREFLIGHT_HEADER),
    ("H05", GET_A_C, 204, [ACAO, TRUE, "ACAH: *, x-a"], OK),
    ("H1A", GET_A, 204, [ACAO, "ACAH: X-*"], Step.PREFLIGHT_HEADER),
    ("H07", AUTH, 204, [ACAO, "ACAH: *, authorization"], OK),
    ("H16", JSON, 204, [ACAO], Step.PREFLIGHT_HEADER),
    ("H19", JSON, 204, [ACAO, "ACAM: GET", "ACAH: content-type"], OK),
    ("P2D", PUT._replace(method="OPTIONS"), 204, [ACAO, "ACAM: OPTIONS"], OK),
    ("W01-forced-post", PreflightRequest("POST", (), False, forced=True), 204, [ACAO], OK),
]  # fmt: skip

AUTH_A = PreflightRequest("GET", ("accept", "authorization"), False)
UPLOAD = PreflightRequest("PUT", (), False, forced=True)
REDIRECTED = ["Location: /login", "ACAM: PUT"]
EMPTY_LOCATION = [ACAO, "Location:"]
# Where profiles part: request, status, lines, step of spec, chromium, firefox and webkit.
METHOD, STATUS, REDIRECT = Step.PREFLIGHT_METHOD, Step.PREFLIGHT_STATUS, Step.PREFLIGHT_REDIRECT
DEVIATIONS = [
    ("H06", AUTH, 204, [ACAO, "ACAH: *"], [Step.PREFLIGHT_AUTHORIZATION, OK, OK, OK]),
    ("U09", AUTH_C, 204, [ACAO, TRUE, "ACAH: *"], [Step.PREFLIGHT_AUTHORIZATION_MISSING] + [Step.PREFLIGHT_HEADER] * 3),
    ("order", AUTH_A, 204, [ACAO], [Step.PREFLIGHT_AUTHORIZATION_MISSING] + [Step.PREFLIGHT_HEADER] * 3),
    ("U01", UPLOAD, 204, [ACAO], [OK, METHOD, METHOD, METHOD]),
    ("U01-empty", UPLOAD, 204, [ACAO, "ACAM:"], [METHOD, METHOD, METHOD, METHOD]),
    ("P29", PUT, 404, [], [Step.NO_ALLOW_ORIGIN, Step.NO_ALLOW_ORIGIN, Step.NO_ALLOW_ORIGIN, STATUS]),
    ("redirect", PUT, 302, REDIRECTED, [REDIRECT, REDIRECT, Step.NO_ALLOW_ORIGIN, REDIRECT]),
    ("empty-location", PUT, 302, EMPTY_LOCATION, [REDIRECT, STATUS, REDIRECT, REDIRECT]),
    ("method-then-list", PUT, 204, [ACAO, "ACAH: a b"],
     [Step.PREFLIGHT_HEADERS_UNPARSABLE, Step.PREFLIGHT_HEADERS_UNPARSABLE, METHOD, Step.PREFLIGHT_HEADERS_UNPARSABLE]),
]  # fmt: skip


@pytest.mark.parametrize(("vector", "request_", "status", "lines", "step"), TABLE, ids=[row[0] for row in TABLE])
@pytest.mark.parametrize("profile", ALL, ids=lambda p: p.name)
def test_step(
    vector: str, request_: PreflightRequest, status: int, lines: list[str], step: Step, profile: Profile
) -> None:
    taken = preflight_check(request_, O, status, headers(*lines), profile)
    assert taken[-1].step is step
    assert all(ended.passed for ended in taken[:-1])


@pytest.mark.parametrize(
    ("vector", "request_", "status", "lines", "steps"), DEVIATIONS, ids=[row[0] for row in DEVIATIONS]
)
def test_deviation(
    vector: str, request_: PreflightRequest, status: int, lines: list[str], steps: list[Step]
) -> None:  # fmt: skip
    assert [preflight_check(request_, O, status, headers(*lines), p)[-1].step for p in ALL] == steps


def test_every_step_has_a_row() -> None:
    reached = set()
    for _, request, status, lines, _ in [*TABLE, *DEVIATIONS]:
        for profile in ALL:
            reached |= {ended.step for ended in preflight_check(request, O, status, headers(*lines), profile)}
    of_standard = {step for step in Step if step.anchor == "cors-preflight-fetch-0"}
    # Nothing to check: without a response the caller names the step itself.
    assert of_standard - reached == {Step.PREFLIGHT_NO_RESPONSE}


def test_steps_taken_in_the_standard_s_order() -> None:
    taken = preflight_check(GET_A, O, 200, headers("ACAO: *", "ACAH: x-a"))
    assert [ended.step for ended in taken] == [
        Step.WILDCARD,
        Step.PREFLIGHT_STATUS_OK,
        Step.PREFLIGHT_METHOD_OK,
        Step.PREFLIGHT_OK,
    ]


def test_without_origin_the_cors_check_is_left_out() -> None:
    assert preflight_check(PUT, None, 204, headers("ACAM: PUT"), FIREFOX)[-1].step is OK


@pytest.mark.parametrize(
    ("request_", "lines", "detail", "received"),
    [
        (PUT, [ACAO, "ACAM: GET, POST"], "PUT", "GET, POST"),
        (PreflightRequest("GET", ("x-a", "x-b"), False), [ACAO, "ACAH: X-A"], "x-b", "X-A"),
        (PUT, [ACAO, "ACAM: GET, PUT;q=1, @"], "PUT;q=1", ""),
        (PUT, [ACAO, "ACAM: PUT", "ACAH: x-a, b c"], "b c", ""),
    ],
)
def test_what_failed_is_named(request_: PreflightRequest, lines: list[str], detail: str, received: str) -> None:
    ended = preflight_check(request_, O, 204, headers(*lines))[-1]
    assert (ended.detail, ended.received) == (detail, received)


requests = st.builds(
    PreflightRequest,
    tokens,
    st.lists(tokens.map(str.lower), max_size=3, unique=True).map(sorted),
    st.booleans(),
    st.booleans(),
)
statuses = st.sampled_from([200, 204, 299, 302, 304, 401, 404, 500])
profiles = st.sampled_from([SPEC, CHROMIUM, FIREFOX, WEBKIT])


@given(requests, origins, statuses, responses(), profiles)
def test_passes_only_what_the_cors_check_passes(
    request: PreflightRequest, origin: str, status: int, response: Headers, profile: Profile
) -> None:
    taken = preflight_check(request, origin, status, response, profile)
    if taken[-1].passed:
        assert 200 <= status <= 299
        assert cors_check(origin, request.credentials, response, profile).passed
        assert taken[-1].step is OK


@given(requests, statuses, responses(), unrelated, st.integers(0, 9), profiles)
def test_an_unrelated_header_changes_nothing(
    request: PreflightRequest, status: int, response: Headers, line: tuple[str, str], where: int, profile: Profile
) -> None:
    longer = Headers.of([*response[:where], line, *response[where:]])
    same = preflight_check(request, O, status, response, profile)
    assert preflight_check(request, O, status, longer, profile) == same


@given(requests, responses(), profiles)
def test_asking_for_less_is_never_refused(request: PreflightRequest, response: Headers, profile: Profile) -> None:
    less = request._replace(header_names=request.header_names[1:], method="GET")
    if preflight_check(request, O, 204, response, profile)[-1].passed:
        assert preflight_check(less, O, 204, response, profile)[-1].passed
