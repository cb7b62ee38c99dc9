// The page of `voxaffect serve`: sound to /v1/stream, its events to the screen.

const RATE_HZ = 16000; // what the server's models hear; a browser that refuses it sends its own
const TRAIL = 24; // windows
const COURSE_S = 60;
const MOST_UTTERANCES = 200;
const BEHIND_BYTES = 1 << 20;
const QUIETEST_DB = -60;

const element = (id) => document.getElementById(id);
let session = null; // what runs: { context, socket, source, stop }
let windows = []; // { endS, valence, arousal, speech }

element("microphone").addEventListener("click", () => start(openMicrophone));
element("stop").addEventListener("click", () => session?.stop());
element("file").addEventListener("change", (event) => {
  const [file] = event.target.files;
  event.target.value = "";
  if (file) start((context) => openFile(context, file));
});
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("dropping");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dropping");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  const [file] = event.dataTransfer.files;
  if (file) start((context) => openFile(context, file));
});
prepare();

async function prepare() {
  try {
    const health = await (await fetch("health")).json();
    element("key-field").hidden = !health.key;
    if (health.key) return; // which backends there are is told only to those who know it
    const backends = await (await fetch("v1/backends")).json();
    for (const { name, summary } of backends) {
      const option = new Option(name);
      option.title = summary;
      element("backend").append(option);
    }
    element("backend-field").hidden = backends.length < 2;
  } catch {
    fail("The server does not answer.");
  }
}

// Begin a session. `open` makes {node, over, close} in an audio context.
async function start(open) {
  session?.stop();
  session = null;
  element("error").hidden = true;
  clear();
  status("Starting …");
  let context;
  try {
    if (!globalThis.AudioWorkletNode) {
      throw new Error("Browsers give sound only to pages from this machine (localhost) or over HTTPS.");
    }
    context = newContext();
    await context.audioWorklet.addModule("capture.js");
    const source = await open(context);
    await context.resume();
    run(context, source);
  } catch (error) {
    context?.close();
    fail(explain(error));
  }
}

function newContext() {
  try {
    return new AudioContext({ sampleRate: RATE_HZ });
  } catch {
    return new AudioContext();
  }
}

async function openMicrophone(context) {
  // Unchanged: what a browser does for intelligibility takes away what is measured here.
  const raw = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: raw });
  const close = () => stream.getTracks().forEach((track) => track.stop());
  try {
    return { node: context.createMediaStreamSource(stream), close, name: "the microphone" };
  } catch (error) {
    close();
    throw error;
  }
}

async function openFile(context, file) {
  const player = new Audio(URL.createObjectURL(file));
  const node = context.createMediaElementSource(player);
  node.connect(context.destination);
  const over = new Promise((resolve) => player.addEventListener("ended", resolve));
  const close = () => {
    player.pause();
    URL.revokeObjectURL(player.src);
  };
  try {
    await player.play();
  } catch (error) {
    close();
    throw error;
  }
  return { node, over, close, name: file.name };
}

function run(context, source) {
  const capture = new AudioWorkletNode(context, "capture");
  const address = new URL("v1/stream", location.href);
  address.protocol = address.protocol.replace("http", "ws");
  const socket = new WebSocket(address);
  const own = { stop };
  let ready = false;
  let finished = false;
  session = own;

  socket.onopen = () => {
    const begin = { type: "start", rate_hz: context.sampleRate, channels: 1 };
    if (element("key").value) begin.api_key = element("key").value;
    if (element("backend").value) begin.backend = element("backend").value;
    socket.send(JSON.stringify(begin));
  };
  socket.onmessage = ({ data }) => {
    const event = JSON.parse(data);
    if (event.type === "session") {
      ready = true;
      status(`Hearing ${source.name} with ${event.backend}.`);
      source.node.connect(capture).connect(context.destination);
    } else if (event.type === "finished") {
      finished = true;
    } else if (event.type === "error") {
      finished = event.fatal;
      fail(event.message);
    } else if (session === own) {
      show(event);
    }
  };
  socket.onclose = () => {
    release();
    if (!finished) fail("The connection to the server broke off.");
    if (session === own) {
      session = null;
      running(false);
      status("Not listening.");
      showLevel(QUIETEST_DB);
    }
  };
  capture.port.onmessage = ({ data }) => {
    if (!ready || socket.readyState !== WebSocket.OPEN) return;
    socket.send(data.buffer);
    showLevel(data.levelDb);
    if (socket.bufferedAmount > BEHIND_BYTES) status("The server cannot keep up; results come late.");
  };
  source.over?.then(stop);
  running(true);

  function release() {
    ready = false;
    source.close();
    if (context.state !== "closed") context.close();
  }

  function stop() {
    const open = ready && socket.readyState === WebSocket.OPEN;
    release();
    if (open) socket.send(JSON.stringify({ type: "finish" }));
    else {
      finished = true;
      socket.close();
    }
  }
}

function show(event) {
  if (event.type === "window") showWindow(event);
  else if (event.type === "utterance") showUtterance(event);
  else if (event.type === "speech_start") status("Someone speaks.");
  else if (event.type === "speech_end") status("Silence.");
}

function showWindow({ end_s: endS, result, trajectory }) {
  const { valence, arousal, dominance } = result.primary;
  windows.push({ endS, valence, arousal, speech: result.speech });
  windows = windows.filter((each) => each.endS > endS - COURSE_S);
  element("level").textContent = result.quality.level_dbfs === null ? "silent" : `${result.quality.level_dbfs.toFixed(0)} dB`;
  const pitch = result.prosodic?.pitch_mean_hz;
  element("pitch").textContent = pitch ? `${pitch.toFixed(0)} Hz` : "–";
  if (trajectory) element("trajectory").textContent = trajectory.direction;
  if (result.speech) {
    element("emotion").textContent = result.unclear ? "unclear" : result.categorical[0].emotion;
    element("context").textContent = result.context.replace(/^\[|\]$/g, "");
    element("valence").textContent = signed(valence);
    element("arousal").textContent = arousal.toFixed(2);
    element("dominance").textContent = dominance.toFixed(2);
    showLikeliest(result.categorical);
  }
  drawTrail();
  drawCourse(endS);
}

function showLikeliest(predictions) {
  element("likeliest").replaceChildren(
    ...predictions.map(({ emotion, confidence }) => {
      const fill = make("span", "", "fill");
      fill.style.width = `${100 * confidence}%`;
      const item = make("li");
      item.append(fill, make("span", emotion), make("span", percent(confidence)));
      return item;
    }),
  );
}

function showUtterance(event) {
  const { number, start_s: startS, end_s: endS, result, final } = event;
  const { valence, arousal, dominance } = result.primary;
  const top = result.categorical[0];
  const heard = result.speech
    ? [result.unclear ? `unclear (${top.emotion})` : top.emotion, percent(top.confidence), signed(valence), arousal.toFixed(2), dominance.toFixed(2)]
    : ["no speech", "", "", "", ""];
  const cells = [number, `${clock(startS)}–${clock(endS)}`, ...heard, final ? "final" : "so far"];
  const row = make("tr", "", final ? "" : "provisional");
  row.dataset.number = number;
  row.append(...cells.map((text) => make("td", text)));
  const rows = element("utterances");
  const earlier = rows.querySelector(`tr[data-number="${number}"]`);
  if (earlier) earlier.replaceWith(row);
  else rows.prepend(row);
  while (rows.children.length > MOST_UTTERANCES) rows.lastChild.remove();
  element("no-utterances").hidden = true;
}

function drawTrail() {
  const spoken = windows.filter((each) => each.speech).slice(-TRAIL);
  element("trail").replaceChildren(
    ...spoken.map(({ valence, arousal }, index) => {
      const age = (index + 1) / spoken.length;
      return makeSvg("circle", {
        cx: 100 * valence,
        cy: 100 - 200 * arousal,
        r: index === spoken.length - 1 ? 7 : 4,
        "fill-opacity": age * age,
      });
    }),
  );
  const last = spoken.at(-1);
  if (last) {
    element("space").setAttribute(
      "aria-label",
      `Valence ${signed(last.valence)}, arousal ${last.arousal.toFixed(2)}`,
    );
  }
}

function drawCourse(nowS) {
  const spoken = windows.filter((each) => each.speech);
  const path = (height) => {
    let drawn = "";
    let before = -Infinity;
    for (const each of spoken) {
      const x = 600 * (1 - (nowS - each.endS) / COURSE_S);
      drawn += `${each.endS - before > 1 ? "M" : "L"}${x.toFixed(1)} ${height(each).toFixed(1)}`;
      before = each.endS;
    }
    return drawn;
  };
  element("course-valence").setAttribute("d", path((each) => 60 - 55 * each.valence));
  element("course-arousal").setAttribute("d", path((each) => 115 - 110 * each.arousal));
}

function showLevel(levelDb) {
  const share = Math.max(0, Math.min(1, 1 - levelDb / QUIETEST_DB));
  const meter = element("meter");
  meter.firstElementChild.style.width = `${100 * share}%`;
  meter.setAttribute("aria-valuenow", Math.round(Math.max(QUIETEST_DB, levelDb)));
  meter.setAttribute("aria-valuetext", share ? `${Math.round(levelDb)} dB` : "silent");
}

function clear() {
  windows = [];
  for (const id of ["emotion", "pitch", "level", "trajectory", "valence", "arousal", "dominance"]) {
    element(id).textContent = "–";
  }
  element("context").textContent = "Nothing heard yet.";
  for (const id of ["likeliest", "trail", "utterances"]) element(id).replaceChildren();
  for (const id of ["course-valence", "course-arousal"]) element(id).removeAttribute("d");
  element("no-utterances").hidden = false;
}

function running(on) {
  element("stop").disabled = !on;
}

function status(text) {
  element("status").textContent = text;
}

function fail(text) {
  element("error").textContent = text;
  element("error").hidden = false;
  if (!session) status("Not listening.");
}

function explain(error) {
  if (error.name === "NotAllowedError") return "The browser was not allowed to use the microphone.";
  if (error.name === "NotFoundError") return "There is no microphone.";
  if (error.name === "NotSupportedError") return "The browser cannot play this file.";
  return error.message;
}

function make(name, text = "", className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function makeSvg(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function signed(value) {
  return (value >= 0 ? "+" : "−") + Math.abs(value).toFixed(2);
}

function percent(share) {
  return `${Math.round(100 * share)} %`;
}

function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}.${Math.floor((seconds % 1) * 10)}`;
}
