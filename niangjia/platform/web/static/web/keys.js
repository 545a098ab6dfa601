/* The keyboard in the console: j k move, Enter opens, x ticks, a ticks all, / searches, g d goes to the desk, ? explains. */
(() => {
  "use strict";

  const lines = () => [...document.querySelectorAll("[data-line]")];
  let leader = false;

  const current = () => document.querySelector("[data-line].is-here");

  const step = (by) => {
    const all = lines();
    if (!all.length) return;
    const index = all.indexOf(current());
    const next = all[Math.min(all.length - 1, Math.max(0, index + by))] || all[0];
    all.forEach((line) => line.classList.toggle("is-here", line === next));
    const link = next.matches("a") ? next : next.querySelector("a");
    if (link) link.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };

  const open = () => {
    const line = current();
    const link = line && (line.matches("a") ? line : line.querySelector("a"));
    if (link) link.click();
    return Boolean(link);
  };

  const tick = () => {
    const box = current() && current().querySelector("input[type=checkbox]");
    if (box) box.click();
  };

  const tickAll = () => {
    const boxes = [...document.querySelectorAll("[data-line] input[type=checkbox]")];
    const every = boxes.every((box) => box.checked);
    boxes.filter((box) => box.checked === every).forEach((box) => box.click());
  };

  const explain = () => {
    const dialog = document.querySelector("[data-keys]");
    if (dialog && !dialog.open) dialog.showModal();
  };

  document.querySelectorAll("[data-keys-open]").forEach((button) => { button.hidden = false; });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys-open]")) explain();
  });

  const actions = {
    j: () => step(1),
    k: () => step(-1),
    x: tick,
    a: tickAll,
    "?": explain,
    "/": () => document.querySelector("[data-key='/']").focus(),
  };

  const typing = (target) => target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], dialog");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (leader && event.key === "d") {
      leader = false;
      location.assign("/console/");
      return;
    }
    leader = event.key === "g";
    if (event.key === "Enter" && document.activeElement === document.body) {
      if (open()) event.preventDefault();
      return;
    }
    const action = actions[event.key];
    if (action) {
      event.preventDefault();
      action();
    }
  });

  const side = document.querySelector("[data-side]");
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && side && location.hash === "#side") location.hash = "main";
  });
})();
