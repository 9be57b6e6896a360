"""Policies of answers, and COR704: two of them by turns."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from coranalyze.endpoint import Answer, Endpoint, Seen
from coranalyze.finding import Severity
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
                    yield Hit(
                        endpoint,
                        f"The same request is answered by turns with {one} and with {other}.",
                        Severity.LOW,
                        (*policies[one], *policies[other]),
                        origin=policies[one][0].origin or "",
                    )


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
