internal import Foundation

/// One HTML file that needs no other: its style, its script and its data are inside.
///
/// The page's Content-Security-Policy forbids everything (`default-src 'none'`) but the one style and the one script, which it names by
/// their hashes. So a page cannot load or send anything, whatever is in its texts.
package struct PageDocument: Sendable {
  /// The title of the page, as a text.
  package var title: String
  /// What is between the header and the footer.
  package var body: Markup
  /// JSON for the script, made by ``PageData``.
  var data: String

  init(title: String, body: Markup, data: String) {
    self.title = title
    self.body = body
    self.data = data
  }

  /// The whole file.
  package var html: String {
    let style = PageStyle.text, script = PageScript.text
    let policy =
      "default-src 'none'; style-src 'sha256-\(Self.hash(style))'; script-src 'sha256-\(Self.hash(script))'; base-uri 'none'; "
      + "form-action 'none'"
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="\(policy)">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="referrer" content="no-referrer">
      <title>\(Markup.escaped(title))</title>
      <style>\(style)</style>
      </head>
      <body>
      \(body.text)
      <script type="application/json" id="data">\(data)</script>
      <script>\(script)</script>
      </body>
      </html>

      """
  }

  private static func hash(_ text: String) -> String { Data(SHA256.hash(Array(text.utf8))).base64EncodedString() }
}
