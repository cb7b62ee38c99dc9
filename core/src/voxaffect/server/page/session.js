// One stream: from a source of sound, through the audio thread, to the server, and what it hears back.

import { Refusal } from "./words.js";

const BEHIND_BYTES = 1 << 20;
const STARTING_MS = 1000;
const PAUSED =
  "The browser has paused the sound. Click on the page to go on. If that does not help, connect headphones or " +
  "loudspeakers: some browsers hear nothing without.";

// Begins one, and returns { stop }. `open` gives the source; `admit` resolves to what the server must know of us.
// `tell` is told what comes of it: began(source, message), event(message), level(db), failed(error), ended(), and
// trouble(text), which an empty text ends.
export function begin(open, admit, tell) {
  const over = new AbortController();
  let source = null;
  let socket = null;
  let ready = false; // the server takes sound
  let stopped = false;
  prepare().catch(end);
  return { stop };

  async function prepare() {
    if (!isSecureContext) throw new Refusal("insecure");
    if (!globalThis.AudioWorkletNode) throw new Refusal("old");
    const greeting = await admit();
    if (stopped) return;
    source = await open(tell);
    await source.context.audioWorklet.addModule("capture.js").catch(() => {
      throw new Refusal("away");
    });
    if (stopped) release();
    else connect(greeting);
  }

  function connect(greeting) {
    const { context } = source;
    const capture = new AudioWorkletNode(context, "capture");
    const address = new URL("v1/stream", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    socket = new WebSocket(address);
    let broken = new Refusal("blocked");
    let late = false;
    socket.onopen = () => {
      broken = new Refusal("lost");
      const rate = Math.round(context.sampleRate);
      socket.send(JSON.stringify({ type: "start", rate_hz: rate, channels: 1, ...greeting }));
    };
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === "session") {
        ready = true;
        source.node.connect(capture).connect(context.destination);
        tell.began(source, message);
        keepRunning(context);
      } else if (message.type === "finished") {
        broken = null;
      } else if (message.type === "error" && message.fatal) {
        broken = new Refusal(message.code, message.message);
      } else if (message.type === "error") {
        tell.failed(new Refusal("left_out"));
      } else {
        tell.event(message);
      }
    };
    socket.onclose = () => end(broken);
    capture.port.onmessage = ({ data }) => {
      if (!ready || socket.readyState !== WebSocket.OPEN) return;
      socket.send(data.buffer);
      tell.level(data.levelDb);
      const behind = socket.bufferedAmount > BEHIND_BYTES;
      if (behind !== late) tell.trouble(behind ? "The network or the server is too slow: results come late." : "");
      late = behind;
    };
    source.over.then((error) => {
      if (error && !stopped) tell.failed(error);
      stop();
    });
  }

  // Browsers pause sound behind other pages, in a telephone call, until somebody clicks, and where nothing plays it.
  function keepRunning(context) {
    const { signal } = over;
    const resume = () => context.state !== "running" && context.resume();
    const look = () => tell.trouble(context.state === "running" ? "" : PAUSED);
    context.addEventListener("statechange", look, { signal });
    for (const event of ["visibilitychange", "click"]) document.addEventListener(event, resume, { signal });
    resume();
    // One that never runs has no change to tell.
    setTimeout(() => signal.aborted || context.state === "running" || look(), STARTING_MS);
  }

  function release() {
    ready = false;
    over.abort();
    source?.close();
    if (source && source.context.state !== "closed") source.context.close();
  }

  // What the server still hears in the sound so far comes before the end; a second call waits for nothing.
  function stop() {
    if (stopped) {
      socket?.close();
      return;
    }
    stopped = true;
    const heard = ready && socket.readyState === WebSocket.OPEN;
    release();
    if (heard) socket.send(JSON.stringify({ type: "finish" }));
    else if (socket) socket.close();
    else tell.ended();
  }

  function end(error) {
    release();
    if (error && !stopped) tell.failed(error);
    if (socket || !stopped) tell.ended();
    stopped = true;
  }
}
