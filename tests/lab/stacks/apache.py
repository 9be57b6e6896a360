"""Apache: a case's policy is the configuration of a virtual host in front of an application. `{site}` is the case's
domain, `{dots}` the same with its dots escaped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.fixes.servers.running import await_port, free_port, running
from tests.lab.policies.case import APP, FOREIGN, SISTER, Call, Case, Visit, visits
from tests.lab.stacks.visits import PUBLIC_READ, PUT_ONLY, READ, WITH_COOKIES, wide

MODULES = ("mpm_event", "authz_core", "headers", "setenvif", "rewrite", "proxy", "proxy_http")
_CONFIG = """\
ServerName lab
ServerRoot {folder}
PidFile {folder}/pid
ErrorLog {folder}/error.log
DefaultRuntimeDir {folder}
Listen 127.0.0.1:{port}
ServerTokens Prod
User www-data
Group www-data
StartServers 1
{modules}
{hosts}
"""
_HOST = """\
<VirtualHost 127.0.0.1:{port}>
ServerName {host}
ProxyPreserveHost On
RewriteEngine On
{policy}
ProxyPass / http://127.0.0.1:{backend}/
</VirtualHost>
"""
ANSWER = "RewriteCond %{REQUEST_METHOD} =OPTIONS\nRewriteRule ^ - [R=204,L]\n"
LINES = """\
Header always set Access-Control-Allow-Origin "%{OK}e" env=OK
Header always set Access-Control-Allow-Credentials "true" env=OK
Header always set Access-Control-Allow-Methods "GET, POST, PUT" env=OK
Header always set Access-Control-Allow-Headers "x-token" env=OK
Header always set Access-Control-Max-Age "600" env=OK
"""
VARY = "Header always merge Vary Origin\n"
LIST = 'SetEnvIf Origin "^(https://(app|help)\\.{dots})$" OK=$1\n'
RIGHT = LIST + LINES + VARY + ANSWER
STAR = 'Header set Access-Control-Allow-Origin "*"\n'

CASES = (
    Case("apache-dot", "apache", 'SetEnvIf Origin "^(https://app.{site})$" OK=$1\n' + LINES + VARY + ANSWER, ("COR106",
         ),
         "dots that are not escaped", wide("https://app-{site}", "https://evil{site}")),
    Case("apache-open-end", "apache", 'SetEnvIf Origin "^(https://app\\.{dots}.*)" OK=$1\n' + LINES + VARY + ANSWER,
         ("COR104",), ".* at the end", wide("https://app.{site}.evil.test")),
    Case("apache-any-case", "apache", 'SetEnvIfNoCase Origin "(.+)" OK=$1\n' + LINES + VARY + ANSWER, ("COR101",),
         "whatever the Origin is"),
    Case("apache-no-vary", "apache", 'SetEnvIf Origin "^(https://(app|help)\\.{dots})$" OK=$1\n' + LINES + ANSWER,
         ("COR401", "COR402"), "no Vary", PUBLIC_READ, login=False),
    Case("apache-twice", "apache", RIGHT.replace(VARY,
         VARY + 'Header set Access-Control-Allow-Origin "%{OK}e" env=OK\n'),
         ("COR502",), "set and always set"),
    Case("apache-behind", "apache",
         "RequestHeader set X-Backend list\n" + 'Header add Access-Control-Allow-Origin "*"\n',
         ("COR502",), "the application's header, and one more", visits(READ), login=False),
    Case("apache-errors", "apache", LIST + LINES.replace(" always", "").replace("OK}e\" env=OK",
         "OK}e\" \"expr=%{REQUEST_STATUS} -lt 400\"")
         .replace('"true" env=OK', '"true" "expr=%{REQUEST_STATUS} -lt 400"') + VARY, ("COR702",),
         "no headers on errors", visits(WITH_COOKIES, Call("/missing", credentials=True), Call("/limit",
         credentials=True),
         foreign=False)),
    Case("apache-redirect", "apache", "RewriteRule ^/data$ /data/ [R=301,L]\n" + RIGHT, ("COR602",),
         "a slash is put first",
         PUT_ONLY),
    Case("apache-auth", "apache",
         'RewriteCond %{HTTP:X-Token} =""\nRewriteRule ^ - [R=401,L]\n' + RIGHT.replace(ANSWER, "")
         .replace("Header always", "Header"), ("COR601",), "401 without a token, to OPTIONS too", PUT_ONLY),
    Case("apache-by-path", "apache", "<Location /public>\n" + RIGHT.replace(ANSWER, "") + "</Location>", ("COR701",),
         "one path of two", visits(Call("/public", credentials=True), WITH_COOKIES, foreign=False)),
    Case("apache-forgotten", "apache", "", ("COR603", "COR605"), "nothing is set up; the front end asks all the same",
         (Visit(APP, (READ, Call(method="PUT", headers={"X-Token": "1"}))), Visit(SISTER, (READ,)))),
    Case("apache-list", "apache", RIGHT, (), "a list"),
    Case("apache-prefix-held", "apache", 'SetEnvIf Origin "^(https://app\\.{dots})" OK=$1\n' + LINES + VARY + ANSWER,
         (),
         "the trusted part alone is told back: a refusal", wide("https://app.{site}.evil.test")),
    Case("apache-fonts", "apache", '<LocationMatch "\\.(woff2|js)$">\n' + STAR + "</LocationMatch>", (),
         "* on fonts and scripts", visits(Call("/a.woff2", kind="font"), Call("/a.js", kind="script"), WITH_COOKIES)),
    Case("apache-star-missing", "apache", STAR.replace("set", "always set", 1), (), "* on a 404",
         visits(Call("/missing")), login=False),
    Case("apache-cdn", "apache", STAR + "RequestHeader set X-Backend none\n", (), "* on images",
         (Visit(FOREIGN, (Call("/a.png", kind="image"),)), Visit(APP, (Call("/a.png", kind="image"),))), login=False,
         host="cdn.{site}"),
)  # fmt: skip


def _filled(text: str, case: Case) -> str:
    return text.replace("{site}", case.site).replace("{dots}", case.site.replace(".", "\\."))


@contextmanager
def serving(cases: Sequence[Case], folder: Path, backend: int) -> Iterator[dict[str, int]]:
    folder.mkdir(mode=0o755)
    port = free_port()
    hosts = "".join(
        _HOST.format(port=port, host=case.server, policy=_filled(case.policy, case), backend=backend) for case in cases
    )
    modules = "".join(f"LoadModule {each}_module /usr/lib/apache2/modules/mod_{each}.so\n" for each in MODULES)
    config = folder / "apache.conf"
    config.write_text(_CONFIG.format(folder=folder, port=port, modules=modules, hosts=hosts), "utf-8")
    with running(["apache2", "-d", folder, "-f", config, "-DFOREGROUND"]) as apache:
        await_port(port, lambda: apache.poll() is None, folder / "error.log")
        yield {case.server: port for case in cases}
