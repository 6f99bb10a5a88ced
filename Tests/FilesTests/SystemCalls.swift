import Glibc
// Links and permissions, which the package has no use for but whose effect is tested.
import SystemPackage

func makeLink(_ target: String, _ link: FilePath) -> CInt {
  unsafe symlink(target, link.string)
}

func setPermissions(_ mode: CInterop.Mode, _ path: FilePath) -> CInt {
  unsafe chmod(path.string, mode)
}

func makeHardLink(_ target: FilePath, _ link: FilePath) -> CInt {
  unsafe addName(target.string, link.string)
}

private func addName(_ target: UnsafePointer<CChar>, _ name: UnsafePointer<CChar>) -> CInt { unsafe link(target, name) }

func makePipe(_ path: FilePath) -> CInt {
  unsafe mkfifo(path.string, 0o600)
}
