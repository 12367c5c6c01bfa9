// Where it begins.

let healthTimer = 0;

function enter() {
  show(by("sign-in"), false);
  show(by("app"));
  show(by("sign-out"));
  by("who").textContent = `${session.claims.sub} · ${session.claims.org}`;
  toToday();
  tellConnection();
  show(by("health"), may("operate"));
  if (may("operate") && !strip.figures) by("health").replaceChildren(...["Success today", "To the bucket, median", "Oldest in the queues", "In fallback", "Loss meter", "Stored today", "Checks"].map((title) => article(title, "…", "", null)));
  show(by("batch"), may("manage_recordings"));
  drawBatch();
  restart().then(() => { if (session.token) pollAgain(); });
  lookAtHealth();
  clearInterval(healthTimer);
  healthTimer = setInterval(() => { if (!document.hidden) lookAtHealth(); }, HEALTH_EVERY);
  connect();
}

function leave() {
  disconnect();
  clearInterval(healthTimer);
  clearTimeout(batch.timer);
  if (detail.one) fold();
  list.asked += 1;
  list.shown.clear();
  by("rows").replaceChildren();
  by("health").replaceChildren();
  Object.assign(strip, { figures: null, state: null, week: null, weekAt: 0 });
  if (by("confirm").open) by("confirm").close("no");
}

offerSignIn();
onChoice(restart);
by("more").addEventListener("click", () => earlier());
by("rows").addEventListener("keydown", onKeyInRows);
by("detail-close").addEventListener("click", fold);
by("detail").addEventListener("keydown", (event) => { if (event.key === "Escape") fold(); });
document.addEventListener("visibilitychange", () => { if (session.token && !document.hidden) poll(); });
window.addEventListener("online", () => { if (session.token) poll(); });
window.addEventListener("offline", () => { if (session.token) offline(true); });

finishSignIn().then((token) => {
  const problem = remember(token || sessionStorage.getItem(TOKEN) || "");
  if (!problem) return enter();
  const wasSignedIn = sessionStorage.getItem(TOKEN);
  forget();
  signIn(wasSignedIn ? problem : undefined);
}, (error) => signIn(`You could not be signed in: ${error.message}.`));
