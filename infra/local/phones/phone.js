// One phone: its screen, its compose box, and what is to go wrong with the next text to it.

import { chosenFault, forOnePhone, openMenu } from "./faults.js";
import { town } from "./town.js";

const CHIPS = ["IN", "OUT", "MAYBE", "HERE", "WHO", "DONE", "HELP", "STOP", "START"];

const copy = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);
const at = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
const onDay = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });

export class Phone {
  constructor({ name, number }, { say, onRemove }) {
    this.name = name;
    this.number = number;
    this.say = say;
    this.bubbles = new Map();
    this.lastDay = "";
    this.element = copy("phone");
    const find = (selector) => this.element.querySelector(selector);
    this.screen = find(".screen");
    this.box = find("textarea");
    this.count = find(".count");
    this.faults = find(".faults");
    this.menu = find(".menu");

    this.element.setAttribute("aria-label", `${name}'s phone`);
    this.element.dataset.number = number;
    find(".name").textContent = name;
    find(".number").textContent = number;
    find(".compose .hidden").textContent = `Text from ${name}`;
    this.screen.setAttribute("aria-label", `${name}'s texts`);
    find(".chips").setAttribute("aria-label", `Quick texts from ${name}`);
    for (const word of CHIPS) find(".chips").append(this.chip(word));
    find(".compose").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send(this.box.value);
    });
    this.box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.send(this.box.value);
    });
    this.box.addEventListener("input", () => this.typed());
    openMenu(this.menu, (button) => this.chosen(button, onRemove));
    this.showFaults();
  }

  chip(word) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = word;
    button.addEventListener("click", () => this.send(word));
    return button;
  }

  // The bubble comes with the list of all texts, like everybody's: there is one way for a text to get on a screen.
  async send(body) {
    if (!body.trim()) return;
    const isTyped = body === this.box.value;
    if (isTyped) {
      this.box.value = "";
      this.typed();
    }
    this.say(""); // now: what is said while this text is on its way stays
    try {
      await town.send(this.number, body);
    } catch (error) {
      this.say(error.message, true);
      if (isTyped && !this.box.value) {
        this.box.value = body;
        this.typed();
      }
    }
  }

  async typed() {
    const isAtEnd = this.isAtEnd();
    this.box.style.height = "auto";
    this.box.style.height = `${this.box.scrollHeight + 2}px`;
    if (isAtEnd) this.scrollToEnd();
    const body = this.box.value;
    if (!body) {
      this.count.textContent = "";
      return;
    }
    try {
      const { count, units, encoding } = await town.measure(body);
      if (body === this.box.value) this.count.textContent = `${units} · ${segments(count)}${plain(encoding) ? "" : " · Unicode"}`;
    } catch {
      this.count.textContent = "";
    }
  }

  show(text) {
    if (this.bubbles.has(text.sid)) return;
    const isAtEnd = this.isAtEnd();
    this.sayDay(new Date(text.at));
    const bubble = copy("bubble");
    bubble.classList.add(text.direction);
    bubble.querySelector(".body").textContent = text.body || "(no words)";
    bubble.querySelector(".meta").textContent = `${at.format(new Date(text.at))} · ${segments(text.segments)}`;
    if (text.direction === "out") {
      const again = bubble.querySelector(".again");
      again.hidden = false;
      again.addEventListener("click", () => this.sendAgain(text.sid));
    }
    this.bubbles.set(text.sid, bubble);
    this.screen.append(bubble);
    if (isAtEnd || text.direction === "out") this.scrollToEnd();
    if (text.direction === "in" && !this.faults.hidden) this.showFaults();
  }

  // Who has scrolled up to read is not pulled down by what arrives.
  isAtEnd() {
    return this.screen.scrollHeight - this.screen.scrollTop - this.screen.clientHeight < 60;
  }

  scrollToEnd() {
    this.screen.scrollTop = this.screen.scrollHeight;
  }

  sayDay(moment) {
    const day = onDay.format(moment);
    if (day === this.lastDay) return;
    this.lastDay = day;
    const line = document.createElement("li");
    line.className = "day";
    line.textContent = day;
    this.screen.append(line);
  }

  async sendAgain(sid) {
    try {
      await town.sendAgain(this.number, sid);
      this.say(`Sent again from ${this.name}: the very same text, as a carrier's retry. Nothing should change.`);
    } catch (error) {
      this.say(error.message, true);
    }
  }

  async chosen(button, onRemove) {
    try {
      if ("remove" in button.dataset) return await onRemove(this);
      if ("clear" in button.dataset) await town.dropFaults(this.number);
      if ("mode" in button.dataset) await town.addFault(this.number, chosenFault(button));
      await this.showFaults();
    } catch (error) {
      this.say(error.message, true);
    }
  }

  async showFaults() {
    const look = this.look = town.faults(this.number).catch(() => []);
    const pending = await look;
    if (look !== this.look) return; // a newer one tells
    this.faults.textContent = forOnePhone(pending);
    this.faults.hidden = !pending.length;
  }

  clear() {
    this.bubbles.clear();
    this.lastDay = "";
    this.screen.replaceChildren();
    this.showFaults();
  }
}

const segments = (count) => (count === 1 ? "1 segment" : `${count} segments`);
const plain = (encoding) => encoding.toUpperCase().startsWith("GSM");
