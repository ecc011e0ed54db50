// What the dashboard does better with JavaScript. Without it every form and link works all the same.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const isForm = (elt) => elt.matches("form");
  const isLive = (elt) => elt.id === "live";

  // --- where one is stands in sight, however narrow the row of names ---
  for (const here of document.querySelectorAll(".nav [aria-current]")) {
    const row = here.closest("ul");
    row.scrollLeft = here.offsetLeft - row.offsetLeft - (row.clientWidth - here.offsetWidth) / 2;
  }

  // --- an action that is watched: what else shows its crew looks again when that has changed ---
  const MARKS = { crew: "crew-changed", words: "words-changed", verbs: "verbs-changed" };
  const marks = () => ({ ...document.querySelector("#live [data-crew]")?.dataset });
  let before = marks();

  const tellOthers = () => {
    const now = marks();
    for (const [mark, name] of Object.entries(MARKS)) {
      if (before[mark] !== undefined && now[mark] !== before[mark]) htmx.trigger(document.body, name);
    }
    if (now.status !== before.status && byId("status")) byId("status").textContent = now.status;
    before = now;
  };

  // --- what somebody types is not lost when its place is shown anew, or when their session has ended ---
  const typed = new Map();
  const keepTyped = (target, sent) => { // but for the form with this id, wherever it stands by now
    typed.clear();
    for (const one of target.querySelectorAll("textarea[id], input[id]:not([type=hidden])")) {
      if (one.form?.id !== sent && one.value !== one.defaultValue) typed.set(one.id, one.value);
    }
    for (const one of target.querySelectorAll("details[open] > form[id]")) if (one.id !== sent) typed.set(one.id, null);
  };
  const bringBack = () => {
    for (const [id, text] of typed) {
      const one = byId(id);
      if (!one) continue;
      if (text !== null && one.value === one.defaultValue) one.value = text;
      if (one.closest("details.fold")) one.closest("details.fold").open = true;
    }
    typed.clear();
  };

  const trouble = (words) => {
    byId("live")?.classList.toggle("stale", Boolean(words));
    const line = byId("trouble");
    if (line && line.textContent !== words) line.textContent = words;
  };

  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { elt, xhr } = event.detail;
    if (xhr.status !== 401 || isForm(elt) || !byId("live")) return;
    event.preventDefault(); // not away from what is being typed
    trouble(byId("live").dataset.ended);
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { detail } = event;
    if (!detail.shouldSwap) return;
    const { elt } = detail.requestConfig;
    keepTyped(detail.target, isForm(elt) && !detail.isError ? elt.id : null);
  });

  document.addEventListener("htmx:afterSwap", bringBack);

  document.addEventListener("htmx:afterOnLoad", (event) => {
    if (isLive(event.detail.elt)) trouble("");
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    const { elt } = event.detail.requestConfig;
    if (isForm(elt)) before = marks();
    else if (isLive(elt)) tellOthers();
  });

  for (const failed of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(failed, (event) => {
      const { elt } = event.detail;
      if (isLive(elt) && event.detail.xhr?.status !== 401) trouble(elt.dataset.stale);
    });
  }

  // --- who is faster than the page has typed into an alert before anything listened: it is as if typed now ---
  document.addEventListener("DOMContentLoaded", () => {
    const fields = [...document.querySelectorAll("#compose :is(input, textarea)")];
    const one = fields.find((each) => each.value !== each.defaultValue);
    for (const event of one ? ["input", "change"] : []) htmx.trigger(one, event);
  });

  // Whoever comes back to the page sees at once how it stands.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && byId("live")) htmx.trigger("#live", "look");
  });
})();
