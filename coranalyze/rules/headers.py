"""COR509, COR514, COR515, COR517 and COR518: CORS headers without effect."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from coranalyze.cors.safelist import FORBIDDEN_REQUEST_HEADERS
from coranalyze.cors.steps import Reason
from coranalyze.endpoint import Answer, Endpoint
from coranalyze.endpoint.asked import tokens
from coranalyze.endpoint.names import REQUEST_NAMES, RESPONSE_NAMES, resembles
from coranalyze.finding import Severity
from coranalyze.rules import fault
from coranalyze.rules.allow_origin import broken
from coranalyze.rules.host import Host
from coranalyze.rules.rule import Hit, rule
from coranalyze.rules.wording import known_as, listed

_USUAL: tuple[tuple[str, ...], ...] = ((), ("true",))
"""Access-Control-Allow-Credentials as it should be."""
_FIELDS = {name: name.removeprefix("access-control-").replace("-", "_") for name in RESPONSE_NAMES}
"""Where an `Answer` has the values of a response header."""
_MAX_AGE = re.compile(r"-1|[0-9]+")


@rule(509, "acac-not-true", fixes=("F4",), within=(502,))
def acac_not_true(host: Host) -> Iterator[Hit]:
    """`Access-Control-Allow-Credentials` has another value than `true`.

    The only value with a meaning is `true`, in lower case and once. `True`, `1` or `yes` count as if the header were
    not there, and so does `false`: to refuse credentials leave it out.

    ## Why it matters
    Requests with credentials are blocked although the header is there. Languages that write `True` for a boolean are
    the usual reason.

    ## Fires
    ```http
    GET https://api.example/me
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: True
    ```

    ## Quiet
    ```http
    GET https://api.example/me
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true
    ```
    """
    bearing = host.saying("allow_credentials")
    odd = [e for e in bearing if any(a.allow_credentials not in _USUAL for a in host.policy(e))]
    for endpoint, value, answers in _by_value(host, odd, lambda a: ", ".join(a.allow_credentials)):
        if value == "true" or not any(answer.allow_credentials for answer in answers):
            continue
        refused = value == "false"
        yield Hit(
            endpoint,
            "Access-Control-Allow-Credentials: false has no meaning: leave it out."
            if refused
            else f"Access-Control-Allow-Credentials is {_told(value, answers[0].allow_credentials)}; only true counts"
            f"{known_as(Reason.ACAC_NOT_TRUE)}.",
            Severity.INFO if refused else broken(host, endpoint),
            tuple(answers),
            fact=value,
        )


@rule(514, "forbidden-name", fixes=("F8", "F10"))
def forbidden_name(host: Host) -> Iterator[Hit]:
    """A list names headers that are out of reach for scripts.

    Scripts can neither set `Cookie`, `Origin`, `Host` or `Sec-…`, nor read `Set-Cookie`. Listing them does nothing;
    cookies go along with `credentials: "include"` and `Access-Control-Allow-Credentials: true`.

    ## Why it matters
    Nothing breaks. But whoever wrote it expected an effect, mostly that cookies get through, and it is not there.

    ## Fires
    ```http
    OPTIONS https://api.example/me
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT
    Access-Control-Allow-Headers: Content-Type, Cookie
    ```

    ## Quiet
    ```http
    OPTIONS https://api.example/me
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT
    Access-Control-Allow-Headers: Content-Type, Accept
    ```
    """
    for endpoint in host.saying("allow_headers", "expose_headers"):
        found: dict[str, Answer] = {}
        for answer in host.policy(endpoint):
            for name in tokens(answer.allow_headers) or ():
                if _forbidden(name.lower()):
                    found.setdefault(name.lower(), answer)
            for name in tokens(answer.expose_headers) or ():
                if name.lower() in ("set-cookie", "set-cookie2"):
                    found.setdefault(name.lower(), answer)
        if found:
            yield Hit(
                endpoint,
                f"Out of reach for scripts, so listing them does nothing: {listed(found)}.",
                Severity.INFO,
                tuple(dict.fromkeys(found.values())),
            )


@rule(515, "wrong-direction", fixes=("F8",))
def wrong_direction(host: Host) -> Iterator[Hit]:
    """A CORS header goes the wrong way.

    `Access-Control-Allow-…` is the server's to say; a page that sends it changes nothing about its rights and adds a
    header that the server must then allow. `Origin` and `Access-Control-Request-…` are the browser's; in an answer
    they have no meaning.

    ## Why it matters
    On a request it causes a preflight, and mostly blocks what worked before. On an answer it shows that a header was
    mistaken for another one.

    ## Fires
    The front end "allows itself":

    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: GET
    Access-Control-Request-Headers: access-control-allow-origin

    204
    Access-Control-Allow-Origin: https://app.example
    ```

    ## Quiet
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    ```
    """
    for endpoint in host.having("response_headers_sent", "requested_headers", "misspelt"):
        sent: dict[str, list[Answer]] = {}
        answered: dict[str, list[Answer]] = {}
        for answer in endpoint.answers:
            for name in (*answer.response_headers_sent, *(n for n in answer.requested_headers if n in RESPONSE_NAMES)):
                sent.setdefault(name, []).append(answer)
            for name in answer.misspelt:
                if name.lower() in REQUEST_NAMES:
                    answered.setdefault(name.lower(), []).append(answer)
        failing = fault.faults(host, endpoint, fault.WRONG_DIRECTION) if sent else []
        for name, answers in sent.items():
            yield Hit(
                endpoint,
                f"The page sends {name}, a header of answers: it allows nothing and costs a preflight.",
                min((one.severity for one in failing), key=lambda s: s.rank, default=Severity.LOW),
                tuple(answers),
                fact=name,
                header=name,
            )
        together: dict[tuple[Answer, ...], list[str]] = {}
        for name, answers in sorted(answered.items()):
            together.setdefault(tuple(answers), []).append(name)
        for same, names in together.items():
            several = len(names) > 1
            yield Hit(
                endpoint,
                f"The answer has {listed(names)}, {'headers' if several else 'a header'} of requests: "
                f"{'they have' if several else 'it has'} no effect.",
                Severity.INFO,
                same,
                fact=", ".join(names),
                header=names[0],
            )


@rule(517, "max-age-invalid", fixes=("F9",))
def max_age_invalid(host: Host) -> Iterator[Hit]:
    """`Access-Control-Max-Age` is no number of seconds.

    It takes whole seconds, or `-1` for "never keep". `10m`, `3600s`, `60.5` or a date cannot be read.

    ## Why it matters
    Browsers then keep the preflight for five seconds, or not at all, and ask again before almost every request.

    ## Fires
    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT
    Access-Control-Max-Age: 10m
    ```

    ## Quiet
    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT
    Access-Control-Max-Age: 600
    ```
    """
    for endpoint, value, answers in _by_value(
        host, host.saying("max_age"), lambda a: ", ".join(a.max_age) if a.preflight else ""
    ):
        if value and not _MAX_AGE.fullmatch(value):
            yield Hit(
                endpoint,
                f"Access-Control-Max-Age is {_told(value, answers[0].max_age)}, which is no number of seconds.",
                broken(host, endpoint),
                tuple(answers),
                fact=value,
            )


@rule(518, "misspelt-header", fixes=("F8",))
def misspelt_header(host: Host) -> Iterator[Hit]:
    """A header was meant to be one of CORS and is misspelt.

    Browsers look for the exact names only: `Access-Control-Allow-Methods`, not `-Allow-Method` or `-Allowed-Methods`.

    ## Why it matters
    The setting has no effect, and it is hard to see: the server says the right thing in a header that nobody reads.

    ## Fires
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allowed-Origin: https://app.example
    ```

    ## Quiet
    `Timing-Allow-Origin` and `Allow` are headers of their own:

    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    Timing-Allow-Origin: https://app.example
    Allow: GET
    ```

    Where the right name stands beside the other one, nothing is missing, and the finding is for information only.
    """
    for endpoint in host.having("misspelt"):
        found: dict[str, list[Answer]] = {}
        for answer in host.seen(endpoint):
            for name in answer.misspelt:
                if name.lower() not in REQUEST_NAMES:
                    found.setdefault(name, []).append(answer)
        for name, answers in found.items():
            meant = resembles(name.lower())
            beside = all(getattr(answer, _FIELDS[meant]) for answer in answers)
            yield Hit(
                endpoint,
                f"{name} is read by no browser: {meant.title()} "
                + ("is, which the answer has as well." if beside else "was meant."),
                Severity.INFO if beside else broken(host, endpoint),
                tuple(answers),
                fact=name.lower(),
                header=meant,
            )


def _by_value(
    host: Host, endpoints: Iterable[Endpoint], value: Callable[[Answer], str]
) -> Iterator[tuple[Endpoint, str, list[Answer]]]:
    """The answers of each endpoint, by a value of theirs."""
    for endpoint in endpoints:
        found: dict[str, list[Answer]] = {}
        for answer in host.policy(endpoint):
            found.setdefault(value(answer), []).append(answer)
        for told, answers in found.items():
            yield endpoint, told, answers


def _told(value: str, lines: Sequence[str]) -> str:
    return f"{value[:40] or 'empty'}{' (sent more than once)' if len(lines) > 1 else ''}"


def _forbidden(name: str) -> bool:
    return name in FORBIDDEN_REQUEST_HEADERS or name.startswith(("sec-", "proxy-"))
