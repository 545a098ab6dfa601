/* Large type and dark mode at once, without a reload; the server remembers it by the same form. Printing by a button. */
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

  /* Printing needs a script; without one the button stays away. */
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
})();
