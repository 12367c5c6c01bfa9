// The waveform: a lane for each channel, and where it is not known a plain bar. It is a slider for the keyboard.

function waveform(player) {
  const canvas = make("canvas", { "aria-hidden": "true" });
  const element = make("div", {
    class: "wave", role: "slider", tabindex: "0", "aria-label": "Position in the recording",
    "aria-valuemin": "0", "aria-valuemax": "0", "aria-valuenow": "0", "aria-valuetext": "at the beginning",
  }, canvas);
  const wave = { element, channels: [], draw, tell };

  function draw() {
    const { width, height } = canvas.getBoundingClientRect();
    if (!width) return;
    const ratio = window.devicePixelRatio || 1;
    [canvas.width, canvas.height] = [width * ratio, height * ratio];
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    const style = getComputedStyle(element);
    const colours = [style.getPropertyValue("--played"), style.getPropertyValue("--wave")];
    const played = player.duration() ? (player.position() / player.duration()) * width : 0;
    const lanes = wave.channels.length || 1;
    for (let lane = 0; lane < lanes; lane += 1) {
      const middle = (height / lanes) * (lane + 0.5);
      const peaks = wave.channels[lane]?.peaks;
      peaks?.length ? bars(context, peaks, { width, middle, room: height / lanes - 6, played, colours }) : bar(context, { width, middle, played, colours });
    }
    context.fillStyle = colours[0];
    context.fillRect(Math.max(0, played - 1), 0, 2, height);
  }

  function bars(context, peaks, { width, middle, room, played, colours }) {
    const number = Math.max(1, Math.floor(width / 3));
    for (let at = 0; at < number; at += 1) {
      const [first, end] = [at, at + 1].map((n) => Math.floor((n * peaks.length) / number));
      const peak = Math.max(...peaks.slice(first, Math.max(end, first + 1)));
      const high = Math.max(1, (peak / 100) * room);
      context.fillStyle = colours[at * 3 < played ? 0 : 1];
      context.fillRect(at * 3, middle - high / 2, 2, high);
    }
  }

  function bar(context, { width, middle, played, colours }) {
    context.fillStyle = colours[1];
    context.fillRect(0, middle - 3, width, 6);
    context.fillStyle = colours[0];
    context.fillRect(0, middle - 3, played, 6);
  }

  function tell() {
    const [now, all] = [player.position(), player.duration()];
    element.setAttribute("aria-valuemax", Math.round(all));
    element.setAttribute("aria-valuenow", Math.round(now));
    element.setAttribute("aria-valuetext", `${spoken(now)} of ${spoken(all)}`);
  }

  function seekTo(event) {
    const { left, width } = element.getBoundingClientRect();
    player.seek(((event.clientX - left) / width) * player.duration());
  }

  element.addEventListener("pointerdown", (event) => {
    element.setPointerCapture(event.pointerId);
    seekTo(event);
  });
  element.addEventListener("pointermove", (event) => {
    if (element.hasPointerCapture(event.pointerId)) seekTo(event);
  });
  element.addEventListener("keydown", (event) => {
    const [now, all] = [player.position(), player.duration()];
    const to = {
      ArrowRight: now + 5, ArrowUp: now + 5, ArrowLeft: now - 5, ArrowDown: now - 5,
      PageUp: now + 30, PageDown: now - 30, Home: 0, End: all,
    }[event.key];
    if (event.key === " ") player.toggle();
    else if (to !== undefined) player.seek(to);
    else return;
    event.preventDefault();
  });
  new ResizeObserver(draw).observe(element);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  return wave;
}

/** What is to be heard: peaks and findings. What the headers tell is known at once; for the rest somebody has to listen first. */
async function drawWaveform(one, wave, findings) {
  const tell = (found) => {
    findings.replaceChildren(...(found || []).map((finding) => make("li", { text: finding.explanation })));
    show(findings, Boolean(found?.length));
  };
  tell(one.findings);
  const known = await listenedTo(one, () => wave.element.isConnected);
  if (!known) return;
  wave.channels = known.channels || [];
  wave.element.dataset.channels = wave.channels.length;
  wave.draw();
  tell(known.findings);
}

async function listenedTo(one, isWanted) {
  const asked = `api/calls/${encodeURIComponent(one.call_id)}/recording/waveform?recording=${encodeURIComponent(one.recording_id)}`;
  for (const wait of [2, 3, 5, 10, 20]) {
    const known = await ask("GET", asked).catch(() => null);
    if (known?.answered !== 202) return known;
    await new Promise((resolve) => setTimeout(resolve, wait * 1000));
    if (!isWanted()) return null;
  }
  return null;
}
