"""Causes E: CORS passed, and the server wanted to know who asks."""

from __future__ import annotations

from coranalyze.causes.case import Case
from coranalyze.causes.cause import Told, pattern
from coranalyze.causes.siblings import Seen
from coranalyze.endpoint import Presence
from coranalyze.fetch import Credentials, Outcome, Role


@pattern("cookie-absent")
def cookie_absent(case: Case) -> Told | None:
    """CORS passed; the server saw no cookie, or no login

    The browser handed the answer to the page, so CORS is fine. The answer is 401 because the request carried no cookie:
    the page asked without credentials, the cookie is `SameSite`, or the browser blocks third-party cookies. Or the
    server wants `Authorization`, which the request lacks.

    ## How to recognise it
    An allowed answer with 401 to a request without `Cookie` and `Authorization`, in a capture that would show
    them, where cookies of the host are known. With `WWW-Authenticate` in the answer, and a success at the same endpoint
    that was asked with `Authorization`, it is that.

    ## What to do
    Ask with `credentials: 'include'`. From another site the cookie needs `SameSite=None; Secure`; browsers that block
    third-party cookies need both under one site. Where it is `Authorization`, have the script send it.

    ## Example
    ```http
    POST https://api.example.net/login
    Origin: https://app.example
    Content-Type: text/plain

    200
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true
    Set-Cookie: sid=1; SameSite=Lax

    GET https://api.example.net/me
    Origin: https://app.example
    Sec-Fetch-Mode: cors
    Sec-Fetch-Site: cross-site

    401
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true
    ```

    The server sets cookies, and wants `Authorization`:

    ```http
    GET https://api.example.net/me
    Origin: https://app.example
    Authorization: Bearer x

    200
    Access-Control-Allow-Origin: https://app.example
    Set-Cookie: lang=en; SameSite=Lax

    GET https://api.example.net/me
    Origin: https://app.example

    401
    Access-Control-Allow-Origin: https://app.example
    Access-Control-Allow-Credentials: true
    WWW-Authenticate: Bearer
    ```

    ## Not
    The request carries its token; that is what was refused:

    ```http
    GET https://api.example.net/me
    Origin: https://app.example
    Authorization: Bearer x

    401
    Access-Control-Allow-Origin: https://app.example
    ```
    """
    request = case.sent.request
    if case.fetch.outcome is not Outcome.ALLOWED or case.status != 401:
        return None
    if request.has("cookie") or request.has("authorization") or not _shown(case):
        return None
    cookies, sent = case.siblings.cookies, case.siblings.cookie_sent
    omitted = case.fetch.credentials is Credentials.NOT_INCLUDE
    if not cookies and sent is None:
        return None
    asks_for = (case.response.get("www-authenticate") or "").partition(" ")[0].rstrip(",")
    authorized = _authorized(case) if asks_for else None
    if authorized is not None:
        return _no_authorization(case, asks_for, authorized)
    kept = sorted(name for name, same_site in cookies.items() if same_site != "none")
    evidence = [f"{case.host} set the cookie {name}" for name in sorted(cookies)[:3]]
    if sent is not None:
        evidence.append(f"{sent} was asked with cookies")
    if asks_for:
        evidence.append(f"`WWW-Authenticate: {asks_for}` asks for Authorization, which may be what it wants")
    why = "the page asked without credentials" if omitted else "SameSite or the blocking of third-party cookies"
    if kept and not omitted:
        why = f"{', '.join(kept[:3])} is not `SameSite=None`, so it does not go along from another site"
    return Told(
        f"CORS passed: {case.asked} was answered 401, and it carried no cookie ({why}).",
        "Ask with `credentials: 'include'`"
        + ("" if not kept else f"; set {kept[0]} with `SameSite=None; Secure` if other sites are to use it")
        + ". No CORS header is missing.",
        tuple(evidence),
        settle="Send the request once with the cookie (curl, or a page of the same site): if it passes, that is it.",
    )


def _shown(case: Case) -> bool:
    """Whether the capture would show a cookie: a sanitized one does not."""
    return any(
        seen.answer.cookie is Presence.NO and seen.answer.status == case.status and seen.answer.role is Role.ACTUAL
        for seen in case.same_endpoint
    )


def _authorized(case: Case) -> Seen | None:
    """A success of the same method at the same endpoint, with Authorization."""
    return next(
        (
            seen
            for seen in case.same_endpoint
            if seen.answer.role is Role.ACTUAL
            and seen.answer.method == case.fetch.method
            and 200 <= (seen.answer.status or 0) < 300
            and seen.answer.authorization not in _NOT_AUTHORIZATION
        ),
        None,
    )


def _no_authorization(case: Case, asks_for: str, authorized: Seen) -> Told:
    return Told(
        f"CORS passed: {case.asked} was answered 401, and it carried no Authorization, which the server asks for.",
        "Send Authorization with this request too; the preflight that it takes has to allow it. No CORS header is "
        "missing.",
        (f"`WWW-Authenticate: {asks_for}`", f"{authorized} was asked with Authorization"),
    )


_NOT_AUTHORIZATION = ("", "unknown", "header")
"""Of `Answer.authorization`: that there was none, that it is not known, that the secret was in another header."""
