/* Ticking rows of a list: all at once, and how many are ticked. */
(() => {
  "use strict";

  const boxes = (form) => [...form.querySelectorAll("tbody input[type=checkbox], [data-line] input[type=checkbox]")];

  const count = (form) => {
    const all = boxes(form);
    const ticked = all.filter((box) => box.checked).length;
    const head = form.querySelector("[data-all]");
    if (head) {
      head.checked = ticked > 0 && ticked === all.length;
      head.indeterminate = ticked > 0 && ticked < all.length;
    }
    for (const place of form.querySelectorAll("[data-ticked]")) place.textContent = ticked;
  };

  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (!form || event.target.type !== "checkbox") return;
    if (event.target.matches("[data-all]")) boxes(form).forEach((box) => { box.checked = event.target.checked; });
    count(form);
  });

  document.querySelectorAll("form").forEach((form) => { if (form.querySelector("[data-all]")) count(form); });
})();
