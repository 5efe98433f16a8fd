/* The page of a report: what is typed saves itself, a conflict shows both texts, nothing is lost.
   Words come from the page (data-*); every rule is the server's. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-report]");
  if (!form) return;
  const words = form.dataset, state = form.querySelector("[data-saved-state]");
  const SOON = 1500, LATEST = 4000, AGAIN = 5000; // milliseconds
  const changed = new Set();
  let timer = 0, since = 0, sending = null, leaving = false, ended = false;
  const box = (name) => form.elements.namedItem(name);
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const rowOf = (name) => { const hit = /^(d-[a-z0-9_]+)-(value|numerator|denominator|source|note|version)$/.exec(name); return hit && hit[1]; };

  function tell(text, isBad) {
    if (!state) return;
    state.textContent = text;
    state.classList.toggle("bad", Boolean(isBad));
  }

  /* --- what is sent ----------------------------------------------------------------------- */
  function bodyOf(names) {
    const body = new FormData(), whole = new FormData(form), wanted = new Set(["csrfmiddlewaretoken"]);
    names.forEach((name) => {
      const row = rowOf(name);
      if (row) [...whole.keys()].filter((key) => key.startsWith(`${row}-`)).forEach((key) => wanted.add(key));
      else [name, `${name}-version`, `${name}-draft`].forEach((key) => wanted.add(key));
    });
    wanted.forEach((key) => { if (whole.has(key)) body.append(key, whole.get(key)); });
    return body;
  }
  const post = (body, more) => fetch(words.saveUrl, { method: "POST", body, credentials: "same-origin", headers: { Accept: "application/json" }, ...more });

  async function flush() {
    clearTimeout(timer);
    if (sending) await sending;
    if (!changed.size || ended) return;
    const names = [...changed];
    changed.clear();
    since = 0;
    tell(words.saving);
    sending = send(names);
    await sending;
    sending = null;
  }
  async function send(names) {
    const sent = new Map(names.map((name) => [name, box(name) && box(name).value]));
    try {
      const answer = await post(bodyOf(names));
      if (answer.redirected || answer.status === 403) return await signedOut();
      if (answer.status === 423) return askForReason();
      const told = await answer.json();
      if (told.error) { tell(told.error, true); return; }
      take(told, sent);
    } catch {
      names.forEach((name) => changed.add(name));
      tell(words.failed, true);
      timer = setTimeout(flush, AGAIN);
    }
  }
  /* The days are closed: the page that asks for the reason takes everything with it. */
  function askForReason() {
    leaving = true;
    form.action = words.saveUrl;
    form.submit();
  }
  /* The session has ended: the whole form is kept for whoever signs in again under the same name. */
  async function signedOut() {
    ended = true;
    try { await post(new FormData(form)); } catch { /* it stays on the page */ }
    tell(`${words.ended} `, true);
    const link = document.createElement("a");
    link.href = `${words.signIn}?next=${encodeURIComponent(words.pageUrl)}`;
    link.textContent = words.signInLabel;
    link.addEventListener("click", () => { leaving = true; });
    state.append(link);
  }

  /* --- what is answered ------------------------------------------------------------------- */
  function take(told, sent) {
    const rows = new Set([...sent.keys()].map((name) => rowOf(name) || name));
    all("[data-problem]").forEach((place) => { if (rows.has(rowOf(place.dataset.problem) || place.dataset.problem)) problem(place.dataset.problem, ""); });
    Object.entries(told.versions).forEach(([name, version]) => {
      const kept = box(`${name}-version`), drafted = document.querySelector(`[data-drafted="${name}"]`);
      if (kept) kept.value = version;
      if (drafted) drafted.remove();
    });
    Object.entries(told.shown).forEach(([name, text]) => {
      const place = box(name);
      if (place && place !== document.activeElement && !changed.has(name)) place.value = text;
    });
    Object.entries(told.problems).forEach(([name, text]) => {
      const row = rowOf(name), active = document.activeElement;
      if (row && active && rowOf(active.name || "") === row) { late.set(row, told.problems); return; }
      problem(name, text);
    });
    Object.entries(told.conflicts).forEach(([name, theirs]) => conflict(name, theirs));
    const isFine = !Object.keys(told.conflicts).length;
    tell(isFine ? words.savedAt.replace("{time}", told.at) : "", !isFine);
    look();
  }
  const late = new Map(); // problems of a row somebody still types in
  function problem(name, text) {
    const place = document.querySelector(`[data-problem="${name}"]`), typed = box(name);
    if (place) { place.textContent = text; place.hidden = !text; }
    if (typed && typed.setAttribute) { if (text) typed.setAttribute("aria-invalid", "true"); else typed.removeAttribute("aria-invalid"); }
  }
  function conflict(name, theirs) {
    const typed = box(name), note = document.createElement("div"), text = document.createElement("p"), quote = document.createElement("span");
    all(`[data-conflict="${name}"]`).forEach((old) => old.remove());
    note.className = "note w- mt-s"; note.dataset.conflict = name; note.setAttribute("role", "alert");
    text.textContent = `${words.conflict.replace("{who}", theirs.by || "–").replace("{time}", theirs.at || "")} `;
    quote.className = "theirs"; quote.textContent = theirs.theirs;
    text.append(quote);
    const version = box(`${name}-version`) || box(`${rowOf(name)}-version`);
    const choice = (label, value) => {
      const button = document.createElement("button");
      button.type = "button"; button.className = "btn s"; button.textContent = label;
      button.addEventListener("click", () => { typed.value = value(); version.value = theirs.version; note.remove(); touched(name); flush(); });
      return button;
    };
    note.append(text, choice(words.mine, () => typed.value), choice(words.kept, () => theirs.theirs));
    typed.after(note);
  }
  let looking = 0;
  function look() {
    clearTimeout(looking);
    looking = setTimeout(async () => {
      try {
        const answer = await fetch(`${words.pageUrl}?part=checks`, { credentials: "same-origin" });
        if (!answer.ok || answer.redirected) return;
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-checks]");
        const place = document.querySelector("[data-checks]");
        if (fresh && place) place.replaceWith(fresh);
      } catch { /* the next save looks again */ }
    }, 400);
  }

  /* --- when ------------------------------------------------------------------------------- */
  function touched(name) {
    if (!name || /-(version|draft)$/.test(name) || /^(csrf|_draft|step|on_behalf_of)/.test(name)) return;
    changed.add(name);
    since = since || Date.now();
    clearTimeout(timer);
    timer = setTimeout(flush, Math.max(0, Math.min(SOON, since + LATEST - Date.now())));
  }
  form.addEventListener("input", (event) => touched(event.target.name));
  form.addEventListener("change", (event) => touched(event.target.name));
  form.addEventListener("focusout", (event) => {
    const row = rowOf(event.target.name || ""), next = event.relatedTarget && rowOf(event.relatedTarget.name || "");
    if (row && row !== next && late.has(row)) {
      Object.entries(late.get(row)).forEach(([name, text]) => problem(name, text));
      late.delete(row);
    }
    if (changed.size && event.target.name) { clearTimeout(timer); timer = setTimeout(flush, 150); }
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden && changed.size && !ended) post(bodyOf([...changed]), { keepalive: true }).catch(() => {}); });
  window.addEventListener("online", flush);
  window.addEventListener("beforeunload", (event) => { if (!leaving && (changed.size || sending)) event.preventDefault(); });
  form.addEventListener("submit", (event) => {
    if (changed.size || sending) {
      event.preventDefault();
      const button = event.submitter;
      flush().then(() => { leaving = true; form.requestSubmit(button); });
      return;
    }
    leaving = true;
  });
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") { event.preventDefault(); flush(); return; }
    const from = event.target;
    if (!form.contains(from) || from.tagName !== "INPUT") return;
    if (event.key === "Enter") { event.preventDefault(); step(from, 1); }
    if (event.key === "ArrowDown") { event.preventDefault(); step(from, 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); step(from, -1); }
  });

  /* --- the table of declared figures ------------------------------------------------------- */
  const rows = () => all("[data-declared] tbody tr");
  const boxesOf = (row) => all("input:not([type=hidden])", row);
  function step(from, by) {
    const row = from.closest("tr"), list = rows(), here = list.indexOf(row);
    if (here < 0) { flush(); return; }
    const own = boxesOf(row), back = own.length - own.indexOf(from), next = list[here + by];
    if (!next) { flush(); return; }
    const theirs = boxesOf(next), goal = own.indexOf(from) < own.length - 2 ? theirs[0] : theirs[theirs.length - back];
    goal.focus(); goal.select();
  }
  form.addEventListener("paste", (event) => {
    const from = event.target, row = from.closest && from.closest("[data-declared] tbody tr");
    const text = event.clipboardData ? event.clipboardData.getData("text/plain") : "";
    const lines = text.replace(/\r/g, "").replace(/\n+$/, "").split("\n").map((line) => line.split("\t"));
    if (!row || (lines.length < 2 && lines[0].length < 2)) return;
    event.preventDefault();
    if (/\p{L}{2}/u.test(lines[0][0]) || (lines[1] && /\p{L}{2}/u.test(lines[1][0]))) {
      const dialog = document.getElementById("paste-declared");
      dialog.querySelector("textarea").value = text;
      dialog.showModal();
      return;
    }
    const list = rows(), top = list.indexOf(row), left = boxesOf(row).indexOf(from);
    lines.forEach((cells, down) => {
      const into = list[top + down] && boxesOf(list[top + down]);
      if (into) cells.forEach((cell, right) => {
        const place = into[left + right];
        if (place && cell.trim()) { place.value = cell.trim(); touched(place.name); }
      });
    });
    flush();
  });
  const pasting = document.querySelector("form[data-paste]");
  if (pasting) pasting.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await post(new FormData(pasting)), told = await answer.json();
    all(".msg", pasting).forEach((old) => old.remove());
    if (told.error) { tell(told.error, true); return; }
    take(told, new Map());
    const wrong = Object.entries(told.problems).filter(([name]) => !box(name));
    wrong.forEach(([, text]) => { const line = document.createElement("p"); line.className = "msg"; line.textContent = text; pasting.querySelector(".body").append(line); });
    if (!wrong.length) { pasting.reset(); pasting.closest("dialog").close(); }
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-about]"), about = document.getElementById("remark-about");
    if (!link || !about) return;
    event.preventDefault();
    about.value = link.dataset.about;
    document.getElementById("remark-text").focus();
  });

  /* --- narrative ---------------------------------------------------------------------------- */
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (!button) return;
    const place = box(button.dataset.insert), draft = box(`${button.dataset.insert}-draft`).value;
    place.value = place.value.trim() && place.value.trim() !== draft.trim() ? `${place.value.trim()}\n${draft}` : draft;
    place.focus();
    touched(place.name);
  });
  if ("unsent" in form.dataset) { [...new FormData(form).keys()].forEach(touched); flush(); }
})();
