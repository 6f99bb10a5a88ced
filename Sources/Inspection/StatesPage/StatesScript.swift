/// The script of the page of states: chooses the unit that colours the text, and shows the values at a token, by pointer and by keyboard.
///
/// It sets classes and `textContent` only. Without it a page shows the text coloured by the first unit.
enum StatesScript {
  static let text = #"""
    (() => {
    "use strict";
    const data = JSON.parse(document.getElementById("data").textContent);
    const text = document.getElementById("text"), tokens = [...text.querySelectorAll("i")];
    const select = document.getElementById("unit"), name = document.getElementById("token");
    const rows = [...document.querySelectorAll("#values tbody tr")];
    const low = document.getElementById("low"), high = document.getElementById("high");
    const hidden = data.scales.length - 1, L = data.levels;
    let unit = 0, at = -1;
    const number = (q, v) => (v / data.scales[q]).toFixed(data.digits[q]).replace(/^-(0\.?0*)$/, "$1");
    const level = (v, m) => m ? Math.sign(v) * Math.min(L, Math.floor((2 * Math.abs(v) * L + m) / (2 * m))) : 0;
    const colour = () => {
      const values = data.units[unit].v[hidden], m = data.units[unit].m;
      tokens.forEach((t, k) => {
        const l = level(values[k], m);
        t.className = (l < 0 ? "n" + -l : l > 0 ? "p" + l : "z") + (t.dataset.m ? " mark" : "") + (k == at ? " at" : "");
      });
      low.textContent = number(hidden, -m);
      high.textContent = number(hidden, m);
      rows.forEach((r, k) => r.classList.toggle("chosen", k == unit));
    };
    const show = k => {
      if (at >= 0) tokens[at].classList.remove("at");
      at = Math.min(tokens.length - 1, Math.max(0, k));
      tokens[at].classList.add("at");
      name.textContent = `Token ${at}: ${tokens[at].textContent.trim() || "space"}`;
      rows.forEach((r, u) => [...r.querySelectorAll("td.n")].forEach((c, q) => { c.textContent = number(q, data.units[u].v[q][at]); }));
    };
    const line = by => {
      const lines = [...text.querySelectorAll(".line")], own = at < 0 ? lines[0] : tokens[at].parentElement;
      const next = lines[lines.indexOf(own) + by];
      if (!next) return;
      const column = at < 0 ? 0 : [...own.querySelectorAll("i")].indexOf(tokens[at]), all = [...next.querySelectorAll("i")];
      show(tokens.indexOf(all[Math.min(column, all.length - 1)]));
    };
    const keys = {
      ArrowRight: () => show(at + 1), ArrowLeft: () => show(at - 1), ArrowDown: () => line(1), ArrowUp: () => line(-1),
      Home: () => show(0), End: () => show(tokens.length - 1),
    };
    select.addEventListener("change", () => { unit = select.selectedIndex; colour(); });
    text.addEventListener("pointerover", e => {
      const k = tokens.indexOf(e.target);
      if (k >= 0) show(k);
    });
    text.addEventListener("keydown", e => {
      const f = keys[e.key];
      if (!f || e.ctrlKey || e.altKey || e.metaKey) return;
      e.preventDefault();
      f();
      tokens[at].scrollIntoView({block: "nearest"});
    });
    document.querySelectorAll(".choose").forEach(e => { e.hidden = false; });
    colour();
    })();
    """#
}
