internal import Basics
internal import Foundation
internal import Verse

/// Samples by step, with what can be counted in them.
extension RunReport {
  var samples: Markup {
    let parts = runs.map { run -> Markup in
      let name: Markup = runs.count == 1 ? "" : "<h3>\(run.name)</h3>"
      return "\(name)\(samples(of: run))"
    }
    return "\(parts)"
  }

  private func samples(of run: ReportedRun) -> Markup {
    let samples = run.samples.samples
    guard !samples.isEmpty else { return "<p>The run took no samples.</p>" }
    let lexicon = run.lexicon ?? Lexicon()
    let rows = samples.map { sample -> Markup in
      let metrics = LyricMetrics(of: [LyricLines(sample.text)], lexicon: lexicon)
      let values = [
        sample.loss, metrics.lines.grouped, Format.percent(metrics.perfectRhymes), Format.percent(metrics.assonantRhymes),
        String(format: "%.1f", metrics.syllables.mean), String(format: "%.2f", metrics.distinct.first ?? 0),
        Format.percent(metrics.repeatedLines),
      ]
      return """
        <tr><th scope="row">\(sample.step.grouped)</th>\(values.map { value -> Markup in "<td class=\"n\">\(value)</td>" })</tr>

        """
    }
    let columns = ["Loss", "Lines", "Perfect rhymes", "Assonant or better", "Syllables a line", "Distinct words", "Repeated lines"]
    let source =
      run.lexicon == nil ? "English spelling rules pronounce the words." : "The model's pronunciations.txt tells how words are spoken."
    let spread = run.samples.count > samples.count ? " \(samples.count.grouped) of \(run.samples.count.counted("sample")) are shown." : ""
    let texts = showsText ? samples.map(text) : []
    let left: Markup = showsText ? "" : "<p>The texts are left out of this page.</p>"
    return """
      <div class="panel scroll" tabindex="0" role="region" aria-label="Lyric metrics"><table><thead><tr><th scope="col">Step</th>\
      \(columns.map { column -> Markup in "<th scope=\"col\" class=\"n\">\(column)</th>" })</tr></thead><tbody>
      \(rows)</tbody></table></div>
      <p class="muted">\(source)\(spread)</p>
      \(left)<div class="samples">\(texts)</div>
      """
  }

  private func text(of sample: SampleLog.Sample) -> Markup {
    let end = sample.isCut ? "..." : ""
    return """
      <div class="sample"><span class="muted">Step \(sample.step.grouped), loss \(sample.loss) nats</span><pre>
      \(sample.text)\(end)</pre></div>

      """
  }
}
