import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The unfinished files of this process, in a form that a signal handler can read: it may take no lock and no memory.
///
/// A slot holds the address of a path, or 0. Whoever takes the address out of the slot owns the memory, so that the handler and
/// `forget` never both have it.
enum UnfinishedFiles {
    /// A place in the list.
    struct Registration {
        fileprivate let slot: Int
        fileprivate let address: UInt
    }

    private static let capacity = 64
    nonisolated(unsafe) private static let slots: UnsafeMutablePointer<Atomic<UInt>> = {
        let slots = UnsafeMutablePointer<Atomic<UInt>>.allocate(capacity: capacity)
        for slot in 0..<capacity { unsafe (slots + slot).initialize(to: Atomic(0)) }
        return unsafe slots
    }()

    /// Adds a path. Where more than 64 files are under way at once, a signal leaves the rest lying.
    static func register(_ path: String) -> Registration {
        guard let copy = unsafe strdup(path) else { return Registration(slot: capacity, address: 0) }
        let address = UInt(bitPattern: copy)
        for slot in 0..<capacity {
            if unsafe slots[slot].compareExchange(expected: 0, desired: address, ordering: .acquiringAndReleasing).exchanged {
                return Registration(slot: slot, address: address)
            }
        }
        unsafe free(copy)
        return Registration(slot: capacity, address: 0)
    }

    /// Takes a path out of the list.
    static func forget(_ registration: Registration) {
        guard registration.slot < capacity else { return }
        let result = unsafe slots[registration.slot]
            .compareExchange(expected: registration.address, desired: 0, ordering: .acquiringAndReleasing)
        if result.exchanged { unsafe free(UnsafeMutableRawPointer(bitPattern: registration.address)) }
    }

    /// Makes the list, so that a handler does not have to.
    static func prepare() {
        _ = unsafe slots
    }

    /// Removes every file in the list. Safe in a signal handler after `prepare`.
    static func removeAll() {
        for slot in 0..<capacity {
            let address = unsafe slots[slot].exchange(0, ordering: .acquiringAndReleasing)
            if let path = unsafe UnsafePointer<CChar>(bitPattern: address) { _ = unsafe unlink(path) }
        }
    }
}
