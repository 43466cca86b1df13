"use strict";
{
  const controls = document.querySelector(".controls"), board = document.querySelector(".board");
  const fields = ["find", "verdict", "order"];
  const [find, verdict, order] = fields.map(n => controls.querySelector(`[name=${n}]`));
  const bodies = [...board.tBodies], heads = [...board.querySelectorAll(".group")];
  const rows = [...board.querySelectorAll(".one")].map((row, place) => ({
    row, place, home: row.parentNode, text: row.textContent.toLowerCase(), name: row.id, ...row.dataset,
  }));
  const best = {
    level: ["world-class", "good", "result", "none", ""],
    verdict: [...verdict.options].map(option => option.value).filter(Boolean).concat(""),
  };
  let backwards = false;
  const compare = (a, b) => {
    const key = order.value, way = backwards ? -1 : 1;
    if (key === "name") return way * a.name.localeCompare(b.name);
    if (key === "skill" && a.skill !== b.skill) // without a value comes last, either way
      return !a.skill - !b.skill || way * (b.skill - a.skill);
    if (key in best && a[key] !== b[key]) return way * (best[key].indexOf(a[key]) - best[key].indexOf(b[key]));
    return a.place - b.place;
  };
  const show = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const sorted = order.value !== "";
    let seen = 0;
    for (const one of [...rows].sort(compare)) {
      const hit = words.every(word => one.text.includes(word))
        && (!verdict.value || one.verdict === verdict.value);
      one.row.hidden = !hit;
      seen += hit;
      (sorted ? bodies[0] : one.home).append(one.row);
    }
    for (const head of heads)
      head.hidden = sorted || !head.parentNode.querySelector(".one:not([hidden])");
    controls.querySelector("output").value = seen === rows.length ? ""
      : seen ? `${seen} of ${rows.length}` : `None of ${rows.length} benchmarks fits; empty the fields to see all.`;
    for (const head of board.querySelectorAll("[data-order]"))
      head.ariaSort = head.dataset.order !== order.value ? null : backwards ? "descending" : "ascending";
  };
  // The address keeps what is shown, so that it can be sent to somebody.
  const keep = () => {
    const state = new URLSearchParams(fields.map(n => [n, controls.querySelector(`[name=${n}]`).value]).filter(([, value]) => value));
    if (backwards) state.set("backwards", "1");
    if (state.size || location.hash.includes("=")) history.replaceState(null, "", `#${state}`);
  };
  const restore = () => {
    const state = new URLSearchParams(location.hash.slice(1));
    if (!location.hash.includes("=")) return;
    find.value = state.get("find") || "";
    for (const field of [verdict, order])
      field.value = [...field.options].some(o => o.value === state.get(field.name)) ? state.get(field.name) : "";
    backwards = state.has("backwards") && order.value !== "";
  };
  for (const head of board.querySelectorAll("[data-order]")) {
    const button = document.createElement("button");
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const again = order.value === head.dataset.order;
      order.value = again && backwards ? "" : head.dataset.order;
      backwards = again && !backwards;
      keep();
      show();
    });
  }
  for (const event of ["input", "change"]) controls.addEventListener(event, told => {
    if (told.target === order) backwards = false;
    keep();
    show();
  });
  addEventListener("hashchange", () => { restore(); show(); });
  controls.hidden = false;
  restore();
  show();
}
