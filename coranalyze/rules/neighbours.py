"""Neighbours: what rules ask of all servers of a fold together."""

from __future__ import annotations

from functools import cached_property

from msgspec.structs import astuple

from coranalyze.cors.origin import Origin, origin_of
from coranalyze.cors.site import site_of
from coranalyze.endpoint import Answer, Cookie, Fold, Network
from coranalyze.endpoint.traits import BIT

_COOKIES = BIT["cookies"]


class Neighbours:
    """What rules ask of all servers of a fold, worked out once for all hosts."""

    def __init__(self, fold: Fold) -> None:
        self._fold = fold

    @cached_property
    def cookies(self) -> dict[str | None, list[Cookie]]:
        """Site → every cookie that one of its servers was seen to set."""
        found: dict[str | None, set[Cookie]] = {}
        for server in self._fold.servers.values():
            if server.traits & _COOKIES:
                seen = found.setdefault(_site(origin_of(server.origin)), set())
                for endpoint in server.endpoints.values():
                    if endpoint.traits & _COOKIES:
                        seen.update(*[answer.cookies for answer in endpoint.answers])
        return {site: sorted(each, key=astuple) for site, each in found.items()}

    def cookies_of(self, origin: Origin | None) -> list[Cookie]:
        """Those of the site that this server is of."""
        return self.cookies.get(_site(origin), [])

    @cached_property
    def gone(self) -> frozenset[str]:
        """Origins whose server was asked, and was not there: its name has no address, or its storage bucket is gone."""
        return frozenset(
            origin
            for origin, server in self._fold.servers.items()
            if all(_is_gone(answer) for endpoint in server.endpoints.values() for answer in endpoint.answers)
        )

    @cached_property
    def strict(self) -> frozenset[str]:
        """Hosts that were seen to ask for https on all their subdomains too."""
        origins = [
            origin_of(origin)
            for origin, server in self._fold.servers.items()
            if origin.startswith("https:")
            and any(answer.strict_transport for endpoint in server.endpoints.values() for answer in endpoint.answers)
        ]
        return frozenset([origin.host for origin in origins if origin is not None])

    @cached_property
    def direct(self) -> bool:
        """Some server answered from a public address: no proxy of a private network stood between."""
        return any(
            answer.address is Network.PUBLIC
            for server in self._fold.servers.values()
            for endpoint in server.endpoints.values()
            for answer in endpoint.answers
        )

    def __getstate__(self) -> dict[str, object]:
        """What they are asked, without the servers."""
        return {"cookies": self.cookies, "gone": self.gone, "strict": self.strict, "direct": self.direct}


def _is_gone(answer: Answer) -> bool:
    return answer.unresolved or "x-amz-error-code: nosuchbucket" in answer.layer


def _site(origin: Origin | None) -> str | None:
    return None if origin is None else site_of(origin.host)
