Object.assign(operations, {
  conv([x], {size, shape: [h, w, c], kernel: [kh, kw], pad, out, bias, activation}, take) {
    const kernel = take(kh * kw * c * size), b = bias ? take(size) : null, y = [];
    for (let r = 0; r < out[0]; r++) for (let q = 0; q < out[1]; q++) for (let f = 0; f < size; f++) {
      let sum = b ? b[f] : 0;
      for (let i = 0; i < kh; i++) for (let j = 0; j < kw; j++) {
        const row = r + i - pad[0], column = q + j - pad[1];
        if (row < 0 || row >= h || column < 0 || column >= w) continue;
        for (let k = 0; k < c; k++)
          sum += x[(row * w + column) * c + k] * kernel[((i * kw + j) * c + k) * size + f];
      }
      y.push(sum);
    }
    return activated(y, activation);
  },
  pool([x], {size, shape: [h, w, c]}) {
    const y = [];
    for (let r = 0; r + size <= h; r += size) for (let q = 0; q + size <= w; q += size)
      for (let k = 0; k < c; k++) {
        let most = -Infinity;
        for (let i = 0; i < size; i++) for (let j = 0; j < size; j++)
          most = Math.max(most, x[((r + i) * w + q + j) * c + k]);
        y.push(most);
      }
    return y;
  },
});

const pad = part("pad"), pen = pad.getContext("2d"), small = part("small").getContext("2d");
const grid = new OffscreenCanvas(32, 32).getContext("2d", {willReadFrequently: true});
let lines = [];
const trace = (to, place) => {
  to.lineCap = to.lineJoin = "round";
  for (const line of lines) {
    to.beginPath();
    for (const point of [line[0], ...line]) to.lineTo(...place(point));
    to.stroke();
  }
};
// The drawing as the data's digits are: upright, 20 by 32 of 32 by 32 pixels, three tenths of them ink.
const shrunk = () => {
  const points = lines.flat(), mean = k => points.reduce((sum, point) => sum + point[k], 0) / points.length;
  const [mx, my] = [mean(0), mean(1)], covariance = k =>
    points.reduce((sum, point) => sum + (point[1] - my) * (point[k] - [mx, my][k]), 0);
  const slant = covariance(0) / (covariance(1) || 1), upright = ([x, y]) => [x - slant * (y - my), y];
  const [xs, ys] = [0, 1].map(k => points.map(point => upright(point)[k]));
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [wide, high] = [Math.max(...xs) - left || 1, Math.max(...ys) - top || 1];
  let counts;
  for (let width = 2; width < 10; width += .5) {
    const tall = (32 - width) / high, broad = Math.min((20 - width) / wide, 1.5 * tall);
    grid.clearRect(0, 0, 32, 32);
    grid.lineWidth = width;
    trace(grid, point => {
      const [x, y] = upright(point);
      return [16 + (x - left - wide / 2) * broad, 16 + (y - top - high / 2) * tall];
    });
    counts = new Float32Array(64);
    grid.getImageData(0, 0, 32, 32).data.forEach((alpha, i) => {
      if (i % 4 === 3 && alpha > 127) counts[(i >> 9) * 8 + ((i >> 2) % 32 >> 2)] += 1;
    });
    if (counts.reduce((a, b) => a + b) > .3 * 1024) break;
  }
  return counts;
};
const look = input => {
  const image = small.createImageData(8, 8);
  input.forEach((v, i) => image.data.set([255 - 15.9 * v, 255 - 15.9 * v, 255 - 15.9 * v, 255], 4 * i));
  small.putImageData(image, 0, 0);
  show(input, []);
};
const draw = () => {
  pen.clearRect(0, 0, 256, 256);
  pen.lineWidth = 20;
  trace(pen, point => point);
  if (!lines.length) return;
  example.value = "";
  look(shrunk());
};
const begin = () => {
  lines = [];
  draw();
  look(Float32Array.from(data.examples[example.value || 0].values));
};
const point = event => [event.offsetX * 256 / pad.clientWidth, event.offsetY * 256 / pad.clientHeight];
pad.addEventListener("pointerdown", event => {
  pad.setPointerCapture(event.pointerId);
  lines.push([point(event)]);
  draw();
});
pad.addEventListener("pointermove", event => {
  if (event.buttons && lines.length) { lines.at(-1).push(point(event)); draw(); }
});
part("clear").addEventListener("click", () => { example.value = "0"; begin(); });
example.addEventListener("change", begin);
begin();
