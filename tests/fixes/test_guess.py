"""Which stack answered, by the headers that it wrote."""

import pytest

from coranalyze import fixes


@pytest.mark.parametrize(
    ("layer", "stack", "evidence"),
    [
        (("server: uvicorn",), "starlette", "server: uvicorn"),
        (("server: werkzeug/3.1.9 python/3.11.2",), "flask", "server: werkzeug/3.1.9 python/3.11.2"),
        (("server: wsgiserver/0.2 cpython/3.11.2",), "django", "server: wsgiserver/0.2 cpython/3.11.2"),
        (("server: nginx", "x-powered-by: express"), "express", "x-powered-by: express"),
        (("server: nginx/1.22.1",), "nginx", "server: nginx/1.22.1"),
        (("server: apache/2.4.66 (debian)",), "apache", "server: apache/2.4.66 (debian)"),
        (("server: apache-coyote/1.1",), "spring", "server: apache-coyote/1.1"),
        (("server: kestrel",), "aspnet", "server: kestrel"),
        (("via: kong/3.4", "x-kong-upstream-latency"), "kong", "via: kong/3.4"),
        (("via: 1.1 caddy", "server: caddy"), "caddy", "server: caddy"),
        (("x-amz-cf-id", "x-amzn-errortype: bad"), "api-gateway-rest", "x-amzn-errortype: bad"),
        (("x-amz-apigw-id", "x-amzn-requestid"), "api-gateway-rest", "x-amz-apigw-id"),
        (("apigw-requestid",), "api-gateway", "apigw-requestid"),
        (("server: amazons3", "x-amz-cf-id"), "s3", "server: amazons3"),
        (("via: 1.1 abc.cloudfront.net (cloudfront)",), "cloudfront", "via: 1.1 abc.cloudfront.net (cloudfront)"),
        (("cf-ray", "server: cloudflare"), "cloudflare", "cf-ray"),
        (("server: gunicorn",), None, ""),
        (("server: nginx-like", "x-request-id"), None, ""),
        ((), None, ""),
    ],
)  # fmt: skip
def test_guess(layer: tuple[str, ...], stack: str | None, evidence: str) -> None:
    found = fixes.guess(layer)
    assert (found.stack if found else None) == stack
    if found:
        assert found.evidence == evidence
        assert found.stack in fixes.STACKS


@pytest.mark.parametrize(
    ("host", "stack"),
    [
        ("abc.lambda-url.eu-central-1.on.aws", "lambda-url"),
        ("acme.r2.cloudflarestorage.com", "r2"),
        ("service.vpc-lattice.on.aws", "api-gateway-rest"),
        ("api.shop.example", "api-gateway-rest"),
    ],
)
def test_hosts_that_one_stack_has(host: str, stack: str) -> None:
    found = fixes.guess(("x-amzn-requestid",), host)
    assert (found.stack if found else None) == stack
