// What may be done with a recording, as far as the token allows it. The API judges again.

function button(text, act, told = {}) {
  return make("button", { type: "button", ...told, text, onclick: (event) => doing(event.currentTarget, act) });
}

/** Does something once, and says how it went. */
async function doing(control, act) {
  control.disabled = true;
  const problem = by("action-problem");
  show(problem, false);
  try {
    const done = await act();
    if (done) { say(done); await again(); }
  } catch (error) {
    if (problem.isConnected) { problem.textContent = error.message; show(problem); }
  } finally {
    control.disabled = false;
  }
}

function actions(one, why) {
  const { call_id: call } = one;
  const isGone = ["erased", "expired"].includes(one.state);
  const wanted = why && !isGone && [button("Fetch now", () => fetchNow(one))];
  const managed = may("manage_recordings") && one.state !== "erased" && [
    !isGone && assign(one),
    one.hold
      ? button("Release the hold", () => ask("POST", ofCall(call, "/release")).then(() => "The hold is released."))
      : button("Hold", () => ask("POST", ofCall(call, "/hold")).then(() => "A legal hold is on.")),
    !isGone && button("Revoke links", () => revoke(call)),
    button("Erase …", () => erase(one), { class: "danger" }),
  ];
  const all = [wanted, managed].filter(Boolean).flat();
  if (!all.length) return [];
  return [make("div", { class: "part" }, make("h3", { text: "Actions" }), make("div", { class: "actions" }, all),
    make("p", { id: "action-problem", class: "problem", role: "alert", hidden: true }))];
}

function assign(one) {
  const input = make("input", { id: "assign", required: true, autocomplete: "off", spellcheck: "false", size: "10", value: one.job_number || "" });
  const submit = make("button", { type: "submit", text: "Assign" });
  return make("form", { onsubmit: (event) => {
    event.preventDefault();
    const job_number = input.value.trim();
    doing(submit, () => ask("POST", ofCall(one.call_id, "/assign"), { body: { job_number } }).then(() => `It belongs to ${job_number} now.`));
  } }, make("p", { class: "field" }, make("label", { for: "assign", text: "Job" }), input), submit);
}

async function revoke(call) {
  const isSure = await confirmed({ title: "Revoke every link?", text: "Links in job histories stop working for good. The recording itself stays.", yes: "Revoke" });
  if (!isSure) return null;
  await ask("POST", ofCall(call, "/revoke-link"));
  return "The links are revoked.";
}

async function erase(one) {
  const isSure = await confirmed({
    title: "Erase this call?", yes: "Erase for good", word: "erase",
    text: `All audio of ${one.call_id}, its transcript, the provider's copy and the links to it are deleted. This cannot be taken back.`,
  });
  if (!isSure) return null;
  await ask("DELETE", ofCall(one.call_id));
  stopPlaying();
  return "It is being erased.";
}

/** Asks before what cannot be taken back. */
function confirmed({ title, text, yes, word }) {
  const dialog = by("confirm");
  const input = word && make("input", { id: "sure", autocomplete: "off", spellcheck: "false" });
  const go = make("button", { type: "submit", value: "yes", class: "danger", disabled: Boolean(word), text: yes });
  input?.addEventListener("input", () => { go.disabled = input.value.trim().toLowerCase() !== word; });
  dialog.replaceChildren(make("form", { method: "dialog" }, make("h2", { id: "confirm-title", text: title }), make("p", { text }),
    word && make("p", { class: "field" }, make("label", { for: "sure", text: `To go on, type “${word}”` }), input),
    make("div", { class: "choices" }, make("button", { type: "button", onclick: () => dialog.close("no"), text: "Cancel" }), go)));
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true }));
}

/** Asks for the audio until it is there. What the answer leads to is of no interest: the redirect is not followed. */
async function fetchNow(one) {
  const path = `${ofCall(one.call_id, "/audio")}?recording=${encodeURIComponent(one.recording_id)}`;
  say("It is being fetched.");
  for (let tries = 0; tries < 30; tries += 1) {
    const answer = await request("GET", path, { redirect: "manual" });
    if (answer.type === "opaqueredirect") return "The recording is there.";
    if (answer.status !== 202) throw new Refused(answer.status, await answer.json().catch(() => ({})));
    await wait(1000 * Number(answer.headers.get("Retry-After") || 5));
  }
  return "It still is on its way.";
}
