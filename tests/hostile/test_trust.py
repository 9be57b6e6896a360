"""No secret leaves, nothing is sent, and what is written for a while is private and removed."""

import gzip
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from coranalyze.cli.app import VERBS
from tests.cli.run import ROOT, run
from tests.conftest import SAMPLES
from tests.sources.hars import dump, entry, log, preflight

SECRETS = {
    "named": "hunter2-correct-horse",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2lnbmF0dXJlLW9mLWphbmU",
    "hex": "5d41402abc4b2a76b9719d911017c592",
    "base62": "Zx81kQp3Lm7Vt2Rb9Nc4Ws6Ty0Ua5Ed1",
}
OUTPUTS = (
    ".txt", ".json", ".jsonl", ".md", ".sarif", ".xml", ".gitlab.json", ".csv", ".endpoints.csv", ".findings.csv",
    ".html", ".parquet",
)  # fmt: skip
APP = {"Origin": "https://app.example"}


def planted() -> list[dict[str, Any]]:
    """Entries with a secret in every place, named ones where their place tells, others anywhere."""
    made = []
    named = SECRETS["named"]
    for secret in SECRETS.values():
        asked = {
            **APP, "Cookie": f"sid={secret}; b={secret}", "Authorization": f"Bearer {secret}", "X-Api-Key": secret,
            "X-CSRF-Token": secret, "Proxy-Authorization": f"Basic {secret}", "X-Other": secret,
            "Referer": f"https://u:{secret}@app.example/{secret}?token={secret}#{secret}",
        }  # fmt: skip
        given = {
            "Access-Control-Allow-Origin": "https://app.example", "Access-Control-Allow-Credentials": "true",
            "Set-Cookie": f"sid={secret}; Path=/; Other={secret}", "ETag": secret, "X-Request-Id": secret,
            "WWW-Authenticate": f'Digest realm="{secret}"', "Refresh": f"0; url=/?token={secret}",
            "Location": f"https://u:{secret}@b.example/?access_token={secret}#code={secret}",
        }  # fmt: skip
        url = (
            f"https://u:{secret}@api.example/x?password={secret}&b=https%3A%2F%2Fc.example%2F%3Ftoken%3D{quote(secret)}"
        )
        for method, status in (("GET", 200), ("PUT", 302), ("POST", 500)):
            one = entry(method, url + f"#{secret}", status, asked=asked, given=given)
            one["request"] |= {
                "cookies": [{"name": "sid", "value": secret}],
                "postData": {"text": secret, "params": [{"value": secret}]},
                "queryString": [{"name": "password", "value": secret}], "comment": secret,
            }  # fmt: skip
            one["response"] |= {
                "content": {"text": secret}, "cookies": [{"name": "sid", "value": secret}], "redirectURL": secret,
                "statusText": secret, "comment": secret, "_error": f"no way to https://a.example/?token={secret}",
            }  # fmt: skip
            made.append({**one, "_webSocketMessages": [{"data": secret}], "comment": secret, "_x": {"y": secret}})
        made.append(preflight(url, given={"Access-Control-Allow-Origin": "*", "X-Secret": secret}))
        if secret != named:
            made.append(entry("GET", f"https://api.example/{secret}/x;v={secret}?{secret}&q={secret}", asked=APP))
            made.append(entry("GET", "https://api.example/y", 0, asked=APP, _error=f"failed: {secret}"))
    return made


def forms(secret: str) -> Iterator[bytes]:
    for form in {secret, secret.upper(), secret.lower(), quote(secret, safe=""), secret[:20]}:
        yield form.encode()


def look(where: str, written: bytes) -> None:
    for kind, secret in SECRETS.items():
        for form in forms(secret):
            assert form not in written, f"{kind} in {where}"


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("planted") / "planted.har"
    path.write_bytes(dump(log(*planted())))
    return path


def test_planted_secrets_are_in_no_output(tmp_path: Path, capture: Path) -> None:
    # What a run leaves among temporary files would be found there.
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    outputs = [f"--output={tmp_path}/x{suffix}" for suffix in OUTPUTS]
    done = run(
        "analyze", str(capture), *outputs, f"--report-dir={tmp_path}/report",
        f"--write-baseline={tmp_path}/b.json", "-v",
        TMPDIR=str(temporary),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    look("stdout", done.stdout.encode())
    look("stderr", done.stderr.encode())
    copy = tmp_path / "copy.har"
    sanitized = run("sanitize", str(capture), "--output", str(copy))
    assert sanitized.returncode == 0, sanitized.stderr
    look("stderr of sanitize", sanitized.stderr.encode())
    compared = run("diff", str(capture), str(copy), "--format", "json")
    look("diff", (compared.stdout + compared.stderr).encode())
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > len(OUTPUTS) + 10
    for path in written:
        look(path.name, path.read_bytes())
    assert not list(temporary.rglob("*"))


@pytest.mark.parametrize("option", ["--verbose", "--quiet"])
def test_keep_values_keeps_no_cookies_and_credentials(capture: Path, option: str) -> None:
    done = run("analyze", str(capture), "--keep-values", option, "--format", "json")
    for name in ("sid=", "Bearer", "Basic"):
        assert f"{name}{SECRETS['named']}" not in done.stdout
        assert f"{name} {SECRETS['named']}" not in done.stdout
    assert f"u:{SECRETS['named']}@" not in done.stdout


@pytest.mark.parametrize("verbose", [True, False])
def test_planted_secrets_are_in_no_traceback(tmp_path: Path, capture: Path, verbose: bool) -> None:
    # An error in the middle of the work: the traceback shows code, and no captured text.
    script = tmp_path / "broken.py"
    script.write_text(
        "import sys\n"
        "from coranalyze.engine import Engine\n"
        "def fails(self, chain, page):\n"
        "    raise ValueError(chain.hops[0].url)\n"
        "Engine._judge = fails\n"
        "from coranalyze.cli import main\n"
        f"sys.argv = ['coranalyze', 'analyze', {str(capture)!r}, {'--verbose' if verbose else '--quiet'!r}]\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert b"internal error: ValueError" in done.stderr
    assert (b"Traceback" in done.stderr) == verbose
    look("traceback", done.stderr)


def test_reports_are_private_until_they_are_whole(tmp_path: Path) -> None:
    from coranalyze.cli.outputs import Target

    target = Target(tmp_path / "x.json")
    (unfinished,) = tmp_path.iterdir()
    assert stat.S_IMODE(unfinished.stat().st_mode) == 0o600
    target.discard()
    assert not list(tmp_path.iterdir())


def alone(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    """The command in a network namespace without interfaces, where even loopback is down."""
    return subprocess.run(
        ["unshare", "-n", sys.executable, "-m", "coranalyze", *arguments],
        capture_output=True, cwd=cwd, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.skipif(shutil.which("unshare") is None or os.geteuid() != 0, reason="needs root and unshare")
def test_nothing_needs_a_network(tmp_path: Path) -> None:
    if subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs a system that lets root make network namespaces")
    sample = str(SAMPLES / "shop-chrome.har")
    commands = [
        ["analyze", str(SAMPLES), "--report-dir", str(tmp_path / "report"), "--output", str(tmp_path / "x.parquet")],
        ["judge", str(SAMPLES / "put-with-token.http")],
        ["explain", "COR101"],
        ["explain", "--html"] if "--html" in run("explain", "--help").stdout else ["explain", "acao-missing"],
        ["rules"],
        ["diff", sample, str(SAMPLES / "bank-mitmproxy.har")],
        ["sanitize", sample, "--output", str(tmp_path / "x.har")],
        ["init"],
        ["addon"],
    ]
    assert {command[0] for command in commands} == VERBS - {"capture"}
    for command in commands:
        done = alone(*command, cwd=tmp_path)
        assert done.returncode == 0, (command, done.stderr.decode())


def test_packed_input_leaves_no_temporary_file(tmp_path: Path, capture: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    packed = tmp_path / "a.har.gz"
    packed.write_bytes(gzip.compress(capture.read_bytes()))
    archive = tmp_path / "a.har.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.write(capture, "a.har")
    for path in (packed, archive):
        done = run("analyze", str(path), "--format", "json", TMPDIR=str(temporary))
        assert json.loads(done.stdout)["summary"]["entries"] > 10
    assert not list(temporary.rglob("*"))
