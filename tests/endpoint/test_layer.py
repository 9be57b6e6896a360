"""Who answered, by the marks of gateways, CDNs, stores and servers."""

import pytest

from coranalyze.endpoint import layers_of
from coranalyze.endpoint.layer import Kind, answered_in_front, from_object_store, has_no_route, layer_of
from coranalyze.exchange import Exchange
from coranalyze.sources.text import parse_text


def answered(*lines: str) -> Exchange:
    return parse_text("\n".join(("GET https://api.example/x", "", "502", *lines, "")))[0]


@pytest.mark.parametrize(
    ("lines", "name", "kind", "itself"),
    [
        (["cf-mitigated: challenge", "cf-ray: a", "server: cloudflare"], "Cloudflare", Kind.CHALLENGE, True),
        (["cf-ray: a", "server: cloudflare"], "Cloudflare", Kind.CDN, False),
        (["x-amzn-ErrorType: ForbiddenException"], "AWS API Gateway", Kind.GATEWAY, True),
        (["x-amzn-waf-action: captcha", "server: awselb/2.0"], "AWS WAF", Kind.CHALLENGE, True),
        (["server: nginx", "x-datadome: protected"], "nginx", Kind.SERVER, False),
        (["server: nginx", "x-datadome: protected", "x-dd-b: 2"], "DataDome", Kind.CHALLENGE, True),
        (["x-azure-externalerror: 0x80072ee2", "x-azure-ref: a"], "Azure Front Door", Kind.CDN, True),
        (["x-azure-ref: a", "server: Kestrel"], "Kestrel", Kind.APPLICATION, False),
        (["server: Microsoft-Azure-Application-Gateway/v2"], "Azure Application Gateway", Kind.PROXY, True),
        (["x-goog-storage-class: STANDARD", "via: 1.1 google"], "Google Cloud Storage", Kind.STORAGE, True),
        (["x-amz-id-2: a", "server: cloudflare", "cf-ray: a"], "Amazon S3", Kind.STORAGE, True),
        (["x-amz-id-2: a", "server: MinIO"], "MinIO", Kind.STORAGE, True),
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
    layer = layer_of(answered(*lines))
    assert layer is not None
    assert (layer.name, layer.kind, layer.itself) == (name, kind, itself)


def test_no_mark() -> None:
    assert layer_of(answered("content-type: text/html")) is None


@pytest.mark.parametrize(
    ("line", "in_front", "stored", "no_route"),
    [
        ("ngrok-error-code: ERR_NGROK_6024", True, False, False),
        ("x-amzn-ErrorType: MissingAuthenticationTokenException", True, False, True),
        ("x-amzn-ErrorType: ForbiddenException", True, False, False),
        ("x-amzn-waf-action: captcha", True, False, False),
        ("x-datadome: protected", False, False, False),
        ("Server: cloudfront", False, False, False),
        ("Server: AmazonS3", False, True, False),
        ("Server: Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0", False, True, False),
        ("x-ms-error-code: CorsPreflightFailure", False, True, False),
        ("Server: nginx", False, False, False),
    ],
)
def test_lines_of_an_answer(line: str, in_front: bool, stored: bool, no_route: bool) -> None:
    layer = layers_of(answered(line).response)
    assert (answered_in_front(layer), from_object_store(layer), has_no_route(layer)) == (in_front, stored, no_route)
