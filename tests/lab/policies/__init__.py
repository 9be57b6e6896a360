"""Policies: real servers, each with exactly one fault, or right though it looks wrong, recorded by a real browser.

`wrong` and `right` are the cases; `servers` runs them; `pages` serves what the browser shows; `routing` is the proxy's
map of names to servers; `record` puts it all together: `python -m tests.lab.policies.record`.
"""
