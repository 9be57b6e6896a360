"""Who answered, by the length of a fixed text, or by what sets an answer apart from its siblings."""

import pytest

from coranalyze.analysis import analyze
from coranalyze.causes.fixed_texts import apigw_text_of, iis_answer_of, nginx_page_of, text_of
from coranalyze.endpoint.layer import Kind
from coranalyze.sources.text import parse_text


def answer(status: int, *lines: str) -> str:
    return "\n".join(("GET https://api.example/x", "Origin: https://app.example", "", str(status), *lines, ""))


@pytest.mark.parametrize(
    ("status", "length", "kind", "text"),
    [
        (400, "22", "text/plain; charset=utf-8", "Disallowed CORS origin"),
        (400, "23", "text/plain; charset=utf-8", "Disallowed CORS headers"),
        (403, "20", "", "Invalid CORS request"),
        (400, "22", "application/json", None),
        (400, "24", "text/plain", None),
        (400, "9" * 5000, "text/plain", None),
        (200, "22", "text/plain", None),
    ],
)
def test_texts(status: int, length: str, kind: str, text: str | None) -> None:
    lines = [f"content-length: {length}", *([f"content-type: {kind}"] if kind else [])]
    layer = text_of(parse_text(answer(status, *lines))[0])
    assert (layer is None) if text is None else (layer is not None and text in layer.why)


@pytest.mark.parametrize(
    ("status", "server", "length", "kind", "its_own"),
    [
        (502, "nginx/1.22.1", "157", "text/html", True),
        (502, "nginx/1.22.1", "559", "text/html", True),  # with padding, for Chrome
        (502, "nginx", "150", "text/html", True),
        (503, "nginx/1.22.1", "197", "text/html", True),
        (429, "nginx/1.22.1", "169", "text/html", True),
        (504, "nginx/1.22.1", "569", "text/html", True),
        (401, "nginx/1.22.1", "179", "text/html", True),
        (413, "nginx/1.22.1", "585", "text/html", True),
        (414, "nginx", "170", "text/html", True),
        (502, "nginx/1.22.1", "158", "text/html", False),
        (502, "nginx/1.22.1", "157", "application/json", False),
        (502, "Apache", "157", "text/html", False),
        (200, "nginx", "150", "text/html", False),
    ],
)
def test_the_page_of_nginx(status: int, server: str, length: str, kind: str, its_own: bool) -> None:
    """Lengths as measured from nginx 1.22.1, with and without server_tokens."""
    lines = (f"server: {server}", f"content-length: {length}", f"content-type: {kind}")
    layer = nginx_page_of(parse_text(answer(status, *lines))[0])
    assert (layer is not None) is its_own
    assert layer is None or (layer.kind, layer.itself) == (Kind.SERVER, True)


def test_unlike_its_siblings() -> None:
    good = answer(200, "server: gunicorn/20.1", "access-control-allow-origin: https://app.example")
    bad = answer(503, "server: Apache", "content-type: text/html")
    analysis = analyze(parse_text(f"{good}\n{bad}"))
    cause = analysis.causes[1]
    assert cause.name == "edge-generated-error"
    assert "its `server` is apache; the successful answers of this host say gunicorn" in cause.evidence
    assert str(cause.layer) == "probably Apache (web server)"


def test_without_the_name_that_its_siblings_have() -> None:
    good = answer(200, "server: gunicorn/20.1", "access-control-allow-origin: https://app.example")
    bad = answer(503, "content-type: text/html")
    cause = analyze(parse_text(f"{good}\n{good}\n{bad}")).causes[2]
    assert cause.name == "edge-generated-error"
    assert cause.sentence.startswith("Something in front of the application answered GET https://api.example/x with")
    assert "it lacks `server`, which every successful answer of this host carries" in cause.evidence


@pytest.mark.parametrize(
    ("status", "length", "its_own"),
    [(401, 26, True), (404, 23, True), (500, 35, True), (404, 24, False), (200, 23, False)],
)
def test_the_words_of_api_gateway(status: int, length: int, its_own: bool) -> None:
    lines = ("apigw-requestid: a", f"content-length: {length}", "content-type: application/json")
    layer = apigw_text_of(parse_text(answer(status, *lines))[0])
    assert (layer is not None) is its_own


@pytest.mark.parametrize(
    ("status", "line", "its_own"),
    [
        (401, "www-authenticate: Negotiate", True),
        (401, "www-authenticate: Bearer", False),
        (200, "public: OPTIONS, TRACE, GET", True),
        (200, "allow: OPTIONS, GET", False),
    ],
)
def test_what_iis_answers_itself(status: int, line: str, its_own: bool) -> None:
    layer = iis_answer_of(parse_text(answer(status, "server: Microsoft-IIS/10.0", line))[0])
    assert (layer is not None) is its_own


CLOUDFLARE = ("server: cloudflare", "cf-ray: a")
EXPRESS = "x-powered-by: Express"
HTML = "content-type: text/html"


@pytest.mark.parametrize(
    ("success", "status", "error", "lacks"),
    [
        # What proxies add to all that they pass on: one success shows it.
        ((*CLOUDFLARE, "cf-cache-status: DYNAMIC"), 403, (*CLOUDFLARE, HTML), "cf-cache-status"),
        ((*CLOUDFLARE, "cf-cache-status: DYNAMIC"), 500, (*CLOUDFLARE, "cf-cache-status: DYNAMIC", HTML), ""),
        (("server: Cowboy", "via: 1.1 vegur"), 503, ("server: Cowboy",), "via"),
        # What applications add: one success shows it where a page for people comes with a status of what is in front.
        ((EXPRESS,), 429, (HTML,), "x-powered-by"),
        ((EXPRESS,), 429, ("content-type: application/json",), ""),
        ((EXPRESS,), 404, (HTML,), ""),
    ],
)
def test_without_what_one_success_has(
    success: tuple[str, ...], status: int, error: tuple[str, ...], lacks: str
) -> None:
    good = answer(200, *success, "access-control-allow-origin: https://app.example")
    cause = analyze(parse_text(f"{good}\n{answer(status, *error)}")).causes[1]
    assert cause.name == ("edge-generated-error" if lacks else "error-drops-cors")
    assert any(f"it lacks `{lacks}`" in each for each in cause.evidence) is bool(lacks)
    assert bool(cause.settle) is bool(lacks)


def test_a_text_names_its_framework() -> None:
    lines = ("content-length: 23", "content-type: text/plain")
    layers = [text_of(parse_text(answer(400, *lines, *more))[0]) for more in ((), ("vary: Origin",))]
    assert [layer and layer.name.partition("'")[0] for layer in layers] == ["Litestar", "Starlette"]
