// What the voice sounds like now: the utterance so far, as `voxaffect.VoicePipeline` has it.

const STALE_S = 4; // as STALE_S of voxaffect.conversation, whose Listener this follows

export class Headline {
  result = null; // what was heard last, null if nothing was
  of = ""; // of what: "so far", "last second", "final"
  over = false; // they have fallen silent since
  #utteranceEndS = -Infinity;

  // The next message of the stream.
  take(message) {
    if (message.type === "speech_start") {
      this.#utteranceEndS = -Infinity;
    } else if (message.type === "speech_end") {
      this.over = true;
    } else if (message.type === "utterance") {
      this.#utteranceEndS = message.end_s;
      this.#hear(message.result, message.final ? "final" : "so far", message.final && this.over);
    } else if (message.type === "window" && message.end_s - this.#utteranceEndS > STALE_S) {
      this.#hear(message.result, "last second", !message.result.speech);
    }
  }

  #hear(result, of, over) {
    if (!result.speech && this.result) return;
    this.result = result;
    this.of = of;
    this.over = over;
  }
}
