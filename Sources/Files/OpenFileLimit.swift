import SystemPackage

/// How many more files this process can open now, up to `count`, found by opening them.
///
/// Foundation and Dispatch trap where they find no room for the pipes and sockets that they open.
package func openableFiles(upTo count: Int) -> Int {
  var files: [FileDescriptor] = []
  defer { for file in files { try? file.close() } }
  while files.count < count {
    do {
      files.append(try FileDescriptor.open(FilePath("/dev/null"), .readOnly, options: [.closeOnExec]))
    } catch let error as Errno where error == .tooManyOpenFiles || error == .tooManyOpenFilesInSystem {
      return files.count
    } catch {
      // Without that device there is nothing to learn.
      return count
    }
  }
  return files.count
}
