// Who is in front of the page. The token lives in this tab's storage and goes to the API in a header, and nowhere else.

const TOKEN = "tapeline.token";
const settings = JSON.parse(by("settings").textContent);

const session = { token: null, claims: null, ends: 0 };

/** What a token says. Whether it is true is for the API to judge; here it only decides what is offered. */
function claimsOf(token) {
  try {
    const part = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(part), (character) => character.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes));
    return claims && typeof claims === "object" ? claims : null;
  } catch {
    return null;
  }
}

const may = (permission) => (session.claims?.permissions || []).includes(permission);

function remember(token) {
  const claims = claimsOf(token);
  if (!claims) return "This is not a token.";
  if (!(claims.exp * 1000 > Date.now())) return "This token has expired.";
  Object.assign(session, { token, claims });
  sessionStorage.setItem(TOKEN, token);
  clearTimeout(session.ends);
  // A longer time than a timer takes is looked at again when something is asked.
  session.ends = setTimeout(() => ended("Your token has expired. Sign in again."), Math.min(claims.exp * 1000 - Date.now(), 2 ** 31 - 1));
  return null;
}

function forget() {
  clearTimeout(session.ends);
  Object.assign(session, { token: null, claims: null });
  sessionStorage.removeItem(TOKEN);
}

/** The session is over, and the page says why. */
function ended(why) {
  if (!session.token) return;
  forget();
  leave();
  signIn(why);
}
