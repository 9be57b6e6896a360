"""Chromium, Chrome and Edge: the options of a quiet, fresh browser that trusts one CA."""

import json
from pathlib import Path

from coranalyze.cli.browsers.trust import CA

NOWHERE = "services.invalid"
"""Where services without an option that stops them are sent to: past the proxy, into a name that is never looked up."""
QUIET = (
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-client-side-phishing-detection",
    "--disable-component-extensions-with-background-pages",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-search-engine-choice-screen",
    "--disable-sync",
    f"--gaia-url=https://{NOWHERE}/",
    f"--component-updater=url-source=https://{NOWHERE}/",
    "--metrics-recording-only",
    "--no-service-autorun",
    "--password-store=basic",
    "--use-mock-keychain",
)
"""No service of the browser's own, no question to the user. Nothing here changes what a page may do."""
QUIET_FEATURES = (
    "AutofillServerCommunication",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "Translate",
)
PREFERENCES = {
    # Prefetched DNS and searches while one types are requests that no page made.
    "net": {"network_prediction_options": 2},
    "search": {"suggest_enabled": False},
    "safebrowsing": {"enabled": False},
    "alternate_error_pages": {"enabled": False},
    "signin": {"allowed": False, "allowed_on_next_startup": False},
}


def prepare(profile: Path) -> None:
    """Write the settings of a new profile."""
    settings = profile / "Default" / "Preferences"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(PREFERENCES), encoding="utf-8")


def through(proxy: str, ca: CA) -> list[str]:
    """The options for a proxy (HOST:PORT) and its CA; trust in it takes effect together with `--user-data-dir` only."""
    return [
        f"--proxy-server=http://{proxy}",
        # Without `<-loopback>` what a page asks of loopback would go past the proxy.
        f"--proxy-bypass-list=<-loopback>;{NOWHERE}",
        f"--ignore-certificate-errors-spki-list={ca.spki_sha256}",
    ]


def command(path: str, profile: Path, url: str, proxy: str, ca: CA, *, headless: bool, sandbox: bool) -> list[str]:
    return [
        path,
        f"--user-data-dir={profile}",
        *through(proxy, ca),
        f"--host-resolver-rules=MAP {NOWHERE} ~NOTFOUND",
        *QUIET,
        f"--disable-features={','.join(QUIET_FEATURES)}",
        *(["--headless=new", "--disable-gpu"] if headless else []),
        # Root may not use the sandbox, and Chromium refuses to start rather than go without by itself.
        *([] if sandbox else ["--no-sandbox"]),
        url,
    ]
