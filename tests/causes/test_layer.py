"""Who answered: by an own mark, by the length of a fixed text, by what sets an answer apart from its siblings."""

import pytest

from coranalyze.analysis import analyze
from coranalyze.causes.layer import Kind, layer_of, text_of
from coranalyze.sources.text import parse_text


def answer(status: int, *lines: str) -> str:
    return "\n".join(("GET https://api.example/x", "Origin: https://app.example", "", str(status), *lines, ""))


@pytest.mark.parametrize(
    ("lines", "name", "kind", "itself"),
    [
        (["cf-mitigated: challenge", "cf-ray: a", "server: cloudflare"], "Cloudflare", Kind.CHALLENGE, True),
        (["cf-ray: a", "server: cloudflare"], "Cloudflare", Kind.CDN, False),
        (["x-amzn-ErrorType: ForbiddenException"], "AWS API Gateway", Kind.GATEWAY, True),
        (["server: CloudFront", "x-amz-cf-id: a"], "CloudFront", Kind.CDN, True),
        (["server: AmazonS3", "x-amz-cf-id: a"], "Amazon S3", Kind.STORAGE, True),
        (["server: awselb/2.0"], "AWS load balancer", Kind.PROXY, True),
        (["server: envoy"], "Envoy", Kind.PROXY, True),
        (["server: envoy", "x-envoy-upstream-service-time: 3"], "Envoy", Kind.PROXY, False),
        (["x-kong-response-latency: 1", "server: kong/3.4"], "Kong", Kind.GATEWAY, True),
        (["x-kong-upstream-latency: 9", "x-kong-response-latency: 1"], "Kong", Kind.GATEWAY, False),
        (["ngrok-error-code: ERR_NGROK_3200"], "ngrok", Kind.TUNNEL, True),
        (["server: uvicorn"], "uvicorn", Kind.APPLICATION, False),
        (["x-powered-by: Express"], "Express", Kind.APPLICATION, False),
        (["server: nginx/1.25.3"], "nginx", Kind.SERVER, False),
    ],
)
def test_marks(lines: list[str], name: str, kind: Kind, itself: bool) -> None:
    layer = layer_of(parse_text(answer(502, *lines))[0])
    assert layer is not None
    assert (layer.name, layer.kind, layer.itself) == (name, kind, itself)


def test_no_mark() -> None:
    assert layer_of(parse_text(answer(500, "content-type: text/html"))[0]) is None


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


def test_a_text_names_its_framework() -> None:
    lines = ("content-length: 23", "content-type: text/plain")
    layers = [text_of(parse_text(answer(400, *lines, *more))[0]) for more in ((), ("vary: Origin",))]
    assert [layer and layer.name.partition("'")[0] for layer in layers] == ["Litestar", "Starlette"]
