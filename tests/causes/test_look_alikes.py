"""Captures that look alike and differ in the cause, or in what to do about it: a row each."""

import pytest
from msgspec.structs import replace

from coranalyze.analysis import analyze
from coranalyze.sources.text import parse_text
from tests.causes.story import API, PASSED, get, last_cause, preflight, put

TUNNEL = "https://a-1.ngrok-free.app/items"
PORT = "https://lamp-8000.app.github.dev/items"
AMZ_SIGNED = "?X-Amz-Signature=0a1b2c3d"
SIGNED = "?X-Goog-Signature=0a1b2c3d"
ALLOWING = (PASSED, "Access-Control-Allow-Credentials: true")
EXPRESS = "X-Powered-By: Express"
HTML = "Content-Type: text/html"


@pytest.mark.parametrize(
    ("text", "name", "says"),
    [
        pytest.param(
            preflight(API, "204", PASSED, "Access-Control-Allow-Methods: PUT", EXPRESS) + put(API, "413", HTML),
            "edge-generated-error", "lacks `x-powered-by`", id="the-preflight-was-the-applications",
        ),
        pytest.param(
            preflight(API, "204", PASSED, "Access-Control-Allow-Methods: PUT", EXPRESS) + put(API, "500", HTML),
            "error-drops-cors", "its log", id="a-status-of-applications",
        ),
        pytest.param(
            preflight(API, "204", PASSED, "Access-Control-Allow-Methods: PUT", EXPRESS)
            + put(API, "413", "Content-Type: application/json"),
            "error-drops-cors", "its log", id="no-page-for-people",
        ),
        pytest.param(
            get(API, "200", PASSED) + get(f"{API}/7", "413", HTML, "Server: nginx", "Content-Length: 176"),
            "edge-generated-error", "nginx itself answered", id="the-page-of-nginx-on-a-limit",
        ),
        pytest.param(
            get(API, "200", PASSED) + get(f"{API}/7", "404", HTML, "Server: nginx", "Content-Length: 146"),
            "error-drops-cors", "is nginx's own error page", id="the-page-of-nginx-on-what-is-not-there",
        ),
        pytest.param(
            get(API, "405", "x-amzn-waf-action: captcha", "Server: awselb/2.0"),
            "bot-challenge", "AWS WAF", id="aws-waf",
        ),
        pytest.param(
            get(API, "429", HTML, "Server: Vercel", "x-vercel-mitigated: challenge"), "bot-challenge", "Vercel",
            id="vercel-challenges",
        ),
        pytest.param(
            get(API, "401", "WWW-Authenticate: AzureApiManagementKey realm=x", "Content-Type: application/json"),
            "edge-generated-error", "Azure API Management", id="a-key-for-api-management",
        ),
        pytest.param(
            get(API, "403", HTML, "Server: Google Frontend", "WWW-Authenticate: Bearer"),
            "edge-generated-error", "Google Frontend", id="cloud-run-without-leave-to-call-it",
        ),
        pytest.param(
            get(API, "403", HTML, "Server: Google Frontend", "X-Cloud-Trace-Context: a"),
            "error-drops-cors", "its log", id="the-application-on-cloud-run",
        ),
        pytest.param(
            get(API, "302", "Location: https://accounts.google.com/o/oauth2/v2/auth?client_id=1",
                "x-goog-iap-generated-response: true"),
            "access-proxy", "Google Identity-Aware Proxy", id="iap-sends-to-its-login",
        ),
        pytest.param(
            preflight(API, "401", HTML, "x-goog-iap-generated-response: true"),
            "access-proxy", "Google Identity-Aware Proxy", id="iap-refuses-a-preflight",
        ),
        pytest.param(
            get(API, "401", HTML, "X-Vercel-Id: a", "Set-Cookie: _vercel_sso_nonce=a; Path=/"),
            "access-proxy", "Deployment Protection", id="vercel-wants-a-sign-in",
        ),
        pytest.param(
            get("https://acme.vercel.app/me", "401", "Content-Type: application/json", "X-Vercel-Id: a"),
            "error-drops-cors", "its log", id="the-application-on-vercel-wants-a-login",
        ),
        pytest.param(
            get(API, "200", *ALLOWING, "Set-Cookie: lang=en").replace("Origin", "Authorization: Bearer x\nOrigin", 1)
            + get(API, "401", *ALLOWING, "WWW-Authenticate: Bearer"),
            "cookie-absent", "Send Authorization", id="a-cookie-where-authorization-is-wanted",
        ),
        pytest.param(
            get(f"{API}/login", "200", *ALLOWING, "Set-Cookie: sid=1")
            + get(API, "401", *ALLOWING, "WWW-Authenticate: Bearer"),
            "cookie-absent", "credentials: 'include'", id="a-cookie-may-be-wanted",
        ),
        pytest.param(
            get(API, "200", "Access-Control-Allow-Origin: *").replace("Origin", "Authorization: NTLM x\nOrigin", 1),
            "star-with-credentials", "from a list", id="windows-authentication",
        ),
        pytest.param(
            get("https://a.loca.lt/items", "511", HTML), "tunnel-interstitial", "bypass-tunnel-reminder",
            id="the-warning-of-localtunnel",
        ),
        pytest.param(
            get("https://a-3000.euw.devtunnels.ms/items", "200", HTML), "tunnel-interstitial",
            "X-Tunnel-Skip-AntiPhishing-Page", id="the-warning-of-a-dev-tunnel",
        ),
        pytest.param(
            get("https://a.lhr.life/items", "200", HTML), "tunnel-interstitial", "that its page names",
            id="a-tunnel-whose-header-is-not-known",
        ),
        pytest.param(
            preflight(f"https://up.s3.amazonaws.com/a.png{AMZ_SIGNED}", "307",
                      f"Location: https://up.s3.eu-central-1.amazonaws.com/a.png{AMZ_SIGNED}"),
            "preflight-redirect", "Sign the URL for up.s3.eu-central-1.amazonaws.com", id="a-bucket-of-another-region",
        ),
        pytest.param(
            preflight(API, "304", "Server: nginx"), "preflight-unrouted", "takes it for a GET",
            id="not-modified-to-options",
        ),
        pytest.param(
            preflight("http://api.example/items", "307", f"Location: {API}", "Non-Authoritative-Reason: HSTS"),
            "preflight-redirect", "the browser made it itself", id="hsts",
        ),
        pytest.param(
            preflight(API, "failed"), "not-cors-network", "Most likely that is not CORS",
            id="an-error-that-says-nothing",
        ),
        pytest.param(
            get(API, "403", HTML, "X-DataDome: protected", "X-DD-B: 2"), "bot-challenge", "DataDome", id="datadome",
        ),
        pytest.param(
            get(API, "200", PASSED, "X-DD-B: 2") + get(f"{API}/7", "403", HTML, "X-DD-B: 2"),
            "error-drops-cors", "its log", id="a-mark-that-successes-carry-too",
        ),
        pytest.param(
            get(API, "500", HTML, "cf-mitigated: challenge"), "edge-generated-error", "Cloudflare",
            id="no-status-of-a-challenge",
        ),
        pytest.param(
            get(TUNNEL, "200", HTML, "ngrok-error-code: ERR_NGROK_6024"),
            "tunnel-interstitial", "ngrok-skip-browser-warning", id="the-warning-of-a-tunnel",
        ),
        pytest.param(
            get(TUNNEL, "404", HTML, "ngrok-error-code: ERR_NGROK_3200"),
            "tunnel-interstitial", "Look up ERR_NGROK_3200", id="a-tunnel-that-is-down",
        ),
        pytest.param(
            preflight("https://dev.example/items", "404", "ngrok-error-code: ERR_NGROK_3200"),
            "tunnel-interstitial", "Look up ERR_NGROK_3200", id="a-tunnel-that-is-down-for-a-preflight",
        ),
        pytest.param(
            get(TUNNEL, "404", HTML, EXPRESS), "error-drops-cors", "Express", id="the-application-behind-a-tunnel",
        ),
        pytest.param(
            preflight(PORT, "302", "Location: https://github.dev/pf-signin?id=lamp&port=8000"),
            "access-proxy", "Make the forwarded port public", id="a-private-port",
        ),
        pytest.param(
            preflight(PORT, "401"), "preflight-auth", "Make the forwarded port public", id="a-private-port-of-401",
        ),
        pytest.param(
            preflight(API, "401"), "preflight-auth", "Let OPTIONS through", id="no-port-but-a-server",
        ),
        pytest.param(
            preflight(API, "404"), "preflight-unrouted", "has this path at all", id="a-path-never-seen",
        ),
        pytest.param(
            get(API, "200", PASSED) + preflight(API, "404"),
            "preflight-unrouted", "Route OPTIONS at this path", id="a-path-seen",
        ),
        pytest.param(
            preflight(f"https://storage.googleapis.com/files/a.png{SIGNED}", "200", "Content-Length: 0"),
            "signed-url-preflight", "no CORS rule of the bucket", id="a-bucket-without-rules-that-says-200",
        ),
        pytest.param(
            preflight("https://storage.googleapis.com/files/a.png", "200", "Content-Length: 0"),
            "no-acao-anywhere", "its origin on the server's list", id="not-signed",
        ),
        pytest.param(
            get(API, "200", "Access-Control-Allow-Origin: https://app.example, *"),
            "duplicate-acao", "Let one layer set", id="two-layers-in-one-line",
        ),
        pytest.param(
            get(API, "200", "Access-Control-Allow-Origin: https://app.example, https://m.example"),
            "duplicate-acao", "Answer the one origin", id="a-list-in-one-line",
        ),
        pytest.param(
            get(API, "200", f"{PASSED};https://m.example"),
            "wrong-origin-static-or-cached", "a list in Access-Control-Allow-Origin", id="a-list-with-semicolons",
        ),
        pytest.param(
            get(API, "200", "Access-Control-Allow-Origin:"),
            "wrong-origin-static-or-cached", "an empty Access-Control-Allow-Origin", id="an-empty-value",
        ),
        pytest.param(
            get(API, "200", PASSED) + get("https://api.example/other", "200"),
            "no-acao-anywhere", "cover this path", id="on-the-list-and-not-on-this-path",
        ),
        pytest.param(
            get(API, "200") + get("https://api.example/other", "500"),
            "no-acao-anywhere", "answered 500 besides", id="never-allowed-and-an-error-too",
        ),
        pytest.param(
            get(API, "200", PASSED, "x-goog-storage-class: STANDARD")
            + get("https://api.example/b", "200", "x-goog-storage-class: STANDARD", "Via: 1.1 google", "Age: 90"),
            "cdn-drops-origin", "Have the CDN", id="google-storage-behind-its-cdn",
        ),
        pytest.param(
            get(API, "200", PASSED) + get(f"{API}/7", "522", HTML, "Server: cloudflare", "CF-RAY: a"),
            "edge-generated-error", "a status of Cloudflare's own", id="a-status-of-cloudflare",
        ),
        pytest.param(
            get(API, "200", PASSED) + get(f"{API}/7", "522", HTML), "error-drops-cors", "its log", id="no-cloudflare",
        ),
        pytest.param(
            get(API, "403", HTML, "Server: Zscaler/6.2"),
            "edge-generated-error", "your IT", id="a-filtering-proxy",
        ),
        pytest.param(
            get(API, "200", "Access-Control-Allow-Origin: http://localhost", origin="capacitor://localhost"),
            "near-miss-origin", "the page is on capacitor, http is allowed", id="the-scheme-of-an-app",
        ),
        pytest.param(
            get(API, "200", "Access-Control-Allow-Origin: https://app.example", origin="capacitor://localhost"),
            "wrong-origin-static-or-cached", "the page is `capacitor://localhost`", id="an-app-and-a-site",
        ),
        pytest.param(
            get(API, "200", origin="chrome-extension://abc"),
            "no-acao-anywhere", "has it for chrome-extension://abc", id="an-extension",
        ),
        pytest.param(get(API, "200", origin="null"), "null-origin-context", "a sandboxed frame", id="no-origin-at-all"),
        pytest.param(
            get(API, "200", "Access-Control-Allow-Origin: *", origin="null", cookie=True),
            "star-with-credentials", "`null` must not be allowed", id="star-for-a-page-without-origin",
        ),
        pytest.param(
            get(API, "200", PASSED, "Access-Control-Allow-Credentials: true, true", cookie=True),
            "acac-not-true", "Let one layer set", id="true-twice",
        ),
        pytest.param(
            get(API, "200", PASSED, "Access-Control-Allow-Credentials: yes", cookie=True),
            "acac-not-true", "Send Access-Control-Allow-Credentials: true", id="not-true",
        ),
        pytest.param(
            preflight(API, "204", *ALLOWING, "Access-Control-Allow-Methods: get, put"),
            "method-not-allowed", "Write PUT in upper case", id="a-list-in-lower-case",
        ),
        pytest.param(
            get(API, "200", HTML), "no-acao-anywhere", "perhaps a page", id="a-page-in-place-of-the-api",
        ),
        pytest.param(
            get(API, "200", "Access-Control-Allow-Origin: https://münchen.example", origin="https://xn--mnchen-3ya.example"),
            "near-miss-origin", "in its ASCII form", id="a-host-in-its-own-letters",
        ),
        pytest.param(
            get("http://api.example/items", "failed net::ERR_CONNECTION_REFUSED"),
            "not-cors-network", "nothing listens there", id="http-and-an-error-of-the-connection",
        ),
        pytest.param(
            get(API, "503", HTML, "Cache-Control: no-cache", "Content-Length: 107"),
            "edge-generated-error", "HAProxy in front of the application", id="the-page-of-haproxy",
        ),
        pytest.param(
            get(API, "503", HTML, "Cache-Control: no-cache", "Content-Length: 107", "Server: mine"),
            "error-drops-cors", "its log", id="a-page-as-long-as-that-of-haproxy",
        ),
        pytest.param(
            get(f"{API}/7", "404", PASSED) + get(API, "413", "Server: lighttpd"),
            "error-drops-cors", "GET /items/{id} (404) of the same server carries", id="another-error-has-it",
        ),
        pytest.param(
            get(f"{API}/7", "404", PASSED) + get(API, "200"),
            "no-acao-anywhere", "though an error answer of this server has it", id="only-an-error-has-it",
        ),
        pytest.param(
            get(API, "503", "Server: Apache/2.4.62 (Debian)", "Content-Type: text/html; charset=iso-8859-1"),
            "edge-generated-error", "Apache itself answered", id="the-page-of-apache",
        ),
        pytest.param(
            get(API, "200", PASSED, "Server: Apache")
            + get(API, "503", "Server: Apache", "Content-Type: text/html; charset=utf-8"),
            "error-drops-cors", "its log", id="a-page-of-an-application-behind-apache",
        ),
        pytest.param(
            preflight(API, "403", HTML, "Cache-Control: no-cache", "Content-Length: 93"),
            "preflight-auth", "HAProxy itself refuses OPTIONS here", id="a-rule-of-haproxy",
        ),
        pytest.param(
            get(API, "200", "Age: 0", "X-Varnish: 32770", origin="https://other.test")
            + get(API, "200", "Age: 0", "X-Varnish: 5 32770", "Access-Control-Allow-Origin: https://other.test"),
            "cache-poisoned", "`x-varnish: 5 32770` says that it came out of a cache", id="two-numbers-of-varnish",
        ),
        pytest.param(
            get(API, "200", "Age: 0", "X-Varnish: 32770", "Access-Control-Allow-Origin: https://other.test"),
            "wrong-origin-static-or-cached", "Find out who set this origin", id="one-number-of-varnish",
        ),
        pytest.param(
            get(API, "failed csp").replace("Origin", "Sec-Fetch-Dest: image\nOrigin"),
            "not-cors-network", "Add https://api.example to img-src", id="an-image-that-a-policy-stops",
        ),
        pytest.param(
            preflight(API, "405", HTML, "Server: Varnish", "Retry-After: 5"),
            "edge-generated-error", "Varnish in front of the application answered the preflight", id="varnish-refuses",
        ),
        pytest.param(
            get(API, "302", "Location: https://files.test/f", PASSED)
            + get("https://files.test/f", "200", origin="null"),
            "redirect-loses-cors", "files.test has to allow the page besides", id="nothing-at-the-end-of-a-redirect",
        ),
        pytest.param(
            get(API, "failed csp"),
            "not-cors-network", "Add https://api.example to connect-src", id="a-fetch-that-a-policy-stops",
        ),
        pytest.param(
            preflight(API, "403"), "preflight-auth", "or by a rule against the method", id="a-403-that-says-nothing",
        ),
        pytest.param(
            get(API, "503", HTML, "Server: nginx", "Content-Length: 190"),
            "edge-generated-error", "which limit (limit_req, limit_conn)", id="a-limit-of-nginx",
        ),
        pytest.param(
            get(API, "failed [Errno -2] Name or service not known"),
            "not-cors-network", "its name does not resolve", id="the-words-of-the-resolver",
        ),
        pytest.param(
            get(API, "failed The remote server does not speak TLS."),
            "not-cors-network", "the TLS handshake failed", id="no-tls",
        ),
        pytest.param(
            get(f"{API}/1", "302", f"Location: {API}/2", PASSED, cors=True)
            + get(f"{API}/2", "307", "Location: http://api.example/items/2/", PASSED, cors=True),
            "not-cors-network", "Have the application trust X-Forwarded-Proto", id="back-to-http",
        ),
        pytest.param(
            "GET https://api.example/plants\nOrigin: http://app.example\nSec-Fetch-Mode: cors\n\n"
            "307\nLocation: http://api.example/plants/\nAccess-Control-Allow-Origin: http://app.example\n\n"
            "GET http://api.example/plants/\nOrigin: null\nSec-Fetch-Mode: cors\n\n"
            "301\nLocation: https://api.example/plants/\n\n",
            "redirect-loses-cors", "Call the path with a slash at the end", id="back-to-http-and-to-https-again",
        ),
        pytest.param(
            get(API, "403", "Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
            "no-acao-anywhere", "The CORS layer of api.example answered", id="spring-refuses-requests-too",
        ),
        pytest.param(
            get(API, "200", PASSED) + preflight(API, "failed server closed connection"),
            "not-cors-network", "it is OPTIONS that is cut off", id="only-options-gets-no-answer",
        ),
        pytest.param(
            preflight(API, "failed server closed connection"),
            "not-cors-network", "That is not CORS", id="nothing-gets-an-answer",
        ),
        pytest.param(
            get(API, "200", PASSED, "Vary: Origin") + get(API, "200", "Vary: Origin"),
            "no-acao-anywhere", "Send the same request several times", id="with-and-without",
        ),
        pytest.param(
            get(API, "200", "Access-Control-Allow-Orgin: *"),
            "no-acao-anywhere", "Correct the name of the header", id="a-name-with-a-slip",
        ),
        pytest.param(
            get(API, "200", "Access-Control-Allow-Origin: https://*.app.example", origin="https://www.app.example"),
            "near-miss-origin", "exactly so: https://www.app.example", id="a-pattern-that-fits",
        ),
        pytest.param(
            get(API, "200", "Access-Control-Allow-Origin: https://*.app.example", origin="https://other.test"),
            "near-miss-origin", "does not fit this one", id="a-pattern-that-does-not-fit",
        ),
        pytest.param(
            get(f"{API}?origin=https://app.example", "200", PASSED, origin="https://other.test")
            + get(f"{API}?origin=https://other.test", "200", "Access-Control-Allow-Origin: https://other.test"),
            "wrong-origin-static-or-cached", "a parameter of the query", id="an-origin-out-of-the-query",
        ),
        pytest.param(
            preflight(API, "204", *ALLOWING, "Access-Control-Allow-Methods: PUT", "Access-Control-Allow-Headers: x-c",
                      names="x-a,x-b,x-c"),
            "header-not-allowed", "Add x-a, x-b to", id="two-headers",
        ),
        pytest.param(
            get(API, "302", "Location: https://files.test/f", PASSED, "Access-Control-Allow-Credentials: true",
                cookie=True) + get("https://files.test/f", "200", "Access-Control-Allow-Origin: *", origin="null",
                cookie=True),
            "star-with-credentials", "call https://files.test directly", id="star-at-the-end-of-a-redirect",
        ),
    ],
)  # fmt: skip
def test_the_cause(text: str, name: str | None, says: str) -> None:
    cause = last_cause(text)
    assert (cause.name if cause is not None else None) == name
    if cause is not None:
        assert says in " ".join((cause.sentence, cause.advice, *cause.evidence))


def test_servers_of_one_host_are_told_apart() -> None:
    cause = last_cause(preflight("http://localhost:8000/items", "204", PASSED))
    assert cause is not None
    assert cause.sentence.startswith("localhost:8000 does not allow PUT at")


def test_a_state_that_a_cookie_repeats_keeps_the_redirect_together() -> None:
    """What is learnt on the way must not mask a URL after the Location that led there."""
    state = "https://login.example/authorize?state=q7w8e9r0t1"
    cause = last_cause(
        get(API, "302", PASSED, f"Location: {state}", "Set-Cookie: st=q7w8e9r0t1; Path=/")
        + get(state, "200", HTML, origin="null")
    )
    assert cause is not None
    assert cause.name == "redirect-loses-cors"


def test_a_page_that_embeds_only_what_lets_itself_be_embedded() -> None:
    page = "GET https://app.example/\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: document\n\n200\n"
    image = "GET https://cdn.example/logo.png\nReferer: https://app.example/\nSec-Fetch-Mode: no-cors\n\n200\n"
    cause = last_cause(f"{page}Cross-Origin-Embedder-Policy: require-corp\n\n{image}")
    assert cause is not None
    assert cause.name == "embedder-block"
    assert "`Cross-Origin-Resource-Policy: cross-origin`" in cause.advice


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("X-Frame-Options: DENY", "its X-Frame-Options may say so"),
        ("Content-Security-Policy: frame-ancestors 'none'", "its Content-Security-Policy may say so"),
        ("Server: nginx", "asks frames for one of their own"),
        ("Cross-Origin-Resource-Policy: same-origin", "its Cross-Origin-Resource-Policy keeps it to same-origin pages"),
    ],
)
def test_frames_that_are_kept_out(header: str, says: str) -> None:
    """Measured on Chromium, which has one error for all of these."""
    frame = (
        "GET https://api.example/\nReferer: https://app.example/\nSec-Fetch-Mode: navigate\nSec-Fetch-Dest: iframe\n"
    )
    (exchange,) = parse_text(f"{frame}\n200\n{header}\n")
    cause = analyze([replace(exchange, error="net::ERR_BLOCKED_BY_RESPONSE")]).causes[0]
    assert cause.name == "embedder-block"
    assert says in cause.sentence


def test_an_error_that_no_cors_check_was_made_on_lost_no_headers() -> None:
    script = "Referer: https://app.example/\nSec-Fetch-Mode: no-cors\nSec-Fetch-Dest: script"
    assert last_cause(f"GET {API}\n{script}\n\n404\nContent-Type: text/javascript\n") is None
