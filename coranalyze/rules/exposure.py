"""COR205, 206: response headers that a policy opens to scripts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from coranalyze.endpoint import Answer
from coranalyze.finding import Severity
from coranalyze.rules.grade import Attacker
from coranalyze.rules.grants import exposed
from coranalyze.rules.host import Host
from coranalyze.rules.readers import open_answers, weakest
from coranalyze.rules.rule import Hit, rule
from coranalyze.rules.trust import front_end

_SENSITIVE = re.compile(
    r"(?:proxy-)?authorization|x-amzn-remapped-authorization|(?:x-)?(?:csrf|xsrf)[a-z-]*|"
    r"x-auth(?:enticat(?:ion|ed)|orization|token|key)?(?:-[a-z-]*)?|(?:x-)?(?:access|refresh|session|id|api)-?(?:token|key)"
)
_DEBUG = re.compile(
    r"server|via|x-powered-by|x-generator|x-aspnet(?:mvc)?-version|x-runtime|x-served-by|x-real-ip|"
    r"x-(?:debug|backend|upstream|envoy|forwarded|server|host|pod|node|instance|exception|stack|drupal|varnish)[a-z-]*"
)


@rule(205, "sensitive-header-exposed", fixes=("F10",), weaknesses=(200,), within=(202,))
def sensitive_header_exposed(host: Host) -> Iterator[Hit]:
    """Scripts of other origins may read a response header that carries a credential.

    Scripts see a handful of response headers of another origin, and those that `Access-Control-Expose-Headers` names.
    Here it names one that hands out a token or a key, or `Location` where the address in it carries one.

    ## Why it matters
    Whoever is let in, and any script in their page, gets the token itself and can use it from anywhere. Most lists name
    such headers by habit; then leave them out.

    ## Fires
    ```http
    GET https://api.example/login
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Expose-Headers: X-Auth-Token
    X-Auth-Token: abc
    ```

    ```http
    POST https://api.example/shares
    Origin: https://app.example

    201
    Location: https://app.example/open?access_token=abc
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Expose-Headers: Location
    ```

    ## Quiet
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: *
    Access-Control-Expose-Headers: ETag, Link, X-Total-Count, X-Author
    ```

    An address without a secret:

    ```http
    POST https://api.example/orders
    Origin: https://app.example

    201
    Location: https://api.example/orders/17
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Expose-Headers: Location
    ```
    """
    for endpoint in host.saying("expose_headers"):
        answers, names = _exposing(host.policy(endpoint), _is_sensitive)
        if not answers:
            continue
        attacker, _ = weakest(host, endpoint)
        carried = any(name in answer.sensitive for answer in answers for name in names)
        # What no answer carries, where everybody may read without credentials, is mostly a list out of habit.
        anyone = attacker is Attacker.ANYONE or (carried and bool(open_answers(host, endpoint)))
        yield Hit(
            endpoint,
            f"It opens {', '.join(names)} to scripts of other origins"
            + ("." if carried else ", which no answer seen here carries: leave it out."),
            Severity.MEDIUM if anyone else Severity.LOW,
            answers,
            fact=", ".join(names),
            origin=front_end(host, endpoint),
            header=names[0],
        )


@rule(206, "debug-header-exposed", fixes=("F10",), weaknesses=(200,))
def debug_header_exposed(host: Host) -> Iterator[Hit]:
    """Scripts of other origins may read headers that tell how the server is built.

    `Access-Control-Expose-Headers` names headers for operators: software and versions, internal hosts, error details.

    ## Why it matters
    It helps an attacker to look around, no more. A front end rarely needs any of them.

    ## Fires
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: *
    Access-Control-Expose-Headers: X-Total-Count, X-Debug-Token-Link, X-Backend-Server
    ```

    ## Quiet
    An id to quote when asking for help is no detail of the server:

    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: *
    Access-Control-Expose-Headers: X-Request-Id, X-Total-Count
    ```
    """
    for endpoint in host.saying("expose_headers"):
        answers, names = _exposing(host.policy(endpoint), _is_for_operators)
        if answers:
            yield Hit(
                endpoint,
                f"It opens {', '.join(names)} to scripts of other origins.",
                Severity.INFO,
                answers,
                fact=", ".join(names),
                origin=front_end(host, endpoint),
                header=names[0],
            )


def _is_sensitive(name: str, answer: Answer) -> bool:
    return _SENSITIVE.fullmatch(name) is not None or name in answer.sensitive


def _is_for_operators(name: str, _: Answer) -> bool:
    return _DEBUG.fullmatch(name) is not None


def _exposing(policy: list[Answer], wanted: Callable[[str, Answer], bool]) -> tuple[tuple[Answer, ...], list[str]]:
    """The answers proper that open such a header, and the names of all that they open."""
    found = {
        answer: {name for name in exposed(answer) if wanted(name, answer)}
        for answer in policy
        if answer.expose_headers and not answer.preflight and answer.allow_origin
    }
    answers = tuple(answer for answer, names in found.items() if names)
    return answers, sorted({name for answer in answers for name in found[answer]})
