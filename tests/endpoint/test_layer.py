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
        (
            ["cf-ray: a", "server: cloudflare", "cf-cache-status: DYNAMIC"],
            "the application behind Cloudflare",
            Kind.APPLICATION,
            False,
        ),
        (["cf-ray: a", "rndr-id: a", "x-render-routing: no-server"], "Render", Kind.PROXY, True),
        (["cf-ray: a", "rndr-id: a"], "Render", Kind.PROXY, False),
        (["via: 1.1 varnish", "x-served-by: cache-fra-FRA"], "Fastly", Kind.CDN, False),
        (["server: Varnish", "x-served-by: cache-fra-FRA"], "Fastly", Kind.CDN, True),
        (["server: Varnish"], "Varnish", Kind.CDN, True),
        (["server: AmazonS3", "x-amz-cf-id: a", "x-cache: Hit from cloudfront"], "CloudFront's cache", Kind.CDN, True),
        (["server: Microsoft-IIS/10.0", "x-powered-by: ASP.NET"], "IIS", Kind.SERVER, False),
        (["server: Microsoft-IIS/10.0", "x-powered-by: Express"], "Express", Kind.APPLICATION, False),
        (["x-powered-by: ASP.NET"], "ASP.NET", Kind.APPLICATION, False),
        (["apigw-requestid: a"], "AWS API Gateway", Kind.GATEWAY, False),
        (["via: 1.1 google", "x-goog-iap-generated-response: true"], "Google Identity-Aware Proxy", Kind.PROXY, True),
        (["server: Google Frontend", "x-cloud-trace-context: a"], "Google Frontend", Kind.PROXY, False),
        (["server: h2o/2.2.6"], "h2o", Kind.SERVER, False),
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
        (
            ["server: envoy", "x-envoy-upstream-service-time: 3"],
            "the application behind Envoy",
            Kind.APPLICATION,
            False,
        ),
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


@pytest.mark.parametrize(
    ("host", "line", "name", "kind"),
    [
        ("a1.lambda-url.eu-central-1.on.aws", "x-amzn-ErrorType: InternalServerErrorException",
         "AWS Lambda's function URL", Kind.GATEWAY),
        ("a1.appsync-api.eu-west-1.amazonaws.com", "x-amzn-ErrorType: UnauthorizedException", "AWS AppSync",
         Kind.GATEWAY),
        ("a1.execute-api.eu-west-1.amazonaws.com", "x-amzn-ErrorType: ForbiddenException", "AWS API Gateway",
         Kind.GATEWAY),
        ("a1.r2.cloudflarestorage.com", "cf-ray: a", "Cloudflare R2", Kind.STORAGE),
    ],
)  # fmt: skip
def test_what_the_host_tells(host: str, line: str, name: str, kind: Kind) -> None:
    layer = layer_of(parse_text(f"GET https://{host}/x\n\n403\n{line}\n")[0])
    assert layer is not None
    assert (layer.name, layer.kind, layer.itself) == (name, kind, True)


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
