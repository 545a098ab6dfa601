/* Forms: sent once, focus on what is to be mended, choices that submit themselves, keys of the phone's keyboard. */
(() => {
  "use strict";

  const busy = new WeakSet();

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (busy.has(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    busy.add(form);
    // An answer that is a file leaves the page as it is; the server's request key still stops a true repetition.
    setTimeout(() => release(form), 10000);
    const button = event.submitter;
    if (button && button.classList.contains("button")) {
      button.classList.add("is-busy");
      button.setAttribute("aria-disabled", "true");
    }
  }, true);

  const release = (form) => {
    busy.delete(form);
    for (const button of form.querySelectorAll(".is-busy")) {
      button.classList.remove("is-busy");
      button.removeAttribute("aria-disabled");
    }
  };

  // Coming back by the browser's back button shows the page as it was left: the form must be usable again.
  window.addEventListener("pageshow", () => document.querySelectorAll("form").forEach(release));
  document.addEventListener("form:release", (event) => release(event.target));
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest && event.target.closest("form");
    if (form) release(form);
  });

  const focusFirst = (root) => {
    const target = root.querySelector && root.querySelector("[data-focus]");
    if (target) target.focus();
  };
  focusFirst(document);
  document.addEventListener("htmx:afterSwap", (event) => focusFirst(event.target));

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });
})();
