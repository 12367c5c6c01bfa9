// The recordings, newest first. The first page is asked for again and again; what is new is put on top.

const list = { shown: new Map(), tag: null, cursor: null, chosen: null, asked: 0, isFirst: true };

const nameOf = (one) => `${one.call_id}/${one.recording_id}`;
const MARKS = { inbound: "↘", outbound: "↗" };
const WORDS = { inbound: "inbound", outbound: "outbound" };

function parties(one) {
  if (!one.from && !one.to) return "Numbers unknown";
  return `${one.from || "unknown"} → ${one.to || "unknown"}`;
}

/** One row. All of it is one button, whose name is what stands in it. */
function row(one) {
  const days = filters.elements.from.value !== filters.elements.to.value;
  return make("button", { type: "button", "data-name": nameOf(one), onclick: () => choose(one) },
    make("span", { class: "time", title: local(one.started_at) }, clock(one.started_at), days && make("small", { text: day(one.started_at) })),
    make("span", { class: "parties" },
      one.direction && make("span", { "aria-hidden": "true", text: `${MARKS[one.direction]} ` }),
      one.direction && make("span", { class: "unseen", text: `${WORDS[one.direction]}, ` }),
      parties(one), make("small", { text: provider(one.provider) })),
    make("span", { class: "job" }, one.job_number ? one.job_number : make("span", { class: "quiet", text: "no job" })),
    make("span", { class: "length" }, make("span", { class: "unseen", text: "length " }), length(one.duration_seconds)),
    make("span", { class: `status ${one.status}`, text: capital(one.status) }));
}

function put(one, before) {
  const known = list.shown.get(nameOf(one));
  const text = JSON.stringify(one);
  if (known?.text === text) return known;
  const item = known?.item || make("li");
  const hadFocus = item.contains(document.activeElement);
  item.replaceChildren(row(one));
  if (hadFocus) item.firstElementChild.focus();
  if (!known) by("rows").insertBefore(item, before);
  const shown = { one, text, item };
  list.shown.set(nameOf(one), shown);
  mark(shown);
  return shown;
}

function mark({ one, item }) {
  if (nameOf(one) === list.chosen) item.firstElementChild.setAttribute("aria-current", "true");
  else item.firstElementChild.removeAttribute("aria-current");
}

function describe() {
  const number = list.shown.size;
  const { from, to } = filters.elements;
  const days = followsToday ? "today" : from.value === to.value ? `on ${from.value}` : `from ${from.value} to ${to.value}`;
  by("count").textContent = number ? `${counted(number, "recording", "recordings")}${list.cursor ? " so far" : ""}, ${days}` : "";
  show(by("more"), Boolean(list.cursor));
  const isEmpty = !number && !list.cursor;
  show(by("rows-empty"), isEmpty);
  if (isEmpty) by("rows-empty").textContent = isNarrowed() ? `Nothing like that was recorded ${days}.` : `No recordings ${days} yet. They appear here as they arrive.`;
}

/** Asks for the list from its beginning. */
async function restart() {
  const asked = ++list.asked;
  list.shown.clear();
  Object.assign(list, { tag: null, cursor: null, isFirst: true });
  by("rows").replaceChildren(...Array.from({ length: 6 }, () => make("li", { "aria-hidden": "true" })));
  by("rows").classList.add("loading");
  show(by("rows-empty"), false);
  show(by("more"), false);
  by("count").textContent = "Loading …";
  if (!may("view_call_history")) return failed({ status: 403 });
  await refresh(asked);
}

function settle() {
  if (!list.isFirst) return;
  list.isFirst = false;
  by("rows").classList.remove("loading");
  by("rows").replaceChildren();
}

function failed(error) {
  settle();
  if (error instanceof Offline && list.shown.size) return;
  by("count").textContent = "";
  show(by("rows-empty"), false);
  by("rows-problem").replaceChildren(make("p", { text: error.status === 403 ? "This token does not let you see recordings." : error.message }),
    make("button", { type: "button", text: "Try again", onclick: restart }));
  show(by("rows-problem"));
}

/** Asks for the first page again, and shows what is new and what has changed. */
async function refresh(asked = list.asked) {
  try {
    const page = await ask("GET", `api/recordings?${query()}`, { known: list.tag });
    if (asked !== list.asked) return;
    show(by("rows-problem"), false);
    if (page) take(page);
    // A page may be empty and yet not the last: what is looked for may lie further back.
    if (!list.shown.size && list.cursor) await earlier(asked);
  } catch (error) {
    if (asked === list.asked && session.token) failed(error);
  }
  if (asked === list.asked && !list.isFirst) describe();
}

function take(page) {
  const isFirst = list.isFirst;
  settle();
  const news = page.recordings.filter((one) => !list.shown.has(nameOf(one)));
  // More came in than a page shows, after an hour offline say: what lies between is not known, and the list begins anew.
  const isTorn = page.next_cursor && list.shown.size > 0 && news.length === page.recordings.length;
  if (isTorn) list.shown.clear();
  if (isTorn) by("rows").replaceChildren();
  drop(page);
  let before = by("rows").firstElementChild;
  for (const one of page.recordings) {
    before = put(one, before).item.nextElementSibling;
  }
  if (isFirst || isTorn) list.cursor = page.next_cursor;
  else if (news.length) welcome(news);
  list.tag = page.tag;
  const chosen = list.shown.get(list.chosen);
  if (chosen) changed(chosen.one);
}

/** What is no longer looked for, because it has changed, goes; what lies behind the page stays. */
function drop(page) {
  const last = page.recordings.at(-1)?.started_at ?? "";
  const there = new Set(page.recordings.map(nameOf));
  for (const [name, { one, item }] of list.shown) {
    if (there.has(name) || (page.next_cursor && one.started_at <= last)) continue;
    list.shown.delete(name);
    item.remove();
  }
}

function welcome(news) {
  say(`${counted(news.length, "new recording", "new recordings")}.`);
  for (const one of news) {
    const { item } = list.shown.get(nameOf(one));
    item.classList.add("new");
    setTimeout(() => item.classList.remove("new"), 4000);
  }
}

/** How many pages are looked through on their own for one that holds something. */
const PATIENCE = 20;

async function earlier(asked = list.asked) {
  by("more").disabled = true;
  try {
    for (let looked = 0; looked < PATIENCE && list.cursor && asked === list.asked; looked += 1) {
      by("count").textContent = "Looking further back …";
      const page = await ask("GET", `api/recordings?${query({ cursor: list.cursor })}`);
      if (asked !== list.asked) return;
      list.cursor = page.next_cursor;
      for (const one of page.recordings) put(one, null);
      if (page.recordings.length) break;
    }
  } catch (error) {
    if (asked === list.asked && session.token) failed(error);
  } finally {
    by("more").disabled = false;
    if (asked === list.asked) describe();
  }
}

/** Up and down go from row to row. */
function onKeyInRows(event) {
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (!(event.key in steps)) return;
  const buttons = [...by("rows").querySelectorAll("button")];
  const next = buttons[buttons.indexOf(document.activeElement) + steps[event.key]];
  if (next) { event.preventDefault(); next.focus(); }
}

function choose(one) {
  list.chosen = nameOf(one);
  for (const shown of list.shown.values()) mark(shown);
  unfold(one);
}
