"""One page for every reason, a file per place where a fetch can fail."""

from coranalyze.cors.steps import Reason
from coranalyze.explain.page import Page
from coranalyze.explain.pages.network import PAGES as NETWORK
from coranalyze.explain.pages.preflight import PAGES as PREFLIGHT
from coranalyze.explain.pages.redirect import PAGES as REDIRECT
from coranalyze.explain.pages.request import PAGES as REQUEST
from coranalyze.explain.pages.response import PAGES as RESPONSE

PAGES: dict[Reason, Page] = {page.reason: page for page in (*RESPONSE, *PREFLIGHT, *REDIRECT, *REQUEST, *NETWORK)}
