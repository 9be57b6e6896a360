"""Finding: a rule that fired on a policy, how bad it is, how sure we are, and the evidence."""

from __future__ import annotations

from enum import StrEnum
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from coranalyze.cors.origin import origin_of

FINGERPRINT_VERSION = 1


class Severity(StrEnum):
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return _RANKS[self]

    def lowered(self, steps: int = 1) -> Severity:
        """So many steps less severe, `info` at the least."""
        return _ORDER[min(self.rank + steps, len(_ORDER) - 1)]

    def raised(self, steps: int = 1) -> Severity:
        return _ORDER[max(self.rank - steps, 0)]

    def at_most(self, other: Severity) -> Severity:
        """The less severe of the two."""
        return self if self.rank >= other.rank else other


_ORDER = tuple(Severity)
_RANKS = {severity: rank for rank, severity in enumerate(_ORDER)}


class Confidence(StrEnum):
    PROVEN = "proven"
    """The capture itself shows it."""
    SUSPECTED = "suspected"
    """The capture fits it, and fits a harmless reading too; `settle` says what would tell."""


class Evidence(NamedTuple):
    """Where a finding can be seen."""

    input: int
    """Index into `Analysis.inputs`."""
    entry: int
    """Zero-based position in that input."""
    url: str


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One rule, one policy: what is wrong, with the endpoints that share it."""

    rule: str
    """`COR101`"""
    name: str
    """`origin-reflected-any`"""
    severity: Severity
    confidence: Confidence
    endpoint: str
    """The first of `endpoints`."""
    endpoints: tuple[str, ...]
    """Server and path template of each endpoint with this policy, sorted."""
    message: str
    """One plain sentence: who can do what, or what does not work."""
    why: str = ""
    """How the severity came about: attacker, credentials, data, network; empty for rules that grade themselves."""
    evidence: tuple[Evidence, ...] = ()
    """The first exchanges that show it, in the order of the captures."""
    count: int = 0
    """Exchanges that show it."""
    settle: str = ""
    """For a suspicion: the observation or the probe that would settle it."""
    fixes: tuple[str, ...] = ()
    """What to set, as codes of `coranalyze.fixes` (`F1`: exact allow-list, …)."""
    fact: str = ""
    """The header value or other detail that tells policies of one rule and server apart."""
    origin: str = ""
    """The front end's origin for the fix; empty where none is known."""
    method: str = ""
    header: str = ""

    @property
    def fingerprint(self) -> str:
        """Stable over time, port, entry, order and the endpoints that share the policy: of rule, host and fact."""
        return fingerprint(self.rule, _host(self.endpoint), self.fact)

    @property
    def endpoint_fingerprints(self) -> tuple[str, ...]:
        """One for each of `endpoints`, in their order: tells a policy that spread from one that is known."""
        return tuple(fingerprint(self.rule, without_port(endpoint), self.fact) for endpoint in self.endpoints)


def fingerprint(*parts: str) -> str:
    """A versioned hash of what something is known by."""
    told = "\0".join(parts).encode("utf-8", "replace")
    return f"{FINGERPRINT_VERSION}:{blake2b(told, digest_size=12).hexdigest()}"


def without_port(endpoint: str) -> str:
    """An endpoint's name, or an origin, without its port: test servers change it from run to run."""
    server = origin_of(endpoint)
    return endpoint if server is None else _host(endpoint) + endpoint[len(str(server)) :]


def _host(endpoint: str) -> str:
    server = origin_of(endpoint)
    return endpoint if server is None else f"{server.scheme}://{server.host}"


def by_severity(finding: Finding) -> tuple[object, ...]:
    """Sort key: worst first, proven before suspected, then by rule and endpoint."""
    return (
        finding.severity.rank, finding.confidence is Confidence.SUSPECTED, finding.rule, finding.endpoint, finding.fact,
    )  # fmt: skip
