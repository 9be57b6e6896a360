"""Page: what is told about one reason, and the claims about CORS that are often heard and wrong."""

from typing import NamedTuple

from coranalyze.cors.steps import NOT_CORS, Reason, Step


class Misconception(NamedTuple):
    """A claim that is often heard, and what holds instead."""

    claim: str
    truth: str


class Page(NamedTuple):
    """What happened, why browsers do so, and what to do; advice is for the server and never weakens the browser."""

    reason: Reason
    title: str
    happened: str
    """One sentence."""
    why: str
    first: str
    """The one thing to do first."""
    check: tuple[str, ...]
    causes: tuple[str, ...]
    """Real causes, the common ones first."""
    misconception: Misconception | None = None
    reference: str = ""
    """Where it is laid down, for reasons that are no step of the Fetch standard."""

    @property
    def is_cors(self) -> bool:
        return self.reason not in NOT_CORS

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of the standard that end with this reason."""
        return tuple(step for step in Step if step.reason is self.reason)


CREDENTIALED_GET = Misconception(
    "A GET with credentials is preflighted first.",
    "Credentials never cause a preflight: the GET goes out at once and the server acts on it; they only make the check "
    "of the answer stricter.",
)
COOKIE_REQUEST_HEADER = Misconception(
    "The preflight asks for the Cookie header.",
    "Cookie is out of reach for scripts and never stands in Access-Control-Request-Headers; listing it in "
    "Access-Control-Allow-Headers does nothing.",
)
NULL_GRANTS = Misconception(
    "Access-Control-Allow-Origin: null refuses everyone.",
    "`null` refuses nobody: it opens the response to every sandboxed frame, data: page and local file, "
    "all of which any site can make.",
)
ERROR_READABLE = Misconception(
    "A page cannot read a cross-origin 401 or 500.",
    "The status plays no part: with Access-Control-Allow-Origin the page reads an error like any other answer.",
)
ERROR_HIDDEN = Misconception(
    "A CORS error means that CORS is set up wrongly.",
    "Where an error answer lacks the CORS headers, the browser reports CORS and hides the status that is the real "
    "news.",
)
MODE_NOT_JAR = Misconception(
    "No cookie was sent, so `*` is fine.",
    "The request's credentials mode counts, not whether the cookie jar held something to send.",
)
ON_BOTH = Misconception(
    "The preflight carries the CORS headers, so the response need not.",
    "Access-Control-Allow-Origin is checked on the preflight, on the response and on every cross-origin redirect.",
)
LIST_OF_ORIGINS = Misconception(
    "Several origins can be listed in one header or in several.",
    "Exactly one value passes; even the same value on two lines blocks. Pick the answer by the request's Origin.",
)
NO_PATTERNS = Misconception(
    "`https://*.example.com` allows the sub-domains.",
    "The value is compared byte for byte: there are no patterns, only one origin or a lone `*`.",
)
PREFLIGHT_AUTH = Misconception(
    "OPTIONS must be protected like the other methods.",
    "A preflight never carries cookies or Authorization, so asking for them refuses every browser.",
)
ANY_2XX = Misconception(
    "A preflight must answer exactly 200, or exactly 204.",
    "Any status from 200 to 299 will do.",
)
SAFE_METHODS = Misconception(
    "Access-Control-Allow-Methods must list GET and POST.",
    "GET, HEAD and POST pass without being listed; all others must be listed in the very same letters.",
)
STAR_AUTHORIZATION = Misconception(
    "`*` in Access-Control-Allow-Headers covers Authorization.",
    "By the standard it never does. Today's browsers still let it pass for requests without credentials; name it.",
)
SENT_ANYWAY = Misconception(
    "CORS keeps the request from the server.",
    "A request that needs no preflight arrives and takes effect; only the reading of the answer is refused.",
)
TOOLS_DO_NOT_CHECK = Misconception(
    "It works in curl, so the server is right.",
    "Only browsers check; curl, Postman and servers never do, and without an Origin header they may get another "
    "answer.",
)
ORIGIN_ON_REQUEST = Misconception(
    "Setting Access-Control-Allow-Origin on the request helps.",
    "It is a response header; on a request it only adds a header that the preflight must then allow.",
)

MISCONCEPTIONS: tuple[Misconception, ...] = (
    CREDENTIALED_GET, COOKIE_REQUEST_HEADER, NULL_GRANTS, ERROR_READABLE, ERROR_HIDDEN, MODE_NOT_JAR, ON_BOTH,
    LIST_OF_ORIGINS, NO_PATTERNS, PREFLIGHT_AUTH, ANY_2XX, SAFE_METHODS, STAR_AUTHORIZATION, SENT_ANYWAY,
    TOOLS_DO_NOT_CHECK, ORIGIN_ON_REQUEST,
)  # fmt: skip
