"""PHP by hand, in its built-in server. A case's policy is PHP that runs before `/data` answers; `$origin`, `$site`,
`$method` and the listed origins in `$own` are there, and `allow($origin)` sends the usual lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.fixes.servers.running import await_port, free_port, running
from tests.lab.policies.case import APP, FOREIGN, SISTER, TOKEN, Call, Case, Visit, visits
from tests.lab.stacks.visits import COOKIES, PUBLIC_READ, PUT, PUT_ONLY, READ, WITH_COOKIES, wide

_HEAD = r"""<?php
header_remove('X-Powered-By');
$origin = $_SERVER['HTTP_ORIGIN'] ?? '';
$method = $_SERVER['REQUEST_METHOD'];
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$cache = $path === '/public' ? 'public, max-age=60' : 'private, no-store';
$mime = 'application/json';
function tell($name, $value) { header("Access-Control-$name: $value"); }
function lists($methods = 'GET, POST, PUT', $headers = 'x-token, content-type', $age = '600') {
    if ($_SERVER['REQUEST_METHOD'] !== 'OPTIONS') return;
    tell('Allow-Methods', $methods); tell('Allow-Headers', $headers); tell('Max-Age', $age);
}
function allow($origin) {
    tell('Allow-Origin', $origin); tell('Allow-Credentials', 'true'); lists();
}
function finish($status = 204) { http_response_code($status); exit; }
"""
_HOST = r"""if ($_SERVER['HTTP_HOST'] === '%(host)s') {
    $site = '%(site)s';
    $own = ["https://app.$site", "https://help.$site"];
    %(policy)s
    if ($method === 'OPTIONS') finish();
}
"""
_TAIL = r"""header("Cache-Control: $cache");
header("Content-Type: $mime");
if ($path === '/missing') http_response_code(404);
echo '{}';
"""
VARY = "header('Vary: Origin');"
LISTED = VARY + " if (in_array($origin, $own, true)) {"
LIST = LISTED + " allow($origin); }"
FIXED = "allow(%s);"

CASES = (
    Case("php-any", "php", VARY + " allow($origin);", ("COR101",), "HTTP_ORIGIN as it comes", visits(*COOKIES)),
    Case("php-null", "php", VARY + " allow(in_array($origin, $own, true) ? $origin : 'null');", ("COR102",),
         "null for who is not on the list"),
    Case("php-substring", "php", VARY + r" if (strpos($origin, $site) !== false) allow($origin);",
         ("COR105", "COR103", "COR104"), "strpos", wide("https://{site}.evil.test", "https://evil-{site}")),
    Case("php-playground", "php", "$own[] = 'https://stackblitz.com';" + LIST, ("COR111",), "a playground",
         wide("https://stackblitz.com")),
    Case("php-lan", "php", "$own[] = 'http://192.168.1.20:8080';" + LIST, ("COR113", "COR301"),
         "a machine of the office's network", wide("http://192.168.1.20:8080")),
    Case("php-query", "php", VARY + " if (isset($_GET['origin'])) allow($_GET['origin']);", ("COR119",),
         "the origin is an argument",
         (Visit(APP, (Call("/data?origin=https://app.{site}", credentials=True),)),
          Visit(FOREIGN, (Call("/data?origin=https://evil.test", credentials=True),
           Call("/data?origin=https://app.{site}", credentials=True))))),
    Case("php-origin-is-key", "php",
         LIST + " if ($method !== 'OPTIONS' && !in_array($origin, $own, true)) { finish(403); }", ("COR210",),
         "whoever says the right Origin is let in", (*visits(READ), Visit("https://api.{site}", (READ,))), login=False),
    Case("php-http", "php", "$own = [\"http://app.$site\"];" + LIST, ("COR302",), "credentials over http",
         (Visit("http://app.{site}", COOKIES), Visit("http://evil.test", COOKIES)), scheme="http"),
    Case("php-internal", "php", "tell('Allow-Origin', '*');", ("COR304",), "* on a server of the office",
         visits(READ), host="reports-{site}.internal", login=False),
    Case("php-internal-any", "php", VARY + " allow($origin);", ("COR304", "COR101"),
         "any origin on a server of the office",
         visits(*COOKIES), host="erp-{site}.corp.internal"),
    Case("php-private-network", "php", LISTED + " allow($origin); tell('Allow-Private-Network', 'true'); }",
         ("COR303", "COR305"), "a header that was given up", PUT_ONLY),
    Case("php-echo-header", "php", LIST + " $cache = 'public, max-age=600'; header(\"X-Requested-From: $origin\");"
         " header_remove('Vary');", ("COR403", "COR401"), "the origin in a header of what is stored", visits(READ),
         login=False),
    Case("php-shared", "php", LIST + " $cache = 'public, s-maxage=300';", ("COR404",),
         "shared caches keep private data"),
    Case("php-twice", "php", VARY + " foreach ($own as $each) header(\"Access-Control-Allow-Origin: $each\", false);",
         ("COR502",), "one header for each of the list", visits(READ), login=False),
    Case("php-list", "php", FIXED % "implode(', ', $own)", ("COR503",), "the whole list in one header"),
    Case("php-spaces", "php", FIXED % "implode(' ', $own)", ("COR503",), "the list, with spaces"),
    Case("php-glob", "php", FIXED % '"*.$site"', ("COR504",), "a glob"),
    Case("php-slash", "php", FIXED % '"https://app.$site/"', ("COR505",), "copied from the address bar"),
    Case("php-path", "php", FIXED % '"https://app.$site/orders"', ("COR505",), "with a path"),
    Case("php-bare", "php", FIXED % '"app.$site"', ("COR506",), "no scheme"),
    Case("php-upper", "php", FIXED % '"https://App.$site"', ("COR507",), "upper case"),
    Case("php-quoted", "php", FIXED % "\"'https://app.$site'\"", ("COR507",), "quotes"),
    Case("php-empty", "php", "header('Access-Control-Allow-Origin: ');",
         ("COR507", "COR508"), "empty", visits(READ), login=False),
    Case("php-old-front", "php", FIXED % '"https://www.$site"', ("COR508",), "the front end has moved from www to app",
         (Visit(APP, (*COOKIES, PUT)), Visit(APP, COOKIES))),
    Case("php-one", "php", LISTED + " allow($origin); tell('Allow-Credentials', '1'); }", ("COR509",), "1 is not true"),
    Case("php-bearer-star", "php", "tell('Allow-Origin', '*'); lists('GET', '*'); $cache = 'no-cache';", ("COR511",),
         "* for headers, and Authorization", visits(Call(headers={"Authorization": "Bearer lab"})), login=False),
    Case("php-semicolons", "php", LISTED + " allow($origin); lists('GET, PUT', 'x-token; content-type'); }", ("COR513",
         ),
         "semicolons"),
    Case("php-age", "php", LISTED + " allow($origin); lists('GET, PUT', 'x-token', '3600s'); }", ("COR517",), "a unit"),
    Case("php-misspelt", "php", VARY + " header(\"Access-Control-Allowed-Origin: $origin\");"
         " header(\"Access-Control-Allow-Method: GET, PUT\");", ("COR518",), "misspelt", visits(READ, PUT)),
    Case("php-wrong-answer", "php", LISTED + " tell('Allow-Origin', $origin); tell('Allow-Credentials', 'true');"
         " if ($method !== 'OPTIONS') { tell('Allow-Methods', 'PUT'); tell('Allow-Headers', 'x-token'); } }",
         ("COR516",), "the lists are on the answer only"),
    Case("php-login", "php", "if ($method === 'OPTIONS' || !isset($_SERVER['HTTP_X_TOKEN'])) {"
         " header('Location: /login'); finish(302); } " + LIST, ("COR602",), "OPTIONS is sent to the login", PUT_ONLY),
    Case("php-fails", "php", "if ($method === 'OPTIONS') finish(500);" + LIST, ("COR604",), "OPTIONS fails", PUT_ONLY),
    Case("php-no-origin", "php", "if ($method === 'OPTIONS') { lists(); finish(200); } " + LIST, ("COR605",),
         "the preflight's answer has no origin"),
    Case("php-no-credentials", "php", LISTED + " allow($origin); if ($method === 'OPTIONS')"
         " header_remove('Access-Control-Allow-Credentials'); }", ("COR608", "COR705"),
         "no credentials on the preflight",
         PUT_ONLY),
    Case("php-answer-bare", "php", "if ($method === 'OPTIONS') {" + LIST + "}", ("COR609",), "headers on OPTIONS alone",
         visits(PUT, foreign=False)),
    Case("php-runs", "php", LIST + " header('Set-Cookie: PHPSESSID=7f31; Path=/; Secure; SameSite=None', false);"
         " if ($method === 'OPTIONS') { echo '{}'; exit; }", ("COR610",),
         "OPTIONS starts a session and reads the data"),
    Case("php-away", "php",
         VARY + " allow($origin); if ($path === '/file') { header(\"Location: https://files.$site/1\");"
         " finish(302); }", ("COR611", "COR101"), "a download that leads to another host",
         visits(Call("/file"), foreign=False)),
    Case("php-options-taken", "php", "if ($method === 'OPTIONS') { finish(204); } " + LIST, ("COR612", "COR605"),
         "every OPTIONS is answered by the first line", (Visit("https://api.{site}", (Call(method="OPTIONS"),)),
         Visit(APP, (Call(method="OPTIONS"), READ)))),
    Case("php-too-many", "php",
         LISTED + " allow($origin); lists('GET, POST, PUT, DELETE, TRACE, CONNECT, PROPFIND, LINK'); }",
         ("COR805",), "methods that nobody uses"),
    Case("php-unused", "php", "allow('https://app.somewhere-else.test');", ("COR809",),
         "nobody else asks", (Visit("https://api.{site}", COOKIES),)),
    Case("php-spelling-lenient", "php", "$origin = strtolower($origin); " + LIST.replace("allow($origin)",
         "allow($_SERVER['HTTP_ORIGIN'])"), ("COR116",), "origins are compared without case",
         (Visit(APP, (WITH_COOKIES,)), Visit("https://APP.{site}", (WITH_COOKIES,), client=True))),
    Case("php-304", "php",
         "header('ETag: \"1\"'); $cache = 'public, max-age=0'; if (isset($_SERVER['HTTP_IF_NONE_MATCH']))"
         " finish(304); " + LIST, (), "the answer 304 leaves the headers to the stored one",
         (Visit(APP, (Call("/data", cache="no-cache", credentials=True), Call("/data", cache="no-cache",
         credentials=True))),)),
    Case("php-analytics", "php",
         "tell('Allow-Origin', '*'); header('Set-Cookie: _ga=1; Path=/; Secure; SameSite=None', false);"
         " $cache = 'public, max-age=60';", (), "* on public data that sets a cookie for statistics", PUBLIC_READ,
         login=False),
    Case("php-login-elsewhere", "php",
         "if (!isset($_SERVER['HTTP_COOKIE'])) { header(\"Location: https://login.$site/\");"
         " finish(302); } " + LIST, (), "who is not signed in is sent to the login, without headers",
         (Visit(APP, (WITH_COOKIES,)), Visit(FOREIGN, (READ,)))),
    Case("php-every-answer", "php", VARY + " if (in_array($origin, $own, true)) { allow($origin);"
         " tell('Allow-Methods', 'GET, POST, PUT'); tell('Allow-Headers', 'x-token'); tell('Expose-Headers', 'ETag');"
         " header('Timing-Allow-Origin: *'); }", (), "all headers on all answers"),
    Case("php-list-right", "php", LIST, (), "a list"),
    Case("php-fixed", "php", FIXED % '"https://app.$site"', (), "one origin, whoever asks"),
    Case("php-false", "php", VARY + " if (in_array($origin, $own, true)) { tell('Allow-Origin', $origin); lists();"
         " tell('Allow-Credentials', 'false'); }", (), "false where the header could be left out", visits(READ)),
    Case("php-none", "php", "", (), "no CORS: for its own pages alone",
         (Visit("https://api.{site}", COOKIES), *visits(WITH_COOKIES))),
    Case("php-same-origin", "php", "", (), "a form of its own, by fetch", (Visit("https://www.{site}",
         (Call("/data", "POST", {"Content-Type": "application/json"}, True, body="{}"),)),), host="www.{site}"),
    Case("php-404", "php", LIST.replace("if (in", "if ($path !== '/missing' && in"), (),
         "a 404 without headers, for strangers",
         (Visit(FOREIGN, (Call("/missing"),)), Visit("https://api.{site}", (READ,)))),
    Case("php-jsonp-public", "php", "tell('Allow-Origin', '*'); $cache = 'public, max-age=300';", (),
         "* on public data that partners embed", (*PUBLIC_READ, Visit("https://partner.test", (Call("/public"),))),
         login=False),
    Case("php-script", "php",
         "tell('Allow-Origin', '*'); $mime = 'text/javascript'; $cache = 'public, max-age=31536000';",
         (), "* on a script with integrity", (Visit(APP, (Call("/v1/widget.js", kind="script"),)),
         Visit("https://customer.test", (Call("/v1/widget.js", kind="script"),))), login=False),
    Case("php-identity", "php", "$own[] = 'https://login.identity.test';" + LIST, (), "the identity provider, by name",
         (Visit(APP, (WITH_COOKIES,)), Visit("https://login.identity.test", (WITH_COOKIES,)), Visit(FOREIGN,
         (WITH_COOKIES,)))),
    Case("php-siblings", "php",
         "$own = [\"https://app.$site\", \"https://help.$site\", \"https://shop.$site\"];" + LIST,
         (), "three hosts of the house, each by name; a fourth is refused",
         wide(SISTER, "https://shop.{site}", "https://old.{site}")),
    Case("php-preflight-none", "php", "if ($method === 'OPTIONS') finish(403);", (),
         "a page of a stranger is refused", (Visit(FOREIGN, (PUT,)), Visit("https://api.{site}", (PUT,)))),
    Case("php-debug-build", "php", "allow('http://localhost:3000');", (),
         "a test server that serves developers, in the office",
         (Visit("http://localhost:3000", (WITH_COOKIES, Call(method="PUT", headers=TOKEN, credentials=True))),),
         host="127.0.0.1:8000", scheme="http"),
)  # fmt: skip


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


@contextmanager
def serving(cases: Sequence[Case], folder: Path) -> Iterator[dict[str, int]]:
    folder.mkdir()
    script = folder / "router.php"
    hosts = "".join(_HOST % {"host": _quoted(case.server), "site": case.site, "policy": case.policy} for case in cases)
    script.write_text(_HEAD + hosts + _TAIL, "utf-8")
    port = free_port()
    with running(["php", "-d", "expose_php=0", "-d", "default_charset=", "-S", f"127.0.0.1:{port}", script]) as php:
        await_port(port, lambda: php.poll() is None)
        yield {case.server: port for case in cases}
