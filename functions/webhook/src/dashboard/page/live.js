// News as it happens, over a WebSocket where there is one; else the list is asked for every few seconds.

// What is told is what became of a recording; one that was only heard of, or imported, is seen when the list is asked for.
const POLL = { often: 10000, live: 20000, unseen: 60000 };
const live = { socket: null, isOpen: false, tries: 0, timer: 0, poll: 0, news: 0 };

function tellConnection() {
  const pill = by("connection");
  show(pill, Boolean(session.token));
  pill.className = `pill ${offlineSince ? "broken" : live.isOpen ? "live" : ""}`;
  pill.textContent = offlineSince ? "Offline" : live.isOpen ? "Live" : `Every ${POLL.often / 1000} s`;
}

function pollAgain() {
  clearTimeout(live.poll);
  const pause = document.hidden ? POLL.unseen : live.isOpen && !offlineSince ? POLL.live : POLL.often;
  live.poll = setTimeout(poll, pause);
}

async function poll() {
  clearTimeout(live.poll);
  // Who may not see recordings would only be refused again and again.
  if (!session.token || !may("view_call_history")) return;
  await refresh();
  if (session.token) pollAgain();
}

/** Something happened: several things in one moment are looked at once. */
function news() {
  clearTimeout(live.news);
  live.news = setTimeout(poll, 300);
}

function heard(event) {
  let told;
  try { told = JSON.parse(event.data); } catch { return; }
  // That it came further is told; how far, it says itself.
  if (told.type === "job_progress") { if (told.id === batch.id) lookAtBatchSoon(); }
  else if (["recording_ready", "recording_failed"].includes(told.type)) news();
}

/** A ticket that is good once opens the connection: the token itself never stands in an address. */
async function connect() {
  clearTimeout(live.timer);
  if (!session.token || live.socket) return;
  try {
    const { url, ticket } = await ask("POST", "api/live/tickets");
    const socket = live.socket = new WebSocket(`${url}?ticket=${encodeURIComponent(ticket)}`);
    socket.addEventListener("open", () => { Object.assign(live, { isOpen: true, tries: 0 }); tellConnection(); news(); });
    socket.addEventListener("message", heard);
    socket.addEventListener("close", () => { if (live.socket === socket) connectLater(); });
  } catch (error) {
    // Where there is no such route there will be none in a while either.
    connectLater(error.status === 404 ? 600000 : undefined);
  }
}

function connectLater(pause) {
  Object.assign(live, { socket: null, isOpen: false, tries: live.tries + 1 });
  tellConnection();
  if (!session.token) return;
  pollAgain();
  const backoff = Math.min(300000, 1000 * 2 ** live.tries) * (0.5 + Math.random());
  live.timer = setTimeout(connect, pause ?? backoff);
}

function disconnect() {
  for (const timer of [live.timer, live.poll, live.news]) clearTimeout(timer);
  const { socket } = live;
  Object.assign(live, { socket: null, isOpen: false, tries: 0 });
  socket?.close();
}
