// One recording: how it sounds, or why it cannot be heard; what is known of it; what may be done.

const detail = { one: null, asked: 0, text: "" };

const REASONS = {
  too_short: "It was too short to be kept by the provider.", silent: "There was nothing to hear.",
  at_provider_only: "Only the provider has it for now.",
};

function facts(one) {
  const pairs = [
    ["Started", `${moment(one.started_at)} (${local(one.started_at)})`], ["From", one.from], ["To", one.to],
    ["Direction", one.direction && capital(one.direction)], ["Job", one.job_number || "none yet"],
    ["Length", length(one.duration_seconds)], ["Provider", provider(one.provider)], ["Call", one.call_id], ["Recording", one.recording_id],
    ["Stored", one.recording_uploaded_at && moment(one.recording_uploaded_at)], ["Hold", one.hold && "A legal hold is on"],
  ];
  return make("dl", { class: "facts" }, pairs.filter(([, value]) => value).flatMap(([name, value]) => [make("dt", { text: name }), make("dd", { text: value })]));
}

async function unfold(one, { quietly } = {}) {
  const asked = ++detail.asked;
  if (playing?.name !== nameOf(one)) stopPlaying();
  Object.assign(detail, { one, text: JSON.stringify(one) });
  show(by("detail-none"), false);
  show(by("detail"));
  document.querySelector(".panes").classList.add("chosen");
  by("detail-title").textContent = `${parties(one)}, ${clock(one.started_at)}`;
  if (!quietly) {
    by("detail-body").replaceChildren(make("p", { class: "quiet", text: "Loading …" }));
    by("detail-title").focus({ preventScroll: false });
  }
  try {
    const known = await ask("GET", `api/calls/${encodeURIComponent(one.call_id)}/recording`);
    const now = known.recordings.find((other) => other.recording_id === one.recording_id) || one;
    const isMissing = !now.recording_signed_url;
    const why = isMissing ? await ask("GET", `api/calls/${encodeURIComponent(one.call_id)}/recording/availability`) : null;
    if (asked === detail.asked) fill(now, why, known.transcript);
  } catch (error) {
    if (asked !== detail.asked || !session.token) return;
    by("detail-body").replaceChildren(make("p", { class: "problem", role: "alert", text: error.message }),
      make("p", {}, make("button", { type: "button", text: "Try again", onclick: () => unfold(one) })));
  }
}

function fill(one, why, transcript) {
  detail.one = one;
  if (why) stopPlaying();
  by("detail-body").replaceChildren(
    why ? missing(one, why) : playing?.element || player(one, one),
    ...(one.state === "suspect" ? [make("p", { class: "problem", text: one.explanation })] : []),
    ...(transcript ? [make("div", { class: "part" }, make("h3", { id: "transcript", text: "What was said" }), make("div", { class: "transcript", tabindex: "0", role: "region", "aria-labelledby": "transcript", text: transcript }))] : []),
    ...actions(one, why), make("div", { class: "part" }, facts(one)), ...accesses(one));
}

/** Why there is nothing to hear, and what is to be expected. */
function missing(one, why) {
  const told = [make("p", {}, make("span", { class: `status ${one.status}`, text: capital(one.status) })), make("p", { text: one.explanation })];
  if (REASONS[why.reason] && !one.explanation.includes(REASONS[why.reason])) told.push(make("p", { text: REASONS[why.reason] }));
  if (why.expectedAt) told.push(make("p", { text: `Expected by ${moment(why.expectedAt)}.` }));
  if (why.attempts) told.push(make("p", { class: "quiet", text: `${counted(why.attempts, "transfer", "transfers")} failed${why.failedStage ? `, the last while ${why.failedStage}` : ""}${why.lastErrorCode ? ` (${why.lastErrorCode})` : ""}.` }));
  if (one.transcript_only_fallback) told.push(make("p", { text: "There is a transcript." }));
  if (why.recordingUrl && why.reason !== "in_bucket") told.push(make("p", {}, make("a", { href: why.recordingUrl, target: "_blank", rel: "noopener noreferrer", text: "Listen to the provider's copy (new tab)" })));
  return make("div", { class: "part" }, told);
}

/** What is open has changed in the list: it is shown anew, unless somebody is listening to it. */
function changed(one) {
  if (detail.one && nameOf(detail.one) === nameOf(one) && detail.text !== JSON.stringify(one) && !playing) unfold(one, { quietly: true });
}

/** After something was decided. */
async function again() {
  await refresh();
  if (detail.one) await unfold(list.shown.get(nameOf(detail.one))?.one || detail.one, { quietly: true });
}

function fold() {
  detail.asked += 1;
  stopPlaying();
  detail.one = null;
  const row = list.shown.get(list.chosen)?.item.firstElementChild;
  list.chosen = null;
  row?.removeAttribute("aria-current");
  show(by("detail"), false);
  show(by("detail-none"));
  document.querySelector(".panes").classList.remove("chosen");
  row?.focus();
}
