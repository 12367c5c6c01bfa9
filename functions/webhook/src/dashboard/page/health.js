// The strip at the top, for who operates the installation: is anything lost, slow, waiting, or out of reach?

const HEALTH_EVERY = 60000;
const CHARTS_EVERY = 15 * 60000;
const strip = { figures: null, state: null, week: null, weekAt: 0 };

function article(title, figure, told, chart, kind = "") {
  return make("article", {}, make("h2", { text: title }), make("p", { class: `figure ${kind}`, text: figure }), make("p", { class: "quiet", text: told }), chart);
}

async function lookAtHealth() {
  if (!may("operate") || !session.token) return;
  show(by("health"));
  try {
    [strip.figures, strip.state] = await Promise.all([ask("GET", `api/metrics?days=1${strip.figures ? "" : "&most=50"}`), ask("GET", "health")]);
    drawHealth();
    if (Date.now() - strip.weekAt > CHARTS_EVERY) {
      strip.weekAt = Date.now();
      strip.week = await ask("GET", "api/metrics?days=7");
      drawHealth();
    }
  } catch (error) {
    if (!(error instanceof Offline) && session.token && !strip.figures) by("health").replaceChildren(make("p", { class: "problem", text: `Figures: ${error.message}` }));
  }
}

function drawHealth() {
  const { recent, loss_meter: meter } = strip.figures;
  const days = strip.week?.recent.days || null;
  by("health").replaceChildren(successes(recent, days), latency(recent, days), waiting(meter, strip.state), fallbacks(recent, days), losses(meter), storage(strip.week?.recent || recent, days), checks(strip.state));
}

const ofDays = (days, value, words, told) => days && columns(days.map(value), `${words} by day: ${days.map((one) => `${one.day} ${value(one) === null ? "nothing" : told(value(one))}`).join(", ")}`);

function successes({ success_rate: rate, recordings, is_whole: isWhole }, days) {
  const kind = rate !== null && rate < 0.999 ? "bad" : "";
  const chart = days && columns(days.map((one) => one.success_rate), `Success rate by day: ${days.map((one) => `${one.day} ${one.success_rate === null ? "nothing" : percent(one.success_rate)}`).join(", ")}`, { most: 1, bad: (value) => value < 0.999 });
  return article("Success today", rate === null ? "–" : percent(rate), counted(recordings, "recording", "recordings") + (isWhole ? "" : " or more"), chart, kind);
}

function latency({ seconds_to_bucket: bucket, seconds_to_history: history }, days) {
  const told = bucket ? `p95 ${span(bucket.p95)}${history ? `; in the job's history after ${span(history.median)}` : ""}` : "nothing came in today";
  return article("To the bucket, median", span(bucket?.median), told, ofDays(days, (one) => one.median_seconds_to_bucket, "Median seconds to the bucket", span));
}

function waiting(meter, state) {
  const open = meter.providers.reduce((sum, one) => sum + one.open, 0);
  const oldest = state.reconciliation?.oldest_open_seconds;
  const chart = open ? levels(meter.providers.map((one) => one.open), `Unfinished: ${meter.providers.map((one) => `${provider(one.provider)} ${one.open}`).join(", ")}`) : null;
  return article("Oldest in the queues", open ? span(oldest) : "–", open ? `${counted(open, "recording is", "recordings are")} unfinished` : "nothing is waiting", chart, oldest > 4 * 3600 ? "bad" : "");
}

function fallbacks({ states, looked_at: lookedAt }, days) {
  const share = lookedAt ? states.fallback / lookedAt : null;
  return article("In fallback", share === null ? "–" : percent(share), states.failed ? `${states.failed} of ${lookedAt} failed so far` : "the provider's copy stands in", ofDays(days, (one) => one.fallback_share, "Share in fallback", percent), share > 0.05 ? "bad" : "");
}

function losses(meter) {
  const sum = (name) => meter.providers.reduce((all, one) => all + one[name], 0);
  if (!meter.begun_at) return article("Loss meter", "–", "no reconciliation yet", null);
  const [held, ledger, stored, settled, risk, lost] = ["held", "in_ledger", "stored", "settled", "at_risk", "lost_at_provider"].map(sum);
  const told = risk || lost ? `${risk} at risk, ${lost} lost at the provider` : `${held} held by providers, ${stored} stored; ${counted(sum("repaired"), "webhook", "webhooks")} lost and repaired`;
  return article("Loss meter", risk + lost ? String(risk + lost) : "0", told, levels([held, ledger, stored, settled], `Held by providers ${held}, in the ledger ${ledger}, stored ${stored}, settled ${settled}`), risk + lost ? "bad" : "");
}

function storage(recent, days) {
  const all = recent.looked_at ? (recent.stored_bytes * recent.recordings) / recent.looked_at : 0;
  const isGuess = recent.looked_at < recent.recordings;
  return article(days ? "Stored in 7 days" : "Stored today", `${isGuess ? "≈ " : ""}${size(all)}`, `${span(recent.looked_at ? (recent.stored_seconds * recent.recordings) / recent.looked_at : 0)} of audio`, ofDays(days, (one) => (one.looked_at ? (one.stored_bytes * one.recordings) / one.looked_at : null), "Stored", size));
}

function checks(state) {
  const failing = (state.doctor?.checks || []).filter((check) => check.failed || check.findings);
  const problems = failing.length + state.unreachable.length;
  const told = state.unreachable.length ? `out of reach: ${state.unreachable.join(", ")}` : failing.length ? failing.map((check) => check.name).join(", ") : state.doctor ? `doctor: ${span(state.doctor.age_seconds)} ago` : "the doctor has not looked yet";
  return article("Checks", problems ? counted(problems, "problem", "problems") : state.doctor ? "All well" : "–", `${told}; version ${state.version}`, null, problems ? "wait" : "");
}
