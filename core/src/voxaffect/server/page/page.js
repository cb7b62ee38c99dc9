// The page of `voxaffect serve`: its controls, and the session that they begin and end.

import { showLevel } from "./charts.js";
import { clearScreen, endScreen, show } from "./screen.js";
import { asksForKey, backendsFor, untilBack } from "./server.js";
import { begin } from "./session.js";
import { microphone, recording } from "./sources.js";
import { Refusal, sentences } from "./words.js";

const GONE = ["away", "lost", "closing"];
const IDLE = "Listen to the microphone";

const element = (id) => document.getElementById(id);
let session = null; // what runs
let offeredTo = null; // the key for which the backends are shown; "" where none is asked for

element("listen").addEventListener("click", () => {
  if (!session) {
    start(microphone, "Listening: press to stop");
    return;
  }
  button("Stopping …", true);
  session.stop();
});
element("file").addEventListener("change", (event) => {
  const [file] = event.target.files;
  event.target.value = "";
  play(file);
});
element("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  arrive();
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
  play(event.dataTransfer.files[0]);
});
if (isSecureContext) arrive();
else fail(new Refusal("insecure"));

// Learn what the server asks for and has to offer; what it refuses is shown.
async function arrive() {
  try {
    await admit();
    say("");
  } catch (error) {
    fail(error);
  }
}

// What a stream must say at its start. The server may be another one than when the page was loaded.
async function admit() {
  const locked = await asksForKey();
  const key = locked ? element("key").value.trim() : "";
  element("key-form").hidden = !locked;
  if (key !== offeredTo || !key === locked) {
    element("backend-field").hidden = true;
    if (locked && !key) throw new Refusal("no-key");
    offer(await backendsFor(key));
    offeredTo = key;
  }
  const greeting = { backend: element("backend").value };
  return locked ? { ...greeting, api_key: key } : greeting;
}

function offer(backends) {
  const choice = element("backend");
  const chosen = choice.value;
  choice.replaceChildren(
    ...backends.map(({ name, summary }) => {
      const option = new Option(name, name, false, name === chosen);
      option.title = summary;
      return option;
    }),
  );
  element("backend-field").hidden = backends.length < 2;
}

function play(file) {
  if (file) start(() => recording(file), "Playing: press to stop");
}

function start(open, running) {
  session?.stop();
  say("");
  clearScreen();
  status("Starting …");
  button("Starting …", true);
  let troubled = false;
  const own = begin(open, admit, {
    began(source, { backend }) {
      if (session !== own) return;
      status(`Hearing ${source.name} with ${backend}.`);
      button(running, true);
    },
    event(message) {
      if (session !== own) return;
      show(message);
      if (message.type === "speech_start") status("Someone speaks.");
      else if (message.type === "speech_end") status("Silence.");
    },
    level(levelDb) {
      if (session === own) showLevel(levelDb);
    },
    trouble(text) {
      if (session !== own) return;
      troubled = Boolean(text);
      say(text, "notice");
    },
    failed(error) {
      if (session !== own) return;
      troubled = false;
      fail(error);
    },
    ended() {
      if (session !== own) return;
      session = null;
      if (troubled) say("");
      button(IDLE, false);
      status("Not listening.");
      showLevel();
      endScreen();
    },
  });
  session = own;
}

function button(text, runs) {
  element("listen").lastElementChild.textContent = text;
  element("listen").classList.toggle("runs", runs);
}

function status(text) {
  element("status").textContent = text;
}

async function fail(error) {
  offeredTo = null;
  const text = sentences(error);
  say(text, error.code === "no-key" ? "notice" : "");
  if (error.code === "key" || error.code === "no-key") {
    element("key-form").hidden = false;
    element("key").focus();
  }
  if (!GONE.includes(error.code)) return;
  const unchanged = () => element("error").textContent === text;
  await untilBack(unchanged);
  if (unchanged()) say("The server is back. Press the button to listen.", "notice");
}

function say(text, kind = "") {
  element("error").textContent = text;
  element("error").className = kind;
  element("error").hidden = !text;
}
