/* Keeps a countdown current. The words come from the server; here only the numbers in them are renewed. */
(() => {
  "use strict";

  const words = document.documentElement.lang === "en"
    ? { over: "Time is up", days: "{d} days left", hours: "{h} h {m} min left", minutes: "{m} min left" }
    : { over: "已到时间", days: "还剩 {d} 天", hours: "还剩 {h} 小时 {m} 分钟", minutes: "还剩 {m} 分钟" };

  const fill = (pattern, values) => pattern.replace(/\{(\w)\}/g, (_, key) => values[key]);

  const text = (milliseconds) => {
    if (milliseconds <= 0) return words.over;
    const minutes = Math.floor(milliseconds / 60000);
    if (minutes >= 2880) return fill(words.days, { d: Math.floor(minutes / 1440) });
    if (minutes >= 60) return fill(words.hours, { h: Math.floor(minutes / 60), m: minutes % 60 });
    return fill(words.minutes, { m: Math.max(1, minutes) });
  };

  const renew = () => {
    for (const time of document.querySelectorAll("time[data-countdown]")) {
      const shown = text(Date.parse(time.dateTime) - Date.now());
      if (time.textContent !== shown) time.textContent = shown;
    }
  };

  const waits = () => {
    for (const button of document.querySelectorAll("[data-wait]")) {
      const left = Number(button.dataset.wait);
      if (left <= 0) {
        button.disabled = false;
        button.textContent = button.dataset.ready;
        delete button.dataset.wait;
      } else {
        button.disabled = true;
        button.textContent = button.dataset.pattern.replace("{n}", left);
        button.dataset.wait = left - 1;
      }
    }
  };

  if (document.querySelector("time[data-countdown]")) setInterval(renew, 15000);
  if (document.querySelector("[data-wait]")) {
    waits();
    setInterval(waits, 1000);
  }
})();
