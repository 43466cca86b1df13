"use strict";
const home = document.getElementById("try"), form = home.querySelector("form");
const part = name => home.querySelector(`[data-part=${name}]`);
const data = JSON.parse(part("data").textContent);
const text = data.weights.replaceAll("_", "+").replaceAll("é", "/");
const weights = new Float32Array(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer);

// The network: every step computes a value from those before it; value 0 is the input.
const activations = {
  linear: v => v, relu: v => Math.max(0, v), tanh: v => Math.tanh(v), elu: v => v > 0 ? v : Math.expm1(v),
  sigmoid: v => 1 / (1 + Math.exp(-v)), silu: v => v / (1 + Math.exp(-v)),
};
const activated = (x, name) => {
  if (name !== "softmax") return x.map(v => activations[name](v));
  const most = Math.max(...x), e = x.map(v => Math.exp(v - most)), sum = e.reduce((a, b) => a + b);
  return e.map(v => v / sum);
};
const each = f => xs => xs.reduce((a, b) =>
  Array.from({length: Math.max(a.length, b.length)}, (_, i) => f(a[i % a.length], b[i % b.length])));
const operations = {
  constant: (xs, s) => [s.value], concat: xs => xs.flatMap(x => [...x]),
  add: each((a, b) => a + b), subtract: each((a, b) => a - b),
  multiply: each((a, b) => a * b), divide: each((a, b) => a / b),
  average: xs => operations.add(xs).map(v => v / xs.length),
  square: ([x]) => x.map(v => v * v), sqrt: ([x]) => x.map(v => Math.sqrt(v)),
  cap: ([x], s) => x.map(v => Math.min(v, s.value)),
  activation: ([x], s) => activated(x, s.activation),
  affine([x], {size}, take) {
    const [centre, factor, offset] = [take(size), take(size), take(size)];
    return Array.from(x, (v, i) => (v - centre[i % size]) * factor[i % size] + offset[i % size]);
  },
  dense([x], {size, bias, activation}, take) {
    const kernel = take(x.length * size), y = bias ? [] : Array(size).fill(0);
    if (bias) y.push(...take(size));
    for (let i = 0; i < x.length; i++) for (let j = 0; j < size; j++) y[j] += x[i] * kernel[i * size + j];
    return activated(y, activation);
  },
};
const predict = input => {
  const values = [input];
  let used = 0;
  const take = n => weights.subarray(used, used += n);
  for (const step of data.steps)
    values.push(operations[step.op](step.of.map(i => values[i]), step, take));
  return [...values.at(-1)];
};

const fields = [...home.querySelectorAll("[name=field]")], example = form.elements.example;
const answer = form.elements.answer, bars = home.querySelector(".x-shares"), note = part("note");
const print = v => v.toLocaleString("en", {maximumSignificantDigits: 4, useGrouping: false});
const share = p => `${(100 * p).toFixed(1)} %`;
const show = (input, remarks) => {
  const [big, small] = answer.children, known = input.every(v => !Number.isNaN(v));
  const out = known ? predict(input) : [], top = out.indexOf(Math.max(...out));
  answer.dataset.outputs = JSON.stringify(out);
  note.textContent = known ? remarks.join(" ") : "A number is missing.";
  if (!known || !data.classes.length) {
    big.textContent = known ? `${print(out[0])} ${data.unit}` : "—";
    small.textContent = out.length > 1 ? `standard deviation ${print(out[1])}` : "";
    return bars.replaceChildren();
  }
  big.textContent = data.classes[top];
  small.textContent = share(out[top]);
  const order = out.map((p, i) => i).sort((a, b) => out[b] - out[a]).slice(0, 5);
  bars.replaceChildren(...order.map(i => {
    const line = document.createElement("li");
    line.append(Object.assign(document.createElement("span"), {textContent: data.classes[i]}),
      Object.assign(document.createElement("meter"), {value: out[i], ariaLabel: data.classes[i]}),
      Object.assign(document.createElement("span"), {textContent: share(out[i])}));
    return line;
  }));
};
form.addEventListener("submit", event => event.preventDefault());
for (const hidden of document.querySelectorAll("#try, .jump [href='#try']")) hidden.hidden = false;
