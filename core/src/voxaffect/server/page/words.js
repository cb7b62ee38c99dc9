// Every error that a person can meet on the page, as sentences that say what happened and what to do.

// What is refused: by the server, with its code and message, or by the page itself.
export class Refusal extends Error {
  constructor(code, message = "") {
    super(message);
    this.code = code;
  }
}

const AGAIN = "Press the button to listen again.";
const TELLS = "This page says so when it is back.";

const REFUSALS = {
  // by the page
  insecure: () =>
    "Browsers give a page sound only over HTTPS, or on the machine that runs the server. " +
    `Open this page over https://, or on that machine as http://localhost:${location.port || 80}. ` +
    "HTTPS is switched on with: voxaffect serve --certificate FILE",
  old: () => "This browser is too old to hear sound on a page. Use a newer one.",
  "no-key": () => "This server asks for a key. Enter it under “API key”; whoever runs the server has it.",
  away: () => `The server does not answer. Is it still running, and is this device connected? ${TELLS}`,
  lost: () => `The connection to the server broke off. ${TELLS}`,
  blocked: () =>
    "The server answers, but a stream to it cannot be opened. Is there a proxy between? It must let WebSockets " +
    "through and pass on the name of the host.",
  unplugged: () => `The microphone has gone. Connect it again, or choose another. ${AGAIN}`,
  unplayable: () => "The browser cannot play this file. Try it as WAV, MP3 or FLAC.",
  play: () => "The browser did not let this page play sound. Press “Play a file” again.",
  left_out: () => "The server failed on a part of the sound and left it out. The server's log says why.",
  // by the server: docs/reference/server.md has these codes
  key: () => "The server does not take this key. Check it, or ask whoever runs the server for the new one.",
  busy: (message) => `${capital(message)}.`,
  invalid: (message) => `The server cannot take this sound: ${message}.`,
  closing: () => `The server is shutting down. ${TELLS}`,
  rate: () => "Too much was asked of the server from this address. Wait a minute, and try again.",
  idle: () => `No sound reached the server for a while, so it ended the stream. ${AGAIN}`,
  long: () => `The stream became as long as the server allows. ${AGAIN}`,
  failed: () => "The server failed. Try again; the server's log says what happened.",
};

const NO_LEAVE =
  "The browser did not let this page use the microphone. Allow it for this page, by the icon beside the " +
  `address, and in the settings of the system. ${AGAIN}`;
const NO_SOUND = `The microphone gives no sound: another program may hold it. Close that program. ${AGAIN}`;

const MICROPHONE = {
  NotAllowedError: NO_LEAVE,
  SecurityError: NO_LEAVE,
  NotFoundError: "No microphone was found. Connect one, or play a file.",
  NotReadableError: NO_SOUND,
  AbortError: NO_SOUND,
};

export function sentences(error) {
  if (error instanceof Refusal) {
    return REFUSALS[error.code]?.(error.message) ?? `The server refused this: ${error.message}.`;
  }
  return MICROPHONE[error.name] ?? `Something failed in the browser: ${error.message}. Load the page again.`;
}

function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}
