"use strict";
{
  const controls = document.querySelector(".controls"), board = document.querySelector(".board");
  const [find, verdict, order] = ["find", "verdict", "order"].map(n => controls.querySelector(`[name=${n}]`));
  const bodies = [...board.tBodies], heads = [...board.querySelectorAll(".group")];
  const rows = [...board.querySelectorAll(".one")].map((row, place) => ({
    row, place, home: row.parentNode, text: row.textContent.toLowerCase(), name: row.id,
    verdict: row.dataset.verdict, level: row.dataset.level,
  }));
  const best = {
    level: ["world-class", "good", "result", "none", ""],
    verdict: ["better", "reproduced", "inconclusive", "worse", "not-comparable", "none", ""],
  };
  const rank = one => order.value in best ? best[order.value].indexOf(one[order.value]) : 0;
  const show = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const sorted = order.value !== "";
    const sequence = [...rows].sort((a, b) => rank(a) - rank(b)
      || (order.value === "name" ? a.name.localeCompare(b.name) : a.place - b.place));
    let seen = 0;
    for (const one of sequence) {
      const hit = words.every(word => one.text.includes(word))
        && (!verdict.value || one.verdict === verdict.value);
      one.row.hidden = !hit;
      seen += hit;
      (sorted ? bodies[0] : one.home).append(one.row);
    }
    for (const head of heads)
      head.hidden = sorted || !head.parentNode.querySelector(".one:not([hidden])");
    controls.querySelector("output").value = seen < rows.length ? `${seen} of ${rows.length}` : "";
  };
  for (const event of ["input", "change"]) controls.addEventListener(event, show);
  controls.hidden = false;
  show();
}
