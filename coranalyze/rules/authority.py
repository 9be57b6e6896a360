"""COR209 to 211: what a foreign origin may do, beyond reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from coranalyze.endpoint import FOREIGN, Answer, Presence
from coranalyze.endpoint.layer import answered_in_front
from coranalyze.finding import Confidence, Severity
from coranalyze.rules.grade import Ambient, Attacker, Data, grade
from coranalyze.rules.grants import approves_writes, reads_as_null, writes_as_null
from coranalyze.rules.host import Host
from coranalyze.rules.rule import Hit, rule
from coranalyze.rules.trust import courted, front_end, handshakes, preflights

_DENIED = (401, 403)
_ASK_FOR_COOKIES = (
    "Record it at a proxy (DevTools show no cookies of handshakes): does the session's cookie come along from a page "
    "of another site, and is it let in then?"
)


@rule(209, "preflight-approves-write-any-origin", fixes=("F6", "F1"), weaknesses=(352,), within=(101, 203))
def preflight_approves_write_any_origin(host: Host) -> Iterator[Hit]:
    """The preflight lets every site write: change or delete, with the visitor's credentials.

    Before a `PUT`, a `DELETE` or a request with JSON the browser asks whether it may be sent. Here it is told yes,
    whoever asks. Whether the answer can be read afterwards is decided separately, and is too late: the request has been
    carried out.

    ## Why it matters
    Any site that a signed-in visitor opens changes data in their name. Preflights are what protects such requests from
    forgery.

    ## Fires
    The answer to the `PUT` itself cannot be read, but it has been carried out:

    ```http
    OPTIONS https://api.example/me
    Origin: https://evil.test
    Access-Control-Request-Method: PUT
    Access-Control-Request-Headers: content-type

    204
    Access-Control-Allow-Origin: https://evil.test
    Access-Control-Allow-Credentials: true
    Access-Control-Allow-Methods: GET, PUT
    Access-Control-Allow-Headers: content-type

    PUT https://api.example/me
    Origin: https://evil.test
    Content-Type: application/json
    Cookie: sid

    200

    OPTIONS https://api.example/me
    Origin: https://elsewhere.example
    Access-Control-Request-Method: PUT
    Access-Control-Request-Headers: content-type

    204
    Access-Control-Allow-Origin: https://elsewhere.example
    Access-Control-Allow-Credentials: true
    Access-Control-Allow-Methods: GET, PUT
    Access-Control-Allow-Headers: content-type
    ```

    Approved is `null`, which every site can be; whether `null` may read as well was not seen:

    ```http
    OPTIONS https://api.example/me
    Origin: https://other.example
    Access-Control-Request-Method: POST
    Access-Control-Request-Headers: content-type

    204
    Access-Control-Allow-Origin: null
    Access-Control-Allow-Credentials: true
    Access-Control-Allow-Methods: GET, POST
    Access-Control-Allow-Headers: content-type
    ```

    ## Quiet
    `null` may read it too: COR102 tells of both.

    ```http
    OPTIONS https://api.example/me
    Origin: null
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: null
    Access-Control-Allow-Credentials: true
    Access-Control-Allow-Methods: GET, PUT

    PUT https://api.example/me
    Origin: null
    Cookie: sid

    200
    Access-Control-Allow-Origin: null
    Access-Control-Allow-Credentials: true
    ```

    Reading is all that is approved:

    ```http
    OPTIONS https://api.example/me
    Origin: https://evil.test
    Access-Control-Request-Method: GET
    Access-Control-Request-Headers: x-page

    204
    Access-Control-Allow-Origin: https://evil.test
    Access-Control-Allow-Credentials: true
    Access-Control-Allow-Methods: GET
    Access-Control-Allow-Headers: x-page
    ```

    A token that scripts add by hand is the only credential: a foreign page has none.

    ```http
    OPTIONS https://api.example/me
    Origin: https://evil.test
    Access-Control-Request-Method: PUT
    Access-Control-Request-Headers: authorization

    204
    Access-Control-Allow-Origin: https://evil.test
    Access-Control-Allow-Credentials: true
    Access-Control-Allow-Methods: PUT
    Access-Control-Allow-Headers: authorization

    PUT https://api.example/me
    Origin: https://app.example
    Authorization: Bearer abc

    204
    ```

    ## Settle
    Send a preflight from a random origin: `OPTIONS` with `Origin: https://<random>.test` and
    `Access-Control-Request-Method: PUT`. Nothing is changed by it.
    """
    for endpoint in host.preflighted:
        policy = host.policy(endpoint)
        # Where `null` may read as well, COR102 tells of both.
        as_null = () if reads_as_null(policy) else writes_as_null(policy)
        if endpoint not in courted(host) and not as_null:
            continue
        asked = preflights(host, endpoint)
        confidence = Confidence.PROVEN if as_null else asked.anyone
        origins = [*asked.strangers, *(["null"] if as_null else [])]
        answers = (*filter(approves_writes, asked.answers(asked.strangers)), *as_null)
        ambient = host.ambient(answers)
        if confidence is None or not answers or ambient is Ambient.NONE:
            continue
        graded = grade(Attacker.ANYONE, ambient, Data.UNKNOWN)
        withheld = ambient >= Ambient.SET and host.withholds_cookies(answers)
        methods = sorted({name.strip() for a in answers for line in a.allow_methods for name in line.split(",")})
        yield Hit(
            endpoint,
            f"The preflight lets {'any site' if confidence is Confidence.PROVEN else 'a foreign site'} send "
            f"{', '.join(methods[:4]) or 'JSON'} with the visitor's credentials: "
            f"{', '.join(origins[:3])} {'was' if len(origins) == 1 else 'were'} approved.",
            Severity.HIGH.lowered(int(withheld)),
            answers,
            confidence,
            settle="Send a preflight for PUT with `Origin: https://<random>.test`: is it approved?",
            why=graded.why if graded is not None else "",
            origin=front_end(host, endpoint),
            method=next((a.requested_method for a in answers if a.requested_method), ""),
        )


@rule(210, "origin-as-authorization", weaknesses=(346,))
def origin_as_authorization(host: Host) -> Iterator[Hit]:
    """The `Origin` header is taken for a proof of identity: with the right one the answer comes, without it 401 or 403.

    The same request, without cookie, token or key, is answered for one origin and denied without an origin. The header
    says which page asks, in a browser. Every other program writes into it what it likes.

    ## Why it matters
    `curl -H "Origin: https://app.example"` reads what was meant for the front end alone.

    ## Fires
    ```http
    GET https://api.example/report
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example

    GET https://api.example/report

    403
    ```

    ## Quiet
    A foreign origin refused with 403 is how some servers say no to a page (Spring does):

    ```http
    GET https://api.example/report
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example

    GET https://api.example/report
    Origin: https://elsewhere.test

    403
    ```

    A header of the page's own may be what says who asks:

    ```http
    GET https://api.example/report
    Origin: https://app.example
    X-Signature: abc

    200
    Access-Control-Allow-Origin: https://app.example

    GET https://api.example/report

    401
    ```

    Something in front of the server keeps programs out:

    ```http
    GET https://api.example/report
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example

    GET https://api.example/report

    403
    Server: cloudflare
    CF-Mitigated: challenge
    ```

    Another site's page was denied, by its `Referer`:

    ```http
    GET https://api.example/photo
    Origin: https://app.example

    200
    Access-Control-Allow-Origin: https://app.example

    GET https://api.example/photo
    Referer: https://elsewhere.test/

    403
    ```

    There is a session, and it was missing:

    ```http
    GET https://api.example/report
    Origin: https://app.example
    Cookie: sid

    200
    Access-Control-Allow-Origin: https://app.example

    GET https://api.example/report

    401
    ```

    ## Settle
    Repeat the request outside a browser, without any credential and without `Origin`, then with the front end's.
    """
    for endpoint in host.having("fails"):
        if all(answer.status not in _DENIED for answer in host.policy(endpoint)):
            continue
        naked = [a for a in host.policy(endpoint) if not a.preflight and not a.stored and _is_naked(a)]
        for given in naked:
            if given.origin is None or not 200 <= (given.status or 0) < 300:
                continue
            denied = [
                answer
                for answer in naked
                if answer.method == given.method
                and (answer.status in _DENIED if answer.origin is None else answer.status == 401)
                and answer.origin != given.origin
                and answer.own_headers == given.own_headers
                and not (answer.referer != given.origin and host.relation(answer.referer) in FOREIGN)
                and not answered_in_front(answer.layer)
                and endpoint.answers[answer].urls() & endpoint.answers[given].urls()
            ]
            # The same request was answered without Origin too: it is something else that decides.
            if not denied or any(a.origin is None and a.method == given.method and a.status == 200 for a in naked):
                continue
            proven = given.method in ("GET", "HEAD") and any(answer.origin is None for answer in denied)
            yield Hit(
                endpoint,
                f"{given.origin} needs no credential, others get {denied[0].status}: any program can send that Origin.",
                Severity.MEDIUM,
                (given, *denied),
                Confidence.PROVEN if proven else Confidence.SUSPECTED,
                settle="Repeat it outside a browser without credentials, once without Origin and once with it.",
                origin=given.origin,
                method=given.method,
            )
            break


@rule(211, "websocket-origin-unchecked", weaknesses=(1385,))
def websocket_origin_unchecked(host: Host) -> Iterator[Hit]:
    """Every site may open a WebSocket with the visitor's cookies.

    CORS does not apply to WebSockets: there is no preflight and no `Access-Control-Allow-Origin`. The server has to
    look at `Origin` in the handshake by itself, and this one accepts unrelated origins.

    ## Why it matters
    The attacker's page opens the connection as the visitor, reads what comes and sends what it likes (cross-site
    WebSocket hijacking).

    ## Fires
    ```http
    GET wss://api.example/live
    Origin: https://app.example
    Upgrade: websocket
    Cookie: sid

    101
    Upgrade: websocket

    GET wss://api.example/live
    Origin: https://evil.test
    Upgrade: websocket
    Cookie: sid

    101
    Upgrade: websocket
    ```

    ## Quiet
    No cookie is sent: the token comes in the first message, and a foreign page does not have it.

    ```http
    GET wss://api.example/live
    Origin: https://app.example
    Upgrade: websocket

    101
    Upgrade: websocket

    GET wss://api.example/live
    Origin: https://evil.test
    Upgrade: websocket

    101
    Upgrade: websocket
    ```

    Refused:

    ```http
    GET wss://api.example/live
    Origin: https://app.example
    Upgrade: websocket
    Cookie: sid

    101
    Upgrade: websocket

    GET wss://api.example/live
    Origin: https://evil.test
    Upgrade: websocket
    Cookie: sid

    403
    ```

    Some servers look at `Origin` after the handshake, and close the connection before they send anything:

    ```http
    GET wss://api.example/live
    Origin: https://app.example
    Upgrade: websocket
    Cookie: sid

    101
    Upgrade: websocket

    GET wss://api.example/live
    Origin: https://evil.test
    Upgrade: websocket
    Cookie: sid

    101 closed 1008
    Upgrade: websocket
    ```

    ## Settle
    Send a handshake with `Origin: https://<random>.test`: does the server switch protocols (101), and not close the
    connection at once? And do the handshakes of your pages carry a cookie? DevTools show neither the code of a close
    nor the cookie; a proxy does.
    """
    for endpoint in host.having("switches"):
        trust = handshakes(host, endpoint)
        null = "null" in trust.let_in
        confidence = Confidence.PROVEN if null else trust.anyone
        ambient = _sent_along(answer for answers in trust.let_in.values() for answer in answers)
        if confidence is None or ambient is Ambient.NONE:
            continue
        origins = [*trust.strangers, *(["null"] if null else [])]
        answers = trust.answers(origins)
        settle = "Send a handshake with `Origin: https://<random>.test`: does the server switch protocols (101)?"
        if _sent_along(answers) is not Ambient.SEEN:
            # Let in without a cookie, as far as told: it need not be so with one.
            confidence, settle = Confidence.SUSPECTED, _ASK_FOR_COOKIES
        graded = grade(
            Attacker.ANYONE,
            ambient,
            Data.UNKNOWN,
            internal=host.internal,
            same_site_only=host.withholds_cookies(answers),
        )
        if graded is not None:
            yield Hit(
                endpoint,
                f"Any site may open this WebSocket with the visitor's cookies: {', '.join(origins[:3])} let in.",
                graded.severity,
                answers,
                confidence,
                settle=settle,
                why=graded.why,
                origin=front_end(host, endpoint),
            )


def _is_naked(answer: Answer) -> bool:
    """Neither cookie, nor Authorization, nor key: by what was recorded, not by what a capture leaves out."""
    return answer.cookie is Presence.NO and not answer.authorization and not answer.api_key


def _sent_along(answers: Iterable[Answer]) -> Ambient:
    """Whether cookies went along with these handshakes."""
    sent = {answer.cookie for answer in answers}
    if Presence.YES in sent:
        return Ambient.SEEN
    return Ambient.POSSIBLE if Presence.UNKNOWN in sent else Ambient.NONE
