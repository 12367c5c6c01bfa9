// Asking the API. A refusal is an error with the problem's own words; no answer at all means that we are offline.

class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || `The API answered ${status}.`);
    Object.assign(this, { status, code: problem.code });
  }
}

class Offline extends Error {
  constructor() { super("The API cannot be reached."); }
}

let offlineSince = null;

function offline(is) {
  if (is === Boolean(offlineSince)) return;
  offlineSince = is ? new Date() : null;
  const banner = by("offline");
  banner.textContent = is ? "No connection. What you see is as of " + clock(offlineSince.toISOString()) + " UTC; it is tried again on its own." : "";
  show(banner, is);
  if (!is) say("The connection is back.");
  tellConnection();
}

const place = (path) => new URL(path, document.baseURI);

async function request(method, path, { body, known, redirect } = {}) {
  if (session.claims && session.claims.exp * 1000 <= Date.now()) ended("Your token has expired. Sign in again.");
  if (!session.token) throw new Refused(401, { detail: "Nobody is signed in." });
  const headers = { Authorization: `Bearer ${session.token}` };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (known) headers["If-None-Match"] = known;
  let answer;
  try {
    answer = await fetch(place(path), {
      method, headers, cache: "no-store", credentials: "omit", redirect: redirect || "error",
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    offline(true);
    throw new Offline();
  }
  offline(false);
  return answer;
}

/** The answer's JSON. */
async function ask(method, path, options) {
  const answer = await request(method, path, options);
  if (answer.status === 304) return null;
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) return Object.assign(told, { tag: answer.headers.get("ETag"), answered: answer.status });
  if (answer.status === 401) ended(told.code === "token_expired" ? "Your token has expired. Sign in again." : "This token is not valid here.");
  throw new Refused(answer.status, told);
}

const ofCall = (call, rest = "") => `api/recordings/${encodeURIComponent(call)}${rest}`;
