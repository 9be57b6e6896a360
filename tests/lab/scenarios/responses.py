"""The CORS check on a response, with and without credentials; what may be read of it."""

from tests.lab.scenario import CREDENTIALS, Answer, Scenario, ok

GET = "read(cross('a'))"
INCLUDE = "read(cross('a'), {credentials: 'include'})"
EXTRA = ("x-a: 1", "x-b: 2", "cache-control: no-store", "set-cookie: never=read")

SCENARIOS = (
    # Access-Control-Allow-Origin
    Scenario("acao-star", GET, {"a": ok("*")}),
    Scenario("acao-exact", GET, {"a": ok("{page}")}),
    Scenario("acao-missing", GET, {"a": ok()}),
    Scenario("acao-slash", GET, {"a": ok("{page}/")}),
    Scenario("acao-other-scheme", GET, {"a": ok("{other}")}),
    Scenario("acao-other-site", GET, {"a": ok("{third}")}),
    Scenario("acao-host-only", GET, {"a": ok("access-control-allow-origin: app.one.localhost")}),
    Scenario("acao-null-to-page", GET, {"a": ok("null")}),
    Scenario("acao-twice", GET, {"a": ok("{page}", "{page}")}),
    Scenario("acao-star-and-exact", GET, {"a": ok("*", "{page}")}),
    Scenario("acao-list", GET, {"a": ok("{page}, {third}")}),
    Scenario("acao-pattern", GET, {"a": ok("access-control-allow-origin: http://*.one.localhost")}),
    Scenario("acao-quoted", GET, {"a": ok('access-control-allow-origin: "*"')}),
    Scenario("acao-empty", GET, {"a": ok("access-control-allow-origin: ")}),
    Scenario("readable-404", GET, {"a": ok("*", status=404)}),
    Scenario("error-page-500", GET, {"a": ok(status=500)}),
    Scenario("head", "read(cross('a'), {method: 'HEAD'})", {"a": ok("*")}),
    Scenario("post-text", "read(cross('a'), {method: 'POST', body: 'x'})", {"a": ok("{page}")}),
    Scenario("post-form", "read(cross('a'), {method: 'POST', body: new URLSearchParams({a: 1})})", {"a": ok()}),
    # Where CORS begins
    Scenario("same-origin", "read(page('a'), {method: 'PUT'})", {"a": ok()}),
    Scenario("same-site-missing", "read(same('a'))", {"a": ok()}),
    Scenario("same-site-exact", "read(same('a'))", {"a": ok("{page}")}),
    Scenario("other-scheme-missing", "read(other('a'))", {"a": ok()}),
    Scenario("other-scheme-exact", "read(other('a'))", {"a": ok("{page}")}),
    Scenario("no-cors", "read(cross('a'), {mode: 'no-cors'})", {"a": ok()}),
    Scenario("no-cors-post", "read(cross('a'), {mode: 'no-cors', method: 'POST', body: 'x'})", {"a": ok()}),
    Scenario(
        "no-cors-corp",
        "read(cross('a'), {mode: 'no-cors'})",
        {"a": ok("cross-origin-resource-policy: same-origin")},
    ),
    Scenario("corp-is-no-cors", GET, {"a": ok("*", "cross-origin-resource-policy: same-origin")}),
    Scenario("mode-same-origin", "read(cross('a'), {mode: 'same-origin'})", {"a": ok("*")}, on_wire=False),
    # Credentials
    Scenario("include-star", INCLUDE, {"a": ok("*", CREDENTIALS)}),
    Scenario("include-exact", INCLUDE, {"a": ok("{page}", CREDENTIALS)}),
    Scenario("include-acac-missing", INCLUDE, {"a": ok("{page}")}),
    Scenario("include-acac-capital", INCLUDE, {"a": ok("{page}", "access-control-allow-credentials: True")}),
    Scenario("include-acac-twice", INCLUDE, {"a": ok("{page}", CREDENTIALS, CREDENTIALS)}),
    Scenario("omit-star", "read(cross('a'), {credentials: 'omit'})", {"a": ok("*", CREDENTIALS)}),
    Scenario("acac-false", GET, {"a": ok("{page}", "access-control-allow-credentials: false")}),
    Scenario(
        "include-cookie",
        "[await read(jar('a'), {credentials: 'include'}), await read(jar('b'), {credentials: 'include'}),"
        " await read(jar('c'), {credentials: 'include'}), await read(jar('d'))]",
        {
            "a": ok("{page}", CREDENTIALS, "set-cookie: tin=of-tea; Path=/"),
            "b": ok("{page}", CREDENTIALS),
            "c": ok("*", CREDENTIALS),
            "d": ok("*", CREDENTIALS),
        },
    ),
    # What may be read
    Scenario("exposed-none", GET, {"a": ok("*", *EXTRA)}),
    Scenario("exposed-one", GET, {"a": ok("*", *EXTRA, "access-control-expose-headers: X-A")}),
    Scenario("exposed-star", GET, {"a": ok("*", *EXTRA, "access-control-expose-headers: *")}),
    Scenario("exposed-bad-token", GET, {"a": ok("*", *EXTRA, "access-control-expose-headers: x-a, x b")}),
    Scenario(
        "exposed-star-credentials",
        INCLUDE,
        {"a": ok("{page}", CREDENTIALS, *EXTRA, "access-control-expose-headers: *")},
    ),
    # XMLHttpRequest
    Scenario("xhr-star", "xhr(cross('a'))", {"a": ok("*", *EXTRA, "access-control-expose-headers: x-b")}),
    Scenario("xhr-missing", "xhr(cross('a'))", {"a": ok()}),
    Scenario("xhr-credentials-star", "xhr(cross('a'), {credentials: true})", {"a": ok("*", CREDENTIALS)}),
    Scenario("xhr-credentials-exact", "xhr(cross('a'), {credentials: true})", {"a": ok("{page}", CREDENTIALS)}),
    # EventSource
    Scenario(
        "events-star", "events(cross('a'))", {"a": ok("*")._replace(body="data: x\n\n", mime="text/event-stream")}
    ),
    Scenario("events-missing", "events(cross('a'))", {"a": Answer(body="data: x\n\n", mime="text/event-stream")}),
    Scenario(
        "events-credentials-star",
        "events(cross('a'), {withCredentials: true})",
        {"a": ok("*", CREDENTIALS)._replace(body="data: x\n\n", mime="text/event-stream")},
    ),
)
