// What is heard, as words: the headline and the utterances.

import { clearCharts, drawWindow, signed } from "./charts.js";
import { Headline } from "./headline.js";

const MOST_UTTERANCES = 200;
const OF = {
  "so far": "This utterance so far.",
  "last second": "The last second of this utterance.",
  final: "The whole utterance.",
};

const element = (id) => document.getElementById(id);
let headline = new Headline();

export function clearScreen() {
  headline = new Headline();
  clearCharts();
  element("headline").classList.remove("over");
  element("now-title").textContent = "Now";
  element("emotion").textContent = "–";
  element("of").textContent = "Nothing heard yet.";
  element("context").textContent = "";
  for (const id of ["likeliest", "utterances"]) element(id).replaceChildren();
  element("no-utterances").hidden = false;
}

export function show(message) {
  headline.take(message);
  showHeadline();
  if (message.type === "window") drawWindow(message);
  else if (message.type === "utterance") showUtterance(message);
}

// Nothing more comes: what stands there is no longer now.
export function endScreen() {
  headline.over = true;
  showHeadline();
}

function showHeadline() {
  const { result, of, over } = headline;
  if (!result?.speech) return;
  element("headline").classList.toggle("over", over);
  element("now-title").textContent = over ? "Last heard" : "Now";
  element("emotion").textContent = result.unclear ? "unclear" : result.categorical[0].emotion;
  element("of").textContent = OF[of];
  element("context").textContent = result.context.replace(/^\[|\]$/g, "");
  element("likeliest").replaceChildren(
    ...result.categorical.map(({ emotion, confidence }) => {
      const fill = make("span", "", "fill");
      fill.style.width = `${100 * confidence}%`;
      const item = make("li");
      item.append(fill, make("span", emotion), make("span", percent(confidence)));
      return item;
    }),
  );
}

function showUtterance({ number, start_s: startS, end_s: endS, result, final }) {
  const { valence, arousal, dominance } = result.primary;
  const top = result.categorical[0];
  const emotion = result.unclear ? `unclear (${top.emotion})` : top.emotion;
  const heard = result.speech
    ? [emotion, percent(top.confidence), signed(valence), arousal.toFixed(2), dominance.toFixed(2)]
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

function make(name, text = "", className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function percent(share) {
  return `${Math.round(100 * share)} %`;
}

function clock(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}.${Math.floor((seconds % 1) * 10)}`;
}
