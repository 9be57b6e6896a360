"""Readers: what every site may read, and what the easiest attacker needs to read with the visitor's credentials."""

from __future__ import annotations

from coranalyze.endpoint import Answer, Endpoint
from coranalyze.finding import Confidence
from coranalyze.rules.grade import Attacker
from coranalyze.rules.host import Host
from coranalyze.rules.trust import reads


def open_answers(host: Host, endpoint: Endpoint) -> tuple[Answer, ...]:
    """Answers that every site may read without credentials: `*`, or any origin given back."""
    answers = [answer for answer in host.policy(endpoint) if not answer.preflight]
    arbitrary = False
    if any(answer.reflects and not answer.allows_credentials for answer in answers):
        trust = reads(host, endpoint)
        given = trust.answers(trust.strangers)
        arbitrary = trust.anyone is Confidence.PROVEN and not any(answer.allows_credentials for answer in given)
    return tuple(a for a in answers if a.acao == "*" or (arbitrary and a.reflects and not a.allows_credentials))


def weakest(host: Host, endpoint: Endpoint) -> tuple[Attacker, tuple[Answer, ...]]:
    """What the easiest attacker needs to read it with credentials, and the answers that let them."""
    trust = reads(host, endpoint)
    arbitrary = trust.strangers if trust.anyone is Confidence.PROVEN else []
    found: dict[Attacker, list[Answer]] = {}
    for answer in host.policy(endpoint):
        if answer.preflight or answer.acao in (None, "*") or not answer.allows_credentials:
            continue
        origin = str(answer.acao)
        anybody = origin in arbitrary or origin in trust.careless
        found.setdefault(Attacker.ANYONE if anybody else host.attacker(origin), []).append(answer)
    most = max(found, default=Attacker.OWN)
    return most, tuple(found.get(most, ()))
