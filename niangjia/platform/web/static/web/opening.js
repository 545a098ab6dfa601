/* A countdown by the server's time, the age of figures, a button that waits for the opening, and a form that asks
   again when the network is away. The phone's own clock is never read: only how much time has gone by since the page
   came, and what the server said then. */
(() => {
  "use strict";

  const began = new WeakMap();

  /* When an element came, in the milliseconds of performance.now(): with the page, or with a later part of it. */
  const arrived = () => {
    const page = performance.getEntriesByType("navigation")[0];
    return page && page.responseStart ? page.responseStart : 0;
  };
  const learn = (root, at) => {
    for (const element of root.querySelectorAll("[data-now], [data-age]")) {
      if (!began.has(element)) began.set(element, at);
    }
  };
  const since = (element) => performance.now() - (began.get(element) || 0);
  const left = (element, moment) => Date.parse(moment) - Date.parse(element.dataset.now) - since(element);

  const fill = (pattern, values) => pattern.replace(/\{(\w)\}/g, (_, key) => values[key]);
  const put = (element, text) => {
    if (element.textContent !== text) element.textContent = text;
  };

  const words = (data, milliseconds) => {
    const seconds = Math.ceil(milliseconds / 1000);
    if (seconds <= 0) return data.over;
    const parts = { d: Math.floor(seconds / 86400), h: Math.floor(seconds / 3600), m: Math.floor(seconds / 60) % 60 };
    if (parts.d >= 2) return fill(data.days, parts);
    if (parts.h >= 1) return fill(data.hours, parts);
    return fill(data.seconds, { m: parts.m, s: String(seconds % 60).padStart(2, "0") });
  };

  /* Everybody's clock runs out at the same moment; the question what is left now is spread over three seconds. */
  const overdue = (clock) => {
    const board = clock.closest("[hx-get]");
    if (!board || clock.dataset.asked) return;
    clock.dataset.asked = "yes";
    setTimeout(() => board.dispatchEvent(new CustomEvent("due")), Math.random() * 3000);
  };

  const clocks = () => {
    for (const clock of document.querySelectorAll("[data-clock]")) {
      const rest = left(clock, clock.dateTime);
      put(clock, words(clock.dataset, rest));
      if (rest <= 0) overdue(clock);
    }
  };

  const ages = () => {
    for (const age of document.querySelectorAll("[data-age]")) {
      const seconds = Number(age.dataset.age) + Math.floor(since(age) / 1000);
      put(age, seconds < 2 ? age.dataset.fresh : fill(age.dataset.pattern, { n: seconds }));
    }
  };

  const doors = () => {
    for (const button of document.querySelectorAll("[data-opens]")) {
      const early = left(button, button.dataset.opens) > 0;
      button.disabled = early;
      put(button, early ? button.dataset.early : button.dataset.ready);
      if (!early) delete button.dataset.opens;
    }
  };

  const tick = () => {
    clocks();
    ages();
    doors();
  };

  learn(document, arrived());
  document.addEventListener("htmx:afterSwap", () => {
    learn(document, performance.now());
    tick();
  });
  // A phone that slept may have stopped counting: what it shows is asked for anew.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    for (const board of document.querySelectorAll("[hx-get].board")) board.dispatchEvent(new CustomEvent("due"));
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && document.querySelector("[data-now]")) location.reload();
  });
  tick();
  setInterval(tick, 250);

  /* Sending with patience: the same form with the same key again when no answer came, so that nothing is done twice. */

  const PAUSES = [800, 1600, 3200];
  const rest = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

  const send = async (form, action, body) => {
    for (let number = 0; ; number += 1) {
      try {
        const answer = await fetch(action, { method: "POST", body, credentials: "same-origin" });
        if (answer.status !== 503 || number >= PAUSES.length) return answer;
      } catch (error) {
        if (number >= PAUSES.length) throw error;
      }
      await rest(PAUSES[number] * (0.7 + Math.random() * 0.6));
    }
  };

  const show = (html) => {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const main = document.getElementById("main");
    main.replaceChildren(...fresh.getElementById("main").childNodes);
    document.title = fresh.title;
    if (window.htmx) window.htmx.process(main);
    learn(main, performance.now());
    tick();
    window.scrollTo(0, 0);
    const target = main.querySelector("[data-focus]");
    if (target) target.focus();
  };

  const lost = (form) => {
    form.dispatchEvent(new CustomEvent("form:release", { bubbles: true }));
    const said = form.querySelector(".lost") || document.createElement("p");
    said.className = "lost note note-warn";
    said.setAttribute("role", "alert");
    said.textContent = form.dataset.lost;
    form.append(said);
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const button = event.submitter;
    if (event.defaultPrevented || !form.matches("[data-patient]") || (button && button.hasAttribute("formaction"))) return;
    event.preventDefault();
    const label = button ? button.textContent : "";
    const body = new URLSearchParams(new FormData(form));
    if (button) button.textContent = form.dataset.busy;
    try {
      const answer = await send(form, form.action, body);
      if (answer.redirected) location.assign(answer.url);
      else show(await answer.text());
    } catch {
      if (button) button.textContent = label;
      lost(form);
    }
  });
})();
