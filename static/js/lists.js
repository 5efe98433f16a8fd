/* Lists: keys to walk, open and change rows. Never while typing or composing a letter. */
(() => {
  "use strict";
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const one = (selector, inside = document) => inside.querySelector(selector);
  const rows = all("table.rows tbody tr");

  /* A short address: blank conditions are left out, unless they take one of the view away. */
  const conditions = one("#conditions");
  if (conditions) conditions.addEventListener("submit", () => {
    const held = conditions.dataset.held.split(" ");
    const blank = [...conditions.elements].filter((box) => box.name && box.value === "" && !held.includes(box.name) && !held.includes(box.name.replace(/_text$/, "")));
    blank.forEach((box) => { box.disabled = true; });
    setTimeout(() => blank.forEach((box) => { box.disabled = false; }));
  });
  if (!rows.length) return;

  const current = () => rows.findIndex((row) => row.contains(document.activeElement));
  const go = (index) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    one("a.nm", row).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };
  const keys = {
    j: () => go(current() + 1),
    k: () => go(current() < 0 ? rows.length - 1 : current() - 1),
    e: () => { const row = rows[current()]; if (row && row.dataset.edit) location.assign(row.dataset.edit); },
  };
  document.addEventListener("portal:key", (event) => { const act = keys[event.detail.key]; if (act) act(event.detail.shiftKey); });
})();
