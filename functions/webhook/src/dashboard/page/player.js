// The player. Its URL ends after some minutes: five before that a fresh one is asked for, and a second element takes over
// at the very place, so that nobody hears anything of it.

const EARLY = 5 * 60;
/** How far ahead the second element waits for the first. */
const AHEAD = 0.75;

let playing = null;

function player(one, signed) {
  const wave = waveform({ position, duration, seek, toggle });
  const findings = make("ul", { class: "findings", hidden: true });
  const play = make("button", { type: "button", class: "primary", onclick: toggle, text: "Play" });
  const time = make("span", { class: "clock", text: "0:00" });
  const problem = make("p", { class: "problem", role: "alert", hidden: true });
  const speed = make("select", { id: "speed", onchange: () => { audio.playbackRate = Number(speed.value); } },
    ["0.5", "0.75", "1", "1.25", "1.5", "2"].map((rate) => make("option", { value: rate, selected: rate === "1", text: `${rate}×` })));
  const channel = make("select", { id: "channel", onchange: route },
    [["both", "Both"], ["0", "Left"], ["1", "Right"]].map(([value, text]) => make("option", { value, text })));
  const element = make("div", { class: "player", role: "group", "aria-label": "Player" }, wave.element, findings,
    make("div", { class: "controls" }, play,
      make("button", { type: "button", onclick: () => seek(position() - 10), text: "Back 10 s" }),
      make("button", { type: "button", onclick: () => seek(position() + 10), text: "Forward 10 s" }), time),
    make("div", { class: "second" },
      make("p", { class: "field" }, make("label", { for: "speed", text: "Speed" }), speed),
      one.channels > 1 && make("p", { class: "field" }, make("label", { for: "channel", text: "Channel" }), channel),
      make("button", { type: "button", onclick: download, text: "Download" })), problem);

  let url = signed.recording_signed_url;
  let audio = fresh(url);
  let [next, renewal, graph, closed, tries] = [null, 0, null, false, 0];
  element.append(audio);
  renewIn(signed.expiresIn);

  function fresh(from) {
    const made = make("audio", { preload: "auto", crossorigin: "anonymous", src: from });
    made.preservesPitch = true;
    for (const event of ["timeupdate", "seeked", "durationchange", "play", "pause", "ended"]) made.addEventListener(event, () => made === audio && told());
    made.addEventListener("error", () => made === audio && broken());
    return made;
  }

  function position() { return audio?.currentTime || 0; }
  function duration() { return Number.isFinite(audio?.duration) ? audio.duration : one.duration_seconds || 0; }

  function seek(to) {
    audio.currentTime = Math.min(Math.max(0, to), duration());
    told();
  }

  function toggle() {
    if (!audio.paused) return audio.pause();
    graph?.context.resume();
    audio.play().catch((error) => { if (error.name !== "AbortError") broken(); });
  }

  function told() {
    play.textContent = audio.paused ? "Play" : "Pause";
    time.textContent = `${length(position())} / ${length(duration())}`;
    wave.tell();
    wave.draw();
  }

  /** The URL may have ended while the machine slept: a fresh one goes on where it was. */
  async function broken() {
    if (closed) return;
    if (tries++ < 2 && await renew().then(() => true, () => false)) return;
    problem.textContent = "The audio cannot be played. It may have been deleted, or this browser does not know its format.";
    show(problem);
  }

  function renewIn(seconds) {
    clearTimeout(renewal);
    // Of a short life half is used, so that it is not asked for again at once.
    const left = seconds > 2 * EARLY ? seconds - EARLY : seconds / 2;
    renewal = setTimeout(() => renew().catch(() => renewIn(60)), Math.max(1, left) * 1000);
  }

  async function renew() {
    const answer = await ask("GET", `api/calls/${encodeURIComponent(one.call_id)}/recording`);
    const again = answer.recordings.find((other) => other.recording_id === one.recording_id);
    if (closed || !again?.recording_signed_url) throw new Error("there is no audio any more");
    url = again.recording_signed_url;
    renewIn(again.expiresIn);
    await takeOver();
  }

  /** A second element waits a little ahead of the first, and begins when that gets there. */
  async function takeOver() {
    next?.remove();
    const second = next = fresh(url);
    element.append(second);
    second.playbackRate = audio.playbackRate;
    await new Promise((done, fail) => {
      second.addEventListener("loadedmetadata", done, { once: true });
      second.addEventListener("error", () => fail(new Error("the fresh URL does not play")), { once: true });
    });
    const isGoing = () => !audio.paused && !audio.ended && !audio.error;
    const at = audio.currentTime + (isGoing() ? AHEAD * audio.playbackRate : 0);
    second.currentTime = at;
    await new Promise((done) => second.addEventListener("seeked", done, { once: true }));
    while (isGoing() && audio.currentTime < at && at - audio.currentTime < 2 * AHEAD * audio.playbackRate) await wait(10);
    if (closed || second !== next) return;
    const first = audio;
    const wasGoing = isGoing();
    if (Math.abs(first.currentTime - second.currentTime) > 0.5) second.currentTime = first.currentTime;
    [audio, next] = [second, null];
    if (graph) connect(second);
    if (wasGoing) await second.play();
    first.pause();
    first.removeAttribute("src");
    first.remove();
    tries = 0;
    told();
  }

  /** One channel goes to both ears. */
  function route() {
    if (!graph) {
      const context = new AudioContext();
      graph = { context, split: context.createChannelSplitter(2), gains: [context.createGain(), context.createGain()], merge: context.createChannelMerger(2) };
      graph.merge.connect(context.destination);
      connect(audio);
    }
    const { split, gains, merge } = graph;
    split.disconnect();
    gains.forEach((gain) => gain.disconnect());
    const chosen = channel.value;
    gains.forEach((gain, side) => {
      split.connect(gain, chosen === "both" ? side : Number(chosen));
      gain.connect(merge, 0, side);
    });
    graph.context.resume();
  }

  function connect(to) {
    graph.context.createMediaElementSource(to).connect(graph.split);
  }

  async function download(event) {
    const button = event.currentTarget;
    button.disabled = true;
    try {
      const answer = await fetch(url, { credentials: "omit" });
      if (!answer.ok) throw new Error(`the bucket answered ${answer.status}`);
      const blob = URL.createObjectURL(await answer.blob());
      const name = (one.recording_storage_path || one.call_id).split("/").at(-1);
      make("a", { href: blob, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(blob), 60000);
    } catch (error) {
      problem.textContent = `It cannot be downloaded: ${error.message}.`;
      show(problem);
    } finally {
      button.disabled = false;
    }
  }

  function close() {
    closed = true;
    clearTimeout(renewal);
    for (const one of [audio, next]) { one?.pause(); one?.removeAttribute("src"); }
    graph?.context.close();
  }

  drawWaveform(one, wave, findings);
  told();
  playing = { close, element, name: nameOf(one) };
  return element;
}

function stopPlaying() {
  playing?.close();
  playing = null;
}
