"""COR116, 119: what a policy compares, and with what."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from coranalyze.cors.origin import http_origin_of
from coranalyze.endpoint import FOREIGN, Answer, Endpoint
from coranalyze.endpoint.lookalike import is_implausible
from coranalyze.finding import Confidence, Severity
from coranalyze.rules.allow_origin import shape
from coranalyze.rules.grade import Attacker
from coranalyze.rules.grants import with_credentials
from coranalyze.rules.host import Host
from coranalyze.rules.rule import Hit, rule
from coranalyze.rules.trust import front_end, host_of
from coranalyze.rules.wording import listed


@rule(116, "origin-case-or-slash-lenient", weaknesses=(183,), within=(101, 203))
def origin_case_or_slash_lenient(host: Host) -> Iterator[Hit]:
    """The server lets in origins as no browser writes them: with capitals, or a slash at the end.

    Browsers send `https://app.example`, in small letters and without a slash. That a script gets through with
    `https://APP.example/` shows a lenient comparison; no page can send that.

    ## Why it matters
    It does not by itself. It tells that origins are not compared byte for byte, which they should be.

    ## Fires
    ```http
    GET https://api.example/me
    Origin: https://APP.example/

    200
    Access-Control-Allow-Origin: https://APP.example/
    Access-Control-Allow-Credentials: true
    ```

    ## Quiet
    ```http
    GET https://api.example/me
    Origin: https://APP.example/

    200
    ```
    """
    for endpoint in host.speaking:
        answers = tuple(a for a in host.policy(endpoint) if a.origin is not None and _is_lenient(a, a.origin))
        if answers:
            yield Hit(
                endpoint,
                f"It lets in {answers[0].origin}, as no browser writes an origin.",
                Severity.INFO,
                answers,
                origin=front_end(host, endpoint),
            )


@rule(119, "acao-from-other-input", fixes=("F1",), weaknesses=(346,))
def acao_from_other_input(host: Host) -> Iterator[Hit]:
    """The allowed origin comes from something else than `Origin`: a parameter, the `Referer` or a forwarded host.

    `Access-Control-Allow-Origin` repeats what stands in the query, in `Referer` or in `X-Forwarded-Host`, and changes
    with it. Whoever writes the URL or links to it chooses who may read.

    ## Why it matters
    The check that a list of origins should make is gone: an attacker puts their own origin into the parameter and reads
    the answer from their page.

    ## Fires
    ```http
    GET https://api.example/me?from=https://app.example
    Referer: https://portal.example/

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true

    GET https://api.example/me?from=https://evil.test
    Referer: https://portal.example/

    200
    Access-Control-Allow-Origin: https://evil.test
    Access-Control-Allow-Credentials: true
    ```

    The same page is told its own origin or another one, as the parameter says:

    ```http
    GET https://api.example/you?from=https://evil.test
    Origin: https://evil.test

    200
    Access-Control-Allow-Origin: https://evil.test
    Access-Control-Allow-Credentials: true

    GET https://api.example/you?from=https://app.example
    Origin: https://evil.test

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true
    ```

    A page of another site is let in only where the parameter names it:

    ```http
    GET https://api.example/they?from=https://gossip.test
    Origin: https://gossip.test

    200
    Access-Control-Allow-Origin: https://gossip.test
    Access-Control-Allow-Credentials: true

    GET https://api.example/they
    Origin: https://gossip.test

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true
    ```

    ## Quiet
    With a slash at its end it lets nobody in:

    ```http
    GET https://api.example/we
    Origin: https://app.example
    Referer: https://app.example/

    200
    Access-Control-Allow-Origin: https://app.example/

    GET https://api.example/we
    Origin: https://evil.test
    Referer: https://evil.test/

    200
    Access-Control-Allow-Origin: https://evil.test/
    ```

    The value is fixed, and equals the parameter by chance in one of two requests:

    ```http
    GET https://api.example/me?from=https://app.example

    200
    Access-Control-Allow-Origin: https://app.example

    GET https://api.example/me?from=https://evil.test

    200
    Access-Control-Allow-Origin: https://app.example
    ```

    ## Settle
    Ask without `Origin` and with another value of the same input, such as `https://<random>.test`: does
    `Access-Control-Allow-Origin` follow it?
    """
    inputs = {"query": "a query parameter", "referer": "Referer", "forwarded-host": "X-Forwarded-Host"}
    for endpoint in host.saying("named_by_url"):
        yield from _only_where_named(host, endpoint)
    for endpoint in host.saying("echoes"):
        # A value that no origin equals lets nobody in, wherever it comes from.
        policy = [answer for answer in host.policy(endpoint) if answer.acao is not None and not shape(answer)]
        let_in = {str(answer.origin) for answer in policy if answer.reflects}
        for source, called in inputs.items():
            answers = tuple(answer for answer in policy if answer.echoes == source)
            values = {str(answer.acao) for answer in answers}
            graded = host.grade(endpoint, answers, Attacker.ANYONE) if values else None
            # Another's name for who is let in by their own name elsewhere: it does not come from Origin.
            turned = not {answer.origin for answer in answers if answer.origin is not None}.isdisjoint(let_in)
            # One value is chance: the front end's own, sent whoever asks. Unless it names a stranger.
            if graded is None or not (turned or len(values) > 1 or any(is_implausible(host_of(v)) for v in values)):
                continue
            values |= let_in if turned else set()
            proven = len(values) > 1 and any(host.relation(value) in FOREIGN for value in values)
            yield Hit(
                endpoint,
                f"Who may read it{with_credentials(answers)} is chosen by {called}: {', '.join(sorted(values)[:3])}.",
                graded.severity,
                answers,
                Confidence.PROVEN if proven else Confidence.SUSPECTED,
                settle=f"Ask without Origin and with another value in {called}: does the allowed origin follow it?",
                fact=source,
                why=graded.why,
                origin=front_end(host, endpoint),
            )


def _only_where_named(host: Host, endpoint: Endpoint) -> Iterator[Hit]:
    """Origins that the URL names are let in, and refused where it does not: `Origin` alone decides nothing."""
    policy = [a for a in host.policy(endpoint) if not a.preflight and a.origin is not None and (a.status or 0) < 400]
    refused = {answer.origin for answer in policy if not (answer.lets_in or answer.echoes or answer.stored)}
    named = tuple(a for a in policy if a.named_by_url and a.origin in refused)
    told = {str(a.origin) for a in named if host.relation(str(a.origin)) in FOREIGN}
    # The same without the parameter: then it is Origin that turns.
    graded = host.grade(endpoint, named, Attacker.ANYONE) if told else None
    if graded is None or any(a.reflects and not a.named_by_url and a.origin in refused for a in policy):
        return
    yield Hit(
        endpoint,
        f"Who may read it{with_credentials(named)} is chosen by a query parameter: {listed(told)} only where the URL "
        "names it.",
        graded.severity,
        named,
        fact="query",
        why=graded.why,
        origin=front_end(host, endpoint),
    )


def _is_lenient(answer: Answer, origin: str) -> bool:
    meant = _meant(origin)
    return meant != origin and answer.acao in (origin, meant) and origin.removesuffix("/").lower() == meant


@lru_cache(maxsize=4096)
def _meant(origin: str) -> str:
    """As browsers write it; what is no origin of a page stays as it is."""
    parsed = http_origin_of(origin)
    return origin if parsed is None else str(parsed)
