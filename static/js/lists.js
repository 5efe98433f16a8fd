/* Lists: short addresses; choosing rows by keys and by ranges; keys to walk, open and change rows.
   portal.js sends portal:key for single keys pressed outside boxes and outside input methods. */
(() => {
  "use strict";
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const one = (selector, inside = document) => inside.querySelector(selector);

  /* Blank conditions are left out of the address, unless they take one of the view away. */
  const conditions = one("#conditions");
  if (conditions) conditions.addEventListener("submit", () => {
    const held = conditions.dataset.held.split(" ");
    const blank = [...conditions.elements].filter((box) => box.name && box.value === "" && !held.includes(box.name.replace(/_text$/, "")));
    blank.forEach((box) => { box.disabled = true; });
    setTimeout(() => blank.forEach((box) => { box.disabled = false; }));
  });

  const rows = all("table.rows tbody tr"), boxes = rows.map((row) => one("[data-pick]", row)), every = one("[data-all]");
  if (!rows.length || !boxes[0]) return;
  let last = -1;
  const here = () => rows.findIndex((row) => row.contains(document.activeElement));
  const at = () => { const index = here(); return index < 0 ? last : index; };
  const tell = (box) => box.dispatchEvent(new Event("change", { bubbles: true }));
  const go = (index) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    one("a.nm", row).focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };
  const range = (from, to, value) => {
    for (let index = Math.min(from, to); index <= Math.max(from, to); index += 1) boxes[index].checked = value;
    tell(boxes[to]);
  };
  const choose = (isRange) => {
    const index = at();
    if (index < 0) return;
    if (isRange && last >= 0) range(last, index, true);
    else { boxes[index].checked = !boxes[index].checked; tell(boxes[index]); }
    last = index;
  };
  const keys = {
    j: () => go(at() + 1),
    k: () => go(at() < 0 ? rows.length - 1 : at() - 1),
    x: choose,
    e: () => { const row = rows[here()]; if (row && row.dataset.edit) location.assign(row.dataset.edit); },
  };
  document.addEventListener("portal:key", (event) => { const act = keys[event.detail.key]; if (act) act(event.detail.shiftKey); });

  document.addEventListener("click", (event) => {
    const index = boxes.indexOf(event.target);
    if (event.target.closest("[data-unpick]")) {
      boxes.forEach((box) => { box.checked = false; });
      if (every) every.checked = false;
      tell(boxes[0]);
      go(Math.max(0, last));
    }
    if (index < 0) return;
    if (event.shiftKey && last >= 0) range(last, index, event.target.checked);
    last = index;
  });
  document.addEventListener("change", (event) => {
    if (event.target === every) { boxes.forEach((box) => { box.checked = every.checked; }); tell(boxes[0]); }
    else if (every && boxes.some((box) => !box.checked)) every.checked = false;
  }, true);
  one("[data-unpick]").hidden = false;
})();
