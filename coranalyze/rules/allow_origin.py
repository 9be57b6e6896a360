"""COR501 to COR507: values of Access-Control-Allow-Origin that let nobody in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from coranalyze.cors.checks import cors_check
from coranalyze.cors.headers import Headers
from coranalyze.cors.origin import OWN_SCHEME, origin_of
from coranalyze.cors.steps import Reason
from coranalyze.endpoint import Answer, Endpoint
from coranalyze.finding import Confidence, Severity
from coranalyze.rules.host import Host
from coranalyze.rules.rule import Hit, rule
from coranalyze.rules.wording import known_as

_SEPARATORS = re.compile(r"[,\s|;]+")
_PATTERN_ONLY = re.compile(r"[()^$\\{}]|\.\*")
_REGEX = re.compile(r"[*^$()\\+{}]|\[(?![0-9a-fA-F:.]+\])")
_BARE_HOST = re.compile(
    r"(?://)?(?:[a-z0-9_](?:[a-z0-9_\-]*\.)+[a-z0-9\-]+|localhost|(?:[a-z0-9\-]+)(?=:[0-9]))(?::[0-9]+)?(?:/.*)?",
    re.IGNORECASE,
)
_VARIABLE = re.compile(
    r"\$\{?[A-Za-z_][\w.:\-]*|\{\{?\s*[A-Za-z_][\w.\-]*\s*\}|%[A-Za-z_]\w*%|%\{[A-Za-z_]|<%|^(?:\(null\)|undefined|None|nil)$"
)
"""What configuration files and templates write for a value to come: `$name`, `${name}`, `{name}`, `%name%`; and what
Apache, JavaScript, Python and others write for one that never came."""


@rule(501, "wildcard-with-credentials", fixes=("F4",), within=(203,))
def wildcard_with_credentials(host: Host) -> Iterator[Hit]:
    """`*` and `Access-Control-Allow-Credentials: true` stand together, and never work together.

    Browsers refuse `*` for every request that is made with credentials. The second header changes nothing about it; it
    only shows that credentials were meant to work.

    ## Why it matters
    Calls with `credentials: "include"` or `withCredentials` are blocked, the others work. It is no hole by itself, but
    a common way to "mend" it, sending back whatever `Origin` asks, is one. Some frameworks do so by themselves as soon
    as a cookie is sent.

    ## Fires
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: *
    Access-Control-Allow-Credentials: true
    ```

    ## Quiet
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: *
    ```
    """
    for endpoint in host.saying("stars"):
        answers = tuple(a for a in host.policy(endpoint) if a.acao == "*" and a.allows_credentials)
        if answers:
            yield Hit(
                endpoint,
                "Access-Control-Allow-Origin: * never works together with credentials; requests that include them are "
                f"blocked{known_as(Reason.ACAO_WILDCARD_WITH_CREDENTIALS, preflight=_on_preflights(answers))}.",
                broken(host, endpoint),
                answers,
                origin=answers[0].origin or "",
            )


@rule(502, "multiple-acao", fixes=("F11",))
def multiple_acao(host: Host) -> Iterator[Hit]:
    """`Access-Control-Allow-Origin` is there more than once.

    Exactly one value passes. Two lines are joined to `a, b`, which equals no origin, even if both lines say the same.
    Mostly the application sets the header, and the proxy, gateway or CDN in front of it adds its own.

    ## Why it matters
    Every cross-origin request to it is blocked, though each of the two headers looks right by itself.

    ## Fires
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Origin: https://app.example
    ```

    Some tools write both lines as one:

    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: *, *
    ```

    ## Quiet
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    Vary: Origin
    ```

    ## Settle
    Look at the raw response (`curl -i` with the same `Origin`): one line or two? If it is one, see COR503.
    """
    for endpoint, misshapen in host.once(_misshapen_answers):
        answers = tuple(answer for answer in misshapen if shape(answer) == 502)
        if answers:
            proven = [answer for answer in answers if len(answer.allow_origin) > 1]
            yield Hit(
                endpoint,
                f"Access-Control-Allow-Origin is sent more than once ({_shown(proven or answers)}), mostly by two "
                f"layers; browsers block{_blocked_as(proven or answers)}.",
                broken(host, endpoint),
                answers,
                Confidence.PROVEN if proven else Confidence.SUSPECTED,
                settle="Look at the raw response: two header lines, or one with a list?",
                origin=(proven or answers)[0].origin or "",
            )


@rule(503, "acao-list", fixes=("F1",))
def acao_list(host: Host) -> Iterator[Hit]:
    """`Access-Control-Allow-Origin` holds a list of origins.

    The header takes one origin. A list is compared as a whole and equals nobody's origin.

    ## Why it matters
    None of the sites on the list is let in. The server has to look at the request's `Origin` and answer with that one.

    ## Fires
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example, https://admin.example
    ```

    ## Quiet
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    Vary: Origin
    ```
    """
    yield from _misshapen(host, 503, "Access-Control-Allow-Origin is a list ({value}): only one origin passes")


@rule(504, "acao-pattern", fixes=("F2",))
def acao_pattern(host: Host) -> Iterator[Hit]:
    """`Access-Control-Allow-Origin` holds a pattern.

    There are no patterns in this header. `https://*.example.com` is compared letter by letter, star included, and
    equals no origin. Patterns belong into the server's own configuration.

    ## Why it matters
    No sub-domain is let in, although it looks as if all were.

    ## Fires
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://*.example
    ```

    ## Quiet
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: *
    ```
    """
    yield from _misshapen(host, 504, "Access-Control-Allow-Origin is a pattern ({value}): it is compared literally")


@rule(505, "acao-slash-or-path", fixes=("F1",))
def acao_slash_or_path(host: Host) -> Iterator[Hit]:
    """`Access-Control-Allow-Origin` ends in a slash or a path.

    An origin is scheme, host and port. `https://app.example/` is an address, one byte longer than the origin.

    ## Why it matters
    The comparison is byte for byte, so the site is not let in. It happens when the value is copied from the address
    bar.

    ## Fires
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example/
    ```

    ## Quiet
    White space around the value is no fault:

    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin:    https://app.example
    ```
    """
    yield from _misshapen(host, 505, "Access-Control-Allow-Origin has a slash or path too much ({value})")


@rule(506, "acao-no-scheme", fixes=("F1",))
def acao_no_scheme(host: Host) -> Iterator[Hit]:
    """`Access-Control-Allow-Origin` lacks `https://` or `http://`.

    `app.example` is a host. The origin that browsers compare with is `https://app.example`.

    ## Why it matters
    The site is not let in.

    ## Fires
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: app.example
    ```

    ## Quiet
    ```http
    GET https://api.example/items
    Origin: capacitor://localhost

    200
    Access-Control-Allow-Origin: capacitor://localhost
    ```
    """
    yield from _misshapen(host, 506, "Access-Control-Allow-Origin lacks the scheme ({value}): write https:// before it")


@rule(507, "acao-not-canonical", fixes=("F1",))
def acao_not_canonical(host: Host) -> Iterator[Hit]:
    """`Access-Control-Allow-Origin` is not spelt as browsers spell origins.

    Browsers write origins in lower case, without the default port (`:443`, `:80`) and without quotes; names in other
    scripts as `xn--…`. The value has to be the same, byte for byte, without a comma or semicolon behind it. An empty
    value, `true` or `all` is no origin at all, and neither is a variable that nobody filled in (`${ORIGIN}`).

    ## Why it matters
    The site that was meant is not let in.

    ## Fires
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://App.example
    ```

    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example:443
    ```

    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: $http_origin
    ```

    ## Quiet
    A port that is no default one belongs to the origin:

    ```http
    GET https://api.example/items
    Origin: https://app.example:8443

    200
    Access-Control-Allow-Origin: https://app.example:8443
    ```
    """
    yield from _misshapen(host, 507, "Access-Control-Allow-Origin is not spelt as browsers spell an origin ({value})")


def _misshapen_answers(host: Host) -> list[tuple[Endpoint, list[Answer]]]:
    found = [(endpoint, [answer for answer in host.policy(endpoint) if shape(answer)]) for endpoint in host.speaking]
    return [(endpoint, answers) for endpoint, answers in found if answers]


def _misshapen(host: Host, code: int, message: str) -> Iterator[Hit]:
    asked = {
        answer.allow_origin[0]
        for _, misshapen in host.once(_misshapen_answers)
        for answer in misshapen
        if shape(answer) == code and _is_made_of_origin(answer)
    }
    for endpoint, misshapen in host.once(_misshapen_answers):
        found: dict[str, list[Answer]] = {}
        for answer in misshapen:
            if shape(answer) == code:
                # One policy makes a value of every origin that asks.
                value = answer.allow_origin[0]
                found.setdefault(min(asked) if value in asked else value, []).append(answer)
        for value, answers in found.items():
            shown = answers[0].allow_origin[0][:80] or "empty"
            yield Hit(
                endpoint,
                f"{message.format(value=shown)}; browsers block{_blocked_as(answers)}.",
                broken(host, endpoint),
                tuple(answers),
                fact=value,
                origin=answers[0].origin or "",
            )


def _is_made_of_origin(answer: Answer) -> bool:
    asking = origin_of(answer.origin) if answer.origin is not None else None
    return asking is not None and asking.host in answer.allow_origin[0].lower()


def broken(host: Host, endpoint: Endpoint) -> Severity:
    """A feature that does not work: worth little where no page of another origin asks for it."""
    return Severity.LOW if host.used(endpoint) else Severity.INFO


def shape(answer: Answer) -> int:
    """The rule whose fault Access-Control-Allow-Origin has; 0 for a value that some origin can equal."""
    lines = answer.allow_origin
    if len(lines) == 1:
        return 0 if lines[0] == answer.origin else _shape_of(lines[0])
    return 502 if lines else 0


@lru_cache(maxsize=4096)
def _shape_of(value: str) -> int:
    """As `shape`, for one value."""
    if value in ("*", "null"):
        return 0
    bare = value.strip("'\"<>")
    if not bare or bare != value or _VARIABLE.search(value):
        return 507
    parts = [part for part in _SEPARATORS.split(value) if part]
    if len(parts) == 1 and parts[0] != value:
        return 507
    if len(parts) > 1 and not _PATTERN_ONLY.search(value):
        return 502 if len(set(parts)) < len(parts) or "*" in parts else 503
    if _REGEX.search(value):
        return 504
    parsed = origin_of(value)
    if parsed is not None:
        if value == str(parsed):
            return 0
        tail = value.partition("://")[2]
        return 505 if re.search("[/?#]", tail) else 507
    if "://" not in value:
        return 506 if _BARE_HOST.fullmatch(value) else 507
    if OWN_SCHEME.fullmatch(value):
        return 0
    return 505 if re.search("[/?#]", value.partition("://")[2]) else 507


def _blocked_as(answers: Sequence[Answer]) -> str:
    """What browsers call it that such a value equals no origin; empty for one that a hostile `Origin` equals."""
    lines = answers[0].allow_origin
    response = Headers.of(("Access-Control-Allow-Origin", line) for line in lines)
    reason = cors_check(answers[0].origin or "null", False, response).step.reason
    if reason is None:
        return ""
    return known_as(reason, preflight=_on_preflights(answers), repeated_lines=any(a.repeats_lines for a in answers))


def _on_preflights(answers: Sequence[Answer]) -> bool:
    return all(answer.preflight for answer in answers)


def _shown(answers: Sequence[Answer]) -> str:
    return " and ".join(answers[0].allow_origin)[:120]
