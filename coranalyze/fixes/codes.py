"""What can be set to mend a policy: the codes that rules and causes name, and what each asks for."""

FIXES: dict[str, str] = {
    "F1": "Name the origins that may read.",
    "F2": "Hold patterns at both ends, escape their dots, let sub-domains end at a dot; better still, name each one.",
    "F3": "Leave `null` off the list: every site can take it on.",
    "F4": "Allow credentials for named origins only, and only where the page sends cookies.",
    "F5": "Send Vary: Origin on every answer, refusals and requests without Origin included.",
    "F6": "Answer preflights before authentication, routing and redirects.",
    "F7": "Send the CORS headers on errors too, so that the page sees the status.",
    "F8": "List the methods and headers that the page uses, in both cases by name.",
    "F9": "Let browsers keep the preflight: Access-Control-Max-Age, of which Chromium uses 7200 seconds at most.",
    "F10": "Expose the response headers that the page reads, and no others.",
    "F11": "Let one layer alone set the CORS headers.",
    "F12": "Do not send Access-Control-Allow-Private-Network.",
    "F13": "Trust https origins only: who sits on the network path can speak for an http one.",
}
"""Code → one plain sentence, the same for every stack."""
