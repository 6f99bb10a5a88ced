/// The one style of all pages: light and dark, for phones, wide screens and paper.
enum PageStyle {
  static let text = """
    :root{\(Palette.light.properties);color-scheme:light dark}
    @media (prefers-color-scheme:dark){:root{\(Palette.dark.properties)}}
    @media print{:root{\(Palette.light.properties);color-scheme:light}}
    \(rules)
    """ + Palette.light.curves.indices.map { ".c\($0){color:var(--Curve\($0))}\n" }.joined()

  private static let rules = """
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%}
    body{margin:0;background:var(--Background);color:var(--Ink)}
    body{font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
    header,main,footer{max-width:68rem;margin:0 auto;padding:0 1.25rem}
    header{padding-top:2.25rem}
    h1{font-size:1.7rem;line-height:1.2;margin:0 0 .4rem;overflow-wrap:anywhere}
    h2{font-size:1.2rem;margin:2.6rem 0 .7rem}
    h3{font-size:1rem;margin:0}
    p{margin:.4rem 0;max-width:46rem}
    a{color:var(--Accent)}
    nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;margin:.6rem 0 0;padding:0;font-size:.92rem}
    .muted,figcaption small,footer{color:var(--Muted)}
    .panel,figure,details{background:var(--Panel);border:1px solid var(--Rule);border-radius:.6rem;padding:.9rem 1rem;margin:0 0 .9rem}
    .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.7rem;margin:1.1rem 0 0;padding:0}
    .tiles div{background:var(--Panel);border:1px solid var(--Rule);border-radius:.6rem;padding:.6rem .85rem}
    .tiles dt{color:var(--Muted);font-size:.85rem}
    .tiles dd{margin:0;font-size:1.35rem;font-weight:600;font-variant-numeric:tabular-nums}
    .tiles dd small{display:block;font-size:.82rem;font-weight:400;color:var(--Muted)}
    .findings{margin:0;padding-left:1.1rem}
    .findings li{margin:.25rem 0;max-width:52rem}
    .toolbar{display:flex;flex-wrap:wrap;gap:.5rem;margin:0 0 .9rem}
    button{font:inherit;font-size:.92rem;color:var(--Ink);background:var(--Panel);border:1px solid var(--Muted);cursor:pointer}
    button{border-radius:.45rem;padding:.3rem .8rem}
    button[aria-pressed=true]{background:var(--Ink);color:var(--Background);border-color:var(--Ink)}
    :focus-visible{outline:3px solid var(--Accent);outline-offset:2px}
    .plots{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:.9rem}
    .plots figure{margin:0;min-width:0}
    .plots figure.large{grid-column:1/-1}
    figcaption{display:flex;flex-wrap:wrap;gap:0 .7rem;align-items:baseline}
    .readout{min-height:1.5rem;font-size:.85rem;font-variant-numeric:tabular-nums;color:var(--Muted);margin:.1rem 0 .35rem}
    .readout span{margin-right:.8rem;white-space:nowrap}
    .frame{display:grid;grid-template-columns:3.4rem minmax(0,1fr)}
    .frame svg{display:block;overflow:visible}
    .frame .ys{width:3.4rem}
    .frame .area{width:100%;overflow:hidden;cursor:crosshair;touch-action:pan-y}
    .frame .area{border-left:1px solid var(--Muted);border-bottom:1px solid var(--Muted)}
    .frame .xs{grid-column:2;width:100%}
    .frame text{fill:var(--Muted);font-size:12px;font-variant-numeric:tabular-nums}
    .grid{stroke:var(--Rule);stroke-width:1;vector-effect:non-scaling-stroke;fill:none}
    .curve{fill:none;stroke:currentColor;stroke-width:1.6;vector-effect:non-scaling-stroke;stroke-linejoin:round}
    .curve.strong{stroke-width:2.4}
    .curve.light{stroke-width:1.2;stroke-dasharray:5 2.5}
    .curve.level{stroke-width:1.5;stroke-dasharray:2 4}
    .cursor{stroke:var(--Muted);stroke-width:1;vector-effect:non-scaling-stroke}
    .selection{fill:var(--Accent);fill-opacity:.16}
    .legend{list-style:none;display:flex;flex-wrap:wrap;gap:.15rem 1.1rem;margin:.5rem 0 0;padding:0;font-size:.88rem}
    .legend li{display:flex;gap:.45rem;align-items:center;overflow-wrap:anywhere}
    .legend svg{flex:none}
    .legend b{font-weight:400;color:var(--Ink)}
    .scroll{overflow-x:auto}
    table{border-collapse:collapse;width:100%;font-size:.93rem}
    th,td{text-align:left;padding:.32rem .9rem .32rem 0;border-bottom:1px solid var(--Rule);vertical-align:top}
    th{font-weight:600}
    tbody th{font-weight:400;color:var(--Muted)}
    td{font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
    td.n,th.n{text-align:right}
    td.different{font-weight:600}
    tbody tr:last-child>*{border-bottom:0}
    summary{cursor:pointer;font-weight:600}
    details>:not(summary){margin-top:.6rem}
    .one{max-width:46rem}
    .one th{width:55%}
    .samples{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,17rem),1fr));gap:.9rem;margin:.9rem 0}
    .sample{background:var(--Panel);border:1px solid var(--Rule);border-radius:.6rem;padding:.7rem .9rem;min-width:0}
    .sample pre{font:.98rem/1.5 Georgia,"Noto Serif",serif;white-space:pre-wrap;overflow-wrap:anywhere;margin:.3rem 0 0}
    footer{padding-top:1.5rem;padding-bottom:2.5rem;font-size:.88rem}
    @media (max-width:52rem){.plots{grid-template-columns:minmax(0,1fr)}}
    @media (max-width:30rem){header,main,footer{padding-left:.8rem;padding-right:.8rem}
    .panel,figure,details{padding:.75rem .7rem}h1{font-size:1.4rem}}
    @media print{nav,.toolbar,.readout{display:none}body{font-size:11pt}figure,.sample,tr{break-inside:avoid}
    h2{break-after:avoid}.scroll{overflow:visible}}

    """
}
