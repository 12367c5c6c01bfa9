// Fetching all that is missing of the chosen days, and how far that is.

const batch = { id: null, timer: 0 };

function drawBatch(told) {
  const bar = make("progress", { max: "1", "aria-label": "Fetching what is missing" });
  const start = make("button", { type: "button", text: "Fetch what is missing", onclick: beginBatch });
  if (!told) return by("batch").replaceChildren(start);
  const { results, status } = told;
  if (!results) return by("batch").replaceChildren(bar, make("p", { class: "quiet", text: "Looking for what is missing …" }));
  const done = results.success + results.failed + results.unavailable;
  bar.max = Math.max(results.total, 1);
  bar.value = status === "done" ? bar.max : done;
  const text = results.total ? `${done} of ${results.total}: ${results.success} fetched, ${results.failed} failed for now, ${results.unavailable} not to be had` : "Nothing is missing.";
  by("batch").replaceChildren(...(status === "done" ? [start] : []), ...(results.total ? [bar] : []), make("p", { class: "quiet", text }));
  if (status === "done") { say(text); refresh(); }
}

async function beginBatch() {
  drawBatch({});
  try {
    const { from, to } = filters.elements;
    followBatch(await ask("POST", "api/jobs/fetch-missing-audio", { body: { from: from.value, to: to.value } }));
  } catch (error) {
    drawBatch();
    by("batch").append(make("p", { class: "problem", role: "alert", text: error.message }));
  }
}

function followBatch(told) {
  clearTimeout(batch.timer);
  drawBatch(told);
  batch.id = told.status === "running" ? told.id : null;
  if (batch.id) batch.timer = setTimeout(lookAtBatch, 3000);
}

/** Several recordings that come home in one moment are looked at once. */
function lookAtBatchSoon() {
  clearTimeout(batch.timer);
  batch.timer = setTimeout(lookAtBatch, 300);
}

async function lookAtBatch() {
  if (!batch.id || !session.token) return;
  try {
    followBatch(await ask("GET", `api/jobs/${encodeURIComponent(batch.id)}`));
  } catch {
    batch.timer = setTimeout(lookAtBatch, 10000);
  }
}
