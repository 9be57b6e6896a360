"""Pages of the reasons that lie in the request itself, in the browser's settings or in Local Network Access."""

from coranalyze.cors.steps import Reason
from coranalyze.explain.page import Page

LNA = "https://wicg.github.io/local-network-access/"

PAGES = (
    Page(
        Reason.MODE_SAME_ORIGIN,
        'The request\'s mode is "same-origin"',
        'The page asked with mode "same-origin" for a URL of another origin.',
        "The mode is a promise that the answer comes from the page's own origin; the browser keeps it.",
        "Use mode `cors` if the other origin is meant; otherwise correct the URL, or the redirect that leads away.",
        ("Is the base URL right (scheme, host and port all count)?", "Does the own server redirect to another host?"),
        ("The API moved to a host of its own.", "http and https of one host are two origins."),
    ),
    Page(
        Reason.SCHEME_NOT_CORS,
        "The URL is neither http nor https",
        "CORS requests need an http or https URL; this one has another scheme.",
        "Only HTTP answers can carry the headers that give leave.",
        "Serve the resource over http or https, also while developing; do not open the page from disk.",
        ("Was the page opened as file://? Start any local web server.",),
        ("An HTML file was opened by double click.", "A web view loads from an app's own scheme."),
        reference="https://fetch.spec.whatwg.org/#concept-main-fetch",
    ),
    Page(
        Reason.NOCORS_REDIRECT_MODE,
        "`no-cors` cannot restrict redirects",
        'The request has mode "no-cors" and a redirect mode other than "follow".',
        "An opaque response must not tell whether it was redirected.",
        "Drop the `redirect` option, or use mode `cors`.",
        ("Why is the mode `no-cors`? Its answers cannot be read at all.",),
        ("`no-cors` was set to silence a CORS error.",),
        reference="https://fetch.spec.whatwg.org/#concept-main-fetch",
    ),
    Page(
        Reason.CORS_DISABLED,
        "CORS is switched off in this browser",
        "A setting of the browser (Firefox: `content.cors.disable`) refuses all cross-origin requests.",
        "The user or an administrator chose it.",
        "Look at the browser's own settings and policies; no server can change it.",
        ("Does a fresh profile behave better?",),
        ("A hardening guide or policy set it.",),
    ),
    Page(
        Reason.ORIGIN_NOT_ADDABLE,
        "The browser could not add the Origin header",
        "Firefox could not name an origin for the request, as with some extension scripts.",
        "Without an Origin there is nothing that the server could allow.",
        "Make the request from the extension's background script or from the page.",
        ("Does it happen without extensions?",),
        ("A content script of an extension makes the request with a combined principal.",),
    ),
    Page(
        Reason.LNA_INSECURE_CONTEXT,
        "A page without https asks for the local network",
        "A public page that is not a secure context asked for an address of the local network or of this machine.",
        "Only secure pages may ask the user for leave to reach local devices.",
        "Serve the page over https; then the browser can ask the user.",
        ("Which address does the host name resolve to from here? Inside a company it may be a private one.",),
        ("An http page talks to a device, a router or a local helper program.",),
        reference=LNA,
    ),
    Page(
        Reason.LNA_WRONG_SPACE,
        "The address is not in the space that the page named",
        "The request named a `targetAddressSpace` that the address does not belong to.",
        "The option lets an https page reach an http device, so it must hold.",
        "Name the real space of the address (`local` or `loopback`), or drop the option.",
        ("Does the host name resolve to another network here (VPN, split DNS)?",),
        ("The name resolves to a public address outside of the office.",),
        reference=LNA,
    ),
    Page(
        Reason.LNA_PERMISSION_DENIED,
        "Leave to reach the local network was denied",
        "The user, or a policy, denied the page access to the local network or to this machine.",
        "A public page could otherwise attack devices that trust their network.",
        "Tell users why the prompt appears; administrators can allow the site by policy. No CORS header settles it.",
        (
            "Is the target on loopback or a private address?",
            "`Access-Control-Allow-Private-Network` belongs to a retired proposal and does nothing here.",
        ),
        ("The prompt was dismissed.", "The name resolves to a private address through a VPN."),
        reference=LNA,
    ),
)
