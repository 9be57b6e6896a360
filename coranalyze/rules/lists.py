"""COR510 to COR513 and COR516: lists of methods and headers that do not allow what they seem to."""

from __future__ import annotations

from collections.abc import Iterator

from coranalyze.cors.safelist import is_safelisted_method
from coranalyze.cors.steps import Reason
from coranalyze.endpoint import Answer
from coranalyze.endpoint.asked import no_token, tokens
from coranalyze.finding import Severity
from coranalyze.rules import fault
from coranalyze.rules.allow_origin import broken
from coranalyze.rules.host import Host
from coranalyze.rules.rule import Hit, rule
from coranalyze.rules.wording import known_as, listed


@rule(510, "wildcard-literal-with-credentials", fixes=("F8",))
def wildcard_literal_with_credentials(host: Host) -> Iterator[Hit]:
    """With credentials, `*` in a list of methods or headers is no wildcard.

    `Access-Control-Allow-Methods`, `-Headers` and `-Expose-Headers: *` mean "all" only for requests without
    credentials. For the others `*` is a method or header of that name.

    ## Why it matters
    The answer allows credentials, so requests with them will come; every method but GET, HEAD and POST, and every
    header of their own, is then blocked. Write the names out.

    ## Fires
    ```http
    OPTIONS https://api.example/me
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true
    Access-Control-Allow-Methods: *
    ```

    ## Quiet
    Without credentials it means what it says:

    ```http
    OPTIONS https://api.example/me
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: *
    ```
    """
    for endpoint in host.saying("allow_methods", "allow_headers", "expose_headers"):
        answers = [
            (answer, starred)
            for answer in host.policy(endpoint)
            if answer.allows_credentials and answer.acao != "*" and (starred := _starred(answer))
        ]
        if not answers:
            continue
        faults = fault.faults(host, endpoint, fault.WILDCARD_LITERAL)
        failing = [one.answer for one in faults]
        names = listed(name for _, found in answers for name in found)
        named = all(_names_too(answer) for answer, _ in answers)
        yield Hit(
            endpoint,
            f"{names}: * is no wildcard for requests with credentials, which this answer allows"
            f"{known_as(failing[0].reason, preflight=True) if failing and failing[0].reason else ''}.",
            Severity.MEDIUM if failing else Severity.INFO if named else broken(host, endpoint),
            (*failing, *(answer for answer, _ in answers if answer not in failing)),
            fact=names,
            why=faults[0].why if faults else "what was asked for is listed by name as well" if named else "",
            origin=(failing or [answers[0][0]])[0].origin or "",
            method=failing[0].requested_method if failing else "",
        )


@rule(511, "acah-star-authorization", fixes=("F8",))
def acah_star_authorization(host: Host) -> Iterator[Hit]:
    """`Authorization` is allowed by `*` only, which the standard says is not enough.

    By the Fetch standard `Access-Control-Allow-Headers: *` covers every header except `Authorization`. Browsers let it
    pass today, with a warning.

    ## Why it matters
    Nothing is broken now. The day browsers follow the standard, every call with a token is blocked. List it:
    `Access-Control-Allow-Headers: Authorization, *`.

    ## Fires
    ```http
    OPTIONS https://api.example/me
    Origin: https://app.example
    Access-Control-Request-Method: GET
    Access-Control-Request-Headers: authorization

    204
    Access-Control-Allow-Origin: *
    Access-Control-Allow-Headers: *
    ```

    ## Quiet
    ```http
    OPTIONS https://api.example/me
    Origin: https://app.example
    Access-Control-Request-Method: GET
    Access-Control-Request-Headers: authorization

    204
    Access-Control-Allow-Origin: *
    Access-Control-Allow-Headers: *, Authorization
    ```
    """
    for endpoint in host.preflighted:
        answers = tuple(
            answer
            for answer in host.policy(endpoint)
            if "authorization" in answer.requested_headers
            and not (answer.allows_credentials and answer.acao != "*")
            and "*" in (names := {name.lower() for name in tokens(answer.allow_headers) or []})
            and "authorization" not in names
        )
        if answers:
            yield Hit(
                endpoint,
                "Authorization passes by Access-Control-Allow-Headers: * in today's browsers, against the standard: "
                "list it.",
                Severity.INFO,
                answers,
                header="authorization",
            )


@rule(512, "method-case", fixes=("F8",))
def method_case(host: Host) -> Iterator[Hit]:
    """A method is listed in another case than the one it is sent in.

    Methods are compared letter by letter. Browsers turn `get`, `head`, `post`, `put`, `delete` and `options` into
    capitals, but not `patch`: `fetch(url, {method: "patch"})` sends `patch`, which `PATCH` does not allow.

    ## Why it matters
    The request is blocked, and the list looks right.

    ## Fires
    ```http
    OPTIONS https://api.example/me
    Origin: https://app.example
    Access-Control-Request-Method: patch

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: GET, PATCH
    ```

    ## Quiet
    GET, HEAD and POST need not be listed at all:

    ```http
    OPTIONS https://api.example/me
    Origin: https://app.example
    Access-Control-Request-Method: POST
    Access-Control-Request-Headers: content-type

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: get, post
    Access-Control-Allow-Headers: content-type
    ```
    """
    for endpoint in host.preflighted:
        failing = fault.faults(host, endpoint, fault.METHOD_CASE)
        lower = [a for a in host.policy(endpoint) if a.preflight and _lower_methods(a)]
        if not failing and not lower:
            continue
        methods = (
            listed(one.detail for one in failing) if failing else listed(m for a in lower for m in _lower_methods(a))
        )
        yield Hit(
            endpoint,
            f"Access-Control-Allow-Methods has {methods} in another case: methods are compared letter by letter"
            f"{known_as(Reason.METHOD_NOT_ALLOWED, preflight=True)}."
            if failing
            else f"Access-Control-Allow-Methods lists {methods} in lower case, which allows nothing.",
            min((one.severity for one in failing), key=lambda s: s.rank, default=broken(host, endpoint)),
            tuple(dict.fromkeys([*(one.answer for one in failing), *lower])),
            fact=methods,
            why=failing[0].why if failing else "",
            origin=(failing[0].answer if failing else lower[0]).origin or "",
            method=failing[0].detail if failing else "",
        )


@rule(513, "bad-list-token", fixes=("F8",))
def bad_list_token(host: Host) -> Iterator[Hit]:
    """A list of methods or headers cannot be read.

    Elements are separated by commas and nothing else. One element with a blank, a semicolon, quotes or a colon in it
    spoils the whole list: the preflight fails, even for a request that needs nothing from it.

    ## Why it matters
    All preflighted requests are blocked. In `Access-Control-Expose-Headers` it blocks nothing, but no header is
    exposed.

    ## Fires
    ```http
    OPTIONS https://api.example/me
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: GET PUT POST
    ```

    ## Quiet
    Empty elements and several lines are fine:

    ```http
    OPTIONS https://api.example/me
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: GET,, PUT,
    Access-Control-Allow-Methods: POST
    ```
    """
    for endpoint, found in fault.faults_of(host, fault.BAD_LIST):
        worst = min(found, key=lambda one: one.severity.rank)
        name, reason = (
            ("Access-Control-Allow-Methods", Reason.ACAM_UNPARSABLE)
            if tokens(worst.answer.allow_methods) is None
            else ("Access-Control-Allow-Headers", Reason.ACAH_UNPARSABLE)
        )
        yield Hit(
            endpoint,
            f"{name} cannot be read at {worst.detail[:60]!r}, so the preflight fails, whatever it asks for"
            f"{known_as(reason, preflight=True)}.",
            worst.severity,
            tuple(one.answer for one in found),
            fact=worst.detail,
            why=worst.why,
            origin=worst.answer.origin or "",
            method=worst.answer.requested_method,
        )
    for endpoint in host.saying("expose_headers"):
        spoilt = [a for a in host.policy(endpoint) if not a.preflight and tokens(a.expose_headers) is None]
        if spoilt:
            element = no_token(spoilt[0].expose_headers)
            yield Hit(
                endpoint,
                f"Access-Control-Expose-Headers cannot be read at {element[:60]!r}; no header is exposed.",
                broken(host, endpoint),
                tuple(spoilt),
                fact=f"expose {element}",
            )


@rule(516, "preflight-headers-on-actual-only", fixes=("F6",), within=(601, 602, 603, 604, 605))
def preflight_headers_on_actual_only(host: Host) -> Iterator[Hit]:
    """The lists of methods and headers are on the real answer and not on the one to `OPTIONS`.

    `Access-Control-Allow-Methods` and `-Headers` answer the question that the preflight asks. On the answer to `GET`
    or `PUT` nobody reads them.

    ## Why it matters
    The preflight fails, so the request whose answer has the lists is never sent. The headers are set in the handler of
    a method; set them where `OPTIONS` is answered.

    ## Fires
    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    200
    Access-Control-Allow-Origin: https://app.example

    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: GET, PUT
    ```

    ## Quiet
    They stand on both: superfluous, and no fault:

    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: GET, PUT

    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: GET, PUT
    ```
    """
    for endpoint, found in fault.faults_of(host, fault.METHOD_MISSING, fault.HEADER_MISSING):
        bare = [one for one in found if one.answer.lets_in and not one.answer.allow_methods + one.answer.allow_headers]
        listing = [a for a in host.policy(endpoint) if not a.preflight and (a.allow_methods or a.allow_headers)]
        if bare and listing:
            worst = min(bare, key=lambda one: one.severity.rank)
            missing = Reason.METHOD_NOT_ALLOWED if worst.code == fault.METHOD_MISSING else Reason.HEADER_NOT_ALLOWED
            yield Hit(
                endpoint,
                "The preflight's answer has no Access-Control-Allow-Methods or -Headers; the real answer has, where "
                f"nobody reads them{known_as(worst.answer.reason or missing, preflight=True)}.",
                worst.severity,
                (*dict.fromkeys(one.answer for one in bare), listing[0]),
                why=worst.why,
                origin=worst.answer.origin or "",
                method=worst.answer.requested_method,
            )


def _starred(answer: Answer) -> list[str]:
    """The headers in which this answer has `*`."""
    lists = (
        {"Access-Control-Allow-Methods": answer.allow_methods, "Access-Control-Allow-Headers": answer.allow_headers}
        if answer.preflight
        else {"Access-Control-Expose-Headers": answer.expose_headers}
    )
    return [name for name, lines in lists.items() if "*" in (tokens(lines) or ())]


def _names_too(answer: Answer) -> bool:
    """A preflight whose lists name beside `*` what it asks for."""
    methods, headers = (set(tokens(lines) or ()) for lines in (answer.allow_methods, answer.allow_headers))
    bare = "*" in methods and answer.requested_method not in methods
    lacking = set(answer.requested_headers) - {name.lower() for name in headers} if "*" in headers else set()
    return answer.preflight and not bare and not lacking and {"*"} not in (methods, headers)


def _lower_methods(answer: Answer) -> list[str]:
    """Listed methods in lower case that allow nothing, since browsers send them in capitals."""
    return [
        method
        for method in tokens(answer.allow_methods) or ()
        if method != method.upper() and not is_safelisted_method(method.upper()) and method != answer.requested_method
    ]
