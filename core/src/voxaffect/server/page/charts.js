// Valence and arousal of the last windows, and the level of the sound.

const TRAIL = 24; // windows
const COURSE_S = 60;
const QUIETEST_DB = -60;

const element = (id) => document.getElementById(id);
let windows = []; // { endS, valence, arousal, speech }

export function clearCharts() {
  windows = [];
  for (const id of ["level", "pitch", "trajectory", "valence", "arousal", "dominance"]) element(id).textContent = "–";
  element("trail").replaceChildren();
  for (const id of ["course-valence", "course-arousal"]) element(id).removeAttribute("d");
}

export function drawWindow({ end_s: endS, result, trajectory }) {
  const { valence, arousal, dominance } = result.primary;
  windows.push({ endS, valence, arousal, speech: result.speech });
  windows = windows.filter((each) => each.endS > endS - COURSE_S);
  const level = result.quality.level_dbfs;
  element("level").textContent = level === null ? "silent" : `${level.toFixed(0)} dB`;
  const pitch = result.prosodic?.pitch_mean_hz;
  element("pitch").textContent = pitch ? `${pitch.toFixed(0)} Hz` : "–";
  if (trajectory) element("trajectory").textContent = trajectory.direction;
  if (result.speech) {
    element("valence").textContent = signed(valence);
    element("arousal").textContent = arousal.toFixed(2);
    element("dominance").textContent = dominance.toFixed(2);
  }
  drawTrail();
  drawCourse(endS);
}

export function showLevel(levelDb = QUIETEST_DB) {
  const share = Math.max(0, Math.min(1, 1 - levelDb / QUIETEST_DB));
  const meter = element("meter");
  meter.firstElementChild.style.width = `${100 * share}%`;
  meter.setAttribute("aria-valuenow", Math.round(Math.max(QUIETEST_DB, levelDb)));
  meter.setAttribute("aria-valuetext", share ? `${Math.round(levelDb)} dB` : "silent");
}

export function signed(value) {
  return (value >= 0 ? "+" : "−") + Math.abs(value).toFixed(2);
}

function drawTrail() {
  const spoken = windows.filter((each) => each.speech).slice(-TRAIL);
  element("trail").replaceChildren(
    ...spoken.map(({ valence, arousal }, index) => {
      const age = (index + 1) / spoken.length;
      const dot = document.createElementNS("http://www.w3.org/2000/svg", "circle");
      dot.setAttribute("cx", 100 * valence);
      dot.setAttribute("cy", 100 - 200 * arousal);
      dot.setAttribute("r", index === spoken.length - 1 ? 7 : 4);
      dot.setAttribute("fill-opacity", age * age);
      return dot;
    }),
  );
  const last = spoken.at(-1);
  if (last) {
    const told = `Valence ${signed(last.valence)}, arousal ${last.arousal.toFixed(2)}`;
    element("space").setAttribute("aria-label", told);
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
