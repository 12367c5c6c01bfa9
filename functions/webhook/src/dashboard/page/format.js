// How things are written. Days and times are UTC, as they are in the bucket and in the API.

const today = () => new Date().toISOString().slice(0, 10);
const day = (time) => time.slice(0, 10);
const clock = (time) => time.slice(11, 19);

const moment = (time) => `${day(time)} ${clock(time)} UTC`;
const local = (time) => `${new Date(time).toLocaleString()} here`;

/** Seconds as on a player. */
function length(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return parts[0] ? `${parts[0]}:${two(parts[1])}:${two(parts[2])}` : `${parts[1]}:${two(parts[2])}`;
}

/** Seconds in words, for those who hear the page. */
function spoken(seconds) {
  const whole = Math.max(0, Math.round(seconds || 0));
  const minutes = Math.floor(whole / 60);
  const rest = `${whole % 60} second${whole % 60 === 1 ? "" : "s"}`;
  return minutes ? `${minutes} minute${minutes === 1 ? "" : "s"} ${rest}` : rest;
}

/** How long something takes, or has been going on. */
function span(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

function size(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (bytes >= 1000 && unit < units.length - 1) { bytes /= 1000; unit += 1; }
  return `${bytes >= 100 || unit === 0 ? Math.round(bytes) : bytes.toFixed(1)} ${units[unit]}`;
}

const percent = (share) => `${(share * 100).toFixed(share >= 0.9995 || share === 0 ? 0 : 1)} %`;
const counted = (number, one, many) => `${number} ${number === 1 ? one : many}`;
const capital = (word) => word.charAt(0).toUpperCase() + word.slice(1);
const PROVIDERS = { twilio: "Twilio", vapi: "Vapi", elevenlabs: "ElevenLabs" };
const provider = (name) => PROVIDERS[name] || name;
