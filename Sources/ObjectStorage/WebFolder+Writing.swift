import Platform

extension WebFolder {
    /// What must be so for a file to be written.
    package enum Condition: Sendable, Equatable {
        case none
        /// There is no such file.
        case isAbsent
        /// The file is the one that was read with this tag.
        case isStill(String)

        fileprivate var headers: [(name: String, value: String)] {
            switch self {
            case .none: []
            case .isAbsent: [("If-None-Match", "*")]
            case .isStill(let tag): [("If-Match", tag)]
            }
        }
    }

    /// Bytes of each part of a large file, if there are not too many of them.
    static let partByteCount = 16 << 20
    private static let partLimit = 9_000

    /// Writes a small file as a whole.
    ///
    /// - Throws: of kind `changed` if the condition does not hold, and of kind `unconditional` if the server does not know conditions.
    package func write(_ bytes: [UInt8], to file: String, if condition: Condition = .none) throws(TransferError) {
        do throws(TransferError) {
            _ = try send(.put, file, headers: condition.headers, body: bytes)
        } catch {
            // An answer that was lost may have been the one of a success.
            guard error.kind == .changed, try read(file, limit: bytes.count)?.bytes == bytes else { throw error }
        }
    }

    /// Writes a file of this machine.
    ///
    /// - Parameters:
    ///   - progress: called on this thread with the bytes that have been sent.
    ///   - partByteCount: bytes of a part; a file of more is sent in parts, several at a time.
    package func write(
        fileAt path: String, to file: String, partByteCount: Int = WebFolder.partByteCount, progress: (Int) -> Void = { _ in }
    ) throws(TransferError) {
        let byteCount: Int
        do throws(SystemError) { byteCount = try FileDescriptor(path, for: .reading).byteCount } catch {
            throw TransferError(.local, "\(path) cannot be read: \(error)")
        }
        if byteCount <= partByteCount {
            _ = try send(.put, file, body: try WebFolder.bytes(of: path, 0..<byteCount))
            return progress(byteCount)
        }
        let size = max(partByteCount, (byteCount + WebFolder.partLimit - 1) / WebFolder.partLimit)
        let parts = stride(from: 0, to: byteCount, by: size).map { $0..<min(byteCount, $0 + size) }
        let started = try send(.post, file, query: [("uploads", "")])
        guard let upload = XMLText.first("UploadId", in: started.body) else {
            throw TransferError(.senseless, "the server gives an upload no name. Check --endpoint")
        }
        do throws(TransferError) {
            let tags = Transfers.Results(count: parts.count)
            try Transfers.run(parts.count, atOnce: access.transfers, progress: progress) { (number) throws(TransferError) in
                let body = try WebFolder.bytes(of: path, parts[number])
                let query = [(name: "partNumber", value: "\(number + 1)"), (name: "uploadId", value: upload)]
                let answer = try self.send(.put, file, query: query, body: body)
                guard let tag = answer.head.headers["etag"] else { throw TransferError(.senseless, "the server gives a part no name") }
                tags.set(number, tag)
                return body.count
            }
            let list = tags.all.enumerated().map { "<Part><PartNumber>\($0 + 1)</PartNumber><ETag>\($1)</ETag></Part>" }.joined()
            let body = Array("<CompleteMultipartUpload>\(list)</CompleteMultipartUpload>".utf8)
            let done = try send(.post, file, query: [("uploadId", upload)], body: body)
            // A failure at the end comes with status 200.
            if let code = XMLText.first("Code", in: done.body) {
                throw TransferError(.unreachable, "the server answers \(code). Try again later")
            }
        } catch {
            // What was sent is of no use. If that fails as well, the bucket's own rules for uploads that nobody ends apply.
            _ = try? send(.delete, file, query: [("uploadId", upload)])
            throw error
        }
    }

    private static func bytes(of path: String, _ range: Range<Int>) throws(TransferError) -> [UInt8] {
        do throws(SystemError) {
            let bytes = try FileDescriptor(path, for: .reading).read(range.count, at: range.lowerBound)
            if bytes.count == range.count { return bytes }
        } catch {
            throw TransferError(.local, "\(path) cannot be read: \(error)")
        }
        throw TransferError(.local, "\(path) was cut short while it was read")
    }

    /// The names of the files in a folder of a bucket, in no order.
    package func names(in folder: String) throws(TransferError) -> [String] {
        guard let bucket else { return [] }
        let prefix = "\(bucket.prefix)\(folder)/"
        var names: [String] = []
        var token: String?
        while true {
            var query: [(name: String, value: String)] = [("list-type", "2"), ("prefix", prefix)]
            if let token { query.append(("continuation-token", token)) }
            let answer = try send(.get, nil, query: query).body
            for key in XMLText.values(of: "Key", in: answer) where key.hasPrefix(prefix) {
                names.append(String(key.dropFirst(prefix.count)))
            }
            guard XMLText.first("IsTruncated", in: answer) == "true" else { return names }
            let next = XMLText.values(of: "NextContinuationToken", in: answer).first
            guard let next, next != token else {
                throw TransferError(.senseless, "the list of the bucket's files has no end. Check --endpoint")
            }
            token = next
        }
    }

    /// Removes a file, if there is one.
    package func remove(_ file: String) throws(TransferError) {
        _ = try send(.delete, file, accepting: [404])
    }
}
