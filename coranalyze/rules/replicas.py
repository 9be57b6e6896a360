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
    """`none`, `refused` (none, or another's), `*`, `asked` (the request's Origin), or another value as it stands."""
    credentials: bool

    def __str__(self) -> str:
        origin = _IN_WORDS.get(self.origin, self.origin)
        return f"{origin} with credentials" if self.credentials else origin


def policy_of(answer: Answer) -> Policy:
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
            if answer.origin is None or answer.stored or (answer.status or 0) >= 400 or not host.crosses(answer):
                continue
            same = (
                answer.method, answer.origin, answer.cookie, answer.authorization, answer.requested_method,
                answer.requested_headers, answer.status,
            )  # fmt: skip
            alike.setdefault(same, {}).setdefault(policy_of(answer), []).append(answer)
        for policies in alike.values():
            for one, other in combinations(policies, 2):
                if _by_turns(endpoint, policies[one], policies[other]):
                    recorded = policies[one][0].cookie is not Presence.UNKNOWN
                    yield Hit(
                        endpoint,
                        f"The same request is answered by turns with {one} and with {other}.",
                        Severity.LOW,
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
        plain = {(a.method, a.origin): a for a in other.answers if _is_success(a)}
        for answer in host.policy(endpoint):
            twin = plain.get((answer.method, answer.origin))
            if twin is None and (answer.origin or "").startswith("https://") and answer.lets_in:
                # The same page by http: told only where both are let in, since a list of https origins is no drift.
                twin = plain.get((answer.method, (answer.origin or "").replace("https", "http", 1)))
                twin = twin if twin is not None and twin.lets_in else None
            if twin is None or not _is_success(answer) or policy_of(twin) == policy_of(answer):
                continue
            whom = "" if twin.origin == answer.origin else f"{twin.origin} "
            yield Hit(
                endpoint,
                f"https answers {answer.origin} with {policy_of(answer)}, http {whom}with {policy_of(twin)}.",
                Severity.LOW,
                (answer,),
                origin=answer.origin or "",
            )
            break


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
