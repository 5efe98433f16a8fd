/* The portal's own script: comfort on top of pages that work without it.
   Words come from the page (data-* attributes), so that this file speaks every language. */
(() => {
  "use strict";
  const page = document.documentElement;
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const one = (selector, inside = document) => inside.querySelector(selector);
  const on = (type, handler, options) => document.addEventListener(type, handler, options);
  page.classList.add("js");

  /* Keys: never while typing, never while an input method is composing a letter. */
  const typing = (target) => target.isContentEditable || (/^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName) && !/^(checkbox|radio)$/.test(target.type));
  const letters = one("[data-letters]"), kept = (() => { try { return window.localStorage; } catch { return null; } })();
  if (letters) {
    letters.checked = !kept || kept.getItem("letters") !== "off";
    letters.addEventListener("change", () => { if (kept) kept.setItem("letters", letters.checked ? "on" : "off"); });
  }
  const focus = (element) => { if (element) { element.focus(); if (element.select) element.select(); } };
  on("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
      const form = one("form[data-main]");
      if (key === "k" && one("[data-search]")) { event.preventDefault(); focus(one("[data-search]")); }
      if (key === "s" && form) { event.preventDefault(); if (event.target.matches("[data-date]")) shortDate(event.target); form.requestSubmit(one("[data-save]", form)); }
      return;
    }
    if (event.key === "Escape") return closeMenus(null, true);
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || one("dialog[open]")) return;
    if (letters && !letters.checked && event.key !== "Enter") return;
    if (key === "/") { const box = one("[data-filter]") || one("[data-search]"); if (box) { event.preventDefault(); focus(box); } }
    if (key === "n" && one("[data-key-new]")) one("[data-key-new]").click();
    if (event.key === "?" && one("#keys")) one("#keys").showModal();
    document.dispatchEvent(new CustomEvent("portal:key", { detail: { key, shiftKey: event.shiftKey } }));
  });

  /* Menus close on Esc and on a click elsewhere; Esc gives the focus back. */
  function closeMenus(except, refocus) {
    all("details.menu[open]").forEach((menu) => {
      if (menu === except) return;
      const inside = menu.contains(document.activeElement);
      menu.open = false;
      if (refocus && inside) one("summary", menu).focus();
    });
  }
  on("click", (event) => closeMenus(event.target.closest("details.menu")));

  /* "Are you sure?" in the page's own dialog. */
  let agreed = null;
  function ask(text, go) {
    const dialog = one("#confirm");
    if (!dialog || !dialog.showModal) { if (window.confirm(text)) go(); return; }
    one("[data-confirm-text]", dialog).textContent = text;
    agreed = go;
    dialog.showModal();
    one("[data-confirm-no]", dialog).focus();
  }
  on("submit", (event) => {
    const form = event.target, button = event.submitter;
    const text = (button && button.dataset.confirm) || form.dataset.confirm;
    if (text && !form.hasAttribute("data-agreed")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(text, () => { form.setAttribute("data-agreed", ""); form.requestSubmit(button || undefined); form.removeAttribute("data-agreed"); });
    }
  }, true);

  const clicks = {
    confirmNo: (button) => { agreed = null; button.closest("dialog").close(); },
    confirmYes: (button) => { const go = agreed; agreed = null; button.closest("dialog").close(); if (go) go(); },
    close: (button) => button.closest("dialog").close(),
    open: (button) => { const dialog = document.getElementById(button.dataset.open); if (dialog) dialog.showModal(); },
    dismiss: (button) => button.closest(".note").remove(),
    print: () => window.print(),
    reveal: (button) => {
      const box = one("input", button.parentElement), hidden = box.type === "password";
      box.type = hidden ? "text" : "password";
      one("span", button).textContent = hidden ? button.dataset.hide : button.dataset.show;
    },
    copy: async (button) => {
      const text = button.dataset.copy || location.href;
      try { await navigator.clipboard.writeText(text); } catch {
        const box = document.createElement("textarea");
        box.value = text; document.body.append(box); box.select(); document.execCommand("copy"); box.remove();
      }
      say(button.dataset.done);
    },
    addRow: (button) => addRow(button.closest("[data-formset]")),
    removeRow: (button) => removeRow(button),
  };
  on("click", (event) => {
    for (const name of Object.keys(clicks)) {
      const attribute = "data-" + name.replace(/[A-Z]/g, (letter) => "-" + letter.toLowerCase());
      const button = event.target.closest("button[" + attribute + "],a[" + attribute + "]");
      if (button) { if (button.tagName === "A") event.preventDefault(); return clicks[name](button); }
    }
  });

  /* A short word to everybody, screen readers included. */
  function say(text) {
    const place = one(".toasts");
    if (!text || !place) return;
    const note = document.createElement("div"), words = document.createElement("p");
    note.className = "note o-"; words.textContent = text; note.append(words); place.append(note);
    setTimeout(() => note.remove(), 5000);
  }

  /* Lists of rows: data-formset="prefix", a <template>, [data-rows], [data-row] in each row. */
  function addRow(set) {
    const total = one(`[name="${set.dataset.formset}-TOTAL_FORMS"]`, set), index = Number(total.value);
    const box = document.createElement("template");
    box.innerHTML = one("template", set).innerHTML.replaceAll("__prefix__", index);
    const row = box.content.firstElementChild;
    one("[data-rows]", set).append(row);
    total.value = index + 1;
    const first = one("input:not([type=hidden]),select,textarea", row);
    if (first) first.focus();
    set.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function removeRow(button) {
    const row = button.closest("[data-row]"), mark = one('[name$="-DELETE"]', row), set = button.closest("[data-formset]");
    if (mark) { if (mark.type === "checkbox") mark.checked = true; else mark.value = "on"; }
    all("input:not([type=hidden]),select,textarea", row).forEach((box) => { if (box !== mark) { box.required = false; if (!mark) box.value = ""; } });
    row.hidden = true;
    set.dispatchEvent(new Event("change", { bubbles: true }));
    focus(one("[data-add-row]", set));
  }

  /* Totals while typing: <output data-total-of="css selector">. Dots group, a comma is decimal. */
  const lang = page.lang || "vi";
  const group = (1000).toLocaleString(lang).replace(/\d/g, "") || ".";
  const figure = (text) => {
    const plain = text.replace(/[\s\u00a0]/g, "").split(group === "," ? "," : ".").join("").replace(",", ".");
    return plain === "" ? null : Number(plain);
  };
  function totals() {
    all("[data-total-of]").forEach((place) => {
      const figures = all(place.dataset.totalOf).filter((box) => !box.closest("[hidden]"))
        .map((box) => (box.type === "number" ? (box.value === "" ? null : Number(box.value)) : figure(box.value)));
      const known = figures.filter((n) => n !== null && !Number.isNaN(n));
      place.textContent = known.length ? known.reduce((a, b) => a + b, 0).toLocaleString(lang) : "–";
    });
  }

  /* Dates: hn is today, hq is yesterday. */
  function shortDate(box) {
    const back = { hn: 0, hq: 1 }[box.value.trim().toLowerCase()];
    if (back === undefined) return;
    const parts = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Ho_Chi_Minh" });
    box.value = parts.format(new Date(Date.now() - back * 864e5));
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /* Drafts: a form with data-draft-url saves itself two seconds after the last change. */
  const dirty = new Map();
  let leaving = false;
  const cookie = (name) => (document.cookie.match("(?:^|; )" + name + "=([^;]*)") || [])[1];
  async function saveDraft(form) {
    const state = one("[data-draft-state]"), version = dirty.get(form), fields = new FormData(form);
    all("input[type=file],input[type=password]", form).forEach((box) => fields.delete(box.name));
    const secret = fields.get("csrfmiddlewaretoken") || cookie("csrftoken") || cookie("__Host-csrf") || "";
    try {
      const answer = await fetch(form.dataset.draftUrl, { method: "POST", body: fields, credentials: "same-origin",
        headers: { "X-CSRFToken": secret, "X-Requested-With": "XMLHttpRequest" } });
      if (answer.status === 409 && state && state.dataset.conflict) return show(state, state.dataset.conflict, true);
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const kept = answer.headers.get("X-Version");
      if (kept && form.elements.version) form.elements.version.value = kept;
      form.dispatchEvent(new CustomEvent("draft:saved"));
      if (dirty.get(form) === version) dirty.delete(form);
      show(state, state && state.dataset.saved, false);
    } catch { show(state, state && state.dataset.failed, true); }
  }
  function show(state, words, bad) {
    if (!state || !words) return;
    const now = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    state.textContent = words.replace("{time}", now);
    state.classList.toggle("bad", bad);
  }
  const waiting = new WeakMap();
  function changed(event) {
    const form = event.target.closest("form[data-main],form[data-draft-url]");
    totals();
    if (!form) return;
    dirty.set(form, (dirty.get(form) || 0) + 1);
    if (!form.dataset.draftUrl) return;
    clearTimeout(waiting.get(form));
    waiting.set(form, setTimeout(() => { if (!leaving) saveDraft(form); }, 2000));
  }
  on("input", changed);
  on("form:saved", (event) => { clearTimeout(waiting.get(event.target)); dirty.delete(event.target); });
  on("change", (event) => {
    const target = event.target;
    if (target.matches("[data-date]")) shortDate(target);
    if (target.matches("select[data-autosubmit],input[data-autosubmit]")) return target.form.requestSubmit();
    if (target.matches("[data-check-all]")) all(target.dataset.checkAll).forEach((box) => { box.checked = target.checked; });
    if (target.matches("[data-check-all],[data-pick]")) picked();
    changed(event);
  });
  /* The page one signed out from is not shown again when the next person goes back. */
  let signedOut = false;
  on("submit", (event) => { signedOut = signedOut || event.target.hasAttribute("data-sign-out"); });
  window.addEventListener("pageshow", (event) => { if (event.persisted && signedOut) { page.hidden = true; location.reload(); } });
  on("submit", (event) => { if (event.target.matches("form[data-part]")) return; leaving = true; setTimeout(() => { leaving = false; }, 4000); });
  window.addEventListener("beforeunload", (event) => { if (!leaving && dirty.size) event.preventDefault(); });

  /* Parts of a page: a form with data-part asks for that address, a number with data-key inside
     data-part asks where it comes from; the answer goes into data-into. Without script they are an
     ordinary form and ordinary links. */
  async function bring(holder, query, otherwise) {
    const place = one(holder.dataset.into);
    try {
      const answer = await fetch(`${holder.dataset.part}?${query}`, { credentials: "same-origin", headers: { "X-Requested-With": "XMLHttpRequest" } });
      if (!place || !answer.ok || answer.redirected) throw new Error(String(answer.status));
      place.innerHTML = await answer.text();
      all("[data-copy]", place).forEach((button) => { button.hidden = false; });
      if (place.getBoundingClientRect().bottom > window.innerHeight) place.scrollIntoView({ block: "nearest" });
    } catch { otherwise(); }
  }
  on("click", (event) => {
    const link = event.target.closest("a[data-key]"), holder = link && link.closest("[data-part]");
    if (!holder || !one(holder.dataset.into) || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    all("a[data-key].on", holder).forEach((other) => other.classList.remove("on"));
    link.classList.add("on");
    bring(holder, new URLSearchParams({ number: link.dataset.key }), () => location.assign(link.href));
  });
  on("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-part]")) return;
    event.preventDefault();
    bring(form, new URLSearchParams(new FormData(form)), () => form.submit());
  });

  /* The bar of things to do with the chosen rows shows how many are chosen. */
  function picked() {
    const every = one("[data-all]:checked"), count = every ? Number(every.dataset.all) : all("[data-pick]:checked").length;
    all("[data-bulk]").forEach((bar) => {
      bar.hidden = count === 0;
      all("[data-count]", bar).forEach((place) => { place.textContent = count.toLocaleString(lang); });
    });
    all("[data-check-all]").forEach((box) => {
      const boxes = all(box.dataset.checkAll);
      box.checked = count > 0 && count >= boxes.length;
      box.indeterminate = count > 0 && count < boxes.length;
    });
    all("[data-pick]").forEach((box) => { const row = box.closest("tr,.kc"); if (row) row.classList.toggle("sel", box.checked); });
  }

  all("[data-reveal],[data-copy],[data-print],[data-add-row],[data-remove-row],[data-open]").forEach((button) => { button.hidden = false; });
  all("[data-autosubmit]").forEach((box) => { const go = box.form && one("[data-go]", box.form); if (go) go.hidden = true; });
  /* Suggestions of units: only where a page, or a row it may add, has a box for one. */
  const boxes = [document, ...all("template").map((template) => template.content)];
  if (page.dataset.units && boxes.some((place) => one("[data-unit]", place))) {
    const script = document.createElement("script");
    script.src = page.dataset.units;
    document.head.append(script);
  }
  focus(one("[data-errors]"));
  totals();
  if (one("[data-pick]")) picked();
})();

/* Lists: short addresses; choosing rows by keys and by ranges; keys to walk, open and change rows.
   portal:key tells of single keys pressed outside boxes and outside input methods. */
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
