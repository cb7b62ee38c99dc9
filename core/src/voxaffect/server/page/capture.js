// Runs beside the page, on the audio thread: mixes to one channel and hands over 100 ms at a time as PCM16.

const CHUNK_S = 0.1;

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.samples = new Int16Array(Math.round(CHUNK_S * sampleRate));
    this.filled = 0;
    this.energy = 0;
  }

  process([channels]) {
    for (let i = 0; channels.length && i < channels[0].length; i++) {
      let sum = 0;
      for (const channel of channels) sum += channel[i];
      const sample = Math.max(-1, Math.min(1, sum / channels.length));
      this.energy += sample * sample;
      this.samples[this.filled++] = Math.round(sample * 32767);
      if (this.filled === this.samples.length) this.handOver();
    }
    return true; // the outputs stay silent
  }

  handOver() {
    const rms = Math.sqrt(this.energy / this.filled);
    const { buffer } = this.samples;
    this.samples = new Int16Array(this.samples.length);
    this.filled = 0;
    this.energy = 0;
    this.port.postMessage({ buffer, levelDb: 20 * Math.log10(rms + 1e-6) }, [buffer]);
  }
}

registerProcessor("capture", Capture);
