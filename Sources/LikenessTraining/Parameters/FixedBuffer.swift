/// A run of plain values in memory that does not move, shared by reference.
@safe final class FixedBuffer<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    /// Where the values are. Whoever shares the buffer only reads.
    let start: UnsafeMutablePointer<Element>
    /// How many there are.
    let count: Int

    /// - Parameter slack: how many values behind the last may be read.
    init(repeating value: Element, count: Int, slack: Int = 0) {
        let capacity = max(count + slack, 1)
        unsafe start = .allocate(capacity: capacity)
        unsafe start.initialize(repeating: value, count: capacity)
        self.count = count
    }

    convenience init(_ values: [Element], or placeholder: Element) {
        self.init(repeating: placeholder, count: values.count)
        for index in values.indices { unsafe start[index] = values[index] }
    }

    deinit { unsafe start.deallocate() }

    subscript(index: Int) -> Element {
        get {
            precondition(index >= 0 && index < count, "index out of range")
            return unsafe start[index]
        }
        set {
            precondition(index >= 0 && index < count, "index out of range")
            unsafe start[index] = newValue
        }
    }

    /// Lends a part of the values for reading and writing.
    func withMutable<Result>(_ range: Range<Int>, _ body: (inout UnsafeMutableBufferPointer<Element>) -> Result)
        -> Result
    {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "range out of bounds")
        var part = unsafe UnsafeMutableBufferPointer(start: start + range.lowerBound, count: range.count)
        return unsafe body(&part)
    }
}
