"""COR7xx to COR9xx: what several exchanges of one server show together."""

import pytest

from tests.rules.story import ACAC, API, APP, VARY, acao, asked, findings, graded, preflight, told

STRANGER = "https://stranger.test"
JSON = "Content-Type: application/json"
PUT = "Access-Control-Allow-Methods: PUT"
NO_CORS = "Sec-Fetch-Mode: no-cors"

CASES = {
    "701: a foreign site is let in on one path": (
        (
            asked("GET", f"{API}/a", origin=STRANGER, answer=acao(STRANGER, ACAC, VARY, JSON)),
            asked("GET", f"{API}/b", origin=STRANGER, answer=(JSON, VARY)),
        ),
        {"COR701 low"},
    ),
    "701: refused here by silence and there by another name": (
        (asked("GET", f"{API}/a", answer=(JSON,)), asked("GET", f"{API}/b", answer=acao("https://other.test", JSON))),
        set(),
    ),
    "702: another path": (
        (asked("GET", f"{API}/a", answer=acao()), asked("GET", f"{API}/b", status=500)),
        {"COR702 low?"},
    ),
    "702: another path, and every success has them": (
        (
            asked("GET", f"{API}/a", answer=acao("*")), asked("GET", f"{API}/c", answer=acao("*")),
            asked("GET", f"{API}/b", status=500),
        ),
        {"COR702 low"},
    ),
    "702: another path, and some success lacks them": (
        (
            asked("GET", f"{API}/a", answer=acao()), asked("GET", f"{API}/c", answer=acao()),
            asked("GET", f"{API}/d"), asked("GET", f"{API}/b", status=500),
        ),
        {"COR702 low?", "COR701 info"},
    ),
    "702: * for all": ((asked(answer=acao("*")), asked(status=429)), {"COR702 low"}),
    "702: errors have them": ((asked(answer=acao("*")), asked(status=429, answer=acao("*"))), set()),
    "702: the preflight lets it in": (
        (preflight(answer=acao(APP, PUT)), asked("PUT", status=500)),
        {"COR702 low?"},
    ),
    "702: nobody is let in": ((asked(), asked(status=500)), set()),
    "703: an error of POST is 702": (
        (asked(answer=acao()), asked("POST", API, "Sec-Fetch-Mode: cors", status=500)),
        {"COR702 low"},
    ),
    "703: a form is not checked": (
        (asked(answer=acao()), asked("POST", API, "Sec-Fetch-Mode: navigate")),
        set(),
    ),
    "704: by turns, but with and without cookie": (
        (
            asked(answer=acao("*")), asked("GET", API, "Cookie: sid", answer=acao(APP, VARY)),
            asked(answer=acao("*")), asked("GET", API, "Cookie: sid", answer=acao(APP, VARY)),
        ),
        set(),
    ),
    "704: by turns from a cache": (
        (asked(answer=acao("*")), asked(answer=("X-Cache: HIT",)), asked(answer=acao("*"))),
        set(),
    ),
    "704: by turns, other addresses": (
        (
            asked("GET", f"{API}/1", answer=acao("*")), asked("GET", f"{API}/2"),
            asked("GET", f"{API}/1", answer=acao("*")),
        ),
        set(),
    ),
    "705: on the real answer only": (
        (preflight(answer=acao(APP, PUT)), asked("PUT", answer=acao(APP, ACAC))),
        {"COR705 low"},
    ),
    "705 is within 608": (
        (preflight(answer=acao(APP, PUT)), asked("PUT", API, "Cookie: sid", answer=acao(APP, ACAC))),
        set(),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("exchanges", "expected"), CASES.values(), ids=CASES)
def test_consistency(exchanges: tuple[str, ...], expected: set[str]) -> None:
    assert graded(*exchanges, groups="7") == expected


def test_another_layer_is_named() -> None:
    found = findings(asked(answer=acao("*", "Server: app")), asked(status=502, answer=("Server: edge/1",)))
    assert "server: edge/1" in found["COR702"].message


def test_a_drift_is_told_in_words() -> None:
    on, off = asked(answer=acao()), asked()
    assert findings(on, off, on)["COR704"].message == (
        "The same request is answered by turns with the origin that asks and with no Access-Control-Allow-Origin."
    )
    one, other = asked("GET", f"{API}/a", answer=acao(APP, JSON)), asked("GET", f"{API}/b", answer=(JSON,))
    assert "(a refusal) than on other paths" in findings(one, other)["COR701"].message
    assert (
        "than on most paths" in findings(one, other, asked("GET", f"{API}/c", answer=acao(APP, JSON)))["COR701"].message
    )


def cycle(times: int, *answer: str) -> list[str]:
    return [preflight(answer=acao(APP, PUT, *answer)), asked("PUT", answer=acao())] * times


HYGIENE = {
    "801: once": (cycle(1), {"COR801 info"}),
    "801: again": (cycle(2), {"COR801 low"}),
    "801: within a storm": (cycle(4), {"COR804 info"}),
    "801: a failed preflight": ([preflight(status=404)], set()),
    "802: two hours": (cycle(1, "Access-Control-Max-Age: 7200"), set()),
    "802: a day, of which Chromium keeps two hours": (cycle(1, "Access-Control-Max-Age: 86400"), {"COR802 info"}),
    "802: more": (cycle(1, "Access-Control-Max-Age: 86401"), {"COR802 info"}),
    "803: X-Requested-With alone": (
        [
            preflight(
                "POST", "x-requested-with",
                answer=acao(APP, "Access-Control-Max-Age: 9", "Access-Control-Allow-Headers: *"),
            ),
            asked("POST", API, "X-Requested-With: XMLHttpRequest", "Sec-Fetch-Mode: cors", answer=acao()),
        ],
        {"COR803 info"},
    ),
    "803: X-Requested-With beside a token": (
        [
            preflight(
                "POST", "authorization,x-requested-with",
                answer=acao(APP, "Access-Control-Max-Age: 9", "Access-Control-Allow-Headers: *, Authorization"),
            ),
            asked("POST", API, "Authorization: Bearer x", "Sec-Fetch-Mode: cors", answer=acao()),
        ],
        set(),
    ),
    "805: three that nobody uses": (
        cycle(1, "Access-Control-Max-Age: 9", "Access-Control-Allow-Methods: PATCH, DELETE, PROPFIND"),
        {"COR805 info"},
    ),
    "805: asked for in another case": (
        [preflight("patch", answer=acao(APP, "Access-Control-Max-Age: 9", "Access-Control-Allow-Methods: A,B,PATCH"))],
        set(),
    ),
    "805: two": (cycle(1, "Access-Control-Max-Age: 9", "Access-Control-Allow-Methods: PATCH, DELETE"), set()),
    "808: some without": (
        [asked(answer=acao("*", VARY)), asked("GET", API, NO_CORS, origin=None, answer=(VARY,))],
        set(),
    ),
    "809: a page of another site asks": ([asked(answer=acao("https://other.test", JSON))], set()),
    "810: on a refusal": ([asked(origin=STRANGER, answer=(ACAC, VARY))], {"COR810 info"}),
}  # fmt: skip


@pytest.mark.parametrize(("exchanges", "expected"), HYGIENE.values(), ids=HYGIENE)
def test_hygiene(exchanges: list[str], expected: set[str]) -> None:
    assert graded(*exchanges, groups="8") == expected


def test_notes_take_one_line_a_server() -> None:
    exchanges = [
        asked("GET", f"https://{host}.example/{path}", answer=acao(APP, ACAC, VARY)) for host in "ab" for path in "xyz"
    ]
    notes = [f for f in told(*exchanges).findings if f.rule[3] == "9"]
    assert sorted((f.rule, f.endpoint) for f in notes) == [
        ("COR903", "https://a.example/x"), ("COR903", "https://b.example/x"),
    ]  # fmt: skip


def test_drift_for_a_stranger_names_the_paths_that_it_asked() -> None:
    found = [
        finding
        for finding in told(
            asked("GET", f"{API}/a", origin=STRANGER, answer=acao(STRANGER, ACAC, VARY, JSON)),
            asked("GET", f"{API}/b", origin=STRANGER, answer=(JSON, VARY)),
            asked("GET", f"{API}/a", answer=acao(APP, VARY, JSON)),
            asked("GET", f"{API}/c", answer=(JSON, VARY)),
        ).findings
        if finding.rule == "COR701"
    ]
    assert [(finding.origin, finding.severity, finding.endpoints) for finding in found] == [
        (STRANGER, "low", (f"{API}/a",)), (APP, "info", (f"{API}/c",)),
    ]  # fmt: skip
