/* Large type and dark mode at once, without a reload; the server remembers it by the same form. Printing by a button.
   A table too wide for the page can be moved by the keys and says what it is. */
(() => {
  "use strict";

  const remember = (form, button) => {
    const body = new URLSearchParams(new FormData(form));
    body.set(button.name, button.value);
    return fetch(form.action, { method: "POST", body, redirect: "manual", credentials: "same-origin" });
  };

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || !button.matches("[data-type-toggle]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const large = button.value === "large";
    if (large) document.documentElement.dataset.type = "large";
    else delete document.documentElement.dataset.type;
    remember(event.target, button);
    button.value = large ? "normal" : "large";
    button.setAttribute("aria-pressed", String(large));
    const words = button.dataset.words.split("|");
    button.querySelector("span").textContent = words[large ? 1 : 0];
  }, true);

  /* Only while a table really scrolls is it a stop for the keyboard: elsewhere the stop would be empty. */
  const titleOf = (box) => {
    const title = box.querySelector("caption") || box.closest("section, details")?.querySelector("h2, h3, summary");
    return (title || document.querySelector("h1"))?.textContent.trim() || "";
  };
  const markWide = (box) => {
    const wide = box.scrollWidth > box.clientWidth && getComputedStyle(box).overflowX === "auto";
    for (const [name, value] of [["tabindex", "0"], ["role", "region"], ["aria-label", titleOf(box)]]) {
      if (wide && value) box.setAttribute(name, value);
      else box.removeAttribute(name);
    }
  };
  const markAll = () => document.querySelectorAll(".table-wrap").forEach(markWide);
  markAll();
  new ResizeObserver(markAll).observe(document.body);
  document.addEventListener("htmx:afterSettle", markAll);

  /* Printing needs a script; without one the button stays away. */
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
})();
