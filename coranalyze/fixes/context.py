"""Context: what a capture knows that a setting must name. Captured text is hostile, so little of it gets into code."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from coranalyze.cors.origin import Origin, origin_of
from coranalyze.cors.safelist import is_forbidden_method, is_forbidden_request_header, is_safelisted_method
from coranalyze.cors.site import registrable_domain
from coranalyze.endpoint import Network, Relation, network, relation
from coranalyze.exchange import Exchange
from coranalyze.fetch import Credentials, Fetch, Role
from coranalyze.finding import Finding
from coranalyze.fixes.reasons import lacks_credentials

# The characters need no escape in any of the languages of the snippets, in or out of quotes; dots in patterns become
# `[.]`. Whatever else a capture holds (quotes, `$`, back slashes, braces, IPv6) stays out.
_ORIGIN = re.compile(r"https?://(?=[^:]{1,253}(?::|$))(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}(?::[0-9]{1,5})?")
_METHOD = re.compile(r"[A-Za-z]{1,20}(?:-[A-Za-z]{1,20})?")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,60}")
_NUMBER = re.compile(r"[0-9.]+")

_WANTED_NAMES = frozenset({
    "COR510", "COR511", "COR512", "COR513", "COR516", "COR601", "COR602", "COR603", "COR604", "COR605", "COR606",
    "COR607", "COR608",
})  # fmt: skip
"""Rules whose method and header are what the page needs; those of the others are what is wrong."""
_WITH_CREDENTIALS = frozenset({"COR501", "COR509", "COR510", "COR608", "COR705"})
_CREDENTIALS = {Credentials.INCLUDE: True, Credentials.NOT_INCLUDE: False}
_WITHOUT_CREDENTIALS = frozenset({"COR204"})
_NAMES = 20
"""Of methods, of headers: more is no page's."""
_TOGETHER = 100
"""The same of all that one setting is for, and of origins."""


class Context(NamedTuple):
    """The values for a setting, each empty where the capture does not tell or it cannot stand in code."""

    origin: str = ""
    """Of the page that is meant to read; several with `, ` between."""
    method: str = ""
    """That the page uses, in upper case; several with `, ` between."""
    header: str = ""
    """That the page sends, or (F10) reads, in lower case; several with `, ` between."""
    credentials: bool | None = None
    """Whether the page sends cookies; None where nothing tells."""
    domain: str = ""
    """Registrable domain of the server: for patterns, where the page's origin is not known."""
    present: bool = False
    """Some answers of the server have Access-Control-Allow-Origin: a proxy has to replace it, or there are two."""
    whole: bool = False
    """`method` and `header` stand in every setting: without them it would refuse preflights that pass."""
    kept: bool = False
    """The server has a policy that goes on beside what is named here."""
    open: bool = False
    """Every page may read without credentials, as it can already: `*` stays, unless the page sends cookies."""
    sent: str = ""
    """Methods of the requests themselves, in upper case: some servers have a list for these too."""

    @classmethod
    def of(
        cls, origin: str | None = "", method: str = "", header: str = "", credentials: bool | None = None
    ) -> Context:
        """Keep what is plain: an http or https origin with a host name, methods and header names of letters.

        `method` and `header` are one name, or several with commas between.
        """
        methods = (name.upper() for name in _split(method) if _METHOD.fullmatch(name) and not is_forbidden_method(name))
        headers = (
            name.lower() for name in _split(header) if _HEADER.fullmatch(name) and not _is_no_request_header(name)
        )
        return cls(
            origin=origin if origin and _ORIGIN.fullmatch(origin) and origin_of(origin) is not None else "",
            method=_joined(methods),
            header=_joined(headers),
            credentials=credentials,
        )

    @classmethod
    def of_finding(cls, finding: Finding, first_parties: Iterable[str] = ()) -> Context:
        """What a finding knows. Its origin counts if it is of the same owner: a foreign one is the very fault."""
        server, owned = origin_of(finding.endpoint), frozenset(first_parties)
        is_twin = relation(finding.origin, server, owned) is Relation.HTTP_TWIN
        wanted = finding.rule in _WANTED_NAMES
        credentials = None
        if finding.rule in _WITHOUT_CREDENTIALS:
            credentials = False
        elif finding.rule in _WITH_CREDENTIALS or finding.fact in ("credentials", "Access-Control-Allow-Credentials"):
            credentials = True
        context = cls.of(
            finding.origin if is_twin or is_own(finding.origin, server, owned) else "",
            finding.method if wanted else "",
            finding.header if wanted else "",
            credentials,
        )
        context = context._replace(domain=cls.of(str(server)).site.partition(":")[0])
        return context.secure if is_twin else context

    @classmethod
    def of_fetches(cls, fetches: Sequence[Fetch]) -> Context:
        """What fetches of one failure need: all that their preflights ask for, and credentials where one sends them."""
        told = {_CREDENTIALS.get(fetch.credentials) for fetch in fetches}
        needs = any(lacks_credentials(fetch.verdict.reason) for fetch in fetches)
        asked = [sent.exchange for fetch in fetches for sent in fetch.exchanges if sent.role is Role.PREFLIGHT]
        return cls.of(
            fetches[0].origin,
            ", ".join(dict.fromkeys(_value(preflight, "access-control-request-method") for preflight in asked)),
            ", ".join(dict.fromkeys(_value(preflight, "access-control-request-headers") for preflight in asked)),
            True if needs else _any_of(told),
        )._replace(sent=cls.of("", ", ".join(dict.fromkeys(fetch.method for fetch in fetches))).method)

    @classmethod
    def together(cls, contexts: Sequence[Context]) -> Context:
        """What one setting for all of these has to name."""
        return cls(
            origin=_joined([name for context in contexts for name in context.origins], _TOGETHER),
            method=_joined([name for context in contexts for name in _split(context.method)], _TOGETHER),
            header=_joined([name for context in contexts for name in _split(context.header)], _TOGETHER),
            credentials=_any_of({context.credentials for context in contexts}),
            domain=next((context.domain for context in contexts if context.domain), ""),
            present=any(context.present for context in contexts),
            whole=any(context.whole for context in contexts),
            kept=any(context.kept for context in contexts),
            open=all(context.open for context in contexts),
            sent=_joined([name for context in contexts for name in _split(context.sent)], _TOGETHER),
        )

    @property
    def origins(self) -> list[str]:
        return _split(self.origin)

    @property
    def unlisted(self) -> str:
        """Of the methods, those that pass only where a list names them."""
        return ", ".join([name for name in _split(self.method) if not is_safelisted_method(name)])

    @property
    def methods(self) -> str:
        """A whole list: with those that work without one; empty where no method is known."""
        return _joined(["GET", "HEAD", "POST", *_split(self.method)], _TOGETHER) if self.method else ""

    @property
    def used(self) -> str:
        """The same for servers that have one list for preflights and requests."""
        known = [*_split(self.method), *_split(self.sent)]
        return _joined(["GET", "HEAD", *known], _TOGETHER) if any(known) else ""

    @property
    def only_reads(self) -> bool:
        """No other methods than GET and HEAD are known to be used."""
        return self.used == "GET, HEAD"

    def needs_a_list(self, allowed: Collection[str]) -> bool:
        """Whether a preflight asks for a method that the server does not let through without one."""
        return any(name not in allowed for name in _split(self.method) if name)

    @property
    def secure(self) -> Context:
        """With the https twin of an http origin."""
        return self._replace(origin=_joined([re.sub("^http:", "https:", origin) for origin in self.origins], _TOGETHER))

    @property
    def site(self) -> str:
        """Registrable domain and port of the first origin, or `domain`; empty for hosts that have none."""
        first = self.origins[0]
        origin = origin_of(first)
        if origin is None or _NUMBER.fullmatch(origin.host):
            return self.domain
        domain = registrable_domain(origin.host) or ""
        return domain + (f":{origin.port}" if domain and first.endswith(f":{origin.port}") else "")


def is_own(origin: str, server: Origin | None, first_parties: Collection[str] = ()) -> bool:
    """Whether page and server are of one owner, as far as their names tell, or both on the visitor's machine."""
    related = relation(origin, server, first_parties)
    if related is Relation.LOOPBACK:
        return server is not None and network(server.host) is Network.LOOPBACK
    return related in (Relation.SAME_SITE, Relation.FIRST_PARTY)


def _is_no_request_header(name: str) -> bool:
    return is_forbidden_request_header(name, "") or name.lower().startswith("access-control-")


def _value(preflight: Exchange, name: str) -> str:
    return preflight.request.get(name) or ""


def _split(names: str) -> list[str]:
    return [name.strip(" ") for name in names.split(",")]


def _joined(names: Iterable[str], most: int = _NAMES) -> str:
    return ", ".join(list(dict.fromkeys(filter(None, names)))[:most])


def _any_of(credentials: Collection[bool | None]) -> bool | None:
    return True if True in credentials else None if None in credentials else False
