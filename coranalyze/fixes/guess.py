"""Which stack answered, guessed from what responses say of themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple


class Guess(NamedTuple):
    """A guess, never more: headers can be set to anything, and the layer that answers need not be the one to set."""

    stack: str
    evidence: str
    """The header that led to it, as `name: value` in lower case."""


# What a gateway writes on answers of its own comes first, then what frameworks say, then who stands in front.
_SIGNS: tuple[tuple[str, str], ...] = (
    (r"apigw-requestid$", "api-gateway"),
    (r"x-amz-apigw-id$|x-amzn-errortype(:|$)|x-amzn-requestid$", "api-gateway-rest"),
    (r"server: amazons3", "s3"),
    (r"x-powered-by: express", "express"),
    (r"x-powered-by: asp\.net|x-aspnet-version|server: kestrel|server: microsoft-iis", "aspnet"),
    (r"server: (uvicorn|hypercorn)", "starlette"),
    (r"server: werkzeug", "flask"),
    (r"server: (wsgiserver|daphne)", "django"),
    (r"server: (apache-coyote|apache tomcat|tomcat|jetty|undertow)", "spring"),
    (r"(server|via): .*\bkong\b|x-kong-", "kong"),
    (r"server: caddy|via: .*\bcaddy\b", "caddy"),
    (r"server: (nginx|openresty)(/|$| )", "nginx"),
    (r"server: apache(/|$| )", "apache"),
    (r"server: traefik", "traefik"),
    (r"x-amz-cf-id$|server: cloudfront|via: .*cloudfront", "cloudfront"),
    (r"server: cloudflare|cf-ray$|cf-mitigated", "cloudflare"),
)
_HOSTS = ((".lambda-url.", ".on.aws", "lambda-url"), ("", ".r2.cloudflarestorage.com", "r2"))
"""What stands in a host's name, and at its end, where one stack alone has such names."""


def guess(layer: Iterable[str], host: str = "") -> Guess | None:
    """The stack that fits `Answer.layer` (or `layers_of` of a response) best; None where nothing in it tells."""
    named = next((stack for within, end, stack in _HOSTS if within in host and host.endswith(end)), None)
    if named is not None:
        return Guess(named, f"host: {host}")
    told = sorted(layer)
    for pattern, stack in _SIGNS:
        for sign in told:
            if re.match(pattern, sign):
                return Guess(stack, sign)
    return None
