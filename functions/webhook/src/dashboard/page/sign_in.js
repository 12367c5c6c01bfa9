// Signing in: with a token that is pasted, or at the organisation's issuer, by OpenID Connect.
// There it is the authorization code with PKCE (RFC 7636): what comes back in the address is a code that is good once,
// for this tab alone, and it is taken out of the address at once.

const UNDER_WAY = "tapeline.sign-in";
const here = () => location.origin + location.pathname;

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const chance = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

async function discovered() {
  const issuer = settings.sign_in.issuer.replace(/\/$/, "");
  const answer = await fetch(`${issuer}/.well-known/openid-configuration`, { credentials: "omit" });
  const found = await answer.json();
  if (found.issuer !== settings.sign_in.issuer) throw new Error("another issuer answered");
  return found;
}

async function beginSignIn() {
  const { authorization_endpoint: endpoint } = await discovered();
  const [verifier, state, nonce] = [chance(), chance(), chance()];
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  sessionStorage.setItem(UNDER_WAY, JSON.stringify({ verifier, state, nonce }));
  const asked = new URL(endpoint);
  const { client_id, audience } = settings.sign_in;
  for (const [name, value] of Object.entries({
    response_type: "code", client_id, redirect_uri: here(), scope: "openid", audience, state, nonce,
    code_challenge: base64url(new Uint8Array(digest)), code_challenge_method: "S256",
  })) asked.searchParams.set(name, value);
  location.assign(asked);
}

/** The token, where the issuer has just sent somebody back. */
async function finishSignIn() {
  const back = new URLSearchParams(location.search);
  if (!back.has("state")) return null;
  history.replaceState(null, "", here());
  const begun = JSON.parse(sessionStorage.getItem(UNDER_WAY) || "null");
  sessionStorage.removeItem(UNDER_WAY);
  if (!settings.sign_in || begun?.state !== back.get("state")) throw new Error("this was not begun in this tab");
  if (back.has("error")) throw new Error(back.get("error_description") || back.get("error"));
  const { token_endpoint: endpoint } = await discovered();
  const body = new URLSearchParams({
    grant_type: "authorization_code", code: back.get("code") || "", redirect_uri: here(),
    client_id: settings.sign_in.client_id, code_verifier: begun.verifier,
  });
  const answer = await fetch(endpoint, { method: "POST", body, credentials: "omit" });
  const { access_token, id_token, error } = await answer.json();
  if (!answer.ok) throw new Error(error || `the issuer answered ${answer.status}`);
  if (id_token && claimsOf(id_token)?.nonce !== begun.nonce) throw new Error("the answer is for another sign-in");
  const isForUs = (token) => [claimsOf(token || "")?.aud].flat().includes(settings.sign_in.audience);
  const token = [access_token, id_token].find(isForUs);
  if (!token) throw new Error("the issuer gave no token for this installation");
  return token;
}

function signIn(problem) {
  show(by("app"), false);
  show(by("sign-in"));
  show(by("sign-out"), false);
  show(by("connection"), false);
  by("who").textContent = "";
  const told = by("sign-in-problem");
  told.textContent = problem || "";
  show(told, Boolean(problem));
  (settings.sign_in ? by("sign-in-oidc").firstElementChild : by("token")).focus();
}

function offerSignIn() {
  show(by("sign-in-oidc"), Boolean(settings.sign_in));
  by("sign-in-oidc").firstElementChild.addEventListener("click", () => {
    beginSignIn().catch((error) => signIn(`Your organisation's sign-in cannot be reached: ${error.message}.`));
  });
  by("sign-in-token").addEventListener("submit", (event) => {
    event.preventDefault();
    const problem = remember(by("token").value.trim().replace(/^bearer\s+/i, ""));
    by("token").value = "";
    problem ? signIn(problem) : enter();
  });
  by("sign-out").addEventListener("click", () => { forget(); leave(); signIn(); });
}
