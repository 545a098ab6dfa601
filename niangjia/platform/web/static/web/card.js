/* Keeps the code of a member's card fresh: renews it in time, counts down, rests while the page is hidden, and says so
   when there is no network. Words come from the page. */
(() => {
  "use strict";

  const place = document.querySelector("[data-card-code]");
  if (!place) return;

  const PATIENCE = 8000;
  const PAUSE = 4000;
  const words = place.dataset;
  const picture = place.querySelector("[data-picture]");
  const leftShown = place.querySelector("[data-left-shown]");
  const bar = place.querySelector("[data-bar]");
  const says = place.querySelector("[data-says]");

  let issued = Date.now() - performance.now();
  let renewIn = Number(words.renew) * 1000;
  let acceptedFor = Number(words.accepted) * 1000;
  let busy = false;
  let triedAt = 0;
  let ticking = 0;

  const age = () => Date.now() - issued;

  const say = (text) => { if (says.textContent !== text) says.textContent = text; };

  const draw = (svg) => {
    const drawing = new DOMParser().parseFromString(svg, "text/html").querySelector("svg");
    if (drawing) picture.replaceChildren(document.importNode(drawing, true));
    return Boolean(drawing);
  };

  const take = (fresh, askedAt) => {
    if (!draw(fresh.picture)) return;
    issued = askedAt;
    renewIn = fresh.renew_in * 1000;
    acceptedFor = fresh.accepted_for * 1000;
    say(says.textContent ? words.renewed : "");
  };

  const ask = async () => {
    const given = new AbortController();
    const late = setTimeout(() => given.abort(), PATIENCE);
    try {
      const answer = await fetch(words.cardCode, {
        headers: { Accept: "application/json" }, cache: "no-store", redirect: "manual", signal: given.signal,
      });
      // Signed out, reported lost, replaced elsewhere: the page itself says what is so.
      if (answer.type === "opaqueredirect" || (answer.status >= 400 && answer.status < 500 && answer.status !== 429)) {
        location.reload();
        return null;
      }
      return answer.ok ? await answer.json() : null;
    } finally {
      clearTimeout(late);
    }
  };

  const renew = async () => {
    if (busy || Date.now() - triedAt < PAUSE) return;
    busy = true;
    triedAt = Date.now();
    try {
      const fresh = await ask();
      if (fresh) take(fresh, triedAt);
      else say(words.offline);
    } catch {
      say(words.offline);
    } finally {
      busy = false;
      show();
    }
  };

  const show = () => {
    const left = Math.max(0, Math.ceil((renewIn - age()) / 1000));
    place.classList.toggle("is-stale", age() > acceptedFor);
    bar.value = left;
    leftShown.textContent = left ? words.left.replace("{n}", left) : words.renewing;
  };

  const tick = () => {
    show();
    if (age() >= renewIn) renew();
  };

  const rest = () => {
    clearInterval(ticking);
    ticking = 0;
  };

  const wake = () => {
    if (document.hidden || ticking) return;
    triedAt = 0;
    tick();
    ticking = setInterval(tick, 1000);
  };

  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : wake()));
  window.addEventListener("pagehide", rest);
  window.addEventListener("pageshow", wake);
  window.addEventListener("online", () => { triedAt = 0; tick(); });
  place.querySelector("[data-refresh]").addEventListener("click", (event) => {
    event.preventDefault();
    triedAt = 0;
    renew();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && location.hash === "#card-code") location.hash = "main";
  });
  wake();
})();
