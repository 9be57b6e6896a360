"""COR701 to COR703 and COR705: one server, several policies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from coranalyze.cors.steps import Reason
from coranalyze.endpoint import FOREIGN, Answer, Endpoint, Relation
from coranalyze.endpoint.layer import answered_in_front, lines_of, mark_of
from coranalyze.finding import Confidence, Severity
from coranalyze.rules.allow_origin import shape
from coranalyze.rules.grade import Data
from coranalyze.rules.host import Host
from coranalyze.rules.replicas import Policy, policy_of
from coranalyze.rules.rule import Hit, rule
from coranalyze.rules.wording import known_as, listed

_FOREIGN = FOREIGN | {Relation.NULL}
_OPEN = Policy("asked", True)
"""Whoever asks is named, with credentials."""


@rule(701, "policy-drift-by-path", fixes=("F11",))
def policy_drift_by_path(host: Host) -> Iterator[Hit]:
    """One site gets different rights on different paths of one server.

    The same origin is let in here and not there, or with credentials here and without there.

    ## Why it matters
    It may be meant: public documents beside a private interface. But often some paths have just lost the setting, as
    in nginx, where one `add_header` in an inner block drops all those of the outer ones.

    ## Fires
    ```http
    GET https://api.example/orders
    Origin: https://app.example

    200
    Content-Type: application/json
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true

    GET https://api.example/invoices
    Origin: https://app.example

    200
    Content-Type: application/json
    ```

    ## Quiet
    Fonts and pictures for everybody beside an interface for one are no drift:

    ```http
    GET https://api.example/orders
    Origin: https://app.example

    200
    Content-Type: application/json
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true

    GET https://api.example/logo.png
    Origin: https://app.example

    200
    Content-Type: image/png
    Access-Control-Allow-Origin: *
    ```
    """
    seen: dict[str, dict[Policy, list[tuple[Endpoint, Answer]]]] = {}
    for endpoint, answer in host.crossing:
        if (
            answer.preflight
            or answer.origin is None
            or (answer.status or 0) >= 300
            or shape(answer)
            or (answer.stored and not answer.lets_in)
            or host.data(endpoint) is Data.PUBLIC
        ):
            continue
        # Silence and another's name are both refusals.
        policy = policy_of(answer) if answer.lets_in else Policy("refused", False)
        seen.setdefault(answer.origin, {}).setdefault(policy, []).append((endpoint, answer))
    for origin, policies in seen.items():
        if len(policies) < 2:
            continue
        paths = {policy: {endpoint.template for endpoint, _ in found} for policy, found in policies.items()}
        if not any(a.isdisjoint(b) for a, b in combinations(paths.values(), 2)):
            continue
        open_to_foreign = host.relation(origin) in _FOREIGN and _OPEN in policies
        # Where a foreign page is let in, that path is the one to look at, however many there are.
        usual = [policy for policy in policies if not (open_to_foreign and policy == _OPEN)]
        most = max(usual, key=lambda policy: (len(paths[policy]), policy.origin != "refused", policy))
        others = "most" if 2 * len(paths[most]) > len(set().union(*paths.values())) else "other"
        for policy, found in policies.items():
            if policy == most or not paths[policy].isdisjoint(paths[most]):
                continue
            for endpoint, answer in found:
                yield Hit(
                    endpoint,
                    f"{origin} gets other rights here ({policy}) than on {others} paths of this server ({most}).",
                    Severity.LOW if open_to_foreign else Severity.INFO,
                    (answer,),
                    why="a foreign site is let in with credentials on some of the paths" if open_to_foreign else "",
                    # What is let in of strangers is told of each: its paths are not those of the server's own pages.
                    fact=origin if open_to_foreign else "",
                    origin=origin,
                )


@rule(702, "cors-missing-on-errors", fixes=("F7",))
def cors_missing_on_errors(host: Host) -> Iterator[Hit]:
    """Errors lack the CORS headers that successful answers have.

    The status plays no part in CORS: a page may read a 401 or a 500 if it has `Access-Control-Allow-Origin`. Here it
    has not, so the browser hides it.

    ## Why it matters
    The page sees "failed to fetch" in place of "please sign in", "too many requests" or the error message, and the
    console blames CORS. The real error stays hidden from the people who look for it. Mostly another layer made the
    answer: a gateway, a framework's error page, nginx without `always`.

    ## Fires
    ```http
    GET https://api.example/orders
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example

    GET https://api.example/orders
    Origin: https://app.example

    401
    WWW-Authenticate: Bearer
    ```

    ## Quiet
    A site that is never let in gets an error without the headers, too:

    ```http
    GET https://api.example/orders
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example

    GET https://api.example/orders
    Origin: https://foreign.test

    403
    ```

    Where nothing succeeds at the same address it is a suspicion, unless every success of the site elsewhere on the
    server (at two addresses at least) has the headers.

    ## Settle
    Ask for the same address in a way that succeeds: are the CORS headers there?
    """
    everywhere = host.once(_let_in_everywhere)
    for endpoint in host.having("fails"):
        answers = [a for a in host.policy(endpoint) if not a.preflight and a.mode == "cors" and host.crosses(a)]
        errors = [a for a in answers if (a.status or 0) >= 400 and not a.allow_origin]
        proven = [a for a in errors if a.origin in everywhere or _lets_in(answers, a.origin)]
        errors = [a for a in errors if a.origin in host.let_in or a in proven]
        if not errors:
            continue
        told = proven or errors
        by = _made_by(told, [a for a in answers if a.allow_origin])
        yield Hit(
            endpoint,
            f"{listed(str(a.status) for a in told)} without CORS headers: the page cannot see the error"
            f"{known_as(Reason.ACAO_MISSING)}.{by}",
            Severity.LOW,
            tuple(told),
            Confidence.PROVEN if proven else Confidence.SUSPECTED,
            settle="Ask for the same address in a way that succeeds: are the CORS headers there?",
            origin=told[0].origin or "",
        )


def _made_by(errors: Sequence[Answer], others: Sequence[Answer]) -> str:
    """A sentence on who made the errors, where it is not who made the other answers; else empty."""
    if all(answered_in_front(a.layer) for a in errors):
        marks = [mark_of(lines_of(a.layer)) for a in errors]
        return f" {listed(mark.name for mark in marks if mark)} answered in place of the application."
    usual = {line for a in others for line in a.layer}
    layers = {line for a in errors for line in a.layer if line.startswith(("server:", "via:"))} - usual
    return f" The answer seems to be that of another layer ({listed(layers)})." if layers and usual else ""


@rule(703, "policy-drift-by-method", fixes=("F11",), within=(609, 704))
def policy_drift_by_method(host: Host) -> Iterator[Hit]:
    """One site may read the answer to one method and not to another of the same address.

    ## Why it matters
    The setting stands at a single handler. The other request takes effect, and the page is told that it failed.

    ## Fires
    ```http
    GET https://api.example/orders
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example

    POST https://api.example/orders
    Origin: https://app.example
    Content-Type: text/plain
    Sec-Fetch-Mode: cors

    201
    ```

    ## Quiet
    ```http
    GET https://api.example/orders
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example

    POST https://api.example/orders
    Origin: https://app.example
    Content-Type: text/plain
    Sec-Fetch-Mode: cors

    201
    Access-Control-Allow-Origin: https://app.example
    ```
    """
    for endpoint in host.varied:
        answers = [a for a in host.policy(endpoint) if not a.preflight and a.mode == "cors" and host.crosses(a)]
        answers = [a for a in answers if (a.status or 0) < 400 and (a.lets_in or not a.stored)]
        for origin in sorted({a.origin for a in answers if a.origin is not None}):
            mine = [a for a in answers if a.origin == origin and not shape(a)]
            given = {a.method for a in mine if a.lets_in}
            bare = [a for a in mine if not a.lets_in and a.method not in given]
            if given and bare:
                yield Hit(
                    endpoint,
                    f"{origin} may read the answer to {listed(given)}, and not to {listed(a.method for a in bare)}.",
                    Severity.LOW,
                    tuple(bare),
                    origin=origin,
                    method=bare[0].method,
                )
                break


@rule(705, "credentials-drift", fixes=("F4",), within=(608, 609))
def credentials_drift(host: Host) -> Iterator[Hit]:
    """The preflight and the real answer disagree about credentials.

    `Access-Control-Allow-Credentials: true` stands on one of the two and not on the other.

    ## Why it matters
    Both are checked. Requests with credentials are blocked at the one that lacks it; the other shows that they were
    meant to work.

    ## Fires
    ```http
    OPTIONS https://api.example/me
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true
    Access-Control-Allow-Methods: PUT

    PUT https://api.example/me
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    ```

    ## Quiet
    ```http
    OPTIONS https://api.example/me
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true
    Access-Control-Allow-Methods: PUT

    PUT https://api.example/me
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true
    ```
    """
    for endpoint in host.preflighted:
        answers = [a for a in host.policy(endpoint) if a.reflects and (a.status or 0) < 400]
        asked = {(a.origin, a.requested_method): a for a in answers if a.preflight}
        for answer in answers:
            preflight = asked.get((answer.origin, answer.method))
            if answer.preflight or preflight is None or answer.allows_credentials is preflight.allows_credentials:
                continue
            has, lacks = ("preflight", "real answer") if preflight.allows_credentials else ("real answer", "preflight")
            yield Hit(
                endpoint,
                f"The {has} allows credentials and the {lacks} does not: requests with credentials are blocked"
                f"{known_as(Reason.ACAC_NOT_TRUE, preflight=not preflight.allows_credentials)}.",
                Severity.LOW,
                (answer, preflight),
                fact=lacks,
                origin=answer.origin or "",
            )
            break


def _lets_in(answers: list[Answer], origin: str | None) -> bool:
    """Some success of these lets the origin in."""
    return any(a.lets_in and (a.status or 0) < 400 and (a.acao == "*" or a.origin == origin) for a in answers)


def _let_in_everywhere(host: Host) -> frozenset[str]:
    """The origins that every success on this server lets in, at several endpoints."""
    let_in: dict[str, set[str]] = {}
    refused: set[str] = set()
    for endpoint, answer in host.crossing:
        if answer.preflight or answer.origin is None or answer.mode != "cors" or (answer.status or 0) >= 400:
            continue
        if answer.lets_in:
            let_in.setdefault(answer.origin, set()).add(endpoint.template)
        elif not answer.stored:
            refused.add(answer.origin)
    return frozenset(origin for origin, paths in let_in.items() if len(paths) > 1 and origin not in refused)
