"""Stories that want a setting, and the settings of an analysis."""

from coranalyze.analysis import Analysis
from coranalyze.failure import failures
from coranalyze.reports.remedies import Remedies, Remedy

REFUSED = """
OPTIONS https://api.shop.example/cart
Origin: https://app.shop.example
Access-Control-Request-Method: PUT
Access-Control-Request-Headers: x-token

204
Server: {server}
Access-Control-Allow-Origin: https://app.shop.example
Access-Control-Allow-Methods: PUT
"""
ASKED = """
GET https://{server}{path}
Origin: {page}
Cookie: {cookie}

{status}
Server: {by}
"""
WORKS = """
OPTIONS https://api.shop.example/items/1
Origin: {page}
Access-Control-Request-Method: PUT
Access-Control-Request-Headers: authorization,content-type

200
Access-Control-Allow-Origin: {page}
Access-Control-Allow-Methods: PUT
Access-Control-Allow-Headers: authorization, content-type
Access-Control-Allow-Credentials: true
Vary: Origin

PUT https://api.shop.example/items/1
Origin: {page}
Authorization: Bearer x
Content-Type: application/json

200
Access-Control-Allow-Origin: {page}
Access-Control-Allow-Credentials: true
Vary: Origin
"""
SHOP, HELP, OTHER = "https://shop.example", "https://help.shop.example", "https://other.test"


def remedies_of(analysis: Analysis) -> Remedies:
    return Remedies(analysis, failures(analysis))


def at(analysis: Analysis, rule: str) -> int:
    """The position of the one finding of a rule."""
    (position,) = (position for position, finding in enumerate(analysis.findings) if finding.rule == rule)
    return position


def code_of(remedy: Remedy | None, stack: str | None = None) -> str:
    setting = remedy.on(stack) if remedy is not None else None
    assert setting is not None
    return "\n".join(snippet.code for snippet in setting.snippets)


def asked(
    page: str,
    path: str = "/a",
    status: int = 200,
    *,
    server: str = "api.shop.example",
    by: str = "nginx",
    cookie: str = "",
) -> str:
    text = ASKED.format(server=server, path=path, page=page, status=status, by=by, cookie=cookie)
    return text if cookie else text.replace("Cookie: \n", "")


def reflected(page: str, path: str = "/c", cookie: str = "sid=[redacted-1]") -> str:
    let_in = f"Access-Control-Allow-Origin: {page}\nAccess-Control-Allow-Credentials: true\nServer"
    return asked(page, path, cookie=cookie).replace("Server", let_in)


STRANGERS = reflected(OTHER) + reflected("https://third.test")
