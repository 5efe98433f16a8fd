/* Suggestions for boxes that take a unit (units/fields.py). Without this script the box still
   takes a name or a code. Keyboard: arrows, Enter, Escape, Tab; waits for Vietnamese typing. */
(() => {
  "use strict";
  const WAIT = 160;
  let count = 0;

  const enhance = (box) => {
    if (box.dataset.ready) return;
    box.dataset.ready = "1";
    const holder = box.closest(".unit-box");
    const picked = holder.querySelector("[data-unit-id]");
    const list = document.createElement("ul");
    const state = { timer: 0, asked: 0, active: -1, items: [], label: box.value, composing: false };
    list.id = `units-${(count += 1)}`;
    list.className = "unit-list";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
    })) box.setAttribute(name, value);
    holder.append(list);

    const close = () => {
      list.hidden = true;
      state.active = -1;
      box.setAttribute("aria-expanded", "false");
      box.removeAttribute("aria-activedescendant");
    };
    const mark = (index) => {
      state.active = index;
      [...list.children].forEach((row, at) => row.setAttribute("aria-selected", String(at === index)));
      const row = list.children[index];
      if (row) {
        box.setAttribute("aria-activedescendant", row.id);
        row.scrollIntoView({ block: "nearest" });
      }
    };
    const pick = (unit) => {
      picked.value = unit.id;
      box.value = state.label = unit.label;
      close();
      box.dispatchEvent(new Event("change", { bubbles: true }));
      picked.dispatchEvent(new Event("change", { bubbles: true }));
    };
    const draw = (units) => {
      state.items = units;
      list.replaceChildren(...units.map((unit, index) => {
        const row = document.createElement("li");
        const more = document.createElement("small");
        row.id = `${list.id}-${index}`;
        row.setAttribute("role", "option");
        row.append(unit.label);
        more.textContent = [unit.kind, unit.code].filter(Boolean).join(" · ");
        row.append(more);
        row.addEventListener("pointerdown", (event) => { event.preventDefault(); pick(unit); });
        return row;
      }));
      list.hidden = units.length === 0;
      box.setAttribute("aria-expanded", String(units.length > 0));
      if (units.length) mark(0); else close();
    };
    const ask = async () => {
      const words = box.value.trim();
      if (!words || words === state.label) return close();
      const turn = (state.asked += 1);
      const query = new URLSearchParams({ q: words, scope: box.dataset.scope, level: box.dataset.levels });
      if (box.dataset.former) query.set("former", "1");
      try {
        const answer = await fetch(`${box.dataset.suggest}?${query}`, { headers: { Accept: "application/json" } });
        if (answer.ok && turn === state.asked && document.activeElement === box) {
          draw((await answer.json()).results);
        }
      } catch { close(); }
    };
    const later = () => {
      if (state.composing) return;
      if (box.value.trim() !== state.label) picked.value = "";
      clearTimeout(state.timer);
      state.timer = setTimeout(ask, WAIT);
    };

    box.addEventListener("compositionstart", () => { state.composing = true; });
    box.addEventListener("compositionend", () => { state.composing = false; later(); });
    box.addEventListener("input", later);
    box.addEventListener("blur", () => setTimeout(close, 100));
    box.addEventListener("keydown", (event) => {
      if (state.composing || event.isComposing) return;
      if (event.key === "ArrowDown" && list.hidden) return void ask();
      if (list.hidden) return;
      const last = state.items.length - 1;
      if (event.key === "ArrowDown") mark(state.active < last ? state.active + 1 : 0);
      else if (event.key === "ArrowUp") mark(state.active > 0 ? state.active - 1 : last);
      else if (event.key === "Enter" && state.items[state.active]) pick(state.items[state.active]);
      else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
    });
  };

  const enhanceAll = (root) => root.querySelectorAll("[data-unit]").forEach(enhance);
  enhanceAll(document);
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) if (node.nodeType === 1) enhanceAll(node);
    }
  }).observe(document.body, { childList: true, subtree: true });
})();
