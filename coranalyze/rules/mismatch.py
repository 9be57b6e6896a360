"""COR508: the origin that is named is not the one that asks."""

from __future__ import annotations

from collections.abc import Iterator

from coranalyze.cors.origin import http_origin_of
from coranalyze.cors.steps import Reason
from coranalyze.endpoint import Answer, Relation
from coranalyze.fetch import Observed
from coranalyze.finding import Confidence, Severity
from coranalyze.rules.allow_origin import shape
from coranalyze.rules.host import Host
from coranalyze.rules.rule import Hit, rule
from coranalyze.rules.wording import known_as

_AT_HOME = {Relation.SAME_SITE, Relation.FIRST_PARTY}


@rule(508, "acao-mismatch-for-expected-consumer", fixes=("F1",), within=(405,))
def acao_mismatch(host: Host) -> Iterator[Hit]:
    """The page of this capture is blocked because another origin is named.

    `Access-Control-Allow-Origin` names one site, the page comes from another, and the browser's own record shows that
    it blocked the answer. Or the page is of the server's own site, the name is of that site too, and of nobody who
    asks: then the page has probably moved, and the server still names where it was.

    ## Why it matters
    If the page is yours, its origin is missing on the server's list: `http` for `https`, another port, `www`, a new
    address. If it is not, the server refused it, and rightly. A mismatch that no browser complained about is never
    reported here.

    ## Fires
    ```http
    # recorded by: chrome-devtools
    GET https://api.example/list
    Origin: https://new.app.example
    Sec-Fetch-Mode: cors

    200 net::ERR_FAILED
    Access-Control-Allow-Origin: https://app.example
    ```

    The server names a front end that nobody uses any more:

    ```http
    GET https://api.shop.com/orders
    Origin: https://app.shop.com

    200
    Access-Control-Allow-Origin: https://www.shop.com
    ```

    ## Quiet
    The front end is let in, and its sister is not:

    ```http
    GET https://api.shop.com/orders
    Origin: https://www.shop.com

    200
    Access-Control-Allow-Origin: https://www.shop.com

    GET https://api.shop.com/orders
    Origin: https://blog.shop.com

    200
    Access-Control-Allow-Origin: https://www.shop.com
    ```

    A page of http is refused where that of https is let in:

    ```http
    GET https://api.shop.com/me
    Origin: http://www.shop.com

    200
    Access-Control-Allow-Origin: https://www.shop.com
    ```

    Another site asked and was refused; nothing says that it should be let in:

    ```http
    GET https://api.example/items
    Origin: https://foreign.test

    200
    Access-Control-Allow-Origin: https://app.example
    ```

    ## Settle
    Is the page that was refused the front end that the server is for?
    """
    mismatched = [
        (endpoint, answer)
        for endpoint, answer in host.crossing
        if answer.origin not in (None, "null", answer.acao) and answer.acao not in (None, "*", "null")
        and not shape(answer)
    ]  # fmt: skip
    for endpoint, answer in mismatched:
        if answer.observed is Observed.BLOCKED and answer.reason is Reason.ACAO_MISMATCH:
            yield Hit(
                endpoint,
                f"The browser blocked {answer.origin}: Access-Control-Allow-Origin names {_named(answer)}"
                f"{known_as(Reason.ACAO_MISMATCH, preflight=answer.preflight)}.",
                Severity.LOW,
                (answer,),
                fact=answer.origin or "",
                origin=answer.origin or "",
            )
        elif not host.let_in and answer.observed is not Observed.BLOCKED and _has_moved(host, answer):
            yield Hit(
                endpoint,
                f"No page of the server's own site gets in: {answer.origin} asks, and Access-Control-Allow-Origin "
                f"names {_named(answer)}, which asks for nothing.",
                Severity.LOW,
                (answer,),
                Confidence.SUSPECTED,
                settle=f"Is {answer.origin} the front end that this server is for?",
                fact=answer.origin or "",
                origin=answer.origin or "",
            )


def _has_moved(host: Host, answer: Answer) -> bool:
    """A page of the server's own site asks, and one that nobody uses any more is named.

    Not a page of http at a server of https, which is rightly refused, and none that asks as no browser writes it.
    """
    asking, named = str(answer.origin), str(answer.acao)
    if named in host.askers or host.relation(asking) not in _AT_HOME or str(http_origin_of(asking)) != asking:
        return False
    # What a developer's machine serves is no visitor's.
    return host.relation(named) in _AT_HOME | {Relation.HTTP_TWIN, Relation.LOOPBACK, Relation.PRIVATE}


def _named(answer: Answer) -> str:
    """`https://www.shop.com, another host`: who is named, and in what it differs from who asks."""
    asking, named = http_origin_of(str(answer.origin)), http_origin_of(str(answer.acao))
    if asking is None or named is None or asking == named:
        return str(answer.acao)
    if asking.host != named.host:
        return f"{answer.acao}, another host"
    return f"{answer.acao}, " + (
        f"{named.scheme} for {asking.scheme}" if asking.scheme != named.scheme else "another port"
    )
