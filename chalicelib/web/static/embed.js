// Turns each <div data-giddyup="DIG4"></div> of a page into the action's card.
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script) return;
  const { origin, href } = new URL(".", script.src);
  const START = 480; // pixels: as high as nearly every card, so that nothing jumps once it is there
  const MOST = 4000;
  const STYLE = { display: "block", width: "100%", maxWidth: "480px", border: "0", borderRadius: "14px", colorScheme: "light dark" };
  const CODE = /^[a-z0-9]{1,20}$/i;

  const turn = (place) => {
    const code = place.dataset.giddyup.trim();
    if (!CODE.test(code) || place.dataset.giddyupIs === code) return;
    place.dataset.giddyupIs = code;
    const frame = document.createElement("iframe");
    frame.title = place.dataset.title || `Giddyup ${code.toUpperCase()}`;
    frame.loading = "lazy";
    frame.width = "100%";
    frame.height = START;
    frame.setAttribute("frameborder", "0");
    Object.assign(frame.style, STYLE, { height: `${START}px` }); // property by property: a strict page allows that
    frame.src = `${href}embed/${encodeURIComponent(code)}`;
    window.addEventListener("message", (event) => {
      if (event.source !== frame.contentWindow || event.origin !== origin) return;
      const height = event.data?.giddyup === "height" ? Number(event.data.height) : NaN;
      if (height > 0 && height <= MOST) frame.style.height = `${Math.max(START, height)}px`;
    });
    place.replaceChildren(frame);
  };

  const turnAll = () => document.querySelectorAll("[data-giddyup]").forEach(turn);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", turnAll);
  turnAll();
})();
