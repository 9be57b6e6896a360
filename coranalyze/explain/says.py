"""What the facts of a console message mean for the one who pasted it, in a sentence each."""

from collections.abc import Mapping
from http import HTTPStatus

from coranalyze.causes.lists import tracing_headers
from coranalyze.console.paste import Found
from coranalyze.cors.near_miss import near_miss
from coranalyze.cors.origin import origin_of
from coranalyze.cors.steps import Reason
from coranalyze.endpoint import FOREIGN, relation

_ON_VALUE = frozenset({Reason.ACAO_MISMATCH, Reason.ACAO_INVALID, Reason.ACAO_MULTIPLE})


def says(found: Found) -> tuple[str, ...]:
    """Sentences about origin, value, header, method and status, as far as the message names them."""
    facts = found.facts
    sentences = [*_value(found), *_names(found), *_redirect(found), *_status(found)]
    origin = facts.get("origin")
    if origin == "null" and found.reason is not Reason.ACAO_MISMATCH:
        sentences.append(
            "The page's origin is `null`: a sandboxed frame, a local file, or a redirect across origins. "
            "Serve the page over https; do not allow `null`."
        )
    if found.general and found.reason is Reason.NETWORK_ERROR:
        sentences.append(
            "No answer came that the page may see, mostly since the connection failed. Open the URL in a tab: a server "
            "that does not run, a certificate that is not trusted, a name without an address show there. If it opens, "
            "look for http from a page of https (mixed content), and for an extension that blocks."
        )
    elif found.general:
        sentences.append("This message is a general one: the line before it in the console says which check failed.")
    target = origin_of(facts.get("url", ""))
    if target is not None and origin == str(target):
        sentences.append("Page and URL have the same origin here, so a redirect or a sandbox lies between them.")
    return tuple(sentences)


def in_page(facts: Mapping[str, str]) -> bool:
    """Whether the page is what has to change, and no server should give way."""
    origin, header, method = facts.get("origin"), facts.get("header", "").lower(), facts.get("method", "")
    if origin == "null" or header.startswith("access-control-") or method != method.upper():
        return True
    return (
        len(tracing_headers((header,))) > 0
        and origin is not None
        and relation(origin, origin_of(facts.get("url", ""))) in FOREIGN
    )


def _value(found: Found) -> list[str]:
    facts = found.facts
    value, origin = facts.get("value"), facts.get("origin")
    if found.reason is Reason.ACAC_NOT_TRUE and value is not None:
        return [
            f"The answer has `{value}` where exactly `true` is needed." if value else "The header is missing or empty."
        ]
    if found.reason not in _ON_VALUE or value is None:
        return []
    if not value:
        return ["The header is there and empty."]
    if origin is None:
        return [f"The answer names `{value}`; compare it with the page's origin, byte for byte."]
    miss = near_miss(origin, value)
    return [f"The page is `{origin}`, the answer names `{value}`: {miss.sentence}."]


def _names(found: Found) -> list[str]:
    header, method, token = (found.facts.get(name) for name in ("header", "method", "token"))
    if header and header.lower().startswith("access-control-"):
        return [f"`{header}` is a response header: take it out of the page's request."]
    if header and in_page(found.facts):
        return [
            f"`{header}` is added by a tracing library, and the server is of another site: limit the library to your "
            "own hosts."
        ]
    if header:
        return [f"Answer the preflight with `Access-Control-Allow-Headers: {header.lower()}` among the names."]
    if method and method != method.upper():
        return [f"The page wrote `{method}`: methods are compared by case, so write `{method.upper()}` in the page."]
    if method:
        return [f"Answer the preflight with `Access-Control-Allow-Methods: {method}` among the methods."]
    if token is not None:
        return [f"`{token}` is no token: separate names by commas, without anything else."]
    return []


def _redirect(found: Found) -> list[str]:
    first, url = found.facts.get("first_url"), found.facts.get("url", "")
    if not first:
        return []
    if origin_of(first) == origin_of(url):
        return [f"The request was redirected from {first}."]
    return [
        f"The request was redirected from {first} to another origin: each response on the way is checked, and from the "
        "second change of origin on the request's Origin is `null`."
    ]


def _status(found: Found) -> list[str]:
    status = int(found.facts.get("status") or 0)
    if status < 300 or found.reason not in (Reason.ACAO_MISSING, Reason.PREFLIGHT_STATUS):
        return []
    try:
        name = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        name = str(status)
    if found.reason is Reason.PREFLIGHT_STATUS:
        return [f"The preflight was answered {name}."]
    if status < 400:
        return [f"The server answered {name}: a redirect needs Access-Control-Allow-Origin too."]
    return [f"The server answered {name}: that is the real news, and the CORS error hides it."]
