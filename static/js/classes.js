/* Attendance: counts while marking, "the others are present", finding a name in the list. */
(() => {
  "use strict";
  const form = document.querySelector("[data-attendance]");
  if (!form) return;
  const all = (selector, inside = form) => [...inside.querySelectorAll(selector)];
  const put = (selector, number) => { const place = form.querySelector(selector); if (place) place.textContent = number.toLocaleString(document.documentElement.lang || "vi"); };
  const people = all(".m-list li");
  const marked = (item) => (item.querySelector("input:checked") || {}).value;
  function count() {
    const marks = people.map(marked);
    put("[data-count-present]", marks.filter((mark) => mark === "1").length);
    put("[data-count-absent]", marks.filter((mark) => mark === "0").length);
    put("[data-count-open]", marks.filter((mark) => mark === undefined).length);
  }
  const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[đĐ]/g, "d").toLowerCase();
  const find = form.querySelector("[data-find-name]"), rest = form.querySelector("[data-all-present]");
  if (find) {
    find.hidden = false;
    find.addEventListener("input", (event) => {
      event.stopPropagation();
      const words = plain(find.value).split(/\s+/).filter(Boolean);
      people.forEach((item) => { item.hidden = !words.every((word) => item.dataset.name.includes(word)); });
    });
    find.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  }
  if (rest) {
    rest.hidden = false;
    rest.addEventListener("click", () => {
      people.filter((item) => marked(item) === undefined).forEach((item) => { item.querySelector("input[value='1']").checked = true; });
      form.dispatchEvent(new Event("change", { bubbles: true }));
      count();
    });
  }
  form.addEventListener("change", count);
  count();
})();
/* Possible duplicates: one key for each answer, arrows from pair to pair. */
(() => {
  "use strict";
  const pairs = [...document.querySelectorAll("[data-pair]")];
  if (!pairs.length) return;
  const here = () => pairs.findIndex((pair) => pair.contains(document.activeElement));
  const go = (index) => { pairs[Math.max(0, Math.min(pairs.length - 1, index))].focus(); };
  if (location.hash === "#answered") pairs[0].focus({ preventScroll: true }); // the message with its undo stays in sight
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) || document.querySelector("dialog[open]")) return;
    const at = here();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      return go(at < 0 ? 0 : at + (event.key === "ArrowDown" ? 1 : -1));
    }
    const button = at >= 0 && /^[012]$/.test(event.key) && pairs[at].querySelector(`[data-answer="${event.key}"]`);
    if (button && !event.repeat) { event.preventDefault(); button.click(); }
  });
})();
