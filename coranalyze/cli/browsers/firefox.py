"""Firefox: a quiet, fresh profile that trusts one CA.

Firefox takes no certificate on the command line, and `certutil` is on few machines. So a new profile is opened once
without a window and without a network, and Firefox itself is told over Marionette to keep the CA in the profile's
database. The browser that the user sees is started afterwards, without any remote control.
"""

import base64
import json
import os
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from coranalyze.cli.browsers import marionette
from coranalyze.cli.browsers.trust import CA

PATIENCE = 60.0
"""Seconds that a first start may take."""
QUIET: Mapping[str, bool | int | str] = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "app.update.auto": False,
    "browser.aboutwelcome.enabled": False,
    "browser.contentblocking.report.lockwise.enabled": False,
    "browser.newtabpage.enabled": False,
    "browser.newtabpage.activity-stream.feeds.asrouterfeed": False,
    "browser.newtabpage.activity-stream.feeds.topsites": False,
    "browser.newtabpage.activity-stream.feeds.section.topstories": False,
    "browser.newtabpage.activity-stream.discoverystream.enabled": False,
    "browser.ping-centre.telemetry": False,
    "browser.region.network.url": "",
    "browser.region.update.enabled": False,
    "browser.safebrowsing.blockedURIs.enabled": False,
    "browser.safebrowsing.downloads.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.passwords.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "browser.search.suggest.enabled": False,
    "browser.search.update": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "browser.startup.page": 0,
    "browser.tabs.firefox-view": False,
    "browser.topsites.contile.enabled": False,
    "browser.uitour.enabled": False,
    "browser.urlbar.merino.endpointURL": "",
    "browser.urlbar.quicksuggest.enabled": False,
    "browser.urlbar.suggest.searches": False,
    "datareporting.healthreport.uploadEnabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "dom.push.connection.enabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.systemAddon.update.enabled": False,
    "extensions.update.enabled": False,
    "extensions.blocklist.enabled": False,
    "identity.fxaccounts.enabled": False,
    "media.gmp-manager.updateEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disablePrefetch": True,
    "network.prefetch-next": False,
    "network.predictor.enabled": False,
    "network.http.speculative-parallel-limit": 0,
    "services.settings.server": "data:,#no-remote-settings/v1",
    "signon.rememberSignons": False,
    "toolkit.telemetry.enabled": False,
    "toolkit.telemetry.server": "",
    "toolkit.telemetry.unified": False,
    "trailhead.firstrun.didSeeAboutWelcome": True,
}
"""No service of the browser's own, no question to the user. Nothing here changes what a page may do."""
ENVIRONMENT = {"MOZ_REMOTE_SETTINGS_DEVTOOLS": "1"}
"""What a released Firefox wants before it honours `services.settings.server`."""
TRUST = """
const database = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
database.addCertFromBase64(arguments[0], "C,,");
"""


def prepare(path: str, profile: Path, proxy: str, ca: CA) -> None:
    """Make a new profile that trusts the CA and goes through the proxy (HOST:PORT).

    Raises MarionetteError or OSError when Firefox does not start, TimeoutError when it takes too long.
    """
    # A proxy where nobody listens: what the first start asks for, it does not get.
    _write(profile, {**QUIET, **_proxy("127.0.0.1", 9), "marionette.port": 0})
    process = subprocess.Popen(
        [path, "--headless", "--marionette", "--remote-allow-system-access", "--profile", str(profile)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, **ENVIRONMENT}, start_new_session=True,
    )  # fmt: skip
    try:
        with marionette.session(_port(process, profile), PATIENCE) as session:
            session.call("Marionette:SetContext", value="chrome")
            session.call("WebDriver:ExecuteScript", script=TRUST, args=[base64.b64encode(ca.der).decode()])
            session.call("Marionette:Quit", flags=["eForceQuit"])
        process.wait(PATIENCE)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    host, _, port = proxy.rpartition(":")
    _write(profile, {**QUIET, **_proxy(host, int(port))})


def command(path: str, profile: Path, url: str, *, headless: bool) -> list[str]:
    return [path, "--no-remote", "--profile", str(profile), *(["--headless"] if headless else []), url]


def _proxy(host: str, port: int) -> dict[str, bool | int | str]:
    return {
        "network.proxy.type": 1,
        "network.proxy.http": host,
        "network.proxy.http_port": port,
        "network.proxy.ssl": host,
        "network.proxy.ssl_port": port,
        "network.proxy.no_proxies_on": "",
        # Without it what the page asks of loopback would go past the proxy.
        "network.proxy.allow_hijacking_localhost": True,
    }


def _write(profile: Path, preferences: Mapping[str, bool | int | str]) -> None:
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in preferences.items())
    (profile / "user.js").write_text("".join(lines), encoding="utf-8")


def _port(process: "subprocess.Popen[bytes]", profile: Path) -> int:
    """Firefox writes the port that it chose into the profile."""
    file = profile / "MarionetteActivePort"
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            raise marionette.MarionetteError(f"Firefox ended at once (exit code {process.returncode})")
        if file.exists() and (text := file.read_text("ascii").strip()):
            return int(text)
        time.sleep(0.05)
    raise TimeoutError("Firefox did not get ready")
