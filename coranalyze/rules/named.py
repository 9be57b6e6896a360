"""Named: the origins that policies allow by name, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator

from coranalyze.endpoint import Answer, Endpoint, Relation
from coranalyze.rules.allow_origin import shape
from coranalyze.rules.host import Host


def trusted(host: Host, *relations: Relation) -> Iterator[tuple[Endpoint, dict[str, tuple[Answer, ...]]]]:
    """The endpoints that allow origins of these relations, with those origins and the answers that name them."""
    found = host.once(_by_relation)
    for relation in relations:
        yield from found.get(relation, ())


def proper(host: Host, endpoint: Endpoint) -> list[Answer]:
    """Answers to what pages ask for; a preflight stands in for a request of its origin that was not seen."""
    policy = host.policy(endpoint)
    if len(policy) == 1:
        return policy
    asked = {answer.origin for answer in policy if not answer.preflight}
    return [answer for answer in policy if not answer.preflight or answer.origin not in asked]


def _by_relation(host: Host) -> dict[Relation, list[tuple[Endpoint, dict[str, tuple[Answer, ...]]]]]:
    found: dict[Relation, list[tuple[Endpoint, dict[str, tuple[Answer, ...]]]]] = {}
    for endpoint in host.saying("names"):
        parts: dict[Relation, dict[str, tuple[Answer, ...]]] = {}
        for origin, answers in _named(host, endpoint).items():
            parts.setdefault(host.relation(origin), {})[origin] = answers
        for relation, part in parts.items():
            found.setdefault(relation, []).append((endpoint, part))
    return found


def _named(host: Host, endpoint: Endpoint) -> dict[str, tuple[Answer, ...]]:
    """Origin → the answers that allow it, whoever asked: a fixed value trusts the origin that it names.

    A value that no origin equals lets nobody in.
    """
    found: dict[str, list[Answer]] = {}
    for answer in proper(host, endpoint):
        if answer.acao not in (None, "*", "null") and not shape(answer):
            found.setdefault(str(answer.acao), []).append(answer)
    return {origin: tuple(each) for origin, each in sorted(found.items())}
