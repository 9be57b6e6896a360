"""The lab of stacks: as the lab of policies, on fifteen other servers, and written without a look at the rules.

A file for each stack: its cases, and how they are served; `javascript` has the cases of what `node` serves, `backend`
is the application behind Apache, Caddy, HAProxy and Varnish. `record` records all: `python -m tests.lab.stacks.record`.
"""
