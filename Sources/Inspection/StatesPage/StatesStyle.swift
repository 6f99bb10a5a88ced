/// The rules that the page of states adds to those of all pages.
enum StatesStyle {
  static let text =
    StateColours.style + """
      .text{font:1.02rem/1.75 Georgia,"Noto Serif",serif;padding:.2rem 0}
      .text h3{margin:1.1rem 0 .2rem;overflow-wrap:anywhere}
      .line{max-width:none;margin:0;padding-left:3.6rem;text-indent:-3.6rem;white-space:pre-wrap;overflow-wrap:anywhere}
      .line b{display:inline-block;width:3.6rem;text-indent:0;color:var(--Muted);font:.78rem system-ui,sans-serif}
      .line b{user-select:none;font-variant-numeric:tabular-nums}
      .line i{font-style:normal;cursor:default;border-radius:.2rem}
      .line i.at{outline:2px solid var(--Ink);outline-offset:1px}
      .line i.mark{font-family:system-ui,sans-serif;font-size:.8em}
      .choose{display:flex;flex-wrap:wrap;gap:.4rem .8rem;align-items:center;margin:0 0 .8rem}
      .choose[hidden]{display:none}
      select{font:inherit;font-size:.95rem;color:var(--Ink);background:var(--Panel);border:1px solid var(--Muted);border-radius:.45rem}
      select{padding:.3rem .5rem;max-width:100%}
      .scale{display:inline-flex;gap:.5rem;align-items:center;font-size:.88rem;font-variant-numeric:tabular-nums}
      .scale span{display:inline-flex}
      .scale u{display:inline-block;width:.55rem;height:1.1rem;border-block:1px solid var(--Rule)}
      .reading{position:sticky;bottom:.4rem;max-height:45vh;overflow:auto;margin-top:.9rem}
      .reading td,.reading th{padding-top:.15rem;padding-bottom:.15rem}
      .reading tr.chosen>*{font-weight:600;color:var(--Ink)}
      td.n,th.n{white-space:nowrap;overflow-wrap:normal}
      .ranks{max-width:46rem}
      .gates{display:grid;grid-template-columns:repeat(auto-fill,minmax(8.5rem,1fr));gap:.9rem}
      .gates figure{margin:0;min-width:0}
      .gates svg{display:block;width:100%;height:auto}
      .gates .box{fill:none;stroke:var(--Muted);stroke-width:1}
      .gates .dots{fill:none;stroke:currentColor;stroke-width:3;stroke-linecap:round}
      @media (max-width:30rem){.line{padding-left:2.6rem;text-indent:-2.6rem}.line b{width:2.6rem}}
      @media print{.choose,.reading{display:none}.line i{print-color-adjust:exact;-webkit-print-color-adjust:exact}}

      """
}
