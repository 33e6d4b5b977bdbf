#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the system refused: an `errno` value, with the system's words for it.
///
/// The code is kept as it came, so that one without a name here survives.
package struct SystemError: Error, Hashable, Sendable, RawRepresentable {
    package let rawValue: Int32

    package init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// The error of the last call that failed on this thread.
    package static var last: SystemError { SystemError(rawValue: errno) }

    package static let accessDenied = SystemError(rawValue: EACCES)
    package static let notPermitted = SystemError(rawValue: EPERM)
    package static let exists = SystemError(rawValue: EEXIST)
    package static let noSuchFile = SystemError(rawValue: ENOENT)
    package static let isDirectory = SystemError(rawValue: EISDIR)
    package static let interrupted = SystemError(rawValue: EINTR)
    package static let invalidArgument = SystemError(rawValue: EINVAL)
    package static let inputOutput = SystemError(rawValue: EIO)
    package static let noSpace = SystemError(rawValue: ENOSPC)
    package static let quotaExceeded = SystemError(rawValue: EDQUOT)
    package static let fileTooLarge = SystemError(rawValue: EFBIG)
    package static let outOfMemory = SystemError(rawValue: ENOMEM)
    package static let readOnlyFileSystem = SystemError(rawValue: EROFS)
    package static let notSupported = SystemError(rawValue: ENOTSUP)
    package static let notImplemented = SystemError(rawValue: ENOSYS)
    package static let tooManyLinks = SystemError(rawValue: EMLINK)
    package static let wouldBlock = SystemError(rawValue: EWOULDBLOCK)
    package static let brokenPipe = SystemError(rawValue: EPIPE)

    /// Calls `body` again while a signal interrupts it.
    ///
    /// - Parameter body: a system call that gives a negative number when it fails.
    @discardableResult
    static func retrying<Number: SignedInteger>(_ body: () -> Number) throws(SystemError) -> Number {
        while true {
            let result = body()
            if result >= 0 { return result }
            let error = SystemError.last
            if error != .interrupted { throw error }
        }
    }
}

extension SystemError: CustomStringConvertible {
    /// The system's words, such as "No such file or directory".
    package var description: String {
        unsafe strerror(rawValue).map { unsafe String(cString: $0) } ?? "error \(rawValue)"
    }
}
