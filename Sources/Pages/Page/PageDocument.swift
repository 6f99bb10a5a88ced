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
  package var data: String
  /// The script of the page, which the program itself has made.
  package var script: String
  /// The rules of the style sheet that this page adds to those of all pages, made by the program itself.
  package var style: String

  /// - Parameters:
  ///   - script: the script of the page: that of the plots, unless another is given.
  ///   - style: rules to add to those of all pages.
  package init(title: String, body: Markup, data: String, script: String = PageScript.text, style: String = "") {
    self.title = title
    self.body = body
    self.data = data
    self.script = script
    self.style = style
  }

  /// The whole file.
  package var html: String {
    let style = PageStyle.text + self.style
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
