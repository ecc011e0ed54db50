// The whole page: phones side by side, the town's clock, recording.

import { chosenFault, forAllPhones, openMenu } from "./faults.js";
import { Phone } from "./phone.js";
import { follow, town } from "./town.js";

const $ = (id) => document.getElementById(id);
const phones = new Map();
const asked = new Set(); // numbers of phones that are just being added
let suggested = ""; // the number that the form was last filled with
const texts = []; // all texts of the town: a phone that is added later shows what it got before
let recordingFrom = null;
let look; // the newest one at what is to go wrong

let noticeTimer;
function say(message, isBad = false) {
  $("notice").textContent = message;
  $("notice").classList.toggle("bad", isBad);
  clearTimeout(noticeTimer);
  if (message && !isBad) noticeTimer = setTimeout(() => say(""), 6000);
}

async function attempt(act) {
  try {
    return await act();
  } catch (error) {
    return say(error.message, true);
  }
}

// --- phones ---------------------------------------------------------------------------------------

function put(details) {
  if (phones.has(details.number)) return;
  const phone = new Phone(details, { say, onRemove: putAway });
  phones.set(details.number, phone);
  $("phones").append(phone.element);
  for (const text of texts) if (text.phone === phone.number) phone.show(text);
  suggest();
}

async function putAway(phone) {
  await town.dropPhone(phone.number);
  phones.delete(phone.number);
  phone.element.remove();
  suggest();
}

const heard = () => new Set(texts.map((text) => text.phone));

function nextFree() {
  const before = heard();
  let next = 15550100001;
  while ([phones, before, asked].some((known) => known.has(`+${next}`))) next += 1;
  return `+${next}`;
}

// Numbers that have texted without a phone here are offered too. What was typed or chosen is left as it is.
function suggest() {
  const { number } = $("add").elements;
  if (!number.value || number.value === suggested) number.value = suggested = nextFree();
  const others = [...heard()].filter((each) => !phones.has(each)).slice(0, 100);
  $("others").replaceChildren(...others.map((each) => new Option(each, each)));
  $("welcome").hidden = phones.size > 1 || texts.length > 4;
}

// The form is free for the next phone at once; its number is taken from that moment on.
$("add").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target.elements;
  const name = form.name.value, typed = form.number.value.trim();
  event.target.reset();
  say("");
  await started; // who presses at once found no number suggested yet
  const number = typed || nextFree();
  asked.add(number);
  suggest();
  try {
    const all = await town.addPhone(name, number);
    put(all.find((each) => each.number === number));
    if (!form.name.value) phones.get(number).box.focus();
  } catch (error) {
    form.name.value ||= name;
    say(error.message, true);
  } finally {
    asked.delete(number);
    suggest();
  }
});

// --- the clock --------------------------------------------------------------------------------------

const hours = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const days = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });
let ahead = 0; // milliseconds by which the town is ahead of this browser
let moves = 0; // times that the clock was moved from here

function setClock(now) {
  ahead = now - Date.now();
  tick();
}

async function lookAtClock() {
  const before = moves;
  const now = await town.clock();
  if (moves === before) setClock(now); // else it may be the time before the move
}

function tick() {
  const now = new Date(Date.now() + ahead);
  $("clock-time").textContent = hours.format(now);
  $("clock-time").dateTime = now.toISOString();
  $("clock-day").textContent = days.format(now);
}

for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", () => attempt(async () => {
    button.disabled = true;
    try {
      setClock(await town.advance(button.dataset.advance));
      moves += 1;
      showTroubles();
      say(`The town's clock moved on by ${button.textContent.slice(1)}.`);
    } finally {
      button.disabled = false;
      button.focus();
    }
  }));
}

// --- recording and forgetting -----------------------------------------------------------------------

function showRecording() {
  const isOn = recordingFrom !== null;
  $("record").setAttribute("aria-pressed", String(isOn));
  $("record-label").textContent = isOn ? "Stop and save" : "Record a story";
}

$("record").addEventListener("click", () => {
  if (recordingFrom === null) {
    recordingFrom = texts.length ? texts.at(-1).n + 1 : 0;
    say("Recording: what these phones text and get becomes a story file for tests/stories.");
  } else {
    const link = document.createElement("a");
    link.href = town.storyAddress([...phones.keys()], recordingFrom);
    link.download = "story.txt";
    link.click();
    recordingFrom = null;
    say("Saved as story.txt. In tests/stories it is played back as a test.");
  }
  showRecording();
});

$("forget").addEventListener("click", () => {
  if (!confirm("Clear every phone's screen? Groups, members and actions stay as they are.")) return;
  attempt(() => town.forget());
});

// --- what goes wrong for all phones -----------------------------------------------------------------

openMenu($("trouble"), (button) => attempt(async () => {
  if ("clear" in button.dataset) await town.dropFaults("*");
  else await town.addFault("*", chosenFault(button));
  await showTroubles();
}));

async function showTroubles() {
  const mine = look = town.faults("*").catch(() => []);
  const pending = await mine;
  if (mine !== look) return; // a newer one tells
  const told = forAllPhones(pending);
  if (told !== $("troubles").textContent) $("troubles").textContent = told; // the same words aren't read out again
  $("troubles").hidden = !pending.length;
}

// --- start ------------------------------------------------------------------------------------------

const started = attempt(async () => (await town.phones()).forEach(put)).then(() => suggest());
attempt(lookAtClock);
showTroubles();
setInterval(tick, 1000);
// somebody else may move the clock, or let something go wrong
setInterval(() => lookAtClock().catch(() => {}).then(showTroubles), 15000);
follow({
  onTexts(batch) {
    texts.push(...batch);
    for (const text of batch) phones.get(text.phone)?.show(text);
    if (!$("troubles").hidden) showTroubles();
    suggest();
  },
  onForgotten() {
    texts.length = 0;
    if (recordingFrom !== null) recordingFrom = 0;
    for (const phone of phones.values()) phone.clear();
    showTroubles();
    suggest();
  },
  onLost: () => say("The carrier doesn't answer. Is the town still running? Trying again …", true),
  onBack: () => say("The carrier is back."),
});
