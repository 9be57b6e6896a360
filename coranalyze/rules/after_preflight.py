"""COR609 to COR612: what comes after a preflight that passed, and OPTIONS that should have been none."""

from __future__ import annotations

from collections.abc import Iterator

from coranalyze.cors.origin import is_trustworthy, origin_of
from coranalyze.cors.safelist import REDIRECT_STATUS
from coranalyze.cors.steps import Reason
from coranalyze.endpoint import FOREIGN, Answer, Presence
from coranalyze.endpoint.cookies import is_of_balancer
from coranalyze.endpoint.layer import answered_in_front
from coranalyze.fetch import Outcome, Role
from coranalyze.finding import Confidence, Severity
from coranalyze.rules.allow_origin import shape
from coranalyze.rules.fault import passes, stopped
from coranalyze.rules.host import Host
from coranalyze.rules.rule import Hit, rule
from coranalyze.rules.trust import front_end
from coranalyze.rules.wording import known_as, listed


@rule(609, "preflight-ok-actual-blocked", fixes=("F1",))
def preflight_ok_actual_blocked(host: Host) -> Iterator[Hit]:
    """The preflight says yes, and the real answer lacks the headers.

    Both answers are checked: the one to `OPTIONS`, and then the one to the request that it cleared. Here the first has
    `Access-Control-Allow-Origin` and the second has not, or has it without the credentials that the first allowed.

    ## Why it matters
    The request reaches the server and takes effect there, and the page is told that it failed. People press the button
    again. Often a gateway answers `OPTIONS` by itself, and the application behind it is left to answer for its own.

    ## Fires
    ```http
    OPTIONS https://api.example/orders
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT

    PUT https://api.example/orders
    Origin: https://app.example

    200
    Content-Type: application/json
    ```

    ## Quiet
    The real answer is an error, which is told as COR702:

    ```http
    OPTIONS https://api.example/orders
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT

    PUT https://api.example/orders
    Origin: https://app.example

    500
    Content-Type: text/html
    ```

    A tunnel shows a page of its own in place of the application's answer:

    ```http
    OPTIONS https://b3c1.ngrok-free.app/hook
    Origin: https://app.example
    Access-Control-Request-Method: GET
    Access-Control-Request-Headers: x-requested-with

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Headers: x-requested-with

    GET https://b3c1.ngrok-free.app/hook
    Origin: https://app.example
    X-Requested-With: XMLHttpRequest

    200
    Content-Type: text/html
    ngrok-error-code: ERR_NGROK_6024
    ```

    So does a bot wall:

    ```http
    OPTIONS https://api.example/orders
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT

    PUT https://api.example/orders
    Origin: https://app.example

    202
    Content-Type: text/html
    x-amzn-waf-action: challenge
    ```

    ## Settle
    Others are let in and this page of another site is not. Is it meant to send this? If not, have the preflight refuse
    it too; the header on the answer would let it read as well.
    """
    for endpoint in host.preflighted:
        answers = host.policy(endpoint)
        cleared = {(a.requested_method, a.origin): a for a in answers if a.preflight and passes(a)}
        for answer in answers:
            preflight = cleared.get((answer.method, answer.origin))
            if answer.preflight or preflight is None or (answer.status or 0) >= 400 or shape(answer):
                continue
            if answered_in_front(answer.layer):
                continue
            if not answer.lets_in:
                lacks, reason = "Access-Control-Allow-Origin", Reason.ACAO_MISSING
                has = f"names {answer.acao}" if answer.acao else f"lacks {lacks}"
            elif (
                answer.cookie is Presence.YES
                and preflight.allows_credentials
                and answer.reflects
                and not answer.allow_credentials
            ):
                lacks, reason = "Access-Control-Allow-Credentials", Reason.ACAC_NOT_TRUE
                has = f"lacks {lacks}"
            else:
                continue
            # A stranger beside those who are let in: perhaps the preflight is what is wrong (COR209).
            doubtful = not answer.lets_in and _may_be_refused(host, answer.origin or "")
            own = front_end(host, endpoint) if doubtful else answer.origin or ""
            yield Hit(
                endpoint,
                f"The preflight lets {answer.origin} send {answer.method}, and the answer to it {has}"
                f"{known_as(answer.reason or reason)}.",
                Severity.MEDIUM if stopped(answer) and not doubtful else Severity.LOW,
                (answer, preflight),
                Confidence.SUSPECTED if doubtful else Confidence.PROVEN,
                settle=f"Is {answer.origin} meant to send {answer.method} here? If not, have the preflight refuse it "
                "too: what it sends takes effect."
                if doubtful
                else "",
                fact=lacks,
                why=_what_became(answer) if stopped(answer) else "",
                origin="" if doubtful and own == answer.origin else own,
                method=answer.method,
            )


def _what_became(answer: Answer) -> str:
    if answer.status in REDIRECT_STATUS:
        return "the request was sent, and the redirect that answered it was blocked"
    return "the request took effect and its answer was blocked"


@rule(610, "preflight-runs-app", fixes=("F6",))
def preflight_runs_app(host: Host) -> Iterator[Hit]:
    """The application runs for preflights as it does for the real request.

    The answer to `OPTIONS` sets the application's cookies, or has the same kind of content as the answer to `GET`. A
    preflight only asks for permission: nothing but headers is needed, and it comes from people who are not signed in.

    ## Why it matters
    Every preflighted request does the work twice, starts sessions that nobody uses, and runs code that expects a user.

    ## Fires
    ```http
    OPTIONS https://api.example/cart
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT
    Set-Cookie: session=1; Path=/; HttpOnly
    ```

    ## Quiet
    Cookies of a load balancer are on every answer:

    ```http
    OPTIONS https://api.example/cart
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: PUT
    Set-Cookie: AWSALB=1; Path=/
    ```

    ## Settle
    Compare the bodies of `OPTIONS` and `GET`: are they the same?
    """
    for endpoint in host.preflighted:
        answers = host.policy(endpoint)
        kinds = {a.content_type for a in answers if not a.preflight and a.method == "GET" and not a.empty}
        own = [a for a in answers if a.preflight and any(not is_of_balancer(cookie.name) for cookie in a.cookies)]
        same = [a for a in answers if a.preflight and not a.empty and passes(a) and _is_content(a) & kinds]
        if own:
            names = listed(c.name for a in own for c in a.cookies if not is_of_balancer(c.name))
            yield Hit(
                endpoint, f"The answer to the preflight sets cookies ({names}): the application runs for it.",
                Severity.LOW, tuple(own),
            )  # fmt: skip
        elif same:
            yield Hit(
                endpoint,
                f"The answer to the preflight has content like the one to GET ({same[0].content_type}).",
                Severity.INFO,
                tuple(same),
                Confidence.SUSPECTED,
                settle="Compare the bodies of OPTIONS and GET: are they the same?",
            )


@rule(611, "cross-origin-redirect-in-chain")
def cross_origin_redirect_in_chain(host: Host) -> Iterator[Hit]:
    """A request of another site's page is redirected to a third origin, which then sees `Origin: null`.

    When a cross-origin request is sent on to yet another origin (`http` and `https` of one host are two), the browser
    no longer tells who asked: the next server gets `Origin: null`. Only `*` or `null` let such a request in.

    ## Why it matters
    An allow-list refuses `null`, so the page is blocked. Allowing `null` to mend it opens the server to every site
    (COR102). Let the page call the last address directly, or redirect within one origin.

    ## Fires
    ```http
    GET https://api.example/file
    Origin: https://app.example

    302
    Location: https://storage.test/file
    Access-Control-Allow-Origin: https://app.example

    GET https://storage.test/file
    Origin: null

    200
    Access-Control-Allow-Origin: https://app.example
    ```

    ## Quiet
    The same origin is kept:

    ```http
    GET https://api.example/file
    Origin: https://app.example

    302
    Location: https://api.example/files/1
    Access-Control-Allow-Origin: https://app.example

    GET https://api.example/files/1
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example
    ```

    From a page of `https` to `http`: browsers do not follow that (mixed content), so nobody sees anything.

    ```http
    GET https://api.example/file
    Origin: https://app.example

    301
    Location: http://api.example/file/
    Access-Control-Allow-Origin: https://app.example
    ```
    """
    for endpoint, answer in host.crossing:
        if answer.preflight or not answer.location or answer.location == host.server.origin or not answer.lets_in:
            continue
        if _is_mixed(answer.origin or answer.page or "", answer.location):
            continue
        followed = answer.role is Role.REDIRECT
        blocked = answer.outcome is Outcome.BLOCKED and followed and answer.reason is None
        yield Hit(
            endpoint,
            f"A request of {answer.origin or answer.page} is redirected to {answer.location}, which "
            f"{'sees' if followed else 'would see'} Origin: null.",
            Severity.LOW if blocked else Severity.INFO,
            (answer,),
            fact=answer.location,
            why="the browser blocked it after the redirect" if blocked else "the next server let it in, or is not seen",
            origin=answer.origin or "",
        )


def _is_mixed(page: str, target: str) -> bool:
    """Https pages are not led to http. https://w3c.github.io/webappsec-mixed-content/#should-block-fetch"""
    origin = origin_of(target)
    return page.startswith("https:") and origin is not None and not is_trustworthy(origin)


@rule(612, "options-hijacked", fixes=("F6",))
def options_hijacked(host: Host) -> Iterator[Hit]:
    """Every `OPTIONS` is taken for a preflight, also one that is none.

    A preflight is an `OPTIONS` with `Access-Control-Request-Method`. Without it, it is a request of its own: it asks
    what the resource can do (`Allow`), or belongs to WebDAV. The CORS layer answers it all the same.

    ## Why it matters
    The application never sees its own `OPTIONS` requests. It matters for WebDAV and for interfaces that describe
    themselves that way.

    ## Fires
    ```http
    OPTIONS https://api.example/items

    204
    Access-Control-Allow-Origin: *
    Access-Control-Allow-Methods: GET,HEAD,PUT,PATCH,POST,DELETE
    ```

    ## Quiet
    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: *
    Access-Control-Allow-Methods: GET,HEAD,PUT,PATCH,POST,DELETE
    ```
    """
    for endpoint in host.saying("allow_methods", "allow_headers"):
        answers = tuple(
            answer
            for answer in host.policy(endpoint)
            if answer.method == "OPTIONS" and not answer.preflight and not answer.requested_method
            and 200 <= (answer.status or 0) < 300 and (answer.allow_methods or answer.allow_headers)
        )  # fmt: skip
        if answers:
            yield Hit(
                endpoint, "OPTIONS without Access-Control-Request-Method is answered as if it were a preflight.",
                Severity.INFO, answers, method="OPTIONS",
            )  # fmt: skip


def _may_be_refused(host: Host, origin: str) -> bool:
    """A foreign site that no answer proper lets in, where others are let in by name."""
    let_in = host.once(_let_in)
    return bool(let_in) and not let_in & {"*", origin} and host.relation(origin) in FOREIGN


def _let_in(host: Host) -> frozenset[str]:
    """Whom answers proper let in: origins, and `*` for everybody."""
    return frozenset(a.acao or "" for _, a in host.crossing if not a.preflight and a.lets_in and (a.status or 0) < 400)


def _is_content(answer: Answer) -> set[str]:
    """The MIME type, where it is one that applications answer with and CORS layers do not."""
    return {answer.content_type} & {"application/json", "text/html", "application/xml", "text/xml"}
