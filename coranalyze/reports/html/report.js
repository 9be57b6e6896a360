"use strict";
// Lists, filters and opens the fetches in the embedded data. All of its text goes in as text, never as markup.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const total = data.case.length;
  const PAGE = 100;
  const SIGNS = { yes: "✓", no: "✗", open: "?", none: "·" };
  const FILTERS = ["outcome", "reason", "origin", "server"];
  const $ = (id) => document.getElementById(id);
  const number = (value) => value.toLocaleString("en-US");

  /** An element with attributes and children; a child is an element, a text, or nothing. */
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "onclick") element.addEventListener("click", value);
      else if (value !== null && value !== undefined) element.setAttribute(name, value);
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
    return element;
  };

  /** Own words, in which `this` is code. */
  const words = (text) => {
    const parts = text.split("`");
    if (parts.length % 2 === 0) return [text];
    return parts.map((part, at) => (at % 2 ? make("code", {}, part) : part));
  };

  const milliseconds = (value) => {
    if (value === null || value === undefined) return "–";
    if (value >= 10000) return `${(value / 1000).toLocaleString("en-US", { maximumFractionDigits: 1 })} s`;
    return `${value >= 10 ? number(Math.round(value)) : value} ms`;
  };

  const badge = (mark, text) =>
    make("span", { class: `badge ${mark}` }, make("span", { "aria-hidden": "true" }, SIGNS[mark]), ` ${text}`);

  // What rows are sorted and filtered by.

  const last = (at) => data.exchanges[at].at(-1);
  const core = (at) => data.cores[data.cases[data.case[at]][0]];
  const caseOf = (at) => {
    const [, cause, advice] = data.cases[data.case[at]];
    return { ...core(at), cause: data.causes[cause], advice: data.advice[advice] };
  };
  const VALUES = {
    outcome: (at) => core(at).outcome,
    reason: (at) => core(at).reason || "",
    origin: (at) => data.origins[data.origin[at]],
    server: (at) => data.servers[data.server[at]],
    url: (at) => data.url[at],
    status: (at) => last(at)?.[2] ?? -1,
    duration: (at) => data.duration[at] ?? -1,
  };
  const RANKS = { blocked: 0, conditional: 1, unknown: 2, allowed: 3, "not-subject": 4 };

  let searched = null;
  const searchable = () => {
    searched ??= data.url.map((url, at) =>
      `${data.methods[data.method[at]]} ${url}\n${VALUES.origin(at)}\n${VALUES.reason(at)}`.toLowerCase());
    return searched;
  };

  const state = { order: [...Array(total).keys()], page: 0, sort: null, down: false, open: new Set() };

  const select = () => {
    const asked = $("q").value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = FILTERS.map((name) => [VALUES[name], $(`f-${name}`).value]).filter(([, value]) => value !== "");
    const hay = asked.length ? searchable() : null;
    const order = [];
    for (let at = 0; at < total; at++) {
      if (wanted.every(([value, is]) => value(at) === is) && asked.every((word) => hay[at].includes(word)))
        order.push(at);
    }
    if (state.sort !== null) {
      const value = state.sort === "outcome" ? (at) => RANKS[VALUES.outcome(at)] : VALUES[state.sort];
      const keys = new Map(order.map((at) => [at, value(at)]));
      const sign = state.down ? -1 : 1;
      order.sort((a, b) => {
        const [left, right] = [keys.get(a), keys.get(b)];
        return left < right ? -sign : left > right ? sign : a - b;
      });
    }
    state.order = order;
    state.page = 0;
    show();
  };

  // The card of a fetch, made when it is opened.

  const facts = (rows) =>
    make("dl", { class: "facts" }, rows.filter(([, value]) => value && value.length !== 0).map(([name, value]) =>
      make("div", {}, make("dt", {}, name), make("dd", {}, value))));

  const compare = (told) => [
    make("dl", { class: "compare" },
      make("div", { class: "expected" }, make("dt", {}, "Expected"), make("dd", {}, told.expected || "")),
      make("div", { class: "received" }, make("dt", {}, "Received"),
        make("dd", {}, told.received[0], told.received[1] ? make("mark", {}, told.received[1]) : "", told.received[2]))),
    told.received[3] ? make("p", { class: "note" }, words(told.received[3])) : "",
  ];

  const stepList = (told) =>
    make("ol", { class: "steps" }, (told.steps || []).map((step) => {
      const [passed, place, name, sentence, url, expected, received] = data.steps[step];
      const mark = passed ? "yes" : "no";
      return make("li", { class: mark },
        make("span", { "aria-hidden": "true" }, SIGNS[mark]),
        make("span", { class: "hidden" }, passed ? "passed: " : "failed: "),
        make("span", { class: "where" }, `${place}: `),
        make("a", { href: url, rel: "noreferrer" }, name), ": ", words(sentence),
        expected || received ? make("span", { class: "where" }, ` Expected ${expected || "nothing"}, received ${received || "nothing"}.`) : "");
    }));

  const headerLines = (lines) => lines.flatMap(([name, value]) => [make("b", {}, `${name}: `), `${value}\n`]);

  const exchangeList = (at) =>
    make("ol", { class: "hops" }, data.exchanges[at].map(([role, entry, status, asked, answered, took, method, url]) => {
      const input = data.inputs.length > 1 ? ` of ${data.inputs[data.input[at]]}` : "";
      const lines = [...headerLines(data.headers[asked]), ...(data.headers[answered].length ? ["\n", ...headerLines(data.headers[answered])] : [])];
      return make("li", {},
        make("b", {}, role), ` ${method || data.methods[data.method[at]]}: `,
        status === null ? "no response" : String(status),
        took === null ? "" : `, ${milliseconds(took)}`,
        make("span", { class: "amount" }, ` (entry ${entry}${input})`),
        url ? make("div", { class: "url" }, url) : "",
        lines.length ? make("pre", {}, lines) : "");
    }));

  const card = (at) => {
    const told = caseOf(at);
    const started = data.started[at];
    const title = `fetch-${at}-title`;
    return make("article", { class: `card ${told.mark}`, "aria-labelledby": title },
      make("header", {},
        badge(told.mark, told.outcome), make("h3", { id: title }, words(told.title)),
        told.reason ? make("code", { class: "chip" }, told.reason) : "",
        told.is_cors ? "" : make("span", { class: "chip" }, "not CORS"),
        make("span", { class: "amount" }, make("a", { href: `#fetch-${at}` }, `#${at}`))),
      make("p", { class: "request" }, make("b", {}, data.methods[data.method[at]]), ` ${data.url[at]}`),
      make("p", { class: "from" }, "from ", make("span", {}, VALUES.origin(at))),
      told.cause ? make("p", { class: "news" }, words(told.cause.sentence)) : "",
      told.received ? compare(told) : "",
      told.either ? make("ul", { class: "either" }, told.either.map(([mark, assumption, answer]) =>
        make("li", {}, badge(mark, answer), " ", words(assumption)))) : "",
      facts([
        ["Cause", told.cause ? [make("code", {}, told.cause.name), told.cause.suspected ? ", suspected" : ""] : ""],
        ["Because", (told.cause?.evidence || []).map((each) => make("span", { class: "line" }, words(each)))],
        ["Answered by", told.cause?.layer ? words(told.cause.layer) : ""],
        ["To settle", told.cause?.settle ? words(told.cause.settle) : ""],
        ...(told.said || []).map(([browser, text, remark]) => [browser, [make("q", {}, text), remark ? " " : "", words(remark)]]),
        ["To settle", told.missing ? words(told.missing) : ""],
        ["Do first", told.advice ? [make("span", { class: "advice" }, words(told.advice))] : ""],
        ["Known as", (told.known || []).flatMap(([browser, code], n) => [n ? ", " : "", make("code", {}, code), ` (${browser})`])],
        ["Recorded", told.observed || ""],
        ["Started", started === null ? "" : new Date(started).toISOString().replace("T", " ").replace("Z", " UTC")],
        ["Alike", data.failure[at] ? [make("a", { href: `#failure-${data.failure[at]}` }, "others that failed so, and what to set")] : ""],
        ["Exchanges", [exchangeList(at)]],
        ["Steps", told.steps ? [stepList(told)] : ""],
        ...(told.how || []).map(([name, value]) => [name[0].toUpperCase() + name.slice(1), value]),
      ]),
      (told.misread || []).map(([claim, truth]) =>
        make("p", { class: "myth" }, make("q", {}, words(claim)), " Not so. ", words(truth))));
  };

  // The rows of one page.

  const row = (at) => {
    const told = caseOf(at);
    const status = last(at)?.[2];
    const open = state.open.has(at);
    const button = make("button", {
      type: "button", class: "open-card", "aria-expanded": String(open), "aria-controls": `card-${at}`,
      onclick: () => toggle(at),
    }, make("b", {}, data.methods[data.method[at]]), ` ${data.url[at]}`);
    const origin = VALUES.origin(at);
    const cells = make("tr", { id: `fetch-${at}` },
      make("td", { class: "c-outcome" }, badge(told.mark, told.outcome)),
      make("td", { class: "c-request" }, button,
        make("span", { class: "under" }, `from ${origin}`,
          told.reason ? make("span", { class: "also" }, ` · ${told.reason}`) : "")),
      make("td", { class: "c-reason" }, told.reason || ""),
      make("td", { class: "c-origin" }, origin),
      make("td", { class: "c-status" }, status === null || status === undefined ? "–" : String(status)),
      make("td", { class: "c-time" }, milliseconds(data.duration[at])));
    return open ? [cells, detail(at)] : [cells];
  };

  const detail = (at) =>
    make("tr", { class: "detail", id: `card-${at}` }, make("td", { colspan: "6" }, card(at)));

  const toggle = (at) => {
    const button = $(`fetch-${at}`).querySelector("button");
    const open = !state.open.has(at);
    button.setAttribute("aria-expanded", String(open));
    if (open) {
      state.open.add(at);
      $(`fetch-${at}`).after(detail(at));
    } else {
      state.open.delete(at);
      $(`card-${at}`).remove();
    }
  };

  const show = () => {
    const pages = Math.max(Math.ceil(state.order.length / PAGE), 1);
    const from = state.page * PAGE;
    const shown = state.order.slice(from, from + PAGE);
    $("rows").replaceChildren(...shown.flatMap(row));
    const of = state.order.length === total ? number(total) : `${number(state.order.length)} of ${number(total)}`;
    $("shown").textContent = !shown.length ? `None of ${number(total)} fetches fits.`
      : pages === 1 ? `${of} ${total === 1 ? "fetch" : "fetches"}` : `${number(from + 1)} to ${number(from + shown.length)} of ${of} fetches`;
    $("pages").hidden = pages === 1;
    $("page").textContent = `Page ${number(state.page + 1)} of ${number(pages)}`;
    $("previous").disabled = state.page === 0;
    $("next").disabled = state.page === pages - 1;
    for (const head of document.querySelectorAll("th[data-sort]")) {
      if (head.dataset.sort !== state.sort) head.removeAttribute("aria-sort");
      else head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
    }
  };

  const turn = (by) => {
    state.page += by;
    show();
    $("fetches").scrollIntoView();
  };

  // Set up.

  const fill = (name) => {
    const counts = new Map();
    for (let at = 0; at < total; at++) {
      const value = VALUES[name](at);
      if (value) counts.set(value, (counts.get(value) || 0) + 1);
    }
    const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    $(`f-${name}`).replaceChildren(make("option", { value: "" }, "All"),
      ...sorted.map(([value, count]) => make("option", { value }, `${value} (${number(count)})`)));
  };

  const filter = (name, value) => {
    const chosen = $(`f-${name}`);
    if (![...chosen.options].some((option) => option.value === value)) chosen.append(make("option", { value }, value));
    chosen.value = value;
  };

  const clear = () => {
    $("q").value = "";
    for (const name of FILTERS) $(`f-${name}`).value = "";
  };

  /** `#fetch-12`: its page, its card. */
  const follow = () => {
    const found = /^#fetch-(\d+)$/.exec(location.hash);
    const at = found ? Number(found[1]) : total;
    if (at >= total) {
      const folded = $(location.hash.slice(1));
      if (folded instanceof HTMLDetailsElement) folded.open = true;
      return;
    }
    if (!state.order.includes(at)) {
      clear();
      select();
    }
    state.page = Math.floor(state.order.indexOf(at) / PAGE);
    state.open.add(at);
    show();
    $(`fetch-${at}`).scrollIntoView();
    $(`fetch-${at}`).querySelector("button").focus({ preventScroll: true });
  };

  // What to set on the reader's own server.

  const first = new Map();
  const settings = (stack) => {
    for (const block of document.querySelectorAll(".fix")) {
      const [on, snippets] = [block.querySelector("h4"), block.querySelector(".snippets")];
      if (!first.has(block)) first.set(block, [[...on.childNodes], [...snippets.childNodes]]);
      if (stack === "") {
        on.replaceChildren(...first.get(block)[0]);
        snippets.replaceChildren(...first.get(block)[1]);
        continue;
      }
      const numbers = data.fixes.sets[Number(block.dataset.fix)][stack] || [];
      on.replaceChildren("What to set ", make("span", { class: "on" }, `on ${data.fixes.stacks[stack]}`));
      snippets.replaceChildren(...numbers.flatMap((number) => {
        const [note, code] = data.fixes.snippets[number];
        return [
          ...(note ? [make("p", { class: "note" }, words(note))] : []),
          ...(code ? [make("pre", { class: "code", tabindex: "0" }, make("code", {}, code))] : []),
        ];
      }));
    }
  };
  if (document.querySelector(".fix")) {
    for (const empty of document.querySelectorAll(".fix .snippets:not(:has(*))"))
      empty.append(make("p", { class: "note pick" }, "For the code, choose your server at the top of the page."));
    $("stack").replaceChildren(make("option", { value: "" }, "as guessed"),
      ...Object.entries(data.fixes.stacks).map(([value, title]) => make("option", { value }, title)));
    $("stack").addEventListener("change", () => settings($("stack").value));
    $("stack-choice").hidden = false;
  }

  const themes = ["system", "light", "dark"];
  const theme = (name) => {
    if (name === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    $("theme").querySelector("span").textContent = name;
  };
  const stored = () => {
    try { return localStorage.getItem("coranalyze-theme"); } catch { return null; }
  };
  const store = (name) => {
    try { localStorage.setItem("coranalyze-theme", name); } catch { /* A page without storage forgets. */ }
  };
  let current = themes.includes(stored()) ? stored() : "system";
  theme(current);
  $("theme").hidden = false;
  $("theme").addEventListener("click", () => {
    current = themes[(themes.indexOf(current) + 1) % themes.length];
    theme(current);
    store(current);
  });
  window.addEventListener("hashchange", follow);

  if (total) {
    FILTERS.forEach(fill);
    $("filters").hidden = false;
    let waiting = 0;
    $("q").addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(select, total > 2000 ? 120 : 0);
    });
    for (const name of FILTERS) $(`f-${name}`).addEventListener("change", select);
    $("filters").addEventListener("submit", (event) => event.preventDefault());
    $("filters").addEventListener("reset", (event) => {
      event.preventDefault();
      clear();
      select();
    });
    $("previous").addEventListener("click", () => turn(-1));
    $("next").addEventListener("click", () => turn(1));
    for (const head of document.querySelectorAll("th[data-sort]")) {
      const by = head.dataset.sort;
      head.replaceChildren(make("button", {
        type: "button",
        onclick: () => {
          // Up, down, as captured.
          if (state.sort !== by) [state.sort, state.down] = [by, false];
          else if (!state.down) state.down = true;
          else [state.sort, state.down] = [null, false];
          select();
        },
      }, head.textContent));
    }
    for (const link of document.querySelectorAll("a[data-outcome], a[data-reason]")) {
      link.addEventListener("click", () => {
        clear();
        for (const name of ["outcome", "reason"]) if (link.dataset[name]) filter(name, link.dataset[name]);
        select();
      });
    }
    show();
    follow();
    // The browser's own way to the fragment ends after this script, and takes the focus away.
    window.addEventListener("load", follow);
  }
})();
