import Platform
import Synchronization

/// The environments that this process has open, by file. LMDB's locks break if one process opens one file twice.
final class EnvironmentRegistry: Sendable {
    static let shared = EnvironmentRegistry()

    private struct Entry: Sendable {
        weak var environment: Environment?
    }

    private let open = Mutex<[FileIdentity: Entry]>([:])

    /// The environment on the file at `path`: the one that is open, or else the one that `make` opens.
    func environment(
        at path: String, forWriting: Bool, make: () throws(LMDBError) -> Environment
    ) throws(LMDBError) -> Environment {
        let result = open.withLock { entries -> Result<Environment, LMDBError> in
            if let identity = FileIdentity(path), let present = entries[identity]?.environment {
                if forWriting && present.isReadOnly {
                    return .failure(LMDBError(code: .alreadyOpenReadOnly, operation: "open", path: path))
                }
                return .success(present)
            }
            do throws(LMDBError) {
                let environment = try make()
                entries = entries.filter { $0.value.environment != nil }
                entries[environment.identity] = Entry(environment: environment)
                return .success(environment)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
