#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where results go: the one door through which files of results are made.
///
/// ```swift
/// var output = try OutputFile("users.csv", overwriting: false, protecting: [test])
/// try output.write(bytes)
/// try output.finish()
/// ```
///
/// A file appears whole and durable, or not at all (see ``AtomicFile``). A device or a pipe gets the bytes as they come, and so does
/// standard output, which `-` stands for. What the command reads is never replaced, whatever its other names, nor is any file of LMDB's.
package struct OutputFile: ~Copyable {
    private enum Target: ~Copyable {
        case standardOutput
        case device(FileDescriptor)
        case file(AtomicFile)
        /// A file that is gone on with.
        case appended(FileDescriptor)
    }

    /// What errors call it.
    package let name: String
    /// Whether the file had something in it, which the bytes go on with.
    package let continues: Bool
    private let path: String
    private let isOverwriting: Bool
    private var target: Target

    /// - Parameters:
    ///   - path: the file, or `-` for standard output.
    ///   - isOverwriting: take the place of a file of that name.
    ///   - inputs: files that the command reads.
    package init(_ path: String, overwriting isOverwriting: Bool = false, protecting inputs: [String] = []) throws(OutputError) {
        (self.path, self.isOverwriting, continues) = (path, isOverwriting, false)
        guard path != "-" else {
            name = "standard output"
            target = .standardOutput
            return
        }
        name = path
        let isDevice = try OutputFile.check(path, overwriting: isOverwriting, protecting: inputs)
        do throws(SystemError) {
            if isDevice {
                target = .device(try FileDescriptor(path, for: .sending))
            } else {
                AtomicFile.removeAbandoned(beside: path)
                target = .file(try AtomicFile(path, permissions: 0o666))
            }
        } catch {
            throw .cannotMake(path: path, reason: "\(error)")
        }
    }

    /// Goes on at the end of a file, which is made if it is not there; it gets the bytes as they come.
    ///
    /// - Parameter inputs: files that the command reads.
    package init(appendingTo path: String, protecting inputs: [String] = []) throws(OutputError) {
        (self.path, name, isOverwriting) = (path, path, false)
        _ = try OutputFile.check(path, overwriting: true, protecting: inputs)
        do throws(SystemError) {
            let file = try FileDescriptor(path, for: .appending(permissions: 0o666))
            continues = try file.byteCount > 0
            target = .appended(file)
        } catch {
            throw .cannotMake(path: path, reason: "\(error)")
        }
    }

    /// Writes all bytes.
    @unsafe package mutating func write(_ bytes: UnsafeRawBufferPointer) throws(OutputError) {
        let number: Int32
        switch target {
        case .standardOutput: number = StandardStream.output
        case .device(let file): number = file.number
        case .appended(let file): number = file.number
        case .file(let file): number = file.descriptor.number
        }
        do throws(SystemError) {
            unsafe try FileDescriptor.writeAll(number, bytes)
        } catch {
            throw .cannotWrite(path: name, reason: "\(error)")
        }
    }

    /// Writes a text.
    package mutating func write(_ text: String) throws(OutputError) {
        try unsafe Array(text.utf8).span.bytes.withUnsafeBytes { bytes throws(OutputError) in try unsafe write(bytes) }
    }

    /// Puts the file in its place. Without it no file appears.
    package consuming func finish() throws(OutputError) {
        let (path, isOverwriting) = (path, isOverwriting)
        do throws(SystemError) {
            switch consume target {
            case .standardOutput: break
            case .device(let file): try file.closeChecked()
            case .file(let file): try file.publish(replacing: isOverwriting)
            case .appended(let file):
                try file.sync()
                try file.closeChecked()
            }
        } catch .exists {
            throw .exists(path: path)
        } catch {
            throw .cannotWrite(path: path, reason: "\(error)")
        }
    }

    /// Refuses a place before any work is done for it.
    ///
    /// - Returns: whether it is a device or a pipe.
    @discardableResult
    package static func check(
        _ path: String, overwriting isOverwriting: Bool = false, protecting inputs: [String] = []
    ) throws(OutputError) -> Bool {
        if path == "-" { return true }
        if Folder.isFolder(path) { throw .isFolder(path: path) }
        guard let identity = FileIdentity(path) else {
            let folder = Folder.parent(of: path)
            if !Folder.isFolder(folder) { throw .noFolder(path: path, folder: folder) }
            if unsafe access(folder, W_OK) != 0 { throw .cannotMake(path: path, reason: "\(SystemError.last)") }
            return false
        }
        if inputs.contains(where: { FileIdentity($0) == identity }) { throw .isInput(path: path) }
        if !identity.isRegular { return true }
        if isLMDB(path) { throw .isStore(path: path) }
        if !isOverwriting { throw .exists(path: path) }
        return false
    }

    /// Whether a file begins as LMDB's do: data files have its number after a page's header, lock files at their start.
    private static func isLMDB(_ path: String) -> Bool {
        guard let file = try? FileDescriptor(path, for: .reading) else { return false }
        return [0, 16].contains { place in
            let bytes = (try? file.read(4, at: place)) ?? []
            return bytes == [0xDE, 0xC0, 0xEF, 0xBE] || bytes == [0xBE, 0xEF, 0xC0, 0xDE]
        }
    }
}

/// Why results could not be written.
package enum OutputError: Error, Equatable, Sendable {
    /// There is a file of that name.
    case exists(path: String)
    /// The command reads this file.
    case isInput(path: String)
    /// It is a store, or another file of LMDB's.
    case isStore(path: String)
    /// It is a folder.
    case isFolder(path: String)
    /// There is no folder to make it in.
    case noFolder(path: String, folder: String)
    /// The system refused to make it.
    case cannotMake(path: String, reason: String)
    /// The system refused bytes for it.
    case cannotWrite(path: String, reason: String)
}

extension OutputError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .exists(let path): "\(path): there is such a file already. Give another name, or --force to replace it."
        case .isInput(let path): "\(path): the command reads this file, so it is no place for results. Give another name."
        case .isStore(let path): "\(path): this is the file of a store, so it is no place for results. Give another name."
        case .isFolder(let path): "\(path): this is a folder. Give the name of a file in it."
        case .noFolder(let path, let folder): "\(path): there is no folder \(folder). Make it first, or give another name."
        case .cannotMake(let path, let reason): "\(path): the file cannot be made: \(reason). Check that you may write there."
        case .cannotWrite(let path, let reason):
            "\(path): writing failed: \(reason). Free some space or choose another place, and run the command again."
        }
    }
}
