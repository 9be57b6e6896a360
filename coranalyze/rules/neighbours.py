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
    def cookies(self) -> dict[str | None, list[tuple[str, Cookie]]]:
        """Site → every cookie that one of its servers was seen to set, with that server's host."""
        found: dict[str | None, set[tuple[str, Cookie]]] = {}
        for server in self._fold.servers.values():
            if server.traits & _COOKIES:
                origin = origin_of(server.origin)
                host = origin.host if origin is not None else ""
                seen = found.setdefault(_site(origin), set())
                for endpoint in server.endpoints.values():
                    if endpoint.traits & _COOKIES:
                        seen.update((host, cookie) for answer in endpoint.answers for cookie in answer.cookies)
        return {site: sorted(each, key=_by_host) for site, each in found.items()}

    def cookies_of(self, origin: Origin | None) -> list[Cookie]:
        """Those that browsers send to this server: its own, and others of its site whose Domain covers it.

        RFC 6265 5.1.3
        """
        host = origin.host if origin is not None else ""
        near = self.cookies.get(_site(origin), [])
        return [cookie for setter, cookie in near if _reaches(host, setter, cookie.domain)]

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


def _by_host(each: tuple[str, Cookie]) -> tuple[object, ...]:
    return each[0], *astuple(each[1])


def _reaches(host: str, setter: str, domain: str) -> bool:
    return setter == host or (domain != "" and f".{host}".endswith(f".{domain}"))
