"use strict";
{
  const controls = document.querySelector(".controls"), table = document.querySelector(".tasks");
  const [find, order, down] = ["find", "order", "down"].map(n => controls.querySelector(`[name=${n}]`));
  const body = table.tBodies[0], heads = [...table.querySelectorAll("th[data-sort]")];
  const rows = [...body.rows].map((row, place) => ({row, place, text: row.textContent.toLowerCase()}));
  const compare = (a, b) => {
    const [x, y] = [a.row.dataset[order.value], b.row.dataset[order.value]];
    if (!x || !y) return (x ? 0 : 1) - (y ? 0 : 1);
    const numbers = !isNaN(x) && !isNaN(y);
    return (numbers ? x - y : x.localeCompare(y)) * (down.checked ? -1 : 1);
  };
  const show = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const sorted = [...rows].sort((a, b) => (order.value ? compare(a, b) : 0) || a.place - b.place);
    if (!order.value && down.checked) sorted.reverse();
    let seen = 0;
    for (const one of sorted) {
      one.row.hidden = !words.every(word => one.text.includes(word));
      seen += !one.row.hidden;
      body.append(one.row);
    }
    for (const head of heads)
      if (head.dataset.sort === order.value)
        head.setAttribute("aria-sort", down.checked ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    controls.querySelector("output").value = seen < rows.length ? `${seen} of ${rows.length}` : "";
  };
  for (const head of heads) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => {
      down.checked = order.value === head.dataset.sort && !down.checked;
      order.value = head.dataset.sort;
      show();
    });
    head.append(button);
  }
  for (const event of ["input", "change"]) controls.addEventListener(event, show);
  controls.hidden = false;
  show();
}
