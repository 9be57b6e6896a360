"""Policies of answers, and COR704, COR706: two of them for one request, by turns or by scheme."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from coranalyze.endpoint import Answer, Endpoint, Presence, Seen
from coranalyze.finding import Confidence, Severity
from coranalyze.rules.host import Host
from coranalyze.rules.rule import Hit, rule

_IN_WORDS = {"none": "no Access-Control-Allow-Origin", "refused": "a refusal", "asked": "the origin that asks"}


class Policy(NamedTuple):
    """What an answer says to who asks, without the values that depend on the request."""

    origin: str
    """`none`, `refused` (none, or another's), `*`, `asked` (the request's Origin), another value as it stands, or the
    status that fails a preflight."""
    credentials: bool

    def __str__(self) -> str:
        origin = _IN_WORDS.get(self.origin, self.origin)
        return f"{origin} with credentials" if self.credentials else origin


def policy_of(answer: Answer) -> Policy:
    status = answer.status or 0
    if answer.preflight and not 200 <= status < 300:
        return Policy(str(status), False)
    if answer.reflects:
        return Policy("asked", answer.allows_credentials)
    value = ", ".join(answer.allow_origin)
    return Policy(value or "none", answer.allows_credentials and bool(value))


@rule(704, "policy-drift-by-replica", fixes=("F11",))
def policy_drift_by_replica(host: Host) -> Iterator[Hit]:
    """The same request is answered by turns with one policy and with another.

    Same address, same origin, same cookies, and the CORS headers come and go, or change their value, and change back.

    ## Why it matters
    Mostly several servers stand behind one name and one of them is set up differently or runs an older version. Pages
    fail now and then, and a reload helps, so the cause is hard to find.

    ## Fires
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example

    GET https://api.example/items
    Origin: https://app.example

    200

    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    ```

    An export without cookies, on which it may depend as well:

    ```http
    # recorded by: chrome-devtools, sanitized
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example

    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: *

    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    ```

    One of the servers routes no preflights:

    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT

    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    404

    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT

    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    404
    ```

    ## Quiet
    It changed once, as after an update:

    ```http
    GET https://api.example/items
    Origin: https://app.example

    200

    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    ```

    ## Settle
    The capture leaves cookies out, and the answer may depend on them: record it with cookies.
    """
    for endpoint in host.varied:
        alike: dict[tuple[object, ...], dict[Policy, list[Answer]]] = {}
        for answer in host.policy(endpoint):
            if answer.origin is None or answer.stored or not host.crosses(answer):
                continue
            if (answer.status or 0) >= 400 and not answer.preflight:
                continue
            same = (
                answer.method, answer.origin, answer.cookie, answer.authorization, answer.requested_method,
                answer.requested_headers, None if answer.preflight else answer.status,
            )  # fmt: skip
            alike.setdefault(same, {}).setdefault(policy_of(answer), []).append(answer)
        for policies in alike.values():
            for one, other in combinations(policies, 2):
                if _by_turns(endpoint, policies[one], policies[other]):
                    recorded = policies[one][0].cookie is not Presence.UNKNOWN
                    yield Hit(
                        endpoint,
                        f"The same request is answered by turns with {one} and with {other}.",
                        # Some of its preflights fail, as with COR603.
                        Severity.MEDIUM if one.origin.isdigit() or other.origin.isdigit() else Severity.LOW,
                        (*policies[one], *policies[other]),
                        Confidence.PROVEN if recorded else Confidence.SUSPECTED,
                        settle=""
                        if recorded
                        else "Record it again with cookies: do these requests carry the same ones?",
                        origin=policies[one][0].origin or "",
                    )


@rule(706, "http-https-drift", fixes=("F13",))
def http_https_drift(host: Host) -> Iterator[Hit]:
    """`http` and `https` of one server answer the same site differently.

    ## Why it matters
    The two are set up apart, and the one that nobody looks at is the older and often the more open one. If `http` is
    still needed, it should say the same; better, let it redirect to `https`.

    ## Fires
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example

    GET http://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: *
    ```

    Pages of `http` and of `https` are one site here, since browsers let no page of `https` ask `http`:

    ```http
    GET https://api.example/news
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example

    GET http://api.example/news
    Origin: http://app.example

    200
    Access-Control-Allow-Origin: *
    ```

    ## Quiet
    ```http
    GET https://api.example/items
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example

    GET http://api.example/items
    Origin: https://app.example

    301
    Location: https://api.example/items
    Access-Control-Allow-Origin: *
    ```

    Pages of `http` are not on the list:

    ```http
    GET https://api.example/news
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example

    GET http://api.example/news
    Origin: http://app.example

    200
    ```
    """
    if host.origin is None or host.origin.scheme != "https" or host.twin is None:
        return
    for endpoint in host.telling:
        other = host.twin.endpoints.get(endpoint.template)
        if other is None:
            continue
        plain, safe = _by_request(host.seen(other)), _by_request(host.policy(endpoint))
        for (method, origin), answers in safe.items():
            twins = plain.get((method, origin), [])
            if not twins and origin.startswith("https://") and any(a.lets_in for a in answers):
                # The same page by http: told only where both are let in, since a list of https origins is no drift.
                twins = [a for a in plain.get((method, origin.replace("https", "http", 1)), []) if a.lets_in]
                answers = [a for a in answers if a.lets_in]
            if not twins or not {*map(policy_of, twins)}.isdisjoint(map(policy_of, answers)):
                continue
            whom = "" if twins[0].origin == origin else f"{twins[0].origin} "
            yield Hit(
                endpoint,
                f"https answers {origin} with {policy_of(answers[0])}, http {whom}with {policy_of(twins[0])}.",
                Severity.LOW,
                tuple(answers),
                origin=origin,
            )
            break


def _by_request(answers: list[Answer]) -> dict[tuple[str, str], list[Answer]]:
    """Method and origin → what succeeded."""
    found: dict[tuple[str, str], list[Answer]] = {}
    for answer in answers:
        if _is_success(answer):
            found.setdefault((answer.method, answer.origin or ""), []).append(answer)
    return found


def _by_turns(endpoint: Endpoint, one: list[Answer], other: list[Answer]) -> bool:
    """Both were given for the same URLs, and each of them lies between two of the other, or within its time."""
    left, right = [endpoint.answers[a] for a in one], [endpoint.answers[a] for a in other]
    if _urls(left) != _urls(right):
        return False
    (first, last), (begin, end) = _span(left), _span(right)
    return None not in (first, last, begin, end) and first < end and begin < last  # type: ignore[operator]


def _urls(seen: list[Seen]) -> set[str]:
    return {url for each in seen for url in each.urls()}


def _span(seen: list[Seen]) -> tuple[float | None, float | None]:
    earliest = [each.earliest for each in seen if each.earliest is not None]
    latest = [each.latest for each in seen if each.latest is not None]
    return min(earliest, default=None), max(latest, default=None)


def _is_success(answer: Answer) -> bool:
    return answer.is_policy and not answer.preflight and answer.origin is not None and (answer.status or 0) < 300
