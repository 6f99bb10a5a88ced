/// The one script of all pages: reading values off the curves, zoom and logarithmic axes, by pointer and by keyboard.
///
/// It draws into the elements that are there, and makes texts by `textContent` only. Without it a page shows the curves as they are.
package enum PageScript {
  package static let text = #"""
    (() => {
    "use strict";
    const data = JSON.parse(document.getElementById("data").textContent);
    let opened = [];
    addEventListener("beforeprint", () => {
      opened = [...document.querySelectorAll("details:not([open])")];
      opened.forEach(d => { d.open = true; });
    });
    addEventListener("afterprint", () => opened.forEach(d => { d.open = false; }));
    if (!data.plots.length) return;
    const full = data.range, W = 1000, NS = document.querySelector("svg").namespaceURI;
    let view = full.slice(), logX = false, logY = Boolean(data.log), cursor = null;
    const fx = s => logX ? Math.log(1 + s) : s, back = v => logX ? Math.exp(v) - 1 : v;
    const px = s => (fx(s) - fx(view[0])) / (fx(view[1]) - fx(view[0])) * W;
    const atX = p => back(fx(view[0]) + p * (fx(view[1]) - fx(view[0])));
    const make = (name, set) => {
      const e = document.createElementNS(NS, name);
      for (const k in set) e.setAttribute(k, set[k]);
      return e;
    };
    const short = v => {
      const m = Math.abs(v), cut = t => String(+t);
      if (m >= 1e9) return v.toPrecision(3);
      if (m >= 1e6) return cut((v / 1e6).toPrecision(4)) + "M";
      if (m >= 1e4) return cut((v / 1e3).toPrecision(4)) + "k";
      return m > 0 && m < 1e-3 ? v.toPrecision(2).replace(/\.0+e/, "e") : cut(v.toPrecision(4));
    };
    const ticks = (low, high, most) => {
      const raw = (high - low) / most, ten = 10 ** Math.floor(Math.log10(raw));
      const step = [1, 2, 5, 10].map(m => m * ten).find(s => s >= raw * 0.999999), out = [];
      if (!(step > 0 && step < Infinity)) return out;
      for (let n = Math.ceil(low / step - 1e-9); n * step <= high + step * 1e-9 && out.length < 50; n++) out.push(n * step);
      return out;
    };
    const logTicks = (low, high, most) => {
      const out = [];
      for (let e = Math.floor(Math.log10(low)); e <= Math.log10(high) && out.length < 200; e++)
        for (const m of [1, 2, 5]) { const v = m * 10 ** e; if (v >= low * 0.999999 && v <= high * 1.000001) out.push(v); }
      if (out.length < 2) return ticks(low, high, most);
      return out.filter((_, i) => i % Math.ceil(out.length / (most + 2)) == 0);
    };
    const lower = (x, s) => {
      let a = 0, b = x.length;
      while (a < b) { const m = a + b >> 1; if (x[m] < s) a = m + 1; else b = m; }
      return a;
    };
    const nearest = (x, s) => {
      const i = lower(x, s);
      return i == x.length || i > 0 && s - x[i - 1] <= x[i] - s ? i - 1 : i;
    };
    const draw = p => {
      const H = p.height, values = p.lines.map(l => l.y), log = logY && p.positive;
      const parts = p.series.map(s => [Math.max(0, lower(s.x, view[0]) - 1), Math.min(s.x.length, lower(s.x, view[1] + 1e-9) + 1)]);
      let low = Infinity, high = -Infinity;
      const widen = v => { if (v < low) low = v; if (v > high) high = v; };
      p.series.forEach((s, n) => {
        for (let i = parts[n][0]; i < parts[n][1]; i++) if (s.x[i] >= view[0] && s.x[i] <= view[1]) widen(s.y[i]);
      });
      if (low > high) p.series.forEach((s, n) => { for (let i = parts[n][0]; i < parts[n][1]; i++) widen(s.y[i]); });
      values.forEach(widen);
      if (low > high) return;
      const fy = v => log ? Math.log(v) : v;
      let a = fy(low), b = fy(high);
      // Huge values would overflow, and equal or tiny ones have no range.
      const limit = Number.MAX_VALUE / 4, clamp = v => Math.min(limit, Math.max(-limit, v));
      a = clamp(a); b = clamp(b);
      const room = (b - a) * 0.05 || Math.abs(b) * 0.05 || 1;
      a = clamp(a - room); b = clamp(b + room);
      if (!(b - a > 1e-300)) { a -= 1; b += 1; }
      const py = v => H - Math.min(1, Math.max(0, (clamp(fy(v)) - a) / (b - a))) * H;
      p.paths.forEach((path, n) => {
        if (n >= p.series.length) {
          const y = py(values[n - p.series.length]).toFixed(1);
          return path.setAttribute("d", `M0 ${y}H${W}`);
        }
        const s = p.series[n];
        let d = "";
        for (let i = parts[n][0]; i < parts[n][1]; i++) d += (d ? "L" : "M") + px(s.x[i]).toFixed(1) + " " + py(s.y[i]).toFixed(1);
        if (parts[n][1] - parts[n][0] == 1) {
          const i = parts[n][0];
          d = `M${Math.max(0, px(s.x[i]) - 5).toFixed(1)} ${py(s.y[i]).toFixed(1)}h10`;
        }
        path.setAttribute("d", d);
      });
      const most = H > 200 ? 6 : 4, yt = log ? logTicks(low, high, most) : ticks(a, b, most);
      p.ys.replaceChildren(...yt.map(v => {
        const t = make("text", {x: 48, y: Math.min(H - 1, Math.max(9, py(v) + 4)).toFixed(1), "text-anchor": "end"});
        t.textContent = short(v);
        return t;
      }));
      p.grid.setAttribute("d", yt.map(v => `M0 ${py(v).toFixed(1)}H${W}`).join(""));
      const n = p.area.clientWidth > 600 ? 8 : 4;
      const xt = logX ? logTicks(Math.max(1, view[0]), view[1], n) : ticks(view[0], view[1], n);
      p.xs.replaceChildren(...xt.map(v => {
        const at = px(v) / 10, anchor = at < 4 ? "start" : at > 96 ? "end" : "middle";
        const t = make("text", {x: at.toFixed(2) + "%", y: 16, "text-anchor": anchor});
        t.textContent = short(v);
        return t;
      }));
    };
    const read = p => {
      if (cursor === null) {
        p.line.setAttribute("d", "");
        p.readout.textContent = p.hint;
        return;
      }
      const x = px(cursor).toFixed(1);
      p.line.setAttribute("d", `M${x} 0V${p.height}`);
      const parts = p.series.map(s => [s, nearest(s.x, cursor)]).filter(([, i]) => i >= 0);
      const lead = document.createElement("span");
      lead.textContent = (data.quantity || "step") + " " + cursor.toLocaleString("en");
      p.readout.replaceChildren(lead, ...parts.map(([s, i]) => {
        const e = document.createElement("span");
        e.className = s.c;
        const far = s.x[i] == cursor ? "" : ` (at ${s.x[i].toLocaleString("en")})`;
        e.textContent = `${s.n} ${+s.y[i].toPrecision(5)}${far}`;
        return e;
      }));
    };
    const all = f => data.plots.forEach(f);
    const steps = [...new Set(data.plots.flatMap(p => p.series.flatMap(s => s.x)))].sort((a, b) => a - b);
    const point = s => { cursor = s === null ? null : steps[nearest(steps, s)]; all(read); };
    const show = (a, b) => {
      const least = Math.max(1, (full[1] - full[0]) / 1e5);
      if (b - a < least) { const m = (a + b) / 2; a = m - least / 2; b = m + least / 2; }
      view = [Math.max(full[0], a), Math.min(full[1], b)];
      if (view[1] - view[0] < least) view = view[0] <= full[0] ? [full[0], full[0] + least] : [full[1] - least, full[1]];
      all(draw);
      all(read);
    };
    const zoom = factor => {
      const m = cursor !== null && cursor >= view[0] && cursor <= view[1] ? cursor : atX(0.5);
      show(m - (m - view[0]) * factor, m + (view[1] - m) * factor);
    };
    const reset = () => show(full[0], full[1]);
    const press = (id, f) => {
      const b = document.getElementById(id);
      b.addEventListener("click", () => { b.setAttribute("aria-pressed", String(f())); all(draw); all(read); });
    };
    press("log-y", () => logY = !logY);
    press("log-x", () => logX = !logX);
    document.getElementById("zoom-in").addEventListener("click", () => zoom(0.5));
    document.getElementById("zoom-out").addEventListener("click", () => zoom(2));
    document.getElementById("zoom-reset").addEventListener("click", reset);
    const move = (by, e) => {
      const now = cursor === null ? atX(by > 0 ? 0 : 1) : cursor;
      const i = nearest(steps, now) + (cursor === null ? 0 : by * (e.shiftKey ? 10 : 1));
      point(steps[Math.min(steps.length - 1, Math.max(0, i))]);
      if (cursor < view[0] || cursor > view[1]) {
        const half = (view[1] - view[0]) / 2, m = Math.min(full[1] - half, Math.max(full[0] + half, cursor));
        show(m - half, m + half);
      }
    };
    const keys = {
      ArrowRight: e => move(1, e), ArrowLeft: e => move(-1, e), Home: () => point(view[0]), End: () => point(view[1]),
      "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), "0": reset, Escape: () => point(null),
      l: () => document.getElementById("log-y").click(), s: () => document.getElementById("log-x").click(),
    };
    all(p => {
      const f = document.getElementById("plot-" + p.id);
      p.area = f.querySelector(".area");
      p.ys = f.querySelector(".ys");
      p.xs = f.querySelector(".xs");
      p.grid = f.querySelector(".grid");
      p.line = f.querySelector(".cursor");
      p.paths = [...f.querySelectorAll(".area .curve")];
      p.readout = f.querySelector(".readout");
      p.hint = p.readout.textContent;
      p.height = +p.area.getAttribute("viewBox").split(" ")[3];
      p.positive = p.series.every(s => s.y.every(v => v > 0)) && p.lines.every(l => l.y > 0);
      const box = make("rect", {class: "selection", y: 0, height: p.height, width: 0, x: 0});
      p.area.append(box);
      let from = null;
      const at = e => {
        const r = p.area.getBoundingClientRect();
        return Math.min(1, Math.max(0, (e.clientX - r.left) / r.width));
      };
      p.area.addEventListener("pointermove", e => {
        point(atX(at(e)));
        if (from === null) return;
        box.setAttribute("x", Math.min(from, at(e)) * W);
        box.setAttribute("width", Math.abs(at(e) - from) * W);
      });
      p.area.addEventListener("pointerdown", e => { from = at(e); p.area.setPointerCapture(e.pointerId); });
      const end = e => {
        const a = from;
        from = null;
        box.setAttribute("width", 0);
        if (a !== null && e && Math.abs(at(e) - a) > 0.01) show(atX(Math.min(a, at(e))), atX(Math.max(a, at(e))));
      };
      p.area.addEventListener("pointerup", end);
      p.area.addEventListener("pointercancel", () => end(null));
      p.area.addEventListener("pointerleave", () => { if (from === null) point(null); });
      p.area.addEventListener("dblclick", reset);
      p.area.addEventListener("keydown", e => {
        const key = keys[e.key];
        if (!key || e.ctrlKey || e.metaKey || e.altKey) return;
        e.preventDefault();
        key(e);
      });
    });
    addEventListener("resize", () => all(draw));
    all(draw);
    })();

    """#
}
