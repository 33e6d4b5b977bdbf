/// One record, lent by a ``DelimitedReader`` until it moves on; nothing of it was copied unless a field needed unquoting.
@safe package struct DelimitedRecord: ~Escapable {
    @usableFromInline let fields: UnsafeMutablePointer<UnsafeRawBufferPointer>
    @usableFromInline let bytes: UnsafeRawBufferPointer
    /// How many fields the record holds.
    package let count: Int
    /// The record's number in the file, from 1; a header counts, a blank line does not.
    package let number: Int
    /// The physical line on which the record starts, from 1.
    package let line: Int
    /// The physical line on which the record ends: another than ``line`` only if a quoted field spans lines.
    package let endLine: Int
    /// The byte of the file at which the record starts.
    package let offset: Int
    /// Whether the text ends with the record, without an end of its line: it may have been cut off.
    package let isUnended: Bool
    /// What is wrong with the record as text, or `nil`.
    package let problem: RecordProblem?

    /// Only the reader makes records, and gives each its own lifetime.
    @_lifetime(immortal)
    init(
        fields: UnsafeMutablePointer<UnsafeRawBufferPointer>, bytes: UnsafeRawBufferPointer, count: Int, number: Int,
        line: Int, endLine: Int, offset: Int, isUnended: Bool, problem: RecordProblem?
    ) {
        unsafe self.fields = fields
        unsafe self.bytes = bytes
        self.count = count
        self.number = number
        self.line = line
        self.endLine = endLine
        self.offset = offset
        self.isUnended = isUnended
        self.problem = problem
    }

    /// The bytes of field `index`, unquoted.
    ///
    /// - Complexity: O(1).
    @inlinable @_lifetime(copy self)
    package func field(_ index: Int) -> RawSpan {
        precondition(index >= 0 && index < count, "no such field")
        // The pointers stay true for as long as the reader does not move, and the record's lifetime says so.
        return unsafe _overrideLifetime(RawSpan(_unsafeBytes: fields[index]), copying: self)
    }

    /// Field `index` for code that hashes and compares bytes itself.
    ///
    /// The pointer is true until the reader's next call.
    ///
    /// - Complexity: O(1).
    @unsafe @inlinable
    package func unsafeField(_ index: Int) -> UnsafeRawBufferPointer {
        precondition(index >= 0 && index < count, "no such field")
        return unsafe fields[index]
    }

    /// Field `index` as text; bytes that are not UTF-8 become U+FFFD.
    ///
    /// - Complexity: O(bytes of the field).
    package func text(_ index: Int) -> String {
        unsafe String(decoding: unsafeField(index), as: UTF8.self)
    }

    /// The record as it stands in the file, quotes included and without the end of the line, such as a file of rejected
    /// rows repeats it; empty when the record was too long to keep.
    package var raw: RawSpan {
        @_lifetime(copy self)
        get { unsafe _overrideLifetime(RawSpan(_unsafeBytes: bytes), copying: self) }
    }
}
