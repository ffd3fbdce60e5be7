"use strict";
// Filters, sorting, theme and printing. Without this script the page shows everything.
(() => {
  const byId = (id) => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const root = document.documentElement;

  // Theme: as the system has it, or one of the two.
  const theme = byId("theme");
  theme.hidden = false;
  theme.addEventListener("click", () => {
    const next = { system: "light", light: "dark", dark: "system" }[root.dataset.theme ?? "system"];
    root.dataset.theme = next;
    theme.textContent = "Theme: " + next;
  });

  // A finding that is opened gets a copy of what its check says.
  let printing = false;
  document.addEventListener("toggle", (event) => {
    const finding = event.target;
    if (printing || !finding.open || !finding.matches(".finding")) return;
    const see = finding.querySelector(":scope > .see");
    const about = byId("check-" + finding.dataset.check);
    if (!see || !about) return;
    const copy = about.cloneNode(true);
    copy.removeAttribute("id");
    see.replaceWith(copy);
  }, true);

  // On paper everything is open; afterwards all is as it was.
  let opened = [];
  addEventListener("beforeprint", () => {
    printing = true;
    opened = all("details:not([open])");
    for (const details of opened) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of opened) details.open = false;
    opened = [];
    setTimeout(() => { printing = false; });
  });

  const form = byId("filters");
  const reveal = () => {
    const target = location.hash && byId(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (form && target.closest(".object")?.hidden) clear();
    const details = target.closest("details");
    if (details && !details.open) details.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  if (!form) {
    reveal();
    return;
  }

  const query = byId("query");
  const chips = all(".chips button", form);
  const selects = all("select[data-filter]", form);
  const sort = byId("sort");
  const shown = byId("shown");
  const clearing = byId("clear");
  const objects = all(".object").map((element, order) => ({
    element,
    order,
    findings: all(".finding", element).map((finding) => ({ element: finding, text: null })),
    text: null,
  }));
  const total = objects.reduce((sum, object) => sum + object.findings.length, 0);

  // Text is gathered on the first search: most readers never search.
  const textOf = (item, selector) => {
    item.text ??= all(selector, item.element).map((part) => part.textContent.toLowerCase()).join(" ");
    return item.text;
  };

  const apply = () => {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    const severities = new Set(
      chips.filter((chip) => chip.ariaPressed === "true").map((chip) => chip.dataset.severity),
    );
    const chosen = selects.filter((select) => select.value).map((select) => [select.dataset.filter, select.value.slice(1)]);
    const ofObject = chosen.filter(([name]) => name !== "check");
    const check = chosen.find(([name]) => name === "check")?.[1];
    let count = 0;
    let objectCount = 0;
    for (const object of objects) {
      let any = false;
      const fits = ofObject.every(([name, value]) => object.element.dataset[name] === value);
      // Words that the object's header has need not be in the finding too.
      const left = fits ? words.filter((word) => !textOf(object, ":scope > header").includes(word)) : [];
      for (const finding of object.findings) {
        const { severity, check: id } = finding.element.dataset;
        const matches = fits
          && (!severities.size || severities.has(severity))
          && (!check || check === id)
          && left.every((word) => textOf(finding, "summary, .places").includes(word));
        if (finding.element.hidden === matches) finding.element.hidden = !matches;
        any ||= matches;
        count += matches;
      }
      if (object.element.hidden === any) object.element.hidden = !any;
      objectCount += any;
    }
    const filtered = words.length || severities.size || chosen.length;
    const noun = objectCount === 1 ? " object" : " objects";
    shown.textContent = (filtered ? count + " of " + total : total) + (total === 1 ? " finding" : " findings")
      + " on " + objectCount + noun;
    clearing.hidden = !filtered;
    byId("nothing").hidden = count > 0;
  };

  const orders = {
    worst: (a, b) => a.order - b.order,
    score: (a, b) => a.element.dataset.score - b.element.dataset.score || a.order - b.order,
    most: (a, b) => b.findings.length - a.findings.length || a.order - b.order,
    name: (a, b) => a.element.dataset.name.localeCompare(b.element.dataset.name) || a.order - b.order,
    file: (a, b) => a.element.dataset.file.localeCompare(b.element.dataset.file) || a.order - b.order,
  };
  const arrange = () => {
    const sorted = [...objects].sort(orders[sort.value]);
    byId("objects").replaceChildren(...sorted.map((object) => object.element));
  };

  function clear() {
    query.value = "";
    for (const select of selects) select.value = "";
    for (const chip of chips) chip.ariaPressed = "false";
    apply();
  }

  // One pass for a burst of keys.
  let waiting;
  query.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(apply, 120);
  });
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.ariaPressed = String(chip.ariaPressed !== "true");
      apply();
    });
  }
  for (const select of selects) select.addEventListener("change", apply);
  sort.addEventListener("change", arrange);
  clearing.addEventListener("click", clear);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    apply();
  });
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches?.("input, select, textarea");
    if (event.key === "/" && !typing) {
      event.preventDefault();
      query.focus();
      query.select();
    } else if (event.key === "Escape" && (!typing || event.target === query)) {
      clear();
      query.blur();
    }
  });

  form.hidden = false;
  // A browser that goes back brings the fields back as they were.
  apply();
  if (sort.value !== "worst") arrange();
  reveal();
})();
