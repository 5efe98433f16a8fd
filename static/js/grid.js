/* A table people type or paste into. It knows no rule: every cell is judged by the server, which
   answers cell by cell. Words come with the page. The box one types in always stands in the current
   cell, so that input methods that compose letters never lose one. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-grid]"), source = document.getElementById("grid-data");
  if (!form || !source) return;
  const boot = JSON.parse(source.textContent), { words, columns } = boot, names = columns.map((column) => column.name);
  const one = (selector, inside = document) => inside.querySelector(selector);
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const isNumber = (column) => ["int", "decimal", "percent"].includes(column.kind);
  const make = (tag, css, text) => { const made = document.createElement(tag); if (css) made.className = css; if (text !== undefined) made.textContent = text; return made; };
  const icon = (name) => one(`[data-icon=${name}]`, one("template[data-icons]").content).firstElementChild.cloneNode(true);
  const PAGE = 10, SPARE = 1, FIRST = 6, STEPS = 60;

  /* --- the rows ----------------------------------------------------------------------------- */
  let rows = [], serial = 0, submission = boot.submission, hasDraft = boot.draft.length > 0, show = "all";
  const blankCells = () => Object.fromEntries(names.map((name) => [name, ""]));
  function rowOf(kept = {}) {
    serial += 1;
    const cells = { ...blankCells(), ...kept.cells };
    return { id: serial, key: kept.key || "", cells, base: kept.key ? { ...cells } : null, who: kept.who, mine: kept.mine === true,
      given: kept.given || null, url: kept.url || "", pick: kept.pick || "", more: kept.more || [], told: {}, mended: {}, picked: false };
  }
  const isBlank = (row) => !row.key && names.every((name) => !row.cells[name] || (row.given && row.cells[name] === row.given[name]));
  const isFree = (row) => isBlank(row) && !row.given;
  const isUnsaved = (row) => (row.key ? row.mine || names.some((name) => row.cells[name] !== row.base[name]) : !isBlank(row));
  const copyOf = (row) => ({ ...row, cells: { ...row.cells }, mended: { ...row.mended } });
  function spare() {
    if (boot.fixed) return;
    const wanted = rows.some((row) => !isBlank(row)) ? SPARE : FIRST;
    while (rows.length < wanted || !isBlank(rows.at(-1))) rows.push(rowOf());
  }
  function load() {
    rows = boot.rows.map(rowOf);
    const pkOf = (key) => String(key || "").split(".")[0];
    const byKey = new Map(rows.map((row) => [pkOf(row.key), row]));
    boot.draft.forEach((kept) => {
      const cells = kept.cells && typeof kept.cells === "object" ? kept.cells : {};
      const known = kept.key ? byKey.get(pkOf(kept.key)) : boot.fixed ? rows.find((row) => !row.key && row.given && row.cells[boot.fixed] === cells[boot.fixed]) : null;
      if (kept.key && !known) return;
      const row = known || rowOf();
      names.forEach((name) => { if (typeof cells[name] === "string") row.cells[name] = cells[name]; });
      if (known) row.key = kept.key || "";
      row.who = kept.who; row.mine = kept.mine === true;
      if (!known && !isBlank(row)) rows.push(row);
    });
    spare();
  }
  const undone = [], redone = [];
  function remember() { undone.push(rows.map(copyOf)); if (undone.length > STEPS) undone.shift(); redone.length = 0; }
  function back(from, to) {
    if (!from.length) return;
    to.push(rows.map(copyOf));
    rows = from.pop();
    one("[data-notice]").hidden = true;
    spare(); draw(); touched();
    go(Math.min(at.row, rows.length - 1), at.col);
  }

  /* --- drawing ------------------------------------------------------------------------------ */
  const sheet = one("[data-sheet]"), table = make("table", "g"), head = make("thead"), body = make("tbody");
  const parts = new Map(); // row id -> its line of the table, its cells, the line below it
  function frame() {
    table.setAttribute("role", "grid");
    table.setAttribute("aria-label", words.table);
    const line = make("tr"), number = make("th", "no");
    number.scope = "col"; number.append(make("span", "sr", words.row)); line.append(number);
    const longest = (column) => (column.choices.length ? Math.max(...column.choices.map((text) => text.length)) + 3 : column.width);
    const widthOf = (column) => (column.kind === "code" ? 16 : Math.max(column.choices.length ? 9.5 : 8, Math.min(longest(column), 20)));
    const wide = columns.reduce((sum, column) => sum + widthOf(column), 0);
    columns.forEach((column) => {
      const cell = make("th", isNumber(column) ? "n" : "", column.label);
      cell.scope = "col"; cell.style.width = `${(widthOf(column) / wide) * 100}%`; line.append(cell);
    });
    boot.beside.forEach((label) => { const cell = make("th", "bs", label); cell.scope = "col"; line.append(cell); });
    table.style.minWidth = `${wide * 6.6 + 54 + boot.beside.length * 76}px`;
    head.append(line); table.append(head, body); sheet.append(table);
    columns.forEach((column, place) => {
      if (!column.choices.length) return;
      const list = make("datalist"); list.id = `grid-list-${place}`;
      column.choices.forEach((choice) => { const option = make("option"); option.value = choice; list.append(option); });
      sheet.append(list);
    });
  }
  function lineOf(row) {
    const line = make("tr"), number = make("th", "no");
    number.scope = "row"; line.append(number);
    const cells = columns.map((column, place) => {
      const cell = make("td", column.kind === "text" ? "" : "tn"); cell.dataset.col = place; line.append(cell); return cell;
    });
    const beside = boot.beside.map(() => { const cell = make("td", "bs"); cell.setAttribute("aria-readonly", "true"); line.append(cell); return cell; });
    line.dataset.id = row.id;
    const made = { line, number, cells, beside, below: null, sign: "" };
    parts.set(row.id, made);
    return made;
  }
  const errorsOf = (row) => (row.told.problems || []).filter((problem) => problem.level === "error");
  const isWrong = (row) => row.told.state === "error" || row.told.state === "conflict";
  const isShown = (row) => show === "all" || (show === "wrong" ? isWrong(row) : row.told.state === "doubtful");
  function paint(row, place) {
    const part = parts.get(row.id) || lineOf(row), isHere = rows[at.row] === row;
    const sign = JSON.stringify([place, row.cells, row.told, row.mended, row.picked, isUnsaved(row), row.key, isHere ? at.col : -1, show, row.more]);
    if (part.sign === sign) return part;
    part.sign = sign;
    const state = row.told.state || "", css = isWrong(row) ? "e" : state === "doubtful" ? "w" : "";
    part.line.className = `${css}${row.picked ? " sel" : ""}`.trim();
    part.line.hidden = !isShown(row);
    paintNumber(row, place, part.number);
    names.forEach((name, col) => paintCell(row, place, name, col, part.cells[col]));
    part.beside.forEach((cell, index) => {
      cell.textContent = row.more[index] || "";
      if (index === 0 && row.url && row.key) { const link = make("a", "", cell.textContent || words.open); link.href = row.url; link.tabIndex = -1; link.setAttribute("aria-label", `${row.cells[names[0]]}: ${cell.textContent}`); cell.replaceChildren(link); }
    });
    paintBelow(row, place, part);
    return part;
  }
  function paintNumber(row, place, cell) {
    cell.replaceChildren();
    if (!isBlank(row)) {
      const box = make("input"); box.type = "checkbox"; box.checked = row.picked; box.tabIndex = -1; box.dataset.pick = ""; box.name = "pick"; box.value = row.pick;
      box.setAttribute("form", "picked"); box.setAttribute("aria-label", `${words.choose}: ${words.row} ${place + 1}`);
      cell.append(box);
    }
    cell.append(make("span", "", String(place + 1)));
    if (isUnsaved(row)) { const dot = make("i", "dot"); dot.title = words.unsaved; dot.append(make("span", "sr", words.unsaved)); cell.append(dot); }
  }
  function paintCell(row, place, name, col, cell) {
    const problem = (row.told.problems || []).find((found) => found.column === name), isBad = problem && problem.level === "error";
    const suspect = row.told.state === "doubtful" && col === 0, mended = row.mended[name];
    cell.className = [columns[col].kind === "text" ? "" : isNumber(columns[col]) ? "tn n" : "tn", isBad ? "bad" : suspect ? "sus" : mended !== undefined ? "mended" : ""].join(" ").trim();
    const text = row.cells[name] || "";
    if (!cell.contains(box)) { if (cell.textContent !== text) cell.textContent = text; }
    if (isBad) cell.setAttribute("aria-invalid", "true"); else cell.removeAttribute("aria-invalid");
    cell.title = isBad ? problem.message : mended !== undefined ? words.mended.replace("{text}", mended) : text.length > 18 ? text : "";
    if (!cell.title) cell.removeAttribute("title");
    if (cell.contains(box)) describe(row, place, col, problem);
  }
  function paintBelow(row, place, part) {
    const told = row.told, messages = told.problems || [], lines = [];
    const button = (label, act) => { const made = make("button", "fix", label); made.type = "button"; made.tabIndex = -1; made.addEventListener("click", act); return made; };
    const line = (css, sign, text, buttons) => {
      const found = make("p", `ln ${css}`); found.append(icon(sign), make("span", "", text), ...buttons); lines.push(found);
    };
    messages.forEach((problem) => {
      const fixes = problem.fixes.map((fix) => button(fix.label, () => put(row, problem.column, fix.text)));
      line(problem.level === "error" ? "" : "h", problem.level === "error" ? "error" : "warning", problem.message, fixes);
    });
    if (told.state === "doubtful") {
      const known = told.candidates || [];
      const text = known.map((person) => [person.label, person.detail].filter(Boolean).join(", ")).join("; ");
      const same = known.map((person) => button(known.length > 1 ? `${words.same}: ${person.label}` : words.same, () => decide(row, { who: person.id })));
      line("h", "warning", `${words.possibly} ${text}`, [...same, button(words.other, () => decide(row, { who: 0 }))]);
    }
    if (told.state === "conflict") {
      const text = (told.changes || []).map(([label, theirs, mine]) => words.clash.replace("{column}", label).replace("{theirs}", theirs).replace("{mine}", mine)).join(" ");
      line("", "error", `${words.conflict} ${text}`, [button(words.keep, () => decide(row, { mine: true })), button(words.take, () => takeTheirs(row))]);
    }
    if (part.below) { part.below.remove(); part.below = null; }
    if (!lines.length || !isShown(row)) return;
    const below = make("tr", told.state === "doubtful" || !errorsOf(row).length && told.state !== "conflict" ? "rw" : "re"), cell = make("td", "rm");
    below.id = `grid-note-${row.id}`; below.append(make("th", "no")); below.firstChild.setAttribute("aria-hidden", "true");
    cell.colSpan = columns.length + boot.beside.length; cell.append(...lines); below.append(cell);
    part.below = below;
    if (part.line.isConnected) part.line.after(below);
  }
  function draw() {
    const known = new Set(rows.map((row) => row.id)), pieces = document.createDocumentFragment();
    [...parts.keys()].forEach((id) => { if (!known.has(id)) parts.delete(id); });
    rows.forEach((row, place) => { const part = paint(row, place); pieces.append(part.line); if (part.below) pieces.append(part.below); });
    body.replaceChildren(pieces);
    table.setAttribute("aria-rowcount", rows.length + 1);
    counts();
  }
  function repaint() { rows.forEach((row, place) => { const part = paint(row, place); if (part.below && !part.below.isConnected) part.line.after(part.below); }); counts(); }
  function counts() {
    const number = { all: rows.filter((row) => !isBlank(row)).length, wrong: rows.filter(isWrong).length, doubt: rows.filter((row) => row.told.state === "doubtful").length };
    all("[data-show]").forEach((button) => { one("b", button).textContent = number[button.dataset.show].toLocaleString(document.documentElement.lang); button.setAttribute("aria-pressed", String(button.dataset.show === show)); });
  }

  /* --- the box in the current cell ------------------------------------------------------------ */
  const box = make("input", "ed");
  let at = { row: 0, col: 0 }, isEditing = false, isEntering = false, runStart = 0, isMoving = false;
  box.autocomplete = "off"; box.spellcheck = false; box.setAttribute("aria-label", words.table);
  const here = () => rows[at.row], nameHere = () => names[at.col];
  function describe(row, place, col, problem) {
    box.setAttribute("aria-label", `${columns[col].label}, ${words.row} ${place + 1}`);
    if (problem && problem.level === "error") box.setAttribute("aria-invalid", "true"); else box.removeAttribute("aria-invalid");
    if (problem || row.told.state === "doubtful") box.setAttribute("aria-describedby", `grid-note-${row.id}`); else box.removeAttribute("aria-describedby");
  }
  function stand(focus) {
    const row = here(), part = parts.get(row.id), cell = part.cells[at.col];
    isMoving = true;
    if (box.parentElement && box.parentElement !== cell) {
      const left = box.parentElement, known = rows.find((found) => found.id === Number(left.parentElement.dataset.id));
      left.textContent = known ? known.cells[names[left.dataset.col]] : "";
    }
    if (!cell.contains(box)) { cell.textContent = ""; cell.append(box); }
    isMoving = false;
    box.value = row.cells[nameHere()] || "";
    isEditing = false;
    box.classList.add("ready");
    if (columns[at.col].choices.length) box.setAttribute("list", `grid-list-${at.col}`); else box.removeAttribute("list");
    if (focus) { box.focus({ preventScroll: true }); box.select(); cell.scrollIntoView({ block: "nearest", inline: "nearest" }); }
  }
  function go(row, col, focus = true) {
    commit();
    const before = at;
    at = { row: Math.max(0, Math.min(row, rows.length - 1)), col: Math.max(0, Math.min(col, names.length - 1)) };
    stand(focus);
    [before.row, at.row].forEach((place) => { if (rows[place]) paint(rows[place], place); });
  }
  function step(by) {
    let place = at.row + by;
    while (rows[place] && !isShown(rows[place])) place += by;
    return rows[place] ? place : at.row;
  }
  function commit() {
    if (!isEditing) return;
    isEditing = false;
    const text = box.value.trim(), row = here(), name = nameHere();
    box.classList.add("ready");
    if (text !== row.cells[name]) change(row, name, text);
  }
  function change(row, name, text) {
    remember();
    if (isBlank(row) && text) Object.assign(row.cells, boot.usual);
    row.cells[name] = text;
    delete row.mended[name];
    if (row.told.problems) row.told = { ...row.told, problems: row.told.problems.filter((problem) => problem.column !== name) };
    if (row.who !== undefined && !row.key) row.who = undefined;
    grow(); touched();
  }
  function grow() {
    const had = rows.length;
    spare();
    for (let place = had; place < rows.length; place += 1) body.append(paint(rows[place], place).line);
    if (rows.length !== had) table.setAttribute("aria-rowcount", rows.length + 1);
    repaint();
  }
  function put(row, name, text) {
    const place = rows.indexOf(row), col = names.indexOf(name);
    commit();
    if (col >= 0) change(row, name, text);
    go(place, Math.max(col, 0));
    check(0);
  }
  function decide(row, decision) { commit(); remember(); Object.assign(row, decision); row.told = { state: row.told.state === "conflict" ? "changed" : "new" }; repaint(); touched(); go(rows.indexOf(row), at.col); check(0); }
  function takeTheirs(row) {
    const theirs = row.told.theirs;
    if (!theirs) return;
    remember();
    Object.assign(row, { key: theirs.key, cells: { ...blankCells(), ...theirs.cells }, mine: false, told: {} });
    row.base = { ...row.cells };
    repaint(); touched(); go(rows.indexOf(row), at.col); check(0);
  }

  box.addEventListener("compositionstart", () => { isEditing = true; box.classList.remove("ready"); });
  box.addEventListener("input", () => { isEditing = true; box.classList.remove("ready"); });
  box.addEventListener("focus", () => { if (!isEditing) box.select(); });
  box.addEventListener("blur", () => { if (!isMoving) { commit(); isEntering = false; } });
  const keys = {
    Escape: () => { if (!isEditing && !isEntering) return false; box.value = here().cells[nameHere()]; isEditing = isEntering = false; box.classList.add("ready"); box.select(); if (!hasDraft && !rows.some(isUnsaved)) clean(); return true; },
    Enter: (event) => {
      if (event.altKey) { const fix = parts.get(here().id).below && one("button", parts.get(here().id).below); if (fix) fix.click(); return true; }
      const col = isEntering ? runStart : at.col, wasEditing = isEditing;
      commit(); go(step(event.shiftKey ? -1 : 1), col); if (wasEditing) isEntering = true; runStart = col; return true;
    },
    Tab: (event) => {
      if (!isEditing && !isEntering) return false;
      if (!isEntering) { isEntering = true; runStart = at.col; }
      commit();
      let col = at.col + (event.shiftKey ? -1 : 1), row = at.row;
      if (col >= names.length) { row = step(1); if (row === at.row) return false; col = 0; }
      if (col < 0) { row = step(-1); if (row === at.row) return false; col = names.length - 1; }
      const start = runStart; go(row, col); runStart = row === at.row ? start : 0; isEntering = true; return true;
    },
    F2: () => { isEditing = true; box.classList.remove("ready"); box.setSelectionRange(box.value.length, box.value.length); return true; },
    Delete: () => { if (isEditing) return false; if (here().cells[nameHere()]) { change(here(), nameHere(), ""); stand(true); } return true; },
    Backspace: () => keys.Delete(),
    ArrowDown: (event) => {
      if (isEditing && columns[at.col].choices.length) return false;
      const below = parts.get(here().id).below, fix = below && one("button", below);
      if (!isEditing && fix && !event.ctrlKey) { fix.focus(); return true; }
      return walk(event.ctrlKey ? rows.length : step(1), at.col);
    },
    ArrowUp: (event) => (isEditing && columns[at.col].choices.length ? false : walk(event.ctrlKey ? 0 : step(-1), at.col)),
    ArrowLeft: () => (isEditing ? false : walk(at.row, at.col - 1)),
    ArrowRight: () => (isEditing ? false : walk(at.row, at.col + 1)),
    Home: (event) => (isEditing ? false : walk(event.ctrlKey ? 0 : at.row, 0)),
    End: (event) => (isEditing ? false : walk(event.ctrlKey ? rows.length : at.row, names.length)),
    PageDown: () => walk(at.row + PAGE, at.col),
    PageUp: () => walk(at.row - PAGE, at.col),
  };
  function walk(row, col) { isEntering = false; go(row, col); runStart = at.col; return true; }
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const ctrl = event.ctrlKey || event.metaKey, key = event.key.toLowerCase();
    let done = false;
    if (ctrl && !event.altKey && key === "d") done = fillDown();
    else if (ctrl && !event.altKey && key === "z" && !isEditing) { if (event.shiftKey) back(redone, undone); else back(undone, redone); done = true; }
    else if (ctrl && !event.altKey && key === "y" && !isEditing) { back(redone, undone); done = true; }
    else if (ctrl && key === "enter" && here().url) { location.href = here().url; done = true; }
    else if (event.key === " " && event.shiftKey && !isEditing) { pick(here(), !here().picked); done = true; }
    else if (keys[event.key]) done = keys[event.key](event);
    if (done) { event.preventDefault(); event.stopPropagation(); }
  });
  function fillDown() {
    const above = rows[at.row - 1];
    if (above) { if (isEditing) { isEditing = false; box.classList.add("ready"); } change(here(), nameHere(), above.cells[nameHere()]); stand(true); }
    return true;
  }
  body.addEventListener("mousedown", (event) => {
    const cell = event.target.closest("td[data-col]");
    if (!cell || event.button !== 0 || event.target === box) { if (event.target === box && !isEditing && document.activeElement === box) { isEditing = true; box.classList.remove("ready"); } return; }
    event.preventDefault();
    const row = rows.findIndex((found) => found.id === Number(cell.parentElement.dataset.id));
    isEntering = false; go(row, Number(cell.dataset.col)); runStart = at.col;
  });
  body.addEventListener("keydown", (event) => {
    const below = event.target.closest("tr.re,tr.rw");
    if (!below || event.target.tagName !== "BUTTON" || event.isComposing) return;
    const buttons = all("button", below), place = buttons.indexOf(event.target);
    const moves = { ArrowRight: 1, ArrowLeft: -1 };
    if (moves[event.key]) { const next = buttons[place + moves[event.key]]; if (next) next.focus(); }
    else if (event.key === "ArrowDown") go(step(1), at.col);
    else if (event.key === "ArrowUp" || event.key === "Escape") go(at.row, at.col);
    else return;
    event.preventDefault(); event.stopPropagation();
  });
  function pick(row, isPicked) {
    row.picked = isPicked && !isBlank(row);
    const number = rows.filter((found) => found.picked).length;
    all("[data-bulk]").forEach((bar) => { bar.hidden = number === 0; all("[data-count]", bar).forEach((place) => { place.textContent = number; }); });
    repaint();
  }
  body.addEventListener("change", (event) => {
    if (!event.target.matches("[data-pick]")) return;
    event.stopPropagation();
    pick(rows.find((found) => found.id === Number(event.target.closest("tr").dataset.id)), event.target.checked);
  });

  /* --- pasting ------------------------------------------------------------------------------ */
  async function paste(text) {
    commit();
    const start = { ...at };
    let read;
    one("[data-trouble]").hidden = true;
    one("[data-trouble]").dataset.stays = "";
    try { read = await ask({ do: "paste", text, first: names[start.col] }); } catch (wrong) { return trouble(wrong); }
    if (!read.rows.length) return;
    const filled = rows.length - [...rows].reverse().findIndex((row) => !isFree(row)), end = rows.some((row) => !isFree(row)) ? filled : 0;
    const meetsSaved = read.rows.length > 1 && rows.slice(start.row, start.row + read.rows.length).some((row) => row.key);
    const isInPlace = boot.fixed && !read.columns.includes(boot.fixed);
    const first = !isInPlace && (read.has_header || meetsSaved || boot.fixed) ? end : start.row;
    if (isInPlace) read.rows = read.rows.slice(0, rows.length - first);
    if (first + read.rows.length > boot.most) return trouble({ message: words.many, wizard: boot.wizard, stays: true });
    remember();
    let next = first;
    const places = read.rows.map((_, index) => read.places?.[index] ?? next++);
    read.rows.forEach((cells, index) => {
      const place = places[index];
      if (!rows[place]) rows[place] = rowOf();
      const row = rows[place];
      Object.assign(row.cells, cells);
      Object.keys(cells).forEach((name) => { delete row.mended[name]; });
      row.told = {}; row.who = undefined;
    });
    spare(); draw(); go(Math.min(...places), has(read.columns, start.col) ? start.col : 0); touched();
    await check(0, { rows: read.rows.length, columns: read.columns.length, told: read.told });
  }
  const has = (found, col) => found.includes(names[col]);
  const isTable = (text) => /[\t\n\r]/.test(text.replace(/[\r\n]+$/, ""));
  function pasted(event, text) {
    if (!boot.may_add && !here().key) return;
    if (isTable(text)) { event.preventDefault(); paste(text); }
    else if (!isEditing && event.target === box) { event.preventDefault(); change(here(), nameHere(), text.trim()); stand(true); }
  }
  document.addEventListener("paste", (event) => {
    const typing = event.target !== box && /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName || "");
    if (!typing && event.clipboardData) pasted(event, event.clipboardData.getData("text/plain"));
  });
  const dialog = one("#grid-paste");
  one("[data-grid-paste]").addEventListener("click", async () => {
    let text = "";
    try { text = await navigator.clipboard.readText(); } catch { text = ""; }
    if (text) { stand(true); paste(text); } else if (dialog && dialog.showModal) { one("textarea", dialog).value = ""; dialog.showModal(); one("textarea", dialog).focus(); }
  });
  if (dialog) {
    one("[data-take]", dialog).addEventListener("click", () => { const text = one("textarea", dialog).value; dialog.close(); stand(true); if (text.trim()) paste(text); });
  }

  /* --- asking the server ---------------------------------------------------------------------- */
  const token = () => (document.cookie.match("(?:^|; )(?:__Host-csrf|csrftoken)=([^;]*)") || [])[1] || one("[name=csrfmiddlewaretoken]", form).value;
  async function ask(question) {
    let answer, said;
    try {
      answer = await fetch(location.pathname, { method: "POST", credentials: "same-origin", body: JSON.stringify({ ...question, by: boot.by }),
        headers: { "Content-Type": "application/json", "X-CSRFToken": token(), "X-Requested-With": "XMLHttpRequest" } });
    } catch { throw { message: words.offline }; }
    if (answer.redirected || answer.status === 403) throw { message: words.ended, signIn: true };
    try { said = await answer.json(); } catch { throw { message: words.failed }; }
    if (!answer.ok) throw { message: said.error || words.failed, wizard: said.wizard, stays: Boolean(said.error), closed: said.closed && said };
    if (!one("[data-trouble]").dataset.stays) one("[data-trouble]").hidden = true;
    return said;
  }
  function trouble(wrong) {
    const place = one("[data-trouble]"), text = one("p", place);
    text.textContent = wrong.message || words.failed;
    if (wrong.signIn) link(text, words.signIn, `${form.dataset.signIn}?next=${encodeURIComponent("/")}`, true);
    if (wrong.wizard) link(text, words.wizard, wrong.wizard, false);
    if (wrong.closed) askReason(text, wrong);
    place.dataset.stays = wrong.stays || wrong.wizard ? "1" : "";
    place.hidden = false;
    if (wrong instanceof Error) throw wrong;
  }
  /* Closed days change only for a reason: the same rows are sent again with it. */
  function askReason(place, wrong) {
    const label = make("label", "fld", words.why), why = make("input", "in"), send = make("button", "btn s p", words.amend);
    why.maxLength = wrong.closed.most; why.required = true; send.type = "button";
    const again = () => { if (why.value.trim()) save(wrong.only, { [wrong.closed.field]: why.value.trim() }); else why.focus(); };
    send.addEventListener("click", again);
    why.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); again(); } });
    label.append(why); place.append(label, send);
    setTimeout(() => why.focus());
  }
  function link(place, label, address, isApart) { const made = make("a", "", label); made.href = address; if (isApart) made.target = "_blank"; place.append(" ", made); }
  function message() {
    const sent = new Map(), list = [];
    rows.forEach((row, place) => {
      if (isBlank(row)) return;
      const said = { n: place + 1, cells: { ...row.cells } };
      if (row.key) said.key = row.key;
      if (Number.isInteger(row.who)) said.who = row.who;
      if (row.mine) said.mine = true;
      list.push(said); sent.set(place + 1, { row, cells: { ...row.cells } });
    });
    return { list, sent };
  }
  let timer = 0, isAsking = false, isAgain = false;
  function check(wait = 300, about = null) {
    clearTimeout(timer);
    return new Promise((resolve) => { timer = setTimeout(() => resolve(asked(about)), wait); });
  }
  async function asked(about) {
    if (isAsking) { isAgain = about || isAgain || true; return; }
    isAsking = true;
    const { list, sent } = message();
    try { take(await ask({ do: "check", rows: list, pasted: about }), sent); } catch (wrong) { trouble(wrong); }
    isAsking = false;
    if (isAgain) { const next = isAgain === true ? null : isAgain; isAgain = false; check(0, next); }
  }
  function take(answer, sent) {
    answer.rows.forEach((told) => {
      const known = sent.get(told.n);
      if (!known || !rows.includes(known.row)) return;
      const row = known.row, { cells, mended, ...rest } = told;
      if (told.saved) settle(row, told, known.cells);
      else {
        const changed = names.some((name) => row.cells[name] !== known.cells[name]);
        if (!changed) row.told = rest;
        if (!row.key || isUnsaved(row)) Object.entries(cells || {}).forEach(([name, text]) => {
          if (row.cells[name] !== known.cells[name] || (isEditing && here() === row && nameHere() === name)) return;
          if ((told.mended || []).includes(name)) row.mended[name] = row.cells[name];
          row.cells[name] = text;
        });
      }
    });
    rows.filter(isBlank).forEach((row) => { row.told = {}; });
    summary(answer);
    if (!isEditing && document.activeElement === box) { box.value = here().cells[nameHere()] || ""; box.select(); }
    repaint();
    form.dataset.checked = String(Number(form.dataset.checked || 0) + 1);
  }
  function settle(row, told, sentCells) {
    const cells = { ...blankCells(), ...told.cells };
    names.forEach((name) => { if (row.cells[name] === sentCells[name]) row.cells[name] = cells[name]; });
    Object.assign(row, { key: told.key, base: cells, who: undefined, mine: false, told: {}, mended: {}, url: told.url || "", pick: told.pick || "", more: told.more || [] });
  }
  function summary(answer) {
    const about = answer.summary, place = one("[data-summary]");
    place.hidden = !(about.wrong || about.doubtful);
    place.classList.toggle("calm", !about.wrong);
    one("h2", place).textContent = about.title || words.nothing;
    list(one("[data-wrong]", place), about.lines, "");
    one("[data-look]", place).hidden = !about.doubtful;
    list(one("[data-doubtful]", place), about.look, "wl");
    const good = one("[data-save-good]", place);
    good.hidden = !about.save_good; good.textContent = about.save_good;
    document.title = about.title ? `${words.error} ${about.title} – ${title}` : title;
    const sums = one("[data-tally]");
    if (sums) sums.replaceChildren(...answer.tally.map((line) => {
      const made = make("div"), number = make("b", "tn", line.number);
      if (line.note) number.append(" ", make("span", "mut", line.note));
      made.append(make("span", "", line.label), number);
      return made;
    }));
    if (answer.notice) notice(answer.notice.head, answer.notice.text, true);
  }
  function list(place, lines, css) {
    place.replaceChildren(...lines.map((line) => {
      const item = make("li"), made = make("a", css, line.text);
      made.href = `#grid-form`; made.addEventListener("click", (event) => { event.preventDefault(); display("all"); go(line.n - 1, Math.max(names.indexOf(line.column), 0)); });
      item.append(made); return item;
    }));
  }
  function notice(headline, text, canUndo) {
    const place = one("[data-notice]");
    one("b", place).textContent = headline; one("span", place).textContent = ` ${text || ""}`;
    one("[data-undo]", place).hidden = !canUndo; place.hidden = false;
  }
  const title = document.title;
  one("[data-undo]").addEventListener("click", () => { back(undone, redone); box.focus(); });

  /* --- saving, and what is kept meanwhile ----------------------------------------------------- */
  let isSaving = false;
  async function save(only, reason = {}) {
    commit(); isEntering = false;
    if (isSaving) return;
    isSaving = true;
    const { list: wanted, sent } = message();
    try {
      const answer = await ask({ do: "save", rows: wanted, only, submission, ...reason });
      submission = answer.submission; delete one("[data-trouble]").dataset.stays; one("[data-trouble]").hidden = true;
      take(answer, sent);
      hasDraft = rows.some(isUnsaved);
      if (answer.saved) { undone.length = redone.length = 0; }
      if (answer.refused) { notice(answer.refused, "", false); one("[data-summary]").focus(); }
      else {
        notice(answer.message || words.nothingNew, "", false);
        clean();
        if (answer.summary.wrong || answer.summary.doubtful) one("[data-summary]").focus(); else stand(document.activeElement === box);
      }
    } catch (wrong) { trouble(wrong.closed ? { ...wrong, only } : wrong); }
    isSaving = false;
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault(); event.stopPropagation();
    save(event.submitter && event.submitter.hasAttribute("data-save-good") ? "good" : "all");
  });
  const clean = () => form.dispatchEvent(new CustomEvent("form:saved", { bubbles: true }));
  function touched() {
    if (!hasDraft && !rows.some(isUnsaved)) clean();
    else { hasDraft = true; form.dispatchEvent(new Event("change", { bubbles: true })); }
    check();
  }
  /* What is done with the chosen rows leads to another page: what is unsaved is kept before. */
  const picked = one("#picked");
  if (picked) picked.addEventListener("submit", async (event) => {
    commit();
    if (event.submitter === drop) leave(chosen().filter((row) => !row.key));
    if (!hasDraft) return;
    event.preventDefault(); event.stopPropagation();
    const action = make("input"); action.type = "hidden"; action.name = event.submitter.name; action.value = event.submitter.value;
    picked.append(action);
    try { await fetch(form.dataset.draftUrl, { method: "POST", body: new FormData(form), credentials: "same-origin", headers: { "X-CSRFToken": token() } }); } catch { return trouble({ message: words.offline }); }
    clean(); picked.submit();
  });
  form.addEventListener("formdata", (event) => {
    const row = here(), name = nameHere();
    const list = message().list.filter((said) => { const known = rows[said.n - 1]; return isUnsaved(known) || (isEditing && known === row); });
    if (isEditing) {
      const own = list.find((said) => said.n === at.row + 1);
      if (own) own.cells[name] = box.value; else if (box.value) list.push({ n: at.row + 1, cells: { ...row.cells, [name]: box.value } });
    }
    event.formData.set("rows", JSON.stringify(list));
    event.formData.set("csrfmiddlewaretoken", token());
    event.formData.delete("pasted");
  });

  /* --- filters, problems, rows that go -------------------------------------------------------- */
  function display(what) { show = what; draw(); const first = rows.findIndex(isShown); if (!isShown(here()) && first >= 0) go(first, at.col, false); }
  all("[data-show]").forEach((button) => button.addEventListener("click", () => display(button.dataset.show)));
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.key !== "F8") return;
    event.preventDefault();
    commit();
    const places = [];
    rows.forEach((row, place) => {
      const found = [...new Set(errorsOf(row).map((problem) => Math.max(names.indexOf(problem.column), 0)))];
      if (!found.length && (isWrong(row) || row.told.state === "doubtful")) found.push(0);
      found.sort((a, b) => a - b).forEach((col) => places.push([place, col]));
    });
    if (!places.length) return;
    const order = ([row, col]) => row * 1000 + col, now = order([at.row, at.col]);
    const next = event.shiftKey ? [...places].reverse().find((place) => order(place) < now) || places.at(-1) : places.find((place) => order(place) > now) || places[0];
    if (!isShown(rows[next[0]])) display("all");
    go(...next);
  });
  const drop = one("[data-drop-rows]");
  const chosen = () => rows.filter((row) => row.picked);
  function leave(gone) {
    if (!gone.length) return;
    remember();
    rows = rows.filter((row) => !gone.includes(row));
    spare(); draw(); go(Math.min(at.row, rows.length - 1), at.col, false); touched(); pick(here(), false);
  }
  if (drop) drop.addEventListener("click", (event) => { if (chosen().every((row) => !row.key)) { event.preventDefault(); leave(chosen()); } });

  load(); frame();
  all("[data-bulk]").forEach((bar) => { bar.hidden = true; });
  one("[data-grid-card]").hidden = false;
  draw();
  const free = rows.findIndex(isBlank);
  at = { row: Math.max(free, 0), col: 0 };
  stand(false);
  repaint();
  if (rows.some((row) => !isBlank(row))) check(0);
  if (hasDraft) notice(words.restored, "", false);
})();
