// Where sound comes from: { context, node, name, over, close }; `over` is a promise of why there is no more, if any.

import { Refusal } from "./words.js";

const RATE_HZ = 16000; // what the server's models hear; a browser that refuses it sends its own

export async function microphone(tell) {
  // Unchanged: what a browser does for intelligibility takes away what is measured here.
  const raw = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: raw });
  const [track] = stream.getTracks();
  const over = new Promise((resolve) => {
    track.addEventListener("ended", () => resolve(new Refusal("unplugged")));
  });
  track.addEventListener("mute", () => tell.trouble("The system has muted the microphone."));
  track.addEventListener("unmute", () => tell.trouble(""));
  const close = () => track.stop();
  try {
    const opened = inContext((context) => context.createMediaStreamSource(stream));
    return { ...opened, name: "the microphone", over, close };
  } catch (error) {
    close();
    throw error;
  }
}

export async function recording(file) {
  const player = new Audio(URL.createObjectURL(file));
  const over = new Promise((resolve) => {
    player.addEventListener("ended", () => resolve());
    player.addEventListener("error", () => resolve(new Refusal("unplayable")));
  });
  const opened = inContext((context) => context.createMediaElementSource(player));
  const close = () => {
    player.pause();
    URL.revokeObjectURL(player.src);
  };
  opened.node.connect(opened.context.destination);
  try {
    await player.play();
  } catch (error) {
    close();
    opened.context.close();
    throw new Refusal(error.name === "NotAllowedError" ? "play" : "unplayable");
  }
  return { ...opened, name: file.name, over, close };
}

// At the rate of the models; where a browser or a device has only its own, at that.
function inContext(connect) {
  for (const options of [{ sampleRate: RATE_HZ }, {}]) {
    let context;
    try {
      context = new AudioContext(options);
      return { context, node: connect(context) };
    } catch (error) {
      context?.close();
      if (!options.sampleRate) throw error;
    }
  }
}
