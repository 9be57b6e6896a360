"""Case: one failed fetch, with what causes ask of it worked out once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

from coranalyze.causes.fixed_texts import FIXED_TEXTS
from coranalyze.causes.siblings import Seen, Siblings
from coranalyze.cors.headers import Headers, extract_tokens, requested_names
from coranalyze.cors.origin import Origin, http_origin_of, origin_of
from coranalyze.cors.site import site_of
from coranalyze.cors.steps import Reason
from coranalyze.endpoint import FOREIGN, Network, Relation, network, place, relation
from coranalyze.endpoint.asked import Beyond, refused_for
from coranalyze.endpoint.layer import Kind, Layer, layer_of
from coranalyze.endpoint.lookalike import is_implausible, lookalike
from coranalyze.exchange import Exchange
from coranalyze.fetch import Credentials, Fetch, Observed, Role, Stage

ACAO, ACAC = "access-control-allow-origin", "access-control-allow-credentials"
ACAM, ACAH = "access-control-allow-methods", "access-control-allow-headers"

SOMETHING_IN_FRONT = "something in front of the application"
"""Name of a layer that only its difference from the application gives away."""

_AT_PREFLIGHT = Stage.PREFLIGHT
"""A constant, as members of an enum are slow to look up before Python 3.12."""
_SIGNED = re.compile(
    r"[?&](?:X-Amz-Signature|X-Amz-Credential|X-Amz-Algorithm|AWSAccessKeyId|X-Goog-Signature|GoogleAccessId"
    r"|Key-Pair-Id|sig)=", re.IGNORECASE,
)  # fmt: skip
_PASSING = frozenset({408, 425, 429})
"""Statuses below 500 that may be others the next time."""
_OFTEN = 2
_ECHOED = {
    "query": "a parameter of the query, and not from the `Origin` header",
    "referer": "the `Referer` header, and not from `Origin`",
    "forwarded-host": "the `X-Forwarded-Host` header, and not from `Origin`",
}
_NOTHING = Exchange(entry=0, method="", url="")


class Failed(NamedTuple):
    """What failed, and where: of a verdict, or of one of its conditions."""

    reason: Reason | None
    stage: Stage | None
    detail: str = ""
    hop: int | None = None
    """Zero-based; None: the last one with such a stage."""


class Case:
    """One fetch that failed in one way, and the siblings of the answer on which it failed."""

    def __init__(
        self, fetch: Fetch, failed: Failed, siblings_of: Callable[[str], Siblings], others: Sequence[str] = ()
    ) -> None:
        self.fetch = fetch
        self.reason = failed.reason
        self.stage = failed.stage
        self.detail = failed.detail
        self._siblings_of = siblings_of
        self.others = others
        """Sites that the user named as their own."""
        self.sent = deciding(fetch, failed)
        self.hop = _hop_of(fetch, self.sent)

    @cached_property
    def siblings(self) -> Siblings:
        """What else the server of the answer said."""
        return self._siblings_of(self.where[0])

    @cached_property
    def where(self) -> tuple[str, str]:
        """Server and path template."""
        return place(self.sent.url)

    @property
    def status(self) -> int | None:
        return self.sent.status

    @property
    def response(self) -> Headers:
        return self.sent.response

    @cached_property
    def origin(self) -> str | None:
        """The `Origin` that was sent, as far as known: the page's own, or `null` after redirects."""
        sent = self.sent.request.get("origin")
        return sent if sent is not None else self.fetch.origin

    @property
    def page(self) -> str:
        """The page in words."""
        return self.fetch.origin or "the page"

    @cached_property
    def target(self) -> Origin | None:
        return http_origin_of(self.sent.url)

    @cached_property
    def host(self) -> str:
        return self.target.host if self.target is not None else self.sent.url.partition(":")[0]

    @cached_property
    def server(self) -> str:
        """The host in words, with a port that is not the scheme's own: `api.example`, `localhost:8000`."""
        return str(self.target).partition("://")[2] if self.target is not None else self.host

    @cached_property
    def asked(self) -> str:
        """`PUT https://api.example/cart/{id}`: the page's method, on a preflight too."""
        return f"{self.fetch.method} {self.spot}"

    @property
    def question(self) -> str:
        """What got the deciding answer: the page's request, or the preflight of it."""
        return f"the preflight of {self.asked}" if self.preflighted else self.asked

    @property
    def spot(self) -> str:
        """`https://api.example/cart/{id}`"""
        return "".join(self.where)

    @property
    def preflighted(self) -> bool:
        return self.stage is _AT_PREFLIGHT

    @cached_property
    def preflight(self) -> Exchange | None:
        """The preflight of the hop on which it failed."""
        hop = 0
        for sent in self.fetch.exchanges:
            if sent.role is not Role.PREFLIGHT:
                hop += 1
            elif hop == self.hop:
                return sent.exchange
        return None

    @property
    def redirects(self) -> list[Exchange]:
        """The redirects that were answered up to where it failed."""
        hops = [sent.exchange for sent in self.fetch.exchanges if sent.role is not Role.PREFLIGHT]
        return [hop for hop in hops[: self.hop + 1] if hop.status is not None and 300 <= hop.status < 400]

    @cached_property
    def layer(self) -> Layer | None:
        """Who answered: by its own mark, by a framework's text, by what sets it apart from its siblings."""
        if self.status is None:
            return None
        marked = layer_of(self.sent)
        if marked is not None and marked.name in self.siblings.fronts:
            marked = marked._replace(itself=False)
        if marked is not None and marked.itself:
            return marked
        text = next(filter(None, (known(self.sent) for known in FIXED_TEXTS)), None)
        if text is not None:
            return text
        unlike = self.unlike
        if unlike:
            named = marked is not None and marked.kind is not Kind.APPLICATION
            name = marked.name if marked is not None and named else SOMETHING_IN_FRONT
            kind = marked.kind if marked is not None and named else Kind.PROXY
            return Layer(name, kind, unlike, likely=True)
        return marked

    @cached_property
    def unlike(self) -> str:
        """How its headers differ from those of the successful answers of this host."""
        return self.siblings.unlike(self.response, self.status or 0)

    @cached_property
    def relation(self) -> Relation:
        return relation(self.fetch.origin or "null", self.target, self.others)

    @cached_property
    def sibling(self) -> Seen | None:
        """A successful answer of the same server that the page may read, other than this one."""
        return self.siblings.allowing(self.fetch.origin if self.origin == "null" else self.origin)

    @property
    def on_error(self) -> Seen | None:
        """An error answer of the same server that the page may read."""
        found = self.siblings.on_errors
        return found.get(self.origin or "*") or found.get("*")

    @cached_property
    def let_in_instead(self) -> Seen | None:
        """A success that names another origin, to the same question at the same endpoint; None where this origin is
        named as well: on preflights by any answer of the server, else by any but those to preflights.

        There it hangs on who asks, whatever the refusal looks like. What may be a passing trouble has to come twice. A
        preflight that is refused with a mere 403 goes with the requests of its origin that are refused likewise.
        """
        if self.origin is None or self.origin == "null" or not self.lacks_acao:
            return None
        passing = self.status in _PASSING or (self.status or 0) >= 500
        if passing and not self.preflighted and self.siblings.unnamed[self.origin] < _OFTEN:
            return None
        named = self.siblings.allowed.get(self.origin) or self.siblings.on_errors.get(self.origin)
        if named is not None and (self.preflighted or not named.answer.preflight):
            return None
        asked = self.sent.request.get("access-control-request-method") if self.preflighted else self.sent.method
        found = self.siblings.naming(self.where[1], self.preflighted, asked or "")
        if found is None and self.preflighted and self.status == 403 and not self.response.has("www-authenticate"):
            return self.siblings.in_place_of(self.origin, self.status)
        return found

    @cached_property
    def requested(self) -> tuple[str, tuple[str, ...]]:
        """The method and the headers, in lower case, that the preflight asks for."""
        request = self.sent.request
        names = requested_names(request.get("access-control-request-headers") or "")
        return request.get("access-control-request-method") or "", names

    @cached_property
    def refused_for(self) -> Beyond | None:
        """What the preflight asks for beside one of this origin that passes at the same endpoint: its refusal hangs on
        that, as it seems."""
        if not self.preflighted or not self.lacks_acao or self.origin is None:
            return None
        passing = [seen.answer for seen in self.siblings.passing(self.where[1], self.origin)]
        return refused_for(self.status, *self.requested, passing)

    @cached_property
    def passes_at_times(self) -> Seen | None:
        """A preflight of this origin, for the same method and headers at the same endpoint, that passed."""
        if not self.preflighted or self.origin is None:
            return None
        passing = self.siblings.passing(self.where[1], self.origin)
        alike = (s for s in passing if (s.answer.requested_method, s.answer.requested_headers) == self.requested)
        return next(alike, None)

    @cached_property
    def unwelcome(self) -> bool:
        """A stranger asks whom no server would list, and others are let in: by the name of its page, or because the
        user has named who is not one."""
        if self.relation not in FOREIGN:
            return False
        page = http_origin_of(self.fetch.origin or "")
        allowed = self.siblings.hosts
        if page is None or page.host in allowed or not (allowed or self.let_in_instead):
            return False
        if self.others or is_implausible(page.host):
            return True
        return lookalike(page.host, self.siblings.brands) is not None

    @property
    def outsider(self) -> bool:
        """The user has named their own sites, and the page is of none of them."""
        return bool(self.others) and self.relation in FOREIGN

    @property
    def stranger(self) -> bool:
        """The page is of another site and nowhere let in, and pages of the server's own site are."""
        siblings = self.siblings
        if not siblings.lets_its_own_in or self.relation not in FOREIGN:
            return False
        return self.origin not in siblings.allowed and "*" not in siblings.allowed

    @property
    def uninvited(self) -> bool:
        """The page is of another site than the server and than all that are let in by name, and some are; or its name
        says that it is nobody's whom a server would list."""
        page = http_origin_of(self.fetch.origin or "")
        if self.relation not in FOREIGN or page is None:
            return False
        if is_implausible(page.host):
            return True
        siblings = self.siblings
        if self.reason is not Reason.ACAO_WILDCARD_WITH_CREDENTIALS and "*" in siblings.allowed:
            return False
        if self.origin in siblings.allowed or self.origin in siblings.on_errors:
            return False
        return bool(siblings.hosts) and site_of(page.host) not in map(site_of, siblings.hosts)

    @property
    def goes_inside(self) -> bool:
        """From a page that is not on this machine or network to a server that is."""
        page = origin_of(self.fetch.origin or "")
        if page is None or self.target is None:
            return False
        order = (Network.PUBLIC, Network.PRIVATE, Network.LOOPBACK)
        return order.index(network(self.target.host)) > order.index(network(page.host))

    @property
    def same_url(self) -> list[Seen]:
        """The successful answers to requests of this very URL."""
        return self.siblings.successes(self.where[1], self.sent.url)

    @property
    def same_endpoint(self) -> Iterable[Seen]:
        return self.siblings.at(self.where[1])

    @property
    def echoed(self) -> str:
        """What the server takes the origin from at this endpoint in place of `Origin`, in words; empty without."""
        return next((_ECHOED[seen.answer.echoes] for seen in self.same_endpoint if seen.answer.echoes), "")

    @property
    def asked_with_credentials(self) -> str:
        """That the request was with credentials, as far as it is known."""
        known = self.fetch.credentials is Credentials.INCLUDE and not self.given_up
        return "the page asked with credentials" if known else "the page seems to have asked with credentials"

    @property
    def given_up(self) -> str:
        """What would settle it where only the silence after a preflight speaks for a request with credentials."""
        alone = all(sent.role is Role.PREFLIGHT for sent in self.fetch.exchanges)
        if not alone or self.fetch.observed is not Observed.UNKNOWN:
            return ""
        return (
            "The request did not follow its preflight in the capture, though without credentials it may. The page may "
            "have given it up, or the tool left it out: the page's call (`credentials`, `withCredentials`) tells."
        )

    def tokens(self, name: str) -> list[str]:
        """The elements of a list header of the answer, in lower case."""
        return [token.lower() for token in extract_tokens(self.response, name) or []]

    @property
    def destination(self) -> str:
        """`font`, `script`, …; empty for what scripts fetch."""
        found = self.sent.request.get("sec-fetch-dest") or ""
        kind = self.sent.resource_type
        if not found and kind in ("font", "image", "stylesheet", "media", "manifest", "texttrack"):
            found = kind
        return "" if found == "empty" else found

    @property
    def lacks_acao(self) -> bool:
        """An answer came, and it has no Access-Control-Allow-Origin."""
        return self.status is not None and not self.response.has(ACAO)

    @property
    def failed_unseen(self) -> bool:
        """The browser recorded a failure and no answer."""
        return self.status is None and self.fetch.observed is Observed.BLOCKED


def is_signed(url: str) -> bool:
    """It carries the signature of an object store."""
    return _SIGNED.search(url) is not None


def deciding(fetch: Fetch, failed: Failed) -> Exchange:
    """The exchange on which it failed; an empty one for a fetch without any."""
    wanted = failed.stage is Stage.PREFLIGHT
    hop, found = 0, None
    for sent in fetch.exchanges:
        preflight = sent.role is Role.PREFLIGHT
        if preflight is wanted and failed.hop in (None, hop):
            found = sent.exchange
            if failed.hop is not None:
                break
        hop += not preflight
    if found is None and fetch.exchanges:
        found = fetch.exchanges[-1].exchange
    return found or _NOTHING


def _hop_of(fetch: Fetch, exchange: Exchange) -> int:
    hop = 0
    for sent in fetch.exchanges:
        if sent.exchange is exchange:
            return hop
        hop += sent.role is not Role.PREFLIGHT
    return 0
