"""Go with rs/cors: a case's policy is the fields of cors.Options, or a handler around `app`."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.fixes.servers.running import await_port, free_port, running
from tests.lab.policies.case import APP, FOREIGN, SISTER, Call, Case, Visit, visits
from tests.lab.stacks.visits import COOKIES, JSON, PUBLIC_READ, PUT, PUT_ONLY, WITH_COOKIES, wide

_MAIN = """\
package main

import (
	"net/http"
	"os"
	"strings"

	"github.com/rs/cors"
)

var app = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	if r.Method == "OPTIONS" {
		w.WriteHeader(405)
		return
	}
	if r.URL.Path == "/public" {
		w.Header().Set("Cache-Control", "public, max-age=60")
	} else {
		w.Header().Set("Cache-Control", "private, no-store")
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write([]byte("{}"))
})

func login(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Token") == "" {
			http.Error(w, "login first", 403)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func list(site string) []string { return []string{"https://app." + site, "https://help." + site} }

func main() {
	hosts := map[string]http.Handler{}
	_ = strings.HasPrefix
%s
	http.ListenAndServe(os.Args[1], http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hosts[r.Host].ServeHTTP(w, r)
	}))
}
"""
_HOST = """\
	{
		site := %(site)s
		_ = site
		hosts[%(host)s] = %(policy)s
	}
"""
BASE = (
    'AllowCredentials: true, AllowedMethods: []string{"GET", "POST", "PUT"},'
    ' AllowedHeaders: []string{"X-Token"}, MaxAge: 600'
)


def options(origins: str, rest: str = BASE, around: str = "%s") -> str:
    return around % f"cors.New(cors.Options{{{origins}, {rest}}}).Handler(app)"


OWN = "AllowedOrigins: list(site)"

CASES = (
    Case("go-any", "go", options("AllowOriginFunc: func(origin string) bool { return true }"), ("COR101",),
         "a function that says yes"),
    Case("go-star", "go", options('AllowedOrigins: []string{"*"}'), ("COR501", "COR101"), "* with credentials"),
    Case("go-wildcard", "go", options('AllowedOrigins: []string{"https://*." + site}'), ("COR109",), "every sub-domain",
         wide(SISTER, "https://blog.{site}", "https://x.y.{site}")),
    Case("go-glued", "go", options('AllowedOrigins: []string{"https://*" + site}'), ("COR103",),
         "the star without a dot",
         wide(SISTER, "https://best-{site}")),
    Case("go-http-too", "go", options('AllowedOrigins: []string{"http*://app." + site}'), ("COR301",), "http*",
         wide("http://app.{site}")),
    Case("go-loopback", "go", options('AllowedOrigins: append(list(site), "http://127.0.0.1:*")'), ("COR112",),
         "developers' machines", wide("http://127.0.0.1:8080")),
    Case("go-prefix", "go",
         options('AllowOriginFunc: func(o string) bool { return strings.HasPrefix(o, "https://app." + site) }'),
         ("COR104",), "HasPrefix", wide("https://app.{site}.evil.test", SISTER)),
    Case("go-storm", "go", options(OWN, BASE.replace(", MaxAge: 600", "")), ("COR801", "COR804"), "no MaxAge",
         (Visit(APP, (PUT,)), Visit(APP, (PUT,)))),
    Case("go-login-first", "go", options(OWN, around="login(%s)"), ("COR601",), "the login is around it", PUT_ONLY),
    Case("go-bare-mux", "go", "app", ("COR603",), "no CORS at all, and a front end that wants it",
         (Visit(APP, (PUT, WITH_COOKIES)),)),
    Case("go-content-type", "go", options(OWN), ("COR605",),
         "content-type is not listed; then the answer has no headers at all",
         visits(Call("/data", "POST", JSON, True, body="{}"), foreign=False)),
    Case("go-list", "go", options(OWN), (), "a list"),
    Case("go-public", "go", "cors.Default().Handler(app)", (), "* on public data", PUBLIC_READ, login=False),
    Case("go-list-no-session", "go", options(OWN), (), "a list, and nobody signs in", visits(*COOKIES), login=False),
    Case("go-pinned-port", "go",
         options('AllowedOrigins: []string{"https://app." + site + ":8443", "https://app." + site}'),
         (), "one port by its number", wide("https://app.{site}:8443", "https://app.{site}:9999")),
    Case("go-partners", "go",
         options('AllowedOrigins: append(list(site), "https://pay.partner.test", "https://crm.vendor.test")'),
         (), "partners by name", (Visit(APP, (WITH_COOKIES,)), Visit("https://pay.partner.test", (WITH_COOKIES,)),
         Visit("https://crm.vendor.test", (WITH_COOKIES,)), Visit(FOREIGN, (WITH_COOKIES,)))),
)  # fmt: skip


@contextmanager
def serving(cases: Sequence[Case], folder: Path) -> Iterator[dict[str, int]]:
    folder.mkdir()
    main, program = folder / "main.go", folder / "lab"
    hosts = "".join(
        _HOST % {"site": json.dumps(case.site), "host": json.dumps(case.server), "policy": case.policy}
        for case in cases
    )
    main.write_text(_MAIN % hosts, "utf-8")
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOCACHE": str(folder / "cache")}
    subprocess.run(["go", "build", "-o", program, main], check=True, env=environment, cwd=folder)
    port = free_port()
    with running([program, f"127.0.0.1:{port}"]) as lab:
        await_port(port, lambda: lab.poll() is None)
        yield {case.server: port for case in cases}
