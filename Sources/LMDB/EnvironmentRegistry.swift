import Platform
import Synchronization

/// The files that this process has open. LMDB's locks break if one process opens one file twice.
///
/// A file is closed under the lock of its own slot, when the last environment that stands for it ends; so a thread that opens it at
/// that moment finds it open or closed, and a slow opening keeps nobody from another file.
final class EnvironmentRegistry: Sendable {
    static let shared = EnvironmentRegistry()

    /// One file. `claims` counts the environments and the openings under way; the registry's lock guards it.
    private final class Slot: Sendable {
        struct State: Sendable {
            var file: OpenFile?
            var environments = 0
        }

        let state = Mutex(State())
    }

    private struct Claimed {
        let slot: Slot
        var claims: Int
    }

    private let slots = Mutex<[FileIdentity: Claimed]>([:])

    /// The open file of an identity: the one that is open, or else the one that `make` opens. Every success needs one `release`.
    func open(
        _ identity: FileIdentity, path: String, forWriting: Bool, make: () throws(LMDBError) -> OpenFile
    ) throws(LMDBError) -> OpenFile {
        let slot = claim(identity)
        do throws(LMDBError) {
            return try slot.state.withLock { state throws(LMDBError) in
                let file: OpenFile
                if let open = state.file { file = open } else { file = try make() }
                guard file.identity == identity else {
                    // The name has come to lead to another file since `identity` was asked for.
                    if state.file == nil { file.close() }
                    throw LMDBError(code: .noSuchFile, operation: "open", path: path)
                }
                if forWriting && file.isReadOnly {
                    if state.file == nil { file.close() }
                    throw LMDBError(code: .alreadyOpenReadOnly, operation: "open", path: path)
                }
                state.file = file
                state.environments += 1
                return file
            }
        } catch {
            disclaim(identity)
            throw error
        }
    }

    /// An environment has ended; the last one closes the file.
    func release(_ identity: FileIdentity) {
        let slot = slots.withLock { $0[identity]?.slot }
        slot?.state.withLock { state in
            state.environments -= 1
            if state.environments == 0 {
                state.file?.close()
                state.file = nil
            }
        }
        disclaim(identity)
    }

    private func claim(_ identity: FileIdentity) -> Slot {
        slots.withLock { slots in
            var claimed = slots[identity] ?? Claimed(slot: Slot(), claims: 0)
            claimed.claims += 1
            slots[identity] = claimed
            return claimed.slot
        }
    }

    private func disclaim(_ identity: FileIdentity) {
        slots.withLock { slots in
            guard var claimed = slots[identity] else { return }
            claimed.claims -= 1
            slots[identity] = claimed.claims == 0 ? nil : claimed
        }
    }
}
