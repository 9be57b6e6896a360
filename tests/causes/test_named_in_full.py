"""Causes say all that stands in the way, and what the answer says in its own words."""

import pytest

from tests.causes.story import API, get, last_cause, preflight

NONE_OF_THEM = ("204", "Access-Control-Allow-Origin: *", "Access-Control-Allow-Methods: GET",
                "Access-Control-Allow-Headers: content-type")  # fmt: skip
NO_ROUTE = "x-amzn-ErrorType: MissingAuthenticationTokenException"
LISTED = ("200", "Access-Control-Allow-Origin: *")


def test_headers_beside_the_method() -> None:
    cause = last_cause(preflight(API, *NONE_OF_THEM, method="PATCH", names="x-a,x-b"))
    assert cause is not None
    assert cause.name == "method-not-allowed"
    assert cause.advice.endswith("Its Access-Control-Allow-Headers lacks x-a, x-b besides.")


@pytest.mark.parametrize(
    ("names", "told", "besides"),
    [
        ("baggage,sentry-trace", "baggage, sentry-trace do not go to", ""),
        ("baggage,x-own", "baggage does not go to", "x-own would have to be allowed besides."),
        ("api-key,traceparent", "traceparent does not go to", "api-key would have to be allowed besides."),
        ("request-id,traceparent", "request-id, traceparent do not go to", ""),
    ],
)
def test_all_tracing_headers(names: str, told: str, besides: str) -> None:
    cause = last_cause(preflight(API, *NONE_OF_THEM, method="GET", names=names))
    assert cause is not None
    assert cause.name == "tracing-header-leak"
    assert told in cause.advice
    assert cause.advice.endswith(besides)


@pytest.mark.parametrize(
    ("method", "names", "answer", "name"),
    [
        ("GET", "access-control-allow-origin", "404", "response-header-sent-as-request"),
        ("GET", "access-control-allow-headers,access-control-allow-origin", "403", "response-header-sent-as-request"),
        ("GET", "newrelic,traceparent", "405", "tracing-header-leak"),
        ("POST", "traceparent", "308", "tracing-header-leak"),
        # Something else needs the preflight too.
        ("GET", "authorization,traceparent", "405", "preflight-unrouted"),
        ("PUT", "traceparent", "405", "preflight-unrouted"),
        # By itself it may be the page's own.
        ("GET", "request-id", "405", "preflight-unrouted"),
        # The answer itself would have to allow the page as well.
        ("GET", "traceparent", "204", "no-acao-anywhere"),
    ],
)
def test_a_preflight_for_nothing_but_stray_headers(method: str, names: str, answer: str, name: str) -> None:
    cause = last_cause(preflight("https://api.other.test/x", answer, method=method, names=names))
    assert cause is not None
    assert cause.name == name


def test_all_response_headers() -> None:
    names = "access-control-allow-headers,access-control-allow-origin,x-own"
    cause = last_cause(preflight(API, *NONE_OF_THEM, method="GET", names=names))
    assert cause is not None
    assert "access-control-allow-headers, access-control-allow-origin" in cause.sentence
    assert cause.advice.endswith("x-own would have to be allowed besides.")


def test_api_gateway_without_such_a_path() -> None:
    cause = last_cause(get(API, *LISTED) + get(f"{API}/typo", "403", NO_ROUTE))
    assert cause is not None
    assert "no such path or method" in cause.advice


def test_airplay_on_the_port_of_a_development_server() -> None:
    cause = last_cause(
        get("http://localhost:5000/items", "403", "Server: AirTunes/870.14.1", origin="http://localhost:5173")
    )
    assert cause is not None
    assert "AirPlay" in cause.sentence
    assert "another port" in cause.advice
    assert cause.fixes == ()


@pytest.mark.parametrize(
    ("server", "advice"), [("AirTunes/775.3.1", "another port"), ("Zscaler/6.2", "your IT"), ("squid/6.9", "your IT")]
)
def test_a_preflight_that_another_than_the_server_refuses(server: str, advice: str) -> None:
    cause = last_cause(preflight("http://localhost:5000/items", "403", f"Server: {server}", names="content-type"))
    assert cause is not None
    assert cause.name == "edge-generated-error"
    assert advice in cause.advice
    assert cause.fixes == ()


def test_a_proxy_of_the_servers_own() -> None:
    squid = "Server: squid/6.9"
    cause = last_cause(get(API, *LISTED, squid) + get(f"{API}/7", "403", squid))
    assert cause is not None
    assert cause.name == "error-drops-cors"


@pytest.mark.parametrize(("length", "said"), [("0", False), ("120", True)])
def test_html_without_content_is_no_page(length: str, said: bool) -> None:
    html = "Content-Type: text/html; charset=utf-8", "Allow: POST, OPTIONS"
    cause = last_cause(preflight(API, "200", *html, f"Content-Length: {length}", method="POST", names="content-type"))
    assert cause is not None
    assert any("HTML came" in each for each in cause.evidence) is said
