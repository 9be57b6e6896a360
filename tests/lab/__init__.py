"""Real browsers on real servers, seen through `coranalyze capture`, compared with what the pages' scripts saw.

`serving` starts an application on loopback, over http and over https with HTTP/2; `driving` runs `coranalyze capture`
with a browser; both know nothing of what is served. `scenario`, `scenarios` and `site` are the lab of scenarios: what
servers answer, what pages do, and the pages. `verdicts` compares.
"""
