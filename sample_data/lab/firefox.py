"""Drives Firefox over Marionette, and lets its own network panel write the HAR.

`HarExporter.fetchHarData` with the menu's options is what "Save All As HAR" puts into the file.
"""

import json
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from coranalyze.cli.browsers.marionette import Marionette

PORT = 2828
PREFERENCES = {
    "marionette.port": PORT,
    "devtools.netmonitor.persistlog": True,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.normandy.enabled": False,
}
OPEN = """
const done = arguments[arguments.length - 1];
(async () => {
  const { require } = ChromeUtils.importESModule("resource://devtools/shared/loader/Loader.sys.mjs");
  const { gDevTools } = require("devtools/client/framework/devtools");
  const window = Services.wm.getMostRecentWindow("navigator:browser");
  await gDevTools.showToolboxForTab(window.gBrowser.selectedTab, { toolId: "netmonitor" });
})().then(() => done(null), error => done(String(error)));
"""
EXPORT = """
const done = arguments[arguments.length - 1];
(async () => {
  const { require } = ChromeUtils.importESModule("resource://devtools/shared/loader/Loader.sys.mjs");
  const { gDevTools } = require("devtools/client/framework/devtools");
  const window = Services.wm.getMostRecentWindow("navigator:browser");
  const toolbox = gDevTools.getToolboxForTab(window.gBrowser.selectedTab);
  const { connector, store, windowRequire } = toolbox.getPanel("netmonitor").panelWin;
  const selectors = windowRequire("devtools/client/netmonitor/src/selectors/index");
  const { HarMenuUtils } = windowRequire("devtools/client/netmonitor/src/har/har-menu-utils");
  const { HarExporter } = windowRequire("devtools/client/netmonitor/src/har/har-exporter");
  const items = selectors.getSortedRequests(store.getState());
  return await HarExporter.fetchHarData(HarMenuUtils.getDefaultHarOptions(items, connector));
})().then(har => done(har), error => done("failed: " + error));
"""


def run(session: Marionette, text: str) -> Any:
    return session.call("WebDriver:ExecuteAsyncScript", script=text, args=[])["value"]


def patiently() -> socket.socket:
    for _ in range(150):
        try:
            return socket.create_connection(("127.0.0.1", PORT))
        except OSError:
            time.sleep(0.2)
    raise TimeoutError("Firefox does not answer")


@contextmanager
def firefox() -> Iterator[Marionette]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items())
        Path(profile, "user.js").write_text("".join(lines))
        command = ["firefox-esr", "--headless", "--marionette", "--remote-allow-system-access", "--profile", profile]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            with patiently() as connection:
                session = Marionette(connection)
                session.call("WebDriver:NewSession", capabilities={})
                yield session
        finally:
            process.terminate()
            process.wait(20)


def export(pages: Sequence[str]) -> str:
    """Visit pages with the network panel open; the text of the HAR."""
    with firefox() as session:
        session.call("Marionette:SetContext", value="chrome")
        if failure := run(session, OPEN):
            raise RuntimeError(failure)
        for url in pages:
            session.call("Marionette:SetContext", value="content")
            session.call("WebDriver:Navigate", url=url)
            session.call("WebDriver:ExecuteScript", script="window.go && window.go()", args=[])
            time.sleep(2)
        session.call("Marionette:SetContext", value="chrome")
        text = str(run(session, EXPORT))
        if text.startswith("failed"):
            raise RuntimeError(text)
        return text
