/// A growable run of floats that starts on a 64-byte boundary, with the value semantics of an array.
package struct AlignedFloats: Sendable {
    /// Owns the memory; shared between copies until one of them is written.
    @safe private final class Storage: @unchecked Sendable {
        let start: UnsafeMutablePointer<Float>

        init(count: Int) {
            let bytes = max(count, 16) * MemoryLayout<Float>.stride
            unsafe start = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
                .bindMemory(to: Float.self, capacity: max(count, 16))
        }

        deinit { unsafe start.deallocate() }
    }

    private var storage: Storage
    /// How many floats there are.
    package private(set) var count: Int

    /// `count` floats of one value.
    /// - Complexity: O(`count`).
    package init(repeating value: Float, count: Int) {
        storage = Storage(count: count)
        self.count = count
        unsafe storage.start.initialize(repeating: value, count: count)
    }

    /// The floats of an array.
    package init(_ values: [Float]) {
        self.init(repeating: 0, count: values.count)
        for (index, value) in values.enumerated() { unsafe storage.start[index] = value }
    }

    /// Adds floats of one value at the end until there are `count`.
    /// - Complexity: O(`count`).
    package mutating func grow(to count: Int, repeating value: Float) {
        guard count > self.count else { return }
        let larger = Storage(count: count)
        unsafe larger.start.update(from: storage.start, count: self.count)
        unsafe (larger.start + self.count).initialize(repeating: value, count: count - self.count)
        storage = larger
        self.count = count
    }

    /// One float.
    package subscript(index: Int) -> Float {
        get {
            precondition(index >= 0 && index < count, "index out of range")
            return unsafe storage.start[index]
        }
        set {
            precondition(index >= 0 && index < count, "index out of range")
            makeUnique()
            unsafe storage.start[index] = newValue
        }
    }

    /// A copy of some of the floats.
    /// - Complexity: O(length of `range`).
    package subscript(range: Range<Int>) -> AlignedFloats {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "range out of bounds")
        let part = AlignedFloats(repeating: 0, count: range.count)
        unsafe part.storage.start.update(from: storage.start + range.lowerBound, count: range.count)
        return part
    }

    /// The floats as an array.
    package var array: [Float] { unsafe Array(UnsafeBufferPointer(start: storage.start, count: count)) }

    /// Lends the memory for reading; it starts on a 64-byte boundary.
    package func withUnsafeBuffer<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(UnsafeBufferPointer(start: storage.start, count: count))
    }

    /// Lends the memory for reading and writing, after a copy if it is shared.
    package mutating func withUnsafeMutableBuffer<Result, Failure: Error>(
        _ body: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        makeUnique()
        return try unsafe body(UnsafeMutableBufferPointer(start: storage.start, count: count))
    }

    /// The start of the memory, not shared with any other copy.
    ///
    /// It stays valid until this value is copied and written, grown or destroyed; the caller sees to that.
    mutating func uniqueStart() -> UnsafeMutablePointer<Float> {
        makeUnique()
        return unsafe storage.start
    }

    private mutating func makeUnique() {
        guard !isKnownUniquelyReferenced(&storage) else { return }
        let own = Storage(count: count)
        unsafe own.start.update(from: storage.start, count: count)
        storage = own
    }
}

extension AlignedFloats: Equatable {
    /// Whether both hold the same floats, bit for bit except that 0 equals -0.
    package static func == (left: AlignedFloats, right: AlignedFloats) -> Bool {
        left.count == right.count && left.array == right.array
    }
}
