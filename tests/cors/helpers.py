"""What the tests of the CORS protocol share: header lines as text, and strategies weighted to likely tokens."""

from hypothesis import strategies as st

from coranalyze.cors.browsers import CHROMIUM, FIREFOX, SPEC, WEBKIT
from coranalyze.cors.headers import Headers

O = "https://app.example"  # noqa: E741 (the name that the standard's own tests give the request's origin)
ALL = (SPEC, CHROMIUM, FIREFOX, WEBKIT)


SHORT = {
    "ACAO": "Access-Control-Allow-Origin",
    "ACAC": "Access-Control-Allow-Credentials",
    "ACAM": "Access-Control-Allow-Methods",
    "ACAH": "Access-Control-Allow-Headers",
    "ACEH": "Access-Control-Expose-Headers",
    "MAX": "Access-Control-Max-Age",
}
SHORT |= {short.lower(): name.lower() for short, name in SHORT.items()}


def headers(*lines: str) -> Headers:
    """`Name: value` lines as a header list; what follows the colon is the value, spaces included, as on the wire."""
    pairs = (line.partition(":") for line in lines)
    return Headers.of((SHORT.get(name, name), value) for name, _, value in pairs)


NEAR_MISSES = (
    "*", "null", O, f"{O}/", f" {O}\t", O.upper(), f"{O}:443", f"{O}:8443", "http://app.example", "app.example",
    f"{O}, {O}", f"*, {O}", f"{O},", "https://*.example", "https://evil.example", "NULL", "", '"*"', "* ", f"{O} *",
    "https://app.example:*", "://", "https://app.example.evil.test", "https://xapp.example",
)  # fmt: skip
origins = st.sampled_from([O, "null", "http://localhost:3000", "https://[::1]:8443"])
values = st.sampled_from(NEAR_MISSES) | st.text(st.characters(max_codepoint=0xFF, exclude_characters="\r\n\0"))
flags = st.sampled_from(["true", " true\t", "True", "TRUE", "false", "1", "", '"true"', "true, true", "*"]) | values
tokens = st.sampled_from(
    ["*", "GET", "PUT", "put", "PATCH", "patch", "DELETE", "x-a", "X-A", "content-type", "authorization", "x-b"]
)
lists = st.lists(tokens | st.sampled_from(["", "bad token", "x@b"]), max_size=4).map(", ".join)

CORS_NAMES = {
    "access-control-allow-origin": values,
    "access-control-allow-credentials": flags,
    "access-control-allow-methods": lists,
    "access-control-allow-headers": lists,
}


@st.composite
def responses(draw: st.DrawFn) -> Headers:
    """Response headers in which each CORS header stands up to twice, in any order and case."""
    lines: list[tuple[str, str]] = []
    for name, strategy in CORS_NAMES.items():
        for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2]))):
            spelling = draw(st.sampled_from([name, name.title(), name.upper()]))
            lines.append((spelling, draw(strategy)))
    return Headers.of(draw(st.permutations(lines)))


unrelated = st.sampled_from(
    [
        ("Content-Type", "text/plain"), ("Vary", "Origin"), ("Allow", "GET, PUT"),
        ("X-Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Origins", "*"), ("Set-Cookie", "a=b"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Timing-Allow-Origin", "*"), ("Access-Control-Expose-Headers", "*"), ("Access-Control-Max-Age", "600"),
    ]
)  # fmt: skip
