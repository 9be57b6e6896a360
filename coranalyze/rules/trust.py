"""Trust: whom an endpoint was seen to let in by name and whom to refuse, and whether that can only be everybody."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache

from coranalyze.cors.origin import Origin, http_origin_of
from coranalyze.cors.site import shared_suffix, site_of
from coranalyze.endpoint import FOREIGN, Answer, Endpoint, Relation
from coranalyze.endpoint.lookalike import Lookalike, Slip, brand, is_deployment, is_implausible, lookalike
from coranalyze.fetch import Observed
from coranalyze.finding import Confidence
from coranalyze.rules.host import Host

HOME = frozenset({Relation.FIRST_PARTY, Relation.SAME_SITE, Relation.SAME_ORIGIN})
"""Relations of the target's own pages."""
ASK_AT_RANDOM = "Ask with a random origin such as https://<random>.test: if it is let in, every origin is."
"""What settles whether a list lets a stranger in, or anybody."""


class Trust:
    """What one endpoint answered to the origins that asked it."""

    def __init__(
        self,
        host: Host,
        let_in: dict[str, tuple[Answer, ...]],
        refused: frozenset[str],
        fixed: bool,
        elsewhere: bool,
    ) -> None:
        self._host = host
        self.let_in = let_in
        """Origin → the answers that name it."""
        self.refused = refused
        """Origins that were never let in, and got an answer that others did not."""
        self.fixed = fixed
        """Some origin was answered with the name of another: the value is fixed, or comes from a list."""
        self.elsewhere = elsewhere
        """One that is let in was answered with another origin, which stands in the URL or another header (COR119)."""
        self.unheard: set[str] = set()
        """Further strangers that a browser failed without the answer in the capture, or a cache: refusals, perhaps."""

    def answers(self, origins: Iterable[str]) -> tuple[Answer, ...]:
        return tuple(answer for origin in origins for answer in self.let_in[origin])

    @cached_property
    def lookalikes(self) -> dict[str, Lookalike]:
        """Origins let in that resemble another one, the target, or a domain that the user named."""
        asking = [origin for origin in self.let_in if self._host.relation(origin) in FOREIGN]
        if not asking:
            return {}
        meant = _meant(self._host, {host_of(origin) for origin in self.let_in})
        found = {origin: lookalike(host_of(origin), meant) for origin in asking}
        return {origin: look for origin, look in found.items() if look is not None}

    @cached_property
    def careless(self) -> frozenset[str]:
        """Those of `lookalikes` that only a careless pattern lets in.

        One that says evil is on no list. Where an unrelated origin is refused, neither is one that no ordinary name is
        like, nor are two of different owners that resemble one name in one way.
        """
        alike: dict[tuple[Slip, str], list[str]] = {}
        for origin, look in self.lookalikes.items():
            alike.setdefault((look.slip, look.meant), []).append(origin)
        odd = {origin for origin in self.lookalikes if is_implausible(host_of(origin))}
        if self.refuses_foreign:
            odd |= {origin for origin, look in self.lookalikes.items() if not look.by_chance}
            odd |= {origins[0] for origins in alike.values() if are_several(origins)}
        return frozenset(o for origins in alike.values() if not odd.isdisjoint(origins) for o in origins)

    @property
    def refuses_foreign(self) -> bool:
        return any(self._host.relation(origin) in FOREIGN for origin in self.refused)

    @cached_property
    def strangers(self) -> list[str]:
        """Origins let in that have nothing to do with the target and resemble nobody who is meant, sorted."""
        return [o for o in sorted(self.let_in) if is_unrelated(self._host, o) and o not in self.lookalikes]

    @property
    def only_home_beside_strangers(self) -> bool:
        """Whoever else is let in is of the server's own site, or the user's."""
        return all(self._host.relation(origin) in HOME for origin in self.let_in.keys() - set(self.strangers))

    @cached_property
    def refuses_strangers(self) -> bool:
        """An unrelated origin was refused under a scheme that is let in: there is a list or a pattern."""
        schemes = {origin.partition(":")[0] for origin in self.let_in} | {"https"}
        return any(
            self._host.relation(origin) in FOREIGN | {Relation.SAME_SITE} and origin.partition(":")[0] in schemes
            for origin in self.refused
        )

    @cached_property
    def _suffixes(self) -> dict[str, str]:
        """Tenant of a shared host that is let in → the suffix that it shares with others; sorted."""
        return {
            origin: suffix
            for origin in sorted(self.let_in)
            if self._host.relation(origin) is Relation.SHARED_HOST
            and (suffix := shared_suffix(host_of(origin))) is not None
        }

    @cached_property
    def tenants(self) -> dict[str, list[str]]:
        """Shared suffix → origins of its tenants that are let in, where more than one is, or one that no list would
        name."""
        found: dict[str, list[str]] = {}
        for origin, suffix in self._suffixes.items():
            found.setdefault(suffix, []).append(origin)
        refused = {shared_suffix(host_of(origin)) for origin in self.refused} if found else set()
        return {
            suffix: origins
            for suffix, origins in found.items()
            if suffix not in refused
            and (len(set(map(tenant_of, origins))) > 1 or any(is_implausible(host_of(o)) for o in origins))
        }

    @cached_property
    def previews(self) -> dict[str, list[str]]:
        """What the names of deployments begin with (`shop-`) and the shared suffix → such tenants that are let in.

        Where other tenants are refused: a pattern for the deployments of one project, whose names anybody may take.
        """
        found: dict[str, list[str]] = {}
        for origin, suffix in self._suffixes.items():
            if suffix not in self.tenants:
                stem, mark, _ = host_of(origin).removesuffix(f".{suffix}").rpartition(".")[2].partition("-")
                found.setdefault(f"{stem}{mark}*.{suffix}", []).append(origin)
        return {
            pattern: origins
            for pattern, origins in found.items()
            if "-*" in pattern and len(origins) > 1 and any(map(is_deployment, map(host_of, origins)))
        }

    @cached_property
    def anyone(self) -> Confidence | None:
        """Whether the endpoint lets every origin in, by those that it was seen to let in.

        Proven by two foreign owners, or by one beside its own front end where the foreign name cannot be on a list or
        `null` is let in as well, at this endpoint or by the same policy at others; suspected with one beside others,
        where each endpoint may have a fixed value of its own, or where one more is `unheard` or was turned away
        elsewhere; None where it is alone, or an unrelated one is refused, and where the origin is taken from something
        else.
        """
        if not self.strangers or self.fixed or self.elsewhere or self.refuses_strangers:
            return None
        if all((answer.status or 0) >= 400 for answer in self.answers(self.strangers)):
            return Confidence.SUSPECTED
        # A look-alike beside a stranger is one more owner: a pattern would not let the stranger in.
        owners = {_owner(origin) for origin in (*self.strangers, *self.lookalikes)}
        others = self.let_in.keys() - set(self.strangers)
        if len(owners) == 1:
            strange = any(is_implausible(host_of(origin)) for origin in self.strangers)
            # Alone it is its own front end, as far as told: every list would look like this.
            in_company = len(set(map(_owner, self._company)) | owners) > 1
            if self.tenants or not (others or strange or in_company):
                return None
            if not (others and (strange or "null" in others)) and not (in_company and self._is_one_policy):
                return Confidence.SUSPECTED
        return Confidence.SUSPECTED if self.unheard or _has_list(self._host, self.strangers) else Confidence.PROVEN

    @cached_property
    def strangers_elsewhere(self) -> list[str]:
        """Further strangers that the policy of this endpoint's lets in at others, sorted."""
        names = self.let_in.keys() | self._company
        unrelated = sorted(o for o in self._company - self.let_in.keys() if is_unrelated(self._host, o))
        meant = _meant(self._host, map(host_of, names)) if unrelated else []
        return [origin for origin in unrelated if lookalike(host_of(origin), meant) is None]

    @cached_property
    def _company(self) -> set[str]:
        """Whom the policy that lets the strangers in lets in anywhere."""
        return _company(self._host, self.answers(self.strangers))

    @property
    def _is_one_policy(self) -> bool:
        """What other endpoints show counts here: by a stranger whom nobody names, or by two owners where `Vary` says
        that the value depends on who asks, and is not one that each path has of its own."""
        strangers = [*self.strangers, *self.strangers_elsewhere]
        if any(is_implausible(host_of(origin)) for origin in strangers):
            return True
        varies = all(answer.varies for answer in self.answers(self.strangers))
        return varies and len(set(map(_owner, strangers))) > 1


def reads(host: Host, endpoint: Endpoint) -> Trust:
    """Who may read the endpoint: answers proper, preflights aside."""
    return host.remember(_reads, endpoint)


def preflights(host: Host, endpoint: Endpoint) -> Trust:
    """Whose preflights are approved, credentials included."""
    return host.remember(_preflights, endpoint)


def handshakes(host: Host, endpoint: Endpoint) -> Trust:
    """Who may open a WebSocket."""
    return host.remember(_handshakes, endpoint)


def courted(host: Host) -> dict[Endpoint, None]:
    """The endpoints that give the origin of a foreign page back, or approve its preflight, where that says something.

    Left out are those that let in one origin only, of an ordinary name, where their policy does so everywhere: it is
    their own front end, as far as told.
    """
    return host.once(_courted)


def are_several(origins: Iterable[str]) -> bool:
    """They belong to different owners."""
    return len({site_of(host_of(origin)) for origin in origins}) > 1


@lru_cache(maxsize=16384)
def host_of(origin: str) -> str:
    """Host of a serialized http or https origin; empty for others."""
    parsed: Origin | None = http_origin_of(origin)
    return parsed.host if parsed is not None else ""


def tenant_of(origin: str) -> str:
    """What one owner has of a shared host: `shop.pages.dev` of `https://pr-1.shop.pages.dev`."""
    return site_of(host_of(origin))


def is_unrelated(host: Host, origin: str) -> bool:
    """It is foreign, and not another domain of the target's owner, by its name."""
    own = brand(host.origin.host) if host.origin is not None else ""
    return host.relation(origin) in FOREIGN and brand(host_of(origin)) != own


def is_under(origin: str, domain: str) -> bool:
    """Its host is a sub-domain."""
    return host_of(origin).endswith("." + domain)


def front_end(host: Host, endpoint: Endpoint) -> str:
    """The origin that a fixed policy would have to allow: the endpoint's own front end as far as told; else empty."""
    counts: dict[str, int] = {}
    for answer, seen in endpoint.answers.items():
        if answer.origin is not None:
            counts[answer.origin] = counts.get(answer.origin, 0) + seen.count
    for relations in (HOME - {Relation.SAME_ORIGIN}, FOREIGN):
        found = sorted(
            (-count, origin)
            for origin, count in counts.items()
            if host.relation(origin) in relations and not is_implausible(host_of(origin))
        )
        if found:
            # Two that asked equally often: nothing tells which of them belongs here.
            return found[0][1] if len(found) == 1 or found[0][0] < found[1][0] else ""
    return ""


def _reads(host: Host, endpoint: Endpoint) -> Trust:
    answers = [a for a in host.policy(endpoint) if not a.preflight and a.origin is not None]
    trust = _trust(host, answers, lambda answer: answer.reflects, _is_refusal)
    # A preflight carries no credentials: what makes it fail for one origin and pass for another is the origin.
    trust.refused = (trust.refused | preflights(host, endpoint).refused) - trust.let_in.keys()
    methods = {answer.method for answer in trust.answers(trust.strangers)}
    trust.unheard = {
        asking
        for a in (endpoint.answers if methods else ())
        if a.method in methods and (asking := _unheard_of(a)) is not None
        and asking not in trust.let_in and host.relation(asking) in FOREIGN
    }  # fmt: skip
    return trust


def _unheard_of(answer: Answer) -> str | None:
    """Who may have been refused: a browser failed it without an answer in the capture, or a shared cache that is told
    to keep origins apart gave it one that does not let it in."""
    if answer.status is None:
        return answer.page if answer.observed is Observed.BLOCKED else None
    turned = answer.is_policy and answer.stored and answer.varies and _is_refusal(answer)
    return answer.origin if turned else None


def _preflights(host: Host, endpoint: Endpoint) -> Trust:
    answers = [a for a in host.policy(endpoint) if a.preflight and a.origin is not None]
    return _trust(
        host,
        answers,
        lambda answer: answer.reflects and (answer.status or 0) < 300,
        lambda answer: not answer.reflects and "*" not in answer.allow_origin,
    )


def _handshakes(host: Host, endpoint: Endpoint) -> Trust:
    answers = [a for a in host.policy(endpoint) if a.mode == "websocket" and a.origin is not None]
    return _trust(
        host,
        answers,
        lambda answer: answer.status == 101 and answer.close_code is None,
        lambda answer: answer.status in (400, 403) or _turns_away(answer.close_code),
    )


def _turns_away(code: int | None) -> bool:
    """Whether a WebSocket was closed for who asked: 1008 is a violation of policy, and 3000 (not authorized), 3003
    (forbidden) and those of applications are for this as well. https://www.rfc-editor.org/rfc/rfc6455#section-7.4"""
    return code is not None and (code == 1008 or 3000 <= code <= 4999)


def _trust(
    host: Host, answers: list[Answer], lets_in: Callable[[Answer], bool], refuses: Callable[[Answer], bool]
) -> Trust:
    found: dict[str, list[Answer]] = {}
    for answer in answers:
        if answer.origin is not None and lets_in(answer):
            found.setdefault(answer.origin, []).append(answer)
    # What a shared cache gives out under another name was made for somebody else, and turns nobody away.
    own = [answer for answer in answers if not answer.stored]
    refused = {a.origin for a in own if a.origin is not None and refuses(a)} if found else set()
    fixed = any(a.acao not in (None, "*", "null", a.origin) and not a.echoes for a in own)
    let_in = {origin: tuple(each) for origin, each in found.items()}
    elsewhere = any(answer.echoes and answer.origin in found for answer in answers)
    return Trust(host, let_in, frozenset(refused - found.keys()), fixed, elsewhere)


def _is_refusal(answer: Answer) -> bool:
    # Other errors may have lost the headers on their way; 403 is how some servers refuse an origin.
    refusing = (answer.status or 0) < 400 or answer.status == 403
    return refusing and not answer.reflects and "*" not in answer.allow_origin


def _courted(host: Host) -> dict[Endpoint, None]:
    meant = _meant(host)
    found: dict[Endpoint, None] = {}
    for endpoint in host.saying("names"):
        giving = [answer for answer in host.policy(endpoint) if answer.reflects]
        origins = {str(answer.origin) for answer in giving}
        if not any(host.relation(origin) in FOREIGN for origin in origins):
            continue
        if (
            len(origins) > 1
            or _is_odd(host_of(*origins), meant)
            or _on_errors_only(giving)
            or len(origins | _company(host, giving)) > 1
        ):
            found[endpoint] = None
    return found


def _company(host: Host, giving: Iterable[Answer]) -> set[str]:
    """Whom the policy of these answers lets in with credentials anywhere, of those on the public web."""
    policies = {_policy(answer) for answer in giving if answer.allows_credentials and not answer.preflight}
    return {origin for policy in policies for origin in host.once(_companies).get(policy, ())}


def _companies(host: Host) -> dict[tuple[object, ...], set[str]]:
    """Policy → the origins that it lets in, without policies that were seen to refuse an unrelated one."""
    found: dict[tuple[object, ...], set[str]] = {}
    listed: set[tuple[object, ...]] = set()
    for endpoint in host.saying("names"):
        answers = [answer for answer in host.policy(endpoint) if answer.reflects and answer.allows_credentials]
        for answer in answers:
            origin = str(answer.origin)
            proper = not answer.preflight and (answer.status or 0) < 400
            if proper and host.relation(origin) in FOREIGN | HOME:
                found.setdefault(_policy(answer), set()).add(origin)
        if answers and reads(host, endpoint).refuses_strangers:
            listed.update(map(_policy, answers))
    return {policy: origins for policy, origins in found.items() if policy not in listed}


def _policy(answer: Answer) -> tuple[object, ...]:
    """What answers of one policy have in common, whoever asks for what."""
    return answer.allow_credentials, answer.allow_methods, answer.allow_headers, answer.expose_headers, answer.max_age


def _on_errors_only(giving: list[Answer]) -> bool:
    given = [answer for answer in giving if not answer.preflight]
    return bool(given) and all((answer.status or 0) >= 400 for answer in given)


def _is_odd(name: str, meant: Iterable[str]) -> bool:
    return is_implausible(name) or lookalike(name, meant) is not None


def _meant(host: Host, names: Iterable[str] = ()) -> list[str]:
    """Hosts that a policy of this one may mean, the longest first: `names`, its own and the user's."""
    known = {*names, host.origin.host if host.origin is not None else ""}
    meant = {"localhost", "127.0.0.1", *host.first_parties, *known, *map(site_of, known)}
    return sorted(meant - {""}, key=lambda name: (-len(name), name))


def _owner(origin: str) -> str:
    """All tenants of one shared host are one owner: a pattern for that host would let them in too (COR110)."""
    return shared_suffix(host_of(origin)) or brand(host_of(origin))


def _has_list(host: Host, strangers: list[str]) -> bool:
    """Elsewhere this server turned another stranger away, or lets one of these in and refuses others: a list, perhaps
    the same."""
    if (host.once(_turned_away) | host.once(_unheard)) - host.let_in:
        return True
    for endpoint in host.speaking:
        trust = reads(host, endpoint)
        if trust.refused and not trust.let_in.keys().isdisjoint(strangers) and trust.refuses_strangers:
            return True
    return False


def _unheard(host: Host) -> frozenset[str]:
    """The strangers that a browser or a cache failed where others are let in by name."""
    return frozenset(page for endpoint in host.saying("names") for page in reads(host, endpoint).unheard)


def _turned_away(host: Host) -> frozenset[str]:
    """The foreign origins that were looked at, as `Vary: Origin` says, and not named."""
    return frozenset(
        answer.origin
        for _, answer in host.crossing
        if answer.origin is not None
        and not answer.allow_origin
        and "origin" in answer.vary
        and ((answer.status or 500) < 400 or answer.status == 403)
        and host.relation(answer.origin) in FOREIGN
    )
