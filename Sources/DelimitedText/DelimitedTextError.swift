package import Platform

/// Why a delimited file could not be read or written.
package enum DelimitedTextError: Error, Equatable, Sendable {
    /// There is nothing at `path`.
    case missing(path: String)
    /// `path` is a directory.
    case directory(path: String)
    /// The system refused to open `path`.
    case cannotOpen(path: String, reason: String)
    /// The system failed to give the bytes from `offset` on.
    case cannotRead(path: String, offset: Int, reason: String)
    /// A packed file ends before its text does; `textBytes` of the text were read.
    case cutOff(path: String, compression: Compression, textBytes: Int)
    /// A packed file is damaged; `textBytes` of the text were read before.
    case damaged(path: String, compression: Compression, textBytes: Int, reason: String)
    /// The file is packed in a way that is not read.
    case packed(path: String, compression: Compression)
    /// The first bytes of the file are no text.
    case binary(path: String)
    /// Results could not be written.
    case output(OutputError)
    /// A field holds a byte that a dialect without quotes cannot carry.
    case cannotRepresent(path: String, dialect: String, field: String)
}

extension DelimitedTextError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missing(let path):
            "\(path): there is no such file. Check the path, or give - to read standard input."
        case .directory(let path):
            "\(path): this is a directory. Give the file inside it that is to be read."
        case .cannotOpen(let path, let reason):
            "\(path): cannot be opened: \(reason). Check that it exists and that you may use it."
        case .cannotRead(let path, let offset, let reason):
            "\(path): reading failed at byte \(offset): \(reason). "
                + "What came before was read; check the medium or the sender and read the file again."
        case .cutOff(let path, let compression, let bytes):
            "\(path): the \(compression.rawValue) file is cut off: it ends after \(bytes) bytes of text, in the middle. "
                + "Fetch it again; what came before was read."
        case .damaged(let path, let compression, let bytes, let reason):
            "\(path): the \(compression.rawValue) file is damaged after \(bytes) bytes of text: \(reason). "
                + "Fetch it again; what came before was read."
        case .packed(let path, let compression):
            "\(path): this is a \(compression.rawValue) file, not text. Turn it into text on the way: "
                + (compression.pipe(from: path) ?? "unpack it first")
        case .binary(let path):
            "\(path): this is no text: there are NUL bytes in its first line. If it is UTF-16, say so with --encoding utf-16; "
                + "otherwise turn it into text first."
        case .output(let error): error.description
        case .cannotRepresent(let path, let dialect, let field):
            "\(path): the \(dialect) dialect has no quotes, so it cannot hold the field \"\(field)\". Write psv or csv."
        }
    }
}
