// What a page does better with JavaScript. Without it every form and link works all the same.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);

  // --- forms sent and numbers looked at without a reload (htmx does both) ---
  const seen = new Map(); // the last answer of what is asked for again and again
  const plain = (html) => html.replace(/ value="[^"]*"/g, ""); // a form's token is another one each time
  let hadFocus = false;
  let before = "";

  document.addEventListener("htmx:beforeRequest", (event) => {
    const { detail } = event;
    if (!detail.elt.matches("form")) {
      if (document.hidden && detail.requestConfig.verb === "get") event.preventDefault();
      return;
    }
    const trouble = byId("trouble");
    trouble.textContent = "";
    // Another form's answer may replace this one and its target before its own comes. No event of theirs is heard
    // here then, and htmx would drop the answer without a word.
    detail.xhr.addEventListener("error", () => { trouble.textContent = trouble.dataset.offline; });
    detail.xhr.addEventListener("readystatechange", () => {
      if (!detail.target.isConnected) detail.target = byId(detail.target.id) || detail.target;
    });
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { detail } = event;
    const { elt } = detail.requestConfig;
    if (elt.matches("form")) {
      if (!detail.isError) return;
      // The page that says what went wrong, in place of this one's middle.
      detail.shouldSwap = true;
      detail.isError = false;
      detail.target = byId("main");
      detail.selectOverride = "#main";
      detail.swapOverride = "outerHTML";
      return;
    }
    const answer = plain(detail.serverResponse);
    if (seen.get(elt.id) === answer) detail.shouldSwap = false;
    seen.set(elt.id, answer);
    hadFocus = elt.contains(document.activeElement);
    if (elt.id === "part") before = byId("part-title").textContent;
  });

  const goTo = (one) => {
    one.tabIndex = -1;
    one.focus({ preventScroll: true });
    one.scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("htmx:afterSettle", (event) => {
    const { elt } = event.detail.requestConfig;
    if (elt.matches("form")) {
      seen.clear();
      return goTo(byId("said") || byId("part-title") || byId("main"));
    }
    if (elt.id === "part") {
      if (byId("part-title").textContent !== before) {
        byId("heard").textContent = byId("part-title").textContent;
        htmx.trigger("#live", "look"); // there is one more now
      }
      if (hadFocus) goTo(byId("part-title"));
    }
    // It has ended meanwhile: now there are a result and other things to do.
    if (elt.id === "live" && elt.querySelector("[data-over]")) location.reload();
  });

  // --- copying and passing on ---
  const copy = async (button) => {
    const text = byId(button.dataset.copy);
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
    } catch {
      document.execCommand("copy");
    }
    const label = button.textContent;
    button.textContent = byId("heard").textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = label; }, 2000);
  };

  const showButtons = () => {
    for (const one of document.querySelectorAll("[data-copy]")) one.hidden = false;
    if (!navigator.share) return;
    for (const one of document.querySelectorAll("[data-send]")) one.closest("li").hidden = false;
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy], [data-send]");
    if (button?.dataset.copy) copy(button);
    if (button?.dataset.send) navigator.share({ title: button.dataset.title, url: button.dataset.send }).catch(() => {});
  });
  document.addEventListener("htmx:load", showButtons);
  showButtons();

  // --- a card in somebody else's page tells how high it is; the page around ours listens, too ---
  if (document.body.classList.contains("embed") && parent !== window) {
    const tell = () => {
      parent.postMessage({ giddyup: "height", height: Math.ceil(byId("main").getBoundingClientRect().height) + 2 }, "*"); // its border
    };
    new ResizeObserver(tell).observe(byId("main"));
  }
  window.addEventListener("message", (event) => {
    if (event.origin !== location.origin || event.data?.giddyup !== "height") return;
    for (const frame of document.querySelectorAll("iframe[data-card]")) {
      if (frame.contentWindow === event.source) frame.height = event.data.height;
    }
  });
})();
