// The width of a terminal is asked for by ioctl, which fills a C structure through a pointer.
internal import Foundation

extension Terminal {
  /// The columns of the terminal behind standard error; 80 where there is none.
  static var errorColumns: Int {
    var size = winsize()
    guard unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
