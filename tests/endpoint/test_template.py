"""Which URLs are one endpoint."""

import pytest

from coranalyze.endpoint import place, template


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", "/"),
        ("/users", "/users"),
        ("/users/42", "/users/{id}"),
        ("/users/42/", "/users/{id}/"),
        ("/v1/users", "/v1/users"),
        ("/o/9f8b6c1d-1234-4abc-8def-0123456789ab", "/o/{uuid}"),
        ("/blob/9f8b6c1d0011", "/blob/{hash}"),
        ("/deadbeef", "/deadbeef"),
        ("/assets/main.3f9a2c1b.js", "/assets/main.{hash}.js"),
        ("/assets/main-3f9a2c1b.js", "/assets/main-{hash}.js"),
        (f"/assets/main.{'3f9a' * 16}.js.map", "/assets/main.{hash}.js.map"),
        (f"/assets/main-{'3f9a' * 10}.js", "/assets/main-{hash}.js"),
        (f"/fonts/{'3f9a' * 8}.woff2", "/fonts/{hash}.woff2"),
        ("/img/42.png", "/img/{id}.png"),
        ("/log/2026-11-24", "/log/{date}"),
        ("/log/2026-11", "/log/{date}"),
        ("/t/aGVsbG8gd29ybGQ0Mg12345678", "/t/{token}"),
        ("/t/[redacted-3]/x", "/t/{secret}/x"),
        ("/how-to-use-cors-in-2026", "/how-to-use-cors-in-2026"),
        ("/a/b/c/d/e/f/g/h/i/j/k/l/m/n", "/a/b/c/d/e/f/g/h/i/j/k/l/{…}"),
        ("/" + "1a" * 500, "/{token}"),
        ("/assets/main-cafebabe.js", "/assets/main-cafebabe.js"),
        ("/assets/chapter-12.html", "/assets/chapter-12.html"),
        ("/assets/part-20260101.csv", "/assets/part-{hash}.csv"),
        ("/assets/jquery-3.7.1.min.js", "/assets/jquery-3.{id}.{id}.min.js"),
        ("/log/2026-11-24T06:00:00.123Z", "/log/{date}"),
        ("/a.b/c.d", "/a.b/c.d"),
        ("/m²", "/m²"),
        ("/²", "/²"),
        ("/" + "x" * 200, "/{token}"),
    ],
)
def test_template(path: str, expected: str) -> None:
    assert template(path) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.example/users/42?page=2", ("https://api.example", "/users/{id}")),
        ("https://api.example", ("https://api.example", "/")),
        ("https://api.example?x=/a", ("https://api.example", "/")),
        ("https://API.example:443/a", ("https://api.example", "/a")),
        ("http://api.example:8080/a", ("http://api.example:8080", "/a")),
        ("wss://api.example/socket", ("https://api.example", "/socket")),
        ("data:text/plain,x", ("data:", "")),
        ("data:text/html,<a href='https://other.example/secret'>", ("data:", "")),
        ("blob:https://app.example/550e8400-e29b-41d4-a716-446655440000", ("blob:", "")),
        ("chrome-extension://abc/page.html", ("chrome-extension:", "/page.html")),
        ("about:blank", ("about:", "")),
        ("", (":", "")),
    ],
)
def test_place(url: str, expected: tuple[str, str]) -> None:
    assert place(url) == expected
