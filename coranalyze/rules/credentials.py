"""COR201, 202, 204: private data and credentials in a policy for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from coranalyze.cors.safelist import BY_BROWSERS_ALONE
from coranalyze.endpoint import Answer, Presence
from coranalyze.finding import Confidence, Severity
from coranalyze.rules.data import is_static, sends_authorization, worth_of
from coranalyze.rules.grade import Ambient, Attacker, Data
from coranalyze.rules.grants import exposed
from coranalyze.rules.host import Host
from coranalyze.rules.readers import open_answers, weakest
from coranalyze.rules.rule import Hit, rule
from coranalyze.rules.trust import ASK_AT_RANDOM, front_end, reads


@rule(201, "public-cors-on-private-data", fixes=("F1",), weaknesses=(200, 942))
def public_cors_on_private_data(host: Host) -> Iterator[Hit]:
    """Every site may read an answer that is meant for one user.

    `Access-Control-Allow-Origin: *`, or a copied origin without credentials, is right for public data. Here the request
    carried a token, or the server itself calls the answer private.

    ## Why it matters
    A page of another site cannot make the browser add the token, so the attacker first has to learn it, and the hole is
    a small one. It grows where the token stands in the URL, which leaks through logs, histories and `Referer`.

    ## Fires
    ```http
    GET https://api.example/me
    Origin: https://app.example
    Authorization: Bearer abc

    200
    Content-Type: application/json
    Access-Control-Allow-Origin: *
    ```

    The server itself calls it private, and gives it to a page without any credential:

    ```http
    GET https://api.example/basket
    Origin: https://app.example

    200
    Content-Type: application/json
    Cache-Control: private
    Access-Control-Allow-Origin: *
    ```

    A secret in a header of its own:

    ```http
    POST https://api.example/v1/graphql
    Origin: https://app.example
    X-Hasura-Admin-Secret: abc

    200
    Content-Type: application/json
    Access-Control-Allow-Origin: *
    ```

    An export without Authorization, whose preflight still asks for it:

    ```http
    # recorded by: chrome-devtools, sanitized
    OPTIONS https://api.example/you
    Origin: https://app.example
    Access-Control-Request-Method: GET
    Access-Control-Request-Headers: authorization

    204
    Access-Control-Allow-Origin: *
    Access-Control-Allow-Headers: authorization

    GET https://api.example/you
    Origin: https://app.example

    200
    Content-Type: application/json
    Access-Control-Allow-Origin: *
    ```

    ## Quiet
    Public data:

    ```http
    GET https://api.example/currencies
    Origin: https://app.example

    200
    Content-Type: application/json
    Cache-Control: public, max-age=3600
    Access-Control-Allow-Origin: *
    ```

    An error, and where to log in:

    ```http
    GET https://api.example/you
    Origin: https://app.example
    Authorization: Bearer abc

    401
    Access-Control-Allow-Origin: *

    GET https://api.example/they
    Origin: https://app.example
    Authorization: Bearer abc

    302
    Location: https://api.example/login
    Access-Control-Allow-Origin: *
    ```

    With cookies the answer is private, but `*` keeps browsers from handing it out together with cookies; without them
    there is a 401:

    ```http
    GET https://api.example/me
    Origin: https://app.example
    Cookie: sid

    200
    Content-Type: application/json
    Cache-Control: private
    Access-Control-Allow-Origin: *

    GET https://api.example/me
    Origin: https://app.example

    401
    Access-Control-Allow-Origin: *
    ```

    ## Settle
    Only requests with cookies were seen: ask without, as a page of another site has to. Is the answer the same?
    """
    for endpoint in host.speaking if not host.internal else ():
        authorized = sends_authorization(endpoint)
        if not any(a.acao in ("*", a.origin) and _private_by(a, authorized) for a in host.policy(endpoint)):
            continue
        # Errors, redirects and assets hold nothing that is one user's.
        readable = [answer for answer in open_answers(host, endpoint) if worth_of(answer).data is not Data.PUBLIC]
        told = {a: by for a in readable if (by := _private_by(a, authorized)) is not None}
        if any(a.status in (401, 403) and not a.preflight for a in host.policy(endpoint)):
            # What is one user's is not for who comes without credentials.
            told = {a: by for a, by in told.items() if by is not _PERHAPS}
        answers = tuple(told)
        graded = host.grade(endpoint, answers, Attacker.ANYONE) if answers else None
        if graded is None:
            continue
        by = min(told.values())
        severity = graded.severity
        if by == _BY_URL and any(map(_is_worth_a_secret, answers)):
            severity = severity.raised()
        elif by is _BY_KEY:
            severity = Severity.INFO
        yield Hit(
            endpoint,
            f"Any site may read it, though {by.words}.",
            severity,
            answers,
            Confidence.SUSPECTED if by is _PERHAPS else Confidence.PROVEN,
            settle="Ask without cookies: does it answer the same?" if by is _PERHAPS else "",
            fact=by.words,
            why=graded.why,
            origin=front_end(host, endpoint),
        )


def _is_worth_a_secret(answer: Answer) -> bool:
    """Data, and the server does not call it public: then the token only says which site asks, as those of maps do."""
    return answer.content_type.endswith(("json", "html", "xml")) and not answer.declared_public


class _Private(NamedTuple):
    """What makes an answer private."""

    rank: int
    """0 weighs most."""
    words: str


_BY_URL = _Private(0, "its URL carries a secret")
_BY_TOKEN = _Private(1, "the request carried a token in Authorization")
_BY_HEADER = _Private(1, "the request carried a secret in a header of its own")
_BY_KEY = _Private(2, "the request carried an API key: fine where the key is public by design")
_BY_WORD = _Private(3, "the server keeps it from shared caches (Cache-Control), and gives it to anybody")
_PERHAPS = _Private(
    4, "the server keeps it from shared caches (Cache-Control): unless it asks for cookies, which nobody can send"
)


def _private_by(answer: Answer, authorized: bool) -> _Private | None:
    """`authorized`: preflights of the same endpoint ask for Authorization, which sanitized exports leave out."""
    if is_static(answer):
        return None
    if answer.secret_in_url:
        return _BY_URL
    # What browsers send by themselves comes with credentials, which `*` does not cover.
    known = answer.authorization not in ("", "unknown", *BY_BROWSERS_ALONE)
    if (known or (authorized and answer.authorization == "unknown")) and answer.cookie is not Presence.YES:
        return _BY_HEADER if answer.authorization == "header" else _BY_TOKEN
    if answer.api_key:
        return _BY_KEY
    if not answer.declared_private:
        return None
    return _BY_WORD if answer.cookie is Presence.NO else _PERHAPS


@rule(202, "csrf-token-readable", fixes=("F1",), weaknesses=(352,))
def csrf_token_readable(host: Host) -> Iterator[Hit]:
    """A page that should not be trusted may read the anti-forgery token.

    The token against cross-site request forgery protects because other sites cannot read it. Here it stands in a
    response header that `Access-Control-Expose-Headers` opens, or in an answer whose address says that it is a token.
    And the policy lets in an origin that an attacker can speak from.

    ## Why it matters
    The attacker's page reads the token with the visitor's cookies, and then sends the request that the token guards.

    ## Fires
    ```http
    GET https://bank.example/form
    Origin: null
    Cookie: sid

    200
    Access-Control-Allow-Origin: null
    Access-Control-Allow-Credentials: true
    Access-Control-Expose-Headers: X-CSRF-Token
    X-CSRF-Token: abc
    ```

    A suspicion only, as a list may name the one foreign origin:

    ```http
    GET https://api.shop.example/report
    Origin: https://www.shop.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://www.shop.example
    Access-Control-Allow-Credentials: true
    Access-Control-Expose-Headers: X-CSRFToken
    X-CSRFToken: abc

    GET https://api.shop.example/report
    Origin: https://news.elsewhere.example

    200
    Access-Control-Allow-Origin: https://news.elsewhere.example
    Access-Control-Allow-Credentials: true
    Access-Control-Expose-Headers: X-CSRFToken
    X-CSRFToken: abc
    ```

    ## Quiet
    Only the own front end reads it:

    ```http
    GET https://bank.example/form
    Origin: https://app.bank.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://app.bank.example
    Access-Control-Allow-Credentials: true
    Access-Control-Expose-Headers: X-CSRF-Token
    X-CSRF-Token: abc
    ```

    ## Settle
    Look at the body: is it the token that guards writing requests? The value of a double-submit cookie alone is not
    enough to forge one. Where only one foreign origin was seen, ask with a random one: a list may name the one seen.
    """
    for endpoint in host.saying("names"):
        by_name = _is_csrf(endpoint.template.lower().replace("/", "-"))
        if not by_name and not any(answer.sensitive for answer in host.policy(endpoint)):
            continue
        attacker, answers = weakest(host, endpoint)
        trust = reads(host, endpoint)
        # Whether it is anybody is not told yet (COR101), nor can this be then.
        doubtful = attacker is Attacker.OWN and trust.anyone is Confidence.SUSPECTED
        if doubtful:
            answers = trust.answers(trust.strangers)
        if (attacker is Attacker.OWN and not doubtful) or host.ambient(answers) is Ambient.NONE:
            continue
        shown = tuple(a for a in answers if any(_is_csrf(name) and name in exposed(a) for name in a.sensitive))
        graded = host.grade(endpoint, answers, Attacker.ANYONE)
        if graded is None or not (shown or by_name):
            continue
        yield Hit(
            endpoint,
            "The anti-forgery token may be read from an origin that an attacker can speak from"
            f"{', unless there is a list' if doubtful else ''}: {(shown or answers)[0].acao}.",
            graded.severity.at_most(Severity.HIGH),
            shown or answers,
            Confidence.PROVEN if shown and not doubtful else Confidence.SUSPECTED,
            settle=ASK_AT_RANDOM if shown else "Look at the body: is it the token that guards writing requests?",
            why=graded.why,
            origin=front_end(host, endpoint),
            header=next((name for a in shown for name in a.sensitive if _is_csrf(name)), ""),
        )


def _is_csrf(name: str) -> bool:
    return any(word in name for word in ("csrf", "xsrf", "antiforgery", "anti-forgery", "authenticity"))


@rule(204, "credentials-unused", fixes=("F4",), weaknesses=(942,))
def credentials_unused(host: Host) -> Iterator[Hit]:
    """Credentials are allowed that nobody uses: requests carry their token themselves.

    Scripts add `Authorization: Bearer …` by hand; that needs no `Access-Control-Allow-Credentials`. No cookie and no
    HTTP authentication was seen on this server.

    ## Why it matters
    It is harmless today. On the day a cookie is added, for a session or by a proxy in front, every origin on the list
    may read with it. Without the header that day needs a decision.

    ## Fires
    ```http
    GET https://api.example/me
    Origin: https://app.example
    Authorization: Bearer abc

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true
    Vary: Origin
    ```

    ## Quiet
    ```http
    GET https://api.example/me
    Origin: https://app.example
    Authorization: Bearer abc
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true
    Vary: Origin
    ```
    """
    if not host.script_authorized or host.cookies:
        return
    for endpoint in host.speaking:
        answers = tuple(a for a in host.policy(endpoint) if a.allows_credentials and a.acao not in (None, "*"))
        if answers:
            yield Hit(
                endpoint,
                "It allows credentials, and no cookie or HTTP authentication was seen: tokens are sent by script.",
                Severity.INFO,
                answers,
                origin=front_end(host, endpoint),
            )
