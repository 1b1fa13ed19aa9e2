"use strict";

// Parts are fetched some ahead and painted at a steady rate. The server keeps nothing: `first` is
// the first symbol of the transfer that was not fetched yet, so a change of density loses none.

const QUIET_ZONE = 4;
const AHEAD = 12;
const SLOWEST = 1;
const FASTEST = 60;

const canvas = document.getElementById("code");
const figures = document.getElementById("figures");
const said = document.getElementById("said");

const given = new URLSearchParams(location.search);
let version = Number(given.get("version") || 25);
let fps = Number(given.get("fps") || 15);
let correction = "L";
let served = { version, correction };
let first = 0;
let waiting = [];
let fetching = false;
let generation = 0;
let due = 0;
let painted = [];
let last = null;
let over = false;

async function fetchMore() {
  if (fetching || over) return;
  fetching = true;
  const asked = generation;
  try {
    const query = new URLSearchParams({ version, correction, first });
    const response = await fetch(`parts?${query}`, { cache: "no-store" });
    if (response.status === 404 && asked === generation && (version !== served.version || correction !== served.correction)) {
      change(served.version, served.correction);
      fetching = false;
      return;
    }
    if (!response.ok) throw new Error(response.statusText);
    const batch = await response.json();
    if (asked === generation) {
      first = batch.first;
      served = { version, correction };
      waiting.push(...batch.parts.map((part) => ({ ...part, size: batch.size, needed: batch.needed })));
      said.textContent = "";
    }
  } catch {
    said.textContent = "The coordinator does not answer any more.";
    await new Promise((again) => setTimeout(again, 1000));
  }
  fetching = false;
}

function bitsOf(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function paint(part) {
  const side = part.size + 2 * QUIET_ZONE;
  const ratio = window.devicePixelRatio || 1;
  const beside = document.body.classList.contains("alone") ? 0 : document.querySelector("aside").offsetWidth;
  const room = Math.min(window.innerWidth - beside, window.innerHeight) * ratio;
  const scale = Math.max(1, Math.floor(room / side));
  if (canvas.width !== side * scale) {
    canvas.width = canvas.height = side * scale;
    canvas.style.width = canvas.style.height = `${(side * scale) / ratio}px`;
  }
  const pen = canvas.getContext("2d", { alpha: false });
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#000";
  const bits = bitsOf(part.bits);
  for (let place = 0; place < part.size * part.size; place += 1) {
    if (bits[place >> 3] & (0x80 >> (place & 7))) {
      const x = (place % part.size) + QUIET_ZONE;
      const y = Math.floor(place / part.size) + QUIET_ZONE;
      pen.fillRect(x * scale, y * scale, scale, scale);
    }
  }
}

function tell(now) {
  painted.push(now);
  while (painted[0] < now - 2000) painted.shift();
  const rate = painted.length > 1 ? (1000 * (painted.length - 1)) / (now - painted[0]) : 0;
  const lines = last.needed === 1
    ? "One part, shown still."
    : `Part ${last.number}; any ${last.needed} are enough. ${rate.toFixed(1)} of ${fps} frames a second.`;
  figures.textContent = `${lines} Version ${version}-${correction}.`;
  canvas.dataset.part = String(last.number);
  canvas.dataset.rate = rate.toFixed(1);
}

function frame(now) {
  if (over) return;
  if (waiting.length < AHEAD && !(last && last.needed === 1)) fetchMore();
  // Half a refresh early is on time: otherwise rounding would cost every other frame.
  if (waiting.length && now >= due - 4) {
    last = waiting.shift();
    paint(last);
    due = Math.max(due + 1000 / fps, now);
    tell(now);
  }
  requestAnimationFrame(frame);
}

function change(nextVersion, nextCorrection) {
  if (nextVersion < 5 || nextVersion > 40) return;
  // What was fetched and not shown goes back to be shown in the other density.
  if (waiting.length) first = waiting[0].first;
  version = nextVersion;
  correction = nextCorrection;
  generation += 1;
  waiting = [];
  last = null;
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const keys = {
    "+": () => { fps = Math.min(FASTEST, fps + 1); painted = []; },
    "-": () => { fps = Math.max(SLOWEST, fps - 1); painted = []; },
    "[": () => change(version - Math.max(1, version >> 3), correction),
    "]": () => change(Math.min(40, version + Math.max(1, version >> 3)), correction),
    m: () => change(version, correction === "L" ? "M" : "L"),
    " ": () => { document.body.classList.toggle("alone"); repaint(); },
    f: () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()),
  };
  const action = keys[event.key === "=" ? "+" : event.key.toLowerCase()];
  if (action) {
    event.preventDefault();
    action();
  }
}

function repaint() {
  if (last) paint(last);
}

async function finish() {
  over = true;
  await fetch("done", { method: "POST" });
  said.textContent = "Done. This page can be closed.";
}

document.addEventListener("keydown", press);
window.addEventListener("resize", repaint);
document.getElementById("done").addEventListener("click", finish);
requestAnimationFrame(frame);
