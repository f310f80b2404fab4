/* Time series that can be moved and zoomed; without scripts, and on paper, the drawing beside them stands in. */
const DAY = 86400000, LEFT = 46, RIGHT = 10, TOP = 18, FOOT = 22, LEAST_DAYS = 12;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const colour = (name) => getComputedStyle(root).getPropertyValue("--" + name).trim();
const dateOf = (day) => new Date(day * DAY);
const dayOf = (year, month) => Date.UTC(year, month, 1) / DAY;
const words = (value) => value === null ? "–" : String(Number(value.toPrecision(3))).replace("-", "\u2212");

function element(name, parent, settings = {}) {
  return parent.appendChild(Object.assign(document.createElement(name), settings));
}

function firstAtOrAfter(days, day) {
  let low = 0, high = days.length;
  while (low < high) { const middle = (low + high) >> 1; if (days[middle] < day) low = middle + 1; else high = middle; }
  return low;
}

function linearTicks(low, high, about) {
  const rough = (high - low) / about, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10, 20].find((factor) => (high - low) / (factor * power) <= about + 1.5);
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

function dateTicks(first, last, about) {
  const start = dateOf(first), months = (last - first) / 30.44;
  const stride = [0.25, 0.5, 1, 2, 3, 6, 12, 24, 36, 60, 120].find((length) => months / length <= about) || 240;
  const ticks = [];
  if (stride < 1) {
    const step = stride === 0.25 ? 7 : 14;
    for (let day = Math.ceil(first / step) * step; day <= last; day += step)
      ticks.push([day, `${dateOf(day).getUTCDate()} ${MONTHS[dateOf(day).getUTCMonth()]} ${dateOf(day).getUTCFullYear()}`]);
    return ticks;
  }
  const origin = stride >= 12 ? Math.floor(start.getUTCFullYear() / (stride / 12)) * (stride / 12) : start.getUTCFullYear();
  for (let i = 0; ; i += stride) {
    const day = dayOf(origin, i), date = dateOf(day);
    if (day > last) return ticks;
    const label = date.getUTCMonth() ? MONTHS[date.getUTCMonth()] : String(date.getUTCFullYear());
    if (day >= first) ticks.push([day, label]);
  }
}

class Series {
  constructor(figure, data) {
    this.data = data; this.days = data.days; this.hover = null;
    const last = this.days.length - 1, pad = 0.01 * (this.days[last] - this.days[0]);
    this.ends = [this.days[0] - pad, this.days[last] + pad];
    this.view = [...this.ends];
    this.live = element("div", figure, { className: "live" });
    figure.insertBefore(this.live, figure.querySelector("figcaption"));
    figure.classList.add("has-live");
    this.makeKeys();
    this.canvas = element("canvas", this.live, { tabIndex: 0 });
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", `Time series of ${data.name}; arrow keys move, plus and minus zoom, 0 shows all`);
    this.overview = element("canvas", this.live, { className: "overview" });
    this.overview.setAttribute("aria-hidden", "true");
    this.tip = element("div", this.live, { className: "tip", hidden: true });
    this.listen();
    new ResizeObserver(() => this.draw()).observe(this.live);
    this.draw();
  }

  makeKeys() {
    const keys = element("div", this.live, { className: "live-keys" });
    for (const layer of [...this.data.layers].reverse()) {
      const key = element("button", keys, { type: "button", title: "Show or hide" });
      const mark = element("i", key);
      mark.style.background = colour(layer.colour);
      mark.style.opacity = layer.kind === "band" ? Math.min(1, layer.opacity + 0.15) : 1;
      if (layer.kind === "line") Object.assign(mark.style, { height: "2px", verticalAlign: "0.28em" });
      if (layer.kind === "dots") Object.assign(mark.style, { width: "0.5em", height: "0.5em", borderRadius: "50%" });
      key.append(layer.label);
      key.setAttribute("aria-pressed", String(layer.shown));
      key.addEventListener("click", () => { layer.shown = !layer.shown; key.setAttribute("aria-pressed", String(layer.shown)); this.draw(); });
    }
    const turn = element("span", keys, { className: "live-turn" });
    const ways = [["−", "Zoom out", () => this.zoom(2)], ["+", "Zoom in", () => this.zoom(0.5)], ["1 year", "Show one year", () => this.oneYear()],
      ["‹", "Earlier", () => this.move(-0.5)], ["›", "Later", () => this.move(0.5)], ["All", "Show all", () => this.look(...this.ends)]];
    for (const [label, title, act] of ways) element("button", turn, { type: "button", textContent: label, title, ariaLabel: title }).addEventListener("click", act);
  }

  look(first, last) {
    const whole = this.ends[1] - this.ends[0], span = Math.min(Math.max(last - first, Math.min(LEAST_DAYS, whole)), whole);
    const start = Math.min(Math.max((first + last - span) / 2, this.ends[0]), this.ends[1] - span);
    this.view = [start, start + span];
    this.draw();
  }

  zoom(factor, at = (this.view[0] + this.view[1]) / 2) {
    const [first, last] = this.view;
    if (factor > 1 && last - first >= (this.ends[1] - this.ends[0]) * 0.999) return;
    this.look(at - (at - first) * factor, at + (last - at) * factor);
  }

  move(share) { const span = this.view[1] - this.view[0]; this.look(this.view[0] + share * span, this.view[1] + share * span); }

  oneYear() {
    const year = dateOf((this.view[0] + this.view[1]) / 2).getUTCFullYear();
    this.look(dayOf(year, 0) - 4, dayOf(year + 1, 0) + 4);
  }

  dayAt(clientX, canvas = this.canvas, view = this.view) {
    const box = canvas.getBoundingClientRect();
    return view[0] + (clientX - box.left - LEFT) / (box.width - LEFT - RIGHT) * (view[1] - view[0]);
  }

  listen() {
    const fingers = new Map(), canvas = this.canvas;
    canvas.addEventListener("pointerdown", (event) => { fingers.set(event.pointerId, event.clientX); canvas.setPointerCapture(event.pointerId); this.hide(); this.moved = false; });
    canvas.addEventListener("pointercancel", (event) => fingers.delete(event.pointerId));
    canvas.addEventListener("pointerup", (event) => { fingers.delete(event.pointerId); if (!this.moved) this.point(event); });
    canvas.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") this.hide(); });
    canvas.addEventListener("pointermove", (event) => {
      if (!fingers.has(event.pointerId)) return this.point(event);
      const places = [...fingers.values()], before = fingers.get(event.pointerId);
      const grip = this.dayAt(before), other = places.length > 1 ? this.dayAt(places.find((x) => x !== before) ?? before) : null;
      fingers.set(event.pointerId, event.clientX);
      this.moved ||= Math.abs(event.clientX - before) > 1;
      if (other === null) { const shift = grip - this.dayAt(event.clientX); this.look(this.view[0] + shift, this.view[1] + shift); }
      else { const now = this.dayAt(event.clientX) - other; if (Math.abs(now) > 1e-6) this.zoom(Math.min(3, Math.max(0.33, Math.abs((grip - other) / now))), other); }
    });
    canvas.addEventListener("wheel", (event) => {
      if (document.activeElement !== canvas && !event.ctrlKey) return; /* scrolling past a chart must not catch in it */
      event.preventDefault();
      if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.move(event.deltaX / canvas.clientWidth);
      else this.zoom(Math.exp(Math.max(-120, Math.min(120, event.deltaY)) * 0.0022), this.dayAt(event.clientX));
    }, { passive: false });
    canvas.addEventListener("dblclick", () => this.look(...this.ends));
    canvas.addEventListener("keydown", (event) => {
      const acts = { ArrowLeft: () => this.move(-0.2), ArrowRight: () => this.move(0.2), "+": () => this.zoom(0.6), "=": () => this.zoom(0.6), "-": () => this.zoom(1.7), 0: () => this.look(...this.ends) };
      if (acts[event.key]) { acts[event.key](); event.preventDefault(); }
    });
    const jump = (event) => {
      if (event.buttons !== 1) return;
      const day = this.dayAt(event.clientX, this.overview, this.ends), half = (this.view[1] - this.view[0]) / 2;
      this.look(day - half, day + half);
    };
    this.overview.addEventListener("pointerdown", jump);
    this.overview.addEventListener("pointermove", jump);
  }

  point(event) {
    const day = this.dayAt(event.clientX), near = firstAtOrAfter(this.days, day);
    const best = near > 0 && (near === this.days.length || day - this.days[near - 1] < this.days[near] - day) ? near - 1 : near;
    this.hover = best;
    this.draw();
    this.tip.replaceChildren();
    const held = { 0: " (held out)", 1: "", 2: " (left out)" }[this.data.fitted[best]];
    element("b", this.tip, { textContent: dateOf(this.days[best]).toISOString().slice(0, 10) + held });
    const table = element("table", this.tip);
    for (const layer of this.data.layers.filter((one) => one.shown).reverse()) {
      const row = element("tr", table), value = layer.kind === "band" ? `${words(layer.low[best])} to ${words(layer.high[best])}` : words(layer.y[best]);
      element("td", row, { textContent: layer.label });
      element("td", row, { textContent: value });
    }
    if (this.data.units) element("span", this.tip, { textContent: "in " + this.data.units });
    this.tip.hidden = false;
    const x = this.across(this.days[best]), room = this.live.clientWidth, wide = this.tip.offsetWidth;
    this.tip.style.left = `${Math.max(0, Math.min(x + 14 + wide > room ? x - wide - 14 : x + 14, room - wide))}px`;
    this.tip.style.top = `${this.canvas.offsetTop + 8}px`;
  }

  hide() { if (this.hover !== null) { this.hover = null; this.tip.hidden = true; this.draw(); } }

  sheet(canvas, height) {
    const width = this.live.clientWidth, ratio = window.devicePixelRatio || 1;
    canvas.style.height = `${height}px`;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) { canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio); }
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.font = `11px ${getComputedStyle(document.body).fontFamily}`;
    return [pen, width];
  }

  draw() {
    const height = this.live.clientWidth < 560 ? 250 : 330;
    const [pen, width] = this.sheet(this.canvas, height);
    if (width < 60) return;
    const [first, last] = this.view, from = Math.max(0, firstAtOrAfter(this.days, first) - 1), to = Math.min(this.days.length, firstAtOrAfter(this.days, last) + 1);
    const [low, high] = this.reach(from, to), floor = height - FOOT;
    this.across = (day) => LEFT + (day - first) / (last - first) * (width - LEFT - RIGHT);
    const up = (value) => floor - (value - low) / (high - low) * (floor - TOP);
    this.frame(pen, width, floor, up, low, high);
    pen.save();
    pen.beginPath(); pen.rect(LEFT, TOP, width - LEFT - RIGHT, floor - TOP); pen.clip();
    for (const layer of this.data.layers) if (layer.shown) this.layer(pen, layer, from, to, up, width);
    if (this.hover !== null) { const x = this.across(this.days[this.hover]); pen.strokeStyle = colour("prior"); pen.beginPath(); pen.moveTo(x, TOP); pen.lineTo(x, floor); pen.stroke(); }
    pen.restore();
    this.drawOverview();
    this.canvas.dataset.view = this.view.map((day) => day.toFixed(1)).join(" ");
  }

  reach(from, to) {
    let low = Infinity, high = -Infinity;
    for (const layer of this.data.layers) {
      if (!layer.shown) continue;
      for (const values of layer.kind === "band" ? [layer.low, layer.high] : [layer.y])
        for (let i = from; i < to; i++) if (values[i] !== null) { if (values[i] < low) low = values[i]; if (values[i] > high) high = values[i]; }
    }
    if (!(high > low)) return low === high ? [low - 1, low + 1] : [0, 1];
    const pad = 0.05 * (high - low);
    return [low - pad, high + pad];
  }

  frame(pen, width, floor, up, low, high) {
    pen.fillStyle = colour("held-out-wash");
    for (const [start, stop] of this.data.shades) {
      const left = Math.max(LEFT, this.across(start)), right = Math.min(width - RIGHT, this.across(stop));
      if (right > left) pen.fillRect(left, TOP, right - left, floor - TOP);
    }
    pen.lineWidth = 1;
    pen.textBaseline = "middle"; pen.textAlign = "right";
    for (const value of linearTicks(low, high, 5)) {
      pen.strokeStyle = colour("grid"); pen.beginPath(); pen.moveTo(LEFT, up(value)); pen.lineTo(width - RIGHT, up(value)); pen.stroke();
      pen.fillStyle = colour("quiet"); pen.fillText(String(value).replace("-", "\u2212"), LEFT - 6, up(value));
    }
    pen.textAlign = "center"; pen.textBaseline = "top";
    for (const [day, label] of dateTicks(...this.view, Math.max(4, width / 75))) {
      const x = this.across(day);
      pen.strokeStyle = colour("prior"); pen.beginPath(); pen.moveTo(x, floor); pen.lineTo(x, floor + 4); pen.stroke();
      if (x > LEFT + 8 && x < width - RIGHT - 8) pen.fillText(label, x, floor + 7);
    }
    pen.strokeStyle = colour("prior"); pen.beginPath(); pen.moveTo(LEFT, floor); pen.lineTo(width - RIGHT, floor); pen.stroke();
    pen.textAlign = "left"; pen.fillStyle = colour("held-out");
    for (const [start, stop] of this.data.shades) {
      const left = Math.max(LEFT, this.across(start)) + 6;
      if (Math.min(width - RIGHT, this.across(stop)) - left > 56) pen.fillText("held out", left, 3);
    }
  }

  layer(pen, layer, from, to, up, width) {
    pen.strokeStyle = pen.fillStyle = colour(layer.colour);
    if (layer.kind === "dots") return this.dots(pen, layer, from, to, up, width);
    pen.setLineDash(layer.dash ? [5, 4] : []);
    pen.lineWidth = to - from > 1200 ? 1 : 1.7;
    for (const [start, stop] of this.stretches(layer.kind === "band" ? layer.low : layer.y, from, to)) {
      pen.beginPath();
      const trace = (values, i) => pen.lineTo(this.across(this.days[i]), up(values[i]));
      if (layer.kind === "line") { for (let i = start; i < stop; i++) trace(layer.y, i); pen.stroke(); continue; }
      for (let i = start; i < stop; i++) trace(layer.high, i);
      for (let i = stop - 1; i >= start; i--) trace(layer.low, i);
      pen.globalAlpha = layer.opacity; pen.fill(); pen.globalAlpha = 1;
    }
    pen.setLineDash([]);
  }

  stretches(values, from, to) {
    const found = [];
    let start = null;
    for (let i = from; i <= to; i++) {
      const there = i < to && values[i] !== null, torn = start !== null && i < to && this.days[i] - this.days[i - 1] > this.data.gap;
      if (start !== null && (!there || torn)) { found.push([start, i]); start = null; }
      if (start === null && there) start = i;
    }
    return found;
  }

  dots(pen, layer, from, to, up, width) {
    const radius = Math.min(3.2, Math.max(1.1, (width / (to - from)) * 1.1)), colours = { 0: colour("held-out"), 1: colour(layer.colour), 2: colour("prior") };
    pen.globalAlpha = to - from > 1200 ? 0.55 : 0.85;
    for (let i = from; i < to; i++) {
      if (layer.y[i] === null) continue;
      pen.fillStyle = colours[this.data.fitted[i]];
      pen.beginPath(); pen.arc(this.across(this.days[i]), up(layer.y[i]), radius, 0, 7); pen.fill();
    }
    pen.globalAlpha = 1;
  }

  drawOverview() {
    const height = 40, [pen, width] = this.sheet(this.overview, height), values = this.data.layers.find((layer) => layer.kind === "dots").y;
    const [first, last] = this.ends, across = (day) => LEFT + (day - first) / (last - first) * (width - LEFT - RIGHT);
    const known = values.filter((value) => value !== null), low = known.reduce((a, b) => Math.min(a, b), Infinity), high = known.reduce((a, b) => Math.max(a, b), -Infinity);
    pen.fillStyle = colour("wash"); pen.fillRect(LEFT, 0, width - LEFT - RIGHT, height);
    pen.fillStyle = colour("prior");
    for (let i = 0; i < values.length; i++) if (values[i] !== null) pen.fillRect(across(this.days[i]), 3 + (1 - (values[i] - low) / (high - low || 1)) * (height - 7), 1, 1);
    const left = across(this.view[0]), right = across(this.view[1]);
    pen.globalAlpha = 0.18; pen.fillStyle = colour("posterior"); pen.fillRect(left, 0, right - left, height); pen.globalAlpha = 1;
    pen.strokeStyle = colour("posterior"); pen.strokeRect(left + 0.5, 0.5, right - left - 1, height - 1);
  }
}

function start() {
  markWhereWeAre();
  openForPrint();
  for (const figure of document.querySelectorAll("[data-series]"))
    new Series(figure, JSON.parse(document.getElementById(figure.dataset.series).textContent));
  root.dataset.ready = "1";
}
start();
