"""`coranalyze judge` and `coranalyze explain`."""

import json
from pathlib import Path

import pytest

from tests.cli.run import ROOT, run

BANK = ROOT / "tests" / "golden" / "stories" / "bank.http"
CHROME = (
    "Access to fetch at 'https://api.example/x' from origin 'https://app.example' has been blocked by CORS policy: "
    "No 'Access-Control-Allow-Origin' header is present on the requested resource."
)


def test_judge_shows_every_step() -> None:
    done = run("judge", str(BANK))
    assert (done.returncode, done.stderr) == (0, "")
    for told in (
        "CORS check, step 4",
        "https://fetch.spec.whatwg.org/#concept-cors-check",
        "expected https://hacker.example",
    ):
        assert told in done.stdout
    assert run("judge", "-", stdin=BANK.read_bytes()).stdout == done.stdout


def test_judge_in_json_has_the_steps() -> None:
    document = json.loads(run("judge", str(BANK), "--format", "json").stdout)
    (fetch,) = document["fetches"]
    assert fetch["steps"][-1]["passed"] is False
    assert fetch["steps"][-1]["reason"] == fetch["reason"] == "acao-mismatch"


def test_judge_tells_both_answers_of_a_conditional_verdict() -> None:
    text = "GET https://api.example/\nOrigin: https://app.example\n\n200\nAccess-Control-Allow-Origin: *\n"
    done = run("judge", "-", stdin=text)
    assert "without credentials: allowed" in done.stdout
    assert "acao-wildcard-with-credentials" in done.stdout


def test_judge_asks_the_browser_that_is_named() -> None:
    text = (
        "OPTIONS https://api.example/\nOrigin: https://app.example\nAccess-Control-Request-Method: GET\n"
        "Access-Control-Request-Headers: authorization\n\n204\nAccess-Control-Allow-Origin: *\n"
        "Access-Control-Allow-Headers: *\n"
    )
    assert "authorization-wildcard" in run("judge", "-", "--browser", "spec", stdin=text).stdout
    assert "authorization-wildcard" not in run("judge", "-", "--browser", "firefox", stdin=text).stdout


@pytest.mark.parametrize("text", ["hello", "", "GET /no-host\n\n200\n"])
def test_judge_says_which_line_is_wrong(text: str) -> None:
    done = run("judge", "-", stdin=text)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_judge_of_no_file(tmp_path: Path) -> None:
    assert run("judge", "no-such.http", cwd=tmp_path).returncode == 2
    assert run("judge", str(tmp_path)).returncode == 2


def test_explain_codes_and_messages() -> None:
    assert run("explain", "acao-missing").stdout == run("explain", "ACAO-Missing").stdout
    assert "Firefox's code" in run("explain", "CORSMissingAllowOrigin2").stdout
    told = run("explain", CHROME).stdout
    assert "https://api.example/x" in told
    assert run("explain", "-", stdin=CHROME).stdout == told
    # Unquoted on the command line: the shell takes the quotes away and makes words of it.
    assert "acao-missing" in run("explain", *CHROME.replace("'", "").split()).stdout


def test_explain_several() -> None:
    done = run("explain", "acao-missing", "csp")
    assert done.stdout.index("acao-missing") < done.stdout.index("csp  ")


HEADER = (
    "Access to fetch at 'https://api.other.example/x' from origin 'https://app.example' has been blocked by CORS "
    "policy: Request header field {} is not allowed by Access-Control-Allow-Headers in preflight response."
)
METHOD = (
    "Access to fetch at 'https://api.example/x' from origin 'https://app.example' has been blocked by CORS policy: "
    "Method {} is not allowed by Access-Control-Allow-Methods in preflight response."
)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("COR101", "map $http_origin"),
        ("acao-missing", "map $http_origin"),
        ("preflight-auth", "return 204;"),
        (HEADER.format("x-token"), 'Access-Control-Allow-Headers "x-token"'),
        (METHOD.format("PATCH"), '"GET, HEAD, POST, PATCH"'),
        # What the page has to change, no server should give way for.
        (HEADER.format("sentry-trace"), None),
        (HEADER.format("access-control-allow-origin"), None),
        (METHOD.format("patch"), None),
        (CHROME.replace("from origin 'https://app.example'", "from origin 'null'"), None),
        ("tracing-header-leak", None),
        ("response-header-sent-as-request", None),
        ("null-origin-context", None),
        ("csp", None),
    ],
)
def test_explain_for_a_stack(code: str, told: str | None) -> None:
    done = run("explain", code, "--stack", "nginx", COLUMNS="100")
    if told is None:
        assert "add_header" not in done.stdout
        assert "no CORS setting of a server mends this" in done.stdout
    else:
        assert told in done.stdout
        assert done.stdout.count("on nginx") == 1
    held = json.loads(run("explain", code, "--stack", "nginx", "--format", "json").stdout)["explanations"]
    assert any("add_header" in snippet["code"] for each in held for snippet in each["snippets"]) is (told is not None)


def test_explain_for_a_stack_that_is_none() -> None:
    done = run("explain", "COR101", "--stack", "iis")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--stack: no 'iis'" in done.stderr


def test_explain_json() -> None:
    (told,) = json.loads(run("explain", CHROME, "--format", "json").stdout)["explanations"]
    assert (told["reason"], told["browser"], told["stage"]) == ("acao-missing", "chromium", "actual")
    assert told["facts"] == {"initiator": "fetch", "url": "https://api.example/x", "origin": "https://app.example"}


def test_explain_a_name_for_many_things() -> None:
    told = run("explain", "net::ERR_FAILED").stdout
    assert "It may stand for" in told
    assert "acao-missing" in told
    assert "network-error" in told


def test_unknown_codes_get_close_matches() -> None:
    done = run("explain", "acao-mising", "csp")
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean acao-missing" in done.stderr
    assert "did you mean COR101, origin-reflected-any" not in run("explain", "COR1").stderr
    assert "did you mean COR101, COR102" in run("explain", "COR1").stderr
    assert run("explain", "-", stdin="nothing of the kind").returncode == 2
    assert run("explain", "-").returncode == 2


def test_explain_a_part_of_a_message() -> None:
    done = run("explain", "No", "Access-Control-Allow-Origin", "header", "is", "present")
    assert (done.returncode, done.stderr) == (0, "")
    assert "acao-missing" in done.stdout
    for words in (["did not succeed"], ["did", "not", "succeed"]):
        done = run("explain", *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (
            "coranalyze: 'did not succeed' stands in messages of several reasons; explain one of preflight-status, "
            "network-error\n"
        )
