// Who heard a recording. Only who manages recordings may know.

function accesses(one) {
  if (!may("manage_recordings")) return [];
  const rows = make("ul", { class: "accesses" });
  const more = make("button", { type: "button", text: "Show more", hidden: true, onclick: () => load() });
  const told = make("p", { class: "quiet" });
  let cursor = null;

  async function load() {
    told.textContent = "Loading …";
    try {
      const asked = new URLSearchParams(cursor ? { cursor } : {});
      const page = await ask("GET", `${ofCall(one.call_id, "/accesses")}?${asked}`);
      const ours = page.accesses.filter((access) => access.recording_id === one.recording_id);
      rows.append(...ours.map(access));
      cursor = page.next_cursor;
      show(more, Boolean(cursor));
      told.textContent = rows.children.length || cursor ? "" : "Nobody has heard it.";
    } catch (error) {
      told.textContent = error.message;
    }
  }

  return [make("div", { class: "part" }, make("details", { ontoggle: (event) => {
    if (event.currentTarget.open && !rows.children.length) load();
  } }, make("summary", { text: "Who heard it" }), rows, told, more))];
}

function access({ at, user, tier, outcome, ip }) {
  const who = user === "link" ? "Somebody with the link" : user;
  return make("li", {}, make("strong", { text: who }), ` ${moment(at)}`, make("br"), make("span", { class: "quiet", text: [outcome, tier, ip].filter(Boolean).join(", ") }));
}
