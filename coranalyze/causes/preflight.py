"""Causes B, first part: what answered the preflight refused it."""

from __future__ import annotations

import re

from coranalyze.causes.case import ACAH, ACAM, ACAO, Case, is_signed
from coranalyze.causes.cause import Told, pattern
from coranalyze.causes.handling import is_of_cors
from coranalyze.causes.leads import PUBLISH, is_forwarded_port, lead_of
from coranalyze.cors.steps import Reason
from coranalyze.endpoint import layers_of
from coranalyze.endpoint.layer import IN_FRONT, IN_ITS_PLACE, Kind, has_no_route

_ASKS = frozenset({401, 403, 407, 511})
_UNROUTED = frozenset({400, 404, 405, 408, 415, 422, 500, 501})
_BUCKETS = re.compile(
    r"(?:^|\.)s3[.-](?:[a-z0-9-]{1,63}\.){0,4}amazonaws\.com$|(?:^|\.)storage\.googleapis\.com$|\.blob\.core\.windows\.net$"
    r"|\.r2\.cloudflarestorage\.com$|\.digitaloceanspaces\.com$|\.backblazeb2\.com$"
)


@pattern("preflight-redirect", fixes=("F6",))
def preflight_redirect(case: Case) -> Told | None:
    """The preflight was redirected

    A preflight has to be answered where it arrives; browsers follow no redirect on it. The usual redirects are from
    http to https, to the path with or without a slash, to www, or to a login page.

    ## How to recognise it
    OPTIONS is answered 301, 302, 303, 307 or 308.

    ## What to do
    Call the URL that the redirect leads to. Where it leads back to http, have the application trust the scheme that the
    proxy before it names.

    ## Example
    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    308
    Location: https://api.example/items/
    ```

    ## Not
    The request itself is redirected, which browsers do follow:

    ```http
    GET https://api.example/items
    Origin: https://app.example

    308
    Location: https://api.example/items/
    ```
    """
    status = case.status
    if not case.preflighted or status is None or not 300 <= status < 400 or status == 304:
        return None
    lead = lead_of(case.sent)
    also = " Have it answer OPTIONS without a session too." if lead.kind == "login" else ""
    by_browser = case.layer is not None and case.layer.kind is Kind.BROWSER
    who = ": the browser made it itself, and does" if by_browser else "; browsers do"
    return Told(
        f"The preflight of {case.asked} was answered {status}, a redirect {lead.words}{who} not follow it.",
        lead.advice + also,
        (f"`Location: {case.response.get('location')}`",) if case.response.has("location") else (),
        # An answer to OPTIONS in place of the redirect would leave the request itself to be redirected.
        in_page=by_browser or lead.kind not in ("login", "nowhere"),
    )


@pattern("signed-url-preflight", fixes=("F1", "F8"))
def signed_url_preflight(case: Case) -> Told | None:
    """The object store refused the preflight of a signed URL or upload

    The signature in a presigned URL is for one method, mostly PUT; the browser asks with OPTIONS first. An object store
    answers that by the bucket's CORS rules: without a rule for this origin, method and header it says 403. A gateway
    that checks the signature of OPTIONS refuses always.

    ## How to recognise it
    OPTIONS to a URL with a signature in its query, or to a bucket, is answered 403 or 400; by Google's store 200,
    without any CORS header.

    ## What to do
    Give the bucket a CORS rule with this origin, the method (PUT) and the headers (`content-type`). Exempt OPTIONS from
    the signature check in a gateway before it.

    ## Example
    ```http
    OPTIONS https://files.s3.eu-central-1.amazonaws.com/a.png?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0a1b2c3d
    Origin: https://app.example
    Access-Control-Request-Method: PUT
    Access-Control-Request-Headers: content-type

    403
    Server: AmazonS3
    Content-Type: application/xml
    ```

    ```http
    OPTIONS https://storage.googleapis.com/files/a.png?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Signature=0a1b2c3d
    Origin: https://app.example
    Access-Control-Request-Method: PUT
    Access-Control-Request-Headers: content-type

    200
    Server: UploadServer
    Content-Length: 0
    ```

    ## Not
    ```http
    OPTIONS https://api.example/a.png
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    403
    Content-Type: application/json
    ```
    """
    if not case.preflighted or case.status is None or case.response.has(ACAO):
        return None
    signed = is_signed(case.sent.url)
    bucket = _BUCKETS.search(case.host) is not None
    stored = case.layer is not None and case.layer.kind is Kind.STORAGE
    if not (signed or bucket or stored):
        return None
    # Google's store answers 200 whatever its rules say.
    by_silence = 200 <= case.status < 300 and signed and (bucket or stored)
    if case.status not in (400, 401, 403) and not by_silence:
        return None
    evidence = [
        "the URL carries a signature" if signed else "",
        f"`{case.host}` is an object store" if bucket else "",
    ]
    method, names = _requested(case)
    return Told(
        f"The object store {'answered' if by_silence else 'refused'} the preflight of {case.asked} with {case.status}"
        f"{' and no CORS header' if by_silence else ''}: no CORS rule of the bucket allows "
        f"{case.page} to send {method}{f' with {names}' if names else ''}.",
        f"Add a CORS rule to the bucket: origin {case.page}, method {method}"
        + (f", headers {names}" if names else "")
        + ". A gateway that checks signatures has to let OPTIONS through.",
        tuple(evidence),
        settle="" if stored or bucket else "The body of the answer tells whether the signature or a CORS rule failed.",
        method=method,
        header=names,
    )


@pattern("preflight-auth", fixes=("F6",))
def preflight_auth(case: Case) -> Told | None:
    """Something asks the preflight to authenticate

    A preflight never carries cookies, `Authorization` or a client certificate. Where authentication runs before the
    CORS handling, it refuses every preflight, and no browser gets through.

    ## How to recognise it
    OPTIONS is answered 401, 403 or 407, often with `WWW-Authenticate`.

    ## What to do
    Answer OPTIONS before authentication: put the CORS middleware first, or permit OPTIONS for everyone.

    ## Example
    ```http
    OPTIONS https://api.example/orders
    Origin: https://app.example
    Access-Control-Request-Method: POST
    Access-Control-Request-Headers: authorization,content-type

    401
    WWW-Authenticate: Bearer
    ```

    ## Not
    A CORS layer ran, and refused the origin by its list:

    ```http
    OPTIONS https://api.example/orders
    Origin: https://other.example
    Access-Control-Request-Method: POST

    403
    Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers
    Content-Length: 20
    ```
    """
    if not case.preflighted or case.status not in _ASKS or case.let_in_instead is not None:
        return None
    bystander = case.layer is not None and case.layer.is_no_server and case.status != 407
    if case.refused_for is not None or bystander:
        return None
    challenge = case.response.get("www-authenticate")
    if challenge is None and case.status == 403 and (is_of_cors(case) or has_no_route(layers_of(case.response))):
        return None
    evidence = [f"`WWW-Authenticate: {challenge}`"] if challenge is not None else []
    if case.sibling is not None:
        evidence.append(f"other answers of the same server allow the page: {case.sibling}")
    if challenge is None and case.status == 403:
        return _forbidden(case, tuple(evidence))
    return Told(
        f"The preflight of {case.asked} was answered {case.status}, as if it had to sign in; a preflight never carries "
        "credentials.",
        PUBLISH
        if is_forwarded_port(case.host)
        else f"Let OPTIONS through without credentials: the preflight was answered {case.status} and never carries "
        "any.",
        tuple(evidence),
    )


def _forbidden(case: Case, evidence: tuple[str, ...]) -> Told:
    """403 and nothing that asks for a login: that, or somebody who refuses the method."""
    layer = case.layer
    who = f"{layer.name} itself" if layer is not None and layer.itself and layer.kind in IN_ITS_PLACE else "something"
    return Told(
        f"The preflight of {case.asked} was answered 403: {who} refuses OPTIONS here, by a login (a preflight never "
        "carries credentials) or by a rule against the method.",
        PUBLISH
        if is_forwarded_port(case.host)
        else "Find what answers 403 to OPTIONS (a login before the CORS handling, a proxy, a firewall), and let "
        "OPTIONS through without credentials.",
        evidence,
        "Ask with curl -X OPTIONS with and without the credentials: with them it passes where it is a login.",
    )


@pattern("preflight-unrouted", fixes=("F6",))
def preflight_unrouted(case: Case) -> Told | None:
    """OPTIONS does not reach the CORS handling

    The router knows no OPTIONS at this path, or the handler of the path itself ran for OPTIONS and failed. Nothing that
    knows CORS saw the preflight.

    ## How to recognise it
    OPTIONS is answered 404, 405, 501, 500 or the like without any CORS header; or 200 without them, while other answers
    of the same server have them.

    ## What to do
    Route OPTIONS at this path to the CORS middleware. In API Gateway add an OPTIONS method or switch CORS on.

    ## Example
    ```http
    OPTIONS https://api.example/items/7
    Origin: https://app.example
    Access-Control-Request-Method: DELETE

    405
    Allow: GET, DELETE
    ```

    API Gateway without an OPTIONS method:

    ```http
    OPTIONS https://abc.execute-api.example/prod/items
    Origin: https://app.example
    Access-Control-Request-Method: DELETE

    403
    x-amzn-ErrorType: MissingAuthenticationTokenException
    ```

    It comes and goes, as where several servers stand behind one name:

    ```http
    OPTIONS https://api.example/items/7
    Origin: https://app.example
    Access-Control-Request-Method: DELETE

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: DELETE

    OPTIONS https://api.example/items/7
    Origin: https://app.example
    Access-Control-Request-Method: DELETE

    404
    ```

    ## Not
    ```http
    OPTIONS https://api.example/items/7
    Origin: https://app.example
    Access-Control-Request-Method: DELETE

    400
    Access-Control-Allow-Methods: GET, POST
    Vary: Origin
    Content-Length: 22
    Content-Type: text/plain; charset=utf-8
    ```
    """
    status = case.status
    if not case.preflighted or status is None or (is_of_cors(case) and case.lacks_acao):
        return None
    if case.let_in_instead is not None:
        return None
    layer = case.layer
    if layer is not None and layer.itself and layer.kind in IN_FRONT - {Kind.GATEWAY}:
        return None
    passed = None if 200 <= status < 300 else case.passes_at_times
    if passed is not None:
        return Told(
            f"The preflight of {case.asked} was answered {status}, and others just like it pass: servers behind "
            f"{case.server} may differ.",
            "Send the same preflight several times (curl -X OPTIONS, with its `Origin` and method), and find "
            f"which server behind {case.server} has another configuration or an older version.",
            (f"{passed} is such a one",),
            "Does it come and go? Once only, it may have been an update, or a passing trouble.",
            only_if_meant=True,
        )
    allow = case.response.get("allow")
    evidence = [f"`Allow: {allow}`"] if allow is not None and "options" not in allow.lower() else []
    settle = "The body of the answer, or the server's log, tells who refused it." if status == 400 else ""
    advice = f"Route OPTIONS at this path to the CORS handling: the preflight was answered {status}."
    gateway_itself = layer is not None and layer.itself and layer.name == "AWS API Gateway"
    if has_no_route(layers_of(case.response)) or (gateway_itself and status == 404):
        sentence = f"API Gateway has no OPTIONS method for {case.asked}: it answered the preflight with {status}."
        advice = "Add OPTIONS to this resource in API Gateway (switch CORS on for it), and deploy the stage."
    elif status == 304:
        sentence = f"OPTIONS at {case.spot} was answered 304 (not modified), by something that takes it for a GET."
        advice = "Have the CORS handling answer OPTIONS, before what answers conditional requests (ETag, a cache)."
    elif status in _UNROUTED:
        what = "a handler that does not expect it" if status in (400, 415, 422, 500) else "no route"
        sentence = f"OPTIONS found {what} at {case.spot}: the preflight was answered {status}"
        sentence += ", without any CORS header." if case.lacks_acao else ", whatever its CORS headers say."
        if status in (400, 422, 500):
            advice = (
                f"See what the {status} says (the server's log, or curl -X OPTIONS); then answer OPTIONS in the CORS "
                "handling, before the handler of the path."
            )
        elif status == 404 and not any((seen.answer.status or 500) < 300 for seen in case.same_endpoint):
            advice += " See first that the server has this path at all."
    elif status >= 400 and not case.lacks_acao:
        sentence = (
            f"The preflight of {case.asked} was answered {status}; that refuses it, whatever its CORS headers say."
        )
        advice = f"Find out why OPTIONS was answered {status} (the server's log, or curl -X OPTIONS)."
    elif 200 <= status < 300 and case.lacks_acao and case.sibling is not None:
        evidence.append(f"{case.sibling} of the same server does carry them")
        sentence = f"OPTIONS at {case.spot} was answered {status} by something that knows no CORS."
        advice = "Have OPTIONS at this path answered by the CORS handling that the other answers go through."
        settle = (
            "Ask for GET without further headers (curl -X OPTIONS): if that is answered with CORS headers, what the "
            "preflight asks for is refused without a word."
        )
    else:
        return None
    return Told(sentence, advice, tuple(evidence), settle)


@pattern("preflight-syntax", fixes=("F8",))
def preflight_syntax(case: Case) -> Told | None:
    """A list in the preflight's answer does not parse

    `Access-Control-Allow-Methods` and `Access-Control-Allow-Headers` are lists of names with commas between them. One
    element that is no name spoils the whole list. Browsers differ in how strict they are.

    ## How to recognise it
    A semicolon, a slash, quotes, or blanks between the names.

    ## What to do
    Write the names with commas between them, and nothing else.

    ## Example
    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: GET; PUT
    ```

    ## Not
    ```http
    OPTIONS https://api.example/items
    Origin: https://app.example
    Access-Control-Request-Method: PUT

    204
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Methods: GET, POST
    ```
    """
    name = {Reason.ACAM_UNPARSABLE: ACAM, Reason.ACAH_UNPARSABLE: ACAH}.get(case.reason)  # type: ignore[arg-type]
    if name is None:
        return None
    header = "Access-Control-Allow-Methods" if name == ACAM else "Access-Control-Allow-Headers"
    return Told(
        f"{case.server} answered `{header}: {case.response.get(name)}`, which is no list of names"
        + (f": `{case.detail}` is none." if case.detail else "."),
        f"Write the names in {header} with commas between them, and nothing else.",
        header=header.lower(),
    )


def _requested(case: Case) -> tuple[str, str]:
    request = case.sent.request
    names = (request.get("access-control-request-headers") or "").replace(" ", "").replace(",", ", ")
    return request.get("access-control-request-method") or case.fetch.method, names
