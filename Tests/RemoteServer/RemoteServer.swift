import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A web server and object store for tests, on this machine's loopback: it keeps files in memory, and does wrong what it is told to.
///
/// It knows GET and HEAD with ranges, PUT with conditions, DELETE, lists of a bucket, and uploads in parts; with `keys` it answers only what is
/// signed by one of them.
package final class RemoteServer: Sendable {
    /// One request, as it came.
    package struct Request: Sendable {
        package let method: String
        /// With the query, as it was sent.
        package let target: String
        package let headers: [String: String]
        package let body: [UInt8]

        /// Without the query, decoded.
        package var path: String { (target.split(separator: "?").first.map(String.init) ?? target).removingPercentEncoding ?? target }

        package var query: [String: String] {
            guard let text = target.split(separator: "?", maxSplits: 1).dropFirst().first else { return [:] }
            return Dictionary(
                text.split(separator: "&").map { pair in
                    let parts = pair.split(separator: "=", maxSplits: 1).map { String($0).removingPercentEncoding ?? "" }
                    return (parts.first ?? "", parts.count > 1 ? parts[1] : "")
                }, uniquingKeysWith: { $1 })
        }
    }

    /// What goes wrong with an answer.
    package enum Fault: Sendable {
        /// This status in place of the answer, with a code and a message as S3 has them.
        case status(Int, code: String = "")
        /// The connection ends after this many bytes of the body.
        case cut(after: Int)
        /// The connection ends without an answer.
        case hangUp
        /// Nothing comes for this long.
        case silence(seconds: Double)
        /// The bytes come one by one, with a pause of this length after each.
        case drip(seconds: Double)
        /// Other bytes of the same number.
        case otherBytes([UInt8])
        /// A bit of the body is another one.
        case flip(bit: Int)
        /// The head says that there are this many bytes more than come, or fewer.
        case wrongLength(by: Int)
        /// A part of a file is another one than was asked for.
        case otherRange
        /// The answer to this request is that of another file.
        case other(path: String)
    }

    private struct State {
        var files: [String: [UInt8]] = [:]
        var uploads: [String: [Int: [UInt8]]] = [:]
        var requests: [Request] = []
        var faults: @Sendable (Request) -> Fault? = { _ in nil }
        var knowsRanges = true
        var knowsConditions = true
        /// What lists show; nil for what is there.
        var listed: Set<String>?
        var uploadCount = 0
    }

    private let state = Mutex(State())
    private let socketNumber: Int32
    package let port: Int
    /// The only name of keys that is let in; nil for everybody.
    package let key: String?

    /// Starts it.
    package init(key: String? = nil) throws {
        self.key = key
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(number, $0, size) }
        }
        guard bound == 0, listen(number, 64) == 0 else { throw CocoaError(.fileNoSuchFile) }
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(number, $0, &size) }
        }
        (socketNumber, port) = (number, Int(UInt16(bigEndian: address.sin_port)))
        let thread = Thread { [weak self] in
            while true {
                let client = accept(number, nil, nil)
                if client < 0 { return }
                var yes: Int32 = 1
                setsockopt(client, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
                guard let self else {
                    close(client)
                    return
                }
                Thread { self.serve(client) }.start()
            }
        }
        thread.start()
    }

    /// Stops listening.
    package func stop() {
        shutdown(socketNumber, Int32(SHUT_RDWR))
        close(socketNumber)
    }

    package var url: String { "http://127.0.0.1:\(port)" }

    /// The files by their paths, such as `/bucket/prefix/remote`.
    package var files: [String: [UInt8]] {
        get { state.withLock { $0.files } }
        set { state.withLock { $0.files = newValue } }
    }

    /// What was asked so far.
    package var requests: [Request] { state.withLock { $0.requests } }

    package func forgetRequests() { state.withLock { $0.requests = [] } }

    /// From now on, what goes wrong with requests.
    package func fail(_ faults: @escaping @Sendable (Request) -> Fault?) { state.withLock { $0.faults = faults } }

    /// From now on, what goes wrong with the next requests for a path that ends so, one after the other.
    package func fail(_ end: String, _ faults: [Fault]) {
        let left = Mutex(faults[...])
        fail { request in request.path.hasSuffix(end) ? left.withLock { $0.popFirst() } : nil }
    }

    package func set(knowsRanges: Bool = true, knowsConditions: Bool = true) {
        state.withLock { ($0.knowsRanges, $0.knowsConditions) = (knowsRanges, knowsConditions) }
    }

    /// Lists show what is there now, whatever comes later; or what is there then.
    package func freezeLists(_ areFrozen: Bool = true) {
        state.withLock { $0.listed = areFrozen ? Set($0.files.keys) : nil }
    }

    /// Takes the files of a folder in, under a path.
    package func load(_ folder: String, at path: String) throws {
        for case let name as String in FileManager.default.enumerator(atPath: folder) ?? FileManager.DirectoryEnumerator() {
            guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else { continue }
            files["\(path)/\(name)"] = Array(data)
        }
    }

    // MARK: - Connections

    private func serve(_ client: Int32) {
        defer { close(client) }
        var buffer: [UInt8] = []
        while let request = read(client, &buffer) {
            let faults = state.withLock { state in
                state.requests.append(request)
                return state.faults
            }
            let fault = faults(request)
            if !answer(request, fault, client) { return }
        }
    }

    private func receive(_ client: Int32, _ buffer: inout [UInt8]) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(client, &chunk, chunk.count, 0)
        if count <= 0 { return false }
        buffer += chunk[..<count]
        return true
    }

    private func read(_ client: Int32, _ buffer: inout [UInt8]) -> Request? {
        let end = Array("\r\n\r\n".utf8)
        var searched = 0
        while true {
            if let found = RemoteServer.position(of: end, in: buffer, from: max(0, searched - 3)) {
                let lines = String(decoding: buffer[..<found], as: UTF8.self).split(separator: "\r\n")
                let words = lines[0].split(separator: " ")
                var headers: [String: String] = [:]
                for line in lines.dropFirst() {
                    guard let colon = line.firstIndex(of: ":") else { continue }
                    headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
                }
                buffer.removeFirst(found + 4)
                let length = headers["content-length"].flatMap { Int($0) } ?? 0
                while buffer.count < length { if !receive(client, &buffer) { return nil } }
                let body = Array(buffer[..<length])
                buffer.removeFirst(length)
                return Request(method: String(words[0]), target: String(words[1]), headers: headers, body: body)
            }
            searched = buffer.count
            if !receive(client, &buffer) { return nil }
        }
    }

    private static func position(of needle: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count >= needle.count, start <= bytes.count - needle.count else { return nil }
        return (start...bytes.count - needle.count).first { bytes[$0] == needle[0] && Array(bytes[$0..<$0 + needle.count]) == needle }
    }

    private struct Answer {
        var status = 200
        var headers: [(String, String)] = []
        var body: [UInt8] = []
    }

    /// False if the connection ends.
    private func answer(_ request: Request, _ fault: Fault?, _ client: Int32) -> Bool {
        var answer: Answer
        var length: Int?
        var sent = Int.max
        var pause = 0.0
        switch fault {
        case .status(let status, let code):
            answer = RemoteServer.error(status, code)
        case .hangUp: return false
        case .other(let path):
            answer = self.answer(
                Request(method: request.method, target: path, headers: request.headers, body: request.body))
        default:
            answer = self.answer(request)
        }
        switch fault {
        case .cut(let count): sent = count
        case .silence(let seconds): Thread.sleep(forTimeInterval: seconds)
        case .drip(let seconds): pause = seconds
        case .otherBytes(let bytes):
            if !bytes.isEmpty { for place in answer.body.indices { answer.body[place] = bytes[place % bytes.count] } }
        case .flip(let bit):
            if !answer.body.isEmpty { answer.body[bit / 8 % answer.body.count] ^= UInt8(1 << (bit % 8)) }
        case .wrongLength(let difference): length = max(0, answer.body.count + difference)
        case .otherRange:
            for place in answer.headers.indices where answer.headers[place].0 == "Content-Range" {
                answer.headers[place].1 = "bytes 7-\(6 + answer.body.count)/100000"
            }
        default: break
        }
        var head = "HTTP/1.1 \(answer.status) Status\r\n"
        for (name, value) in answer.headers { head += "\(name): \(value)\r\n" }
        let isHead = request.method == "HEAD"
        head += "Content-Length: \(length ?? answer.body.count)\r\n\r\n"
        guard send(client, Array(head.utf8)) else { return false }
        if isHead { return true }
        let body = Array(answer.body.prefix(sent))
        if pause > 0 {
            for byte in body {
                Thread.sleep(forTimeInterval: pause)
                if !send(client, [byte]) { return false }
            }
        } else if !send(client, body) {
            return false
        }
        return sent >= answer.body.count && (length ?? answer.body.count) == answer.body.count
    }

    private func send(_ client: Int32, _ bytes: [UInt8]) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.send(client, $0.baseAddress! + done, bytes.count - done, Int32(MSG_NOSIGNAL)) }
            if count <= 0 { return false }
            done += count
        }
        return true
    }

    // MARK: - Answers

    private static func error(_ status: Int, _ code: String) -> Answer {
        Answer(
            status: status, headers: [("Content-Type", "application/xml")],
            body: Array("<Error><Code>\(code)</Code><Message>as the test wants it</Message></Error>".utf8))
    }

    private static func tag(_ bytes: [UInt8]) -> String {
        var hash: UInt64 = 14_695_981_039_346_656_037
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
        return "\"\(String(hash, radix: 16))\""
    }

    private func answer(_ request: Request) -> Answer {
        if let key {
            let authorization = request.headers["authorization"] ?? ""
            guard authorization.hasPrefix("AWS4-HMAC-SHA256 Credential=") else { return RemoteServer.error(403, "AccessDenied") }
            guard authorization.contains("Credential=\(key)/") else { return RemoteServer.error(403, "InvalidAccessKeyId") }
        }
        let path = request.path
        switch request.method {
        case "GET" where request.query["list-type"] == "2": return list(request)
        case "GET", "HEAD": return get(path, request)
        case "PUT": return put(path, request)
        case "POST": return post(path, request)
        case "DELETE":
            state.withLock { state in
                if let upload = request.query["uploadId"] { state.uploads[upload] = nil } else { state.files[path] = nil }
            }
            return Answer(status: 204)
        default: return RemoteServer.error(405, "MethodNotAllowed")
        }
    }

    private func get(_ path: String, _ request: Request) -> Answer {
        guard let file = files[path] else { return RemoteServer.error(404, "NoSuchKey") }
        let headers = [("ETag", RemoteServer.tag(file))]
        guard state.withLock({ $0.knowsRanges }), let range = request.headers["range"] else { return Answer(headers: headers, body: file) }
        let numbers = range.dropFirst("bytes=".count).split(separator: "-").compactMap { Int($0) }
        guard let first = numbers.first, first < file.count, numbers.count < 2 || numbers[1] >= first else {
            return RemoteServer.error(416, "InvalidRange")
        }
        let last = min(numbers.count > 1 ? numbers[1] : file.count - 1, file.count - 1)
        return Answer(
            status: 206, headers: headers + [("Content-Range", "bytes \(first)-\(last)/\(file.count)")], body: Array(file[first...last]))
    }

    private func put(_ path: String, _ request: Request) -> Answer {
        state.withLock { state in
            if let upload = request.query["uploadId"], let part = request.query["partNumber"].flatMap({ Int($0) }) {
                if state.uploads[upload] == nil { return RemoteServer.error(404, "NoSuchUpload") }
                state.uploads[upload]?[part] = request.body
                return Answer(headers: [("ETag", RemoteServer.tag(request.body))])
            }
            let (absent, match) = (request.headers["if-none-match"], request.headers["if-match"])
            if !state.knowsConditions, absent ?? match != nil { return RemoteServer.error(501, "NotImplemented") }
            let present = state.files[path].map(RemoteServer.tag)
            if absent == "*", present != nil { return RemoteServer.error(412, "PreconditionFailed") }
            if let match, match != present { return RemoteServer.error(412, "PreconditionFailed") }
            state.files[path] = request.body
            return Answer(headers: [("ETag", RemoteServer.tag(request.body))])
        }
    }

    private func post(_ path: String, _ request: Request) -> Answer {
        state.withLock { state in
            if request.query["uploads"] != nil {
                state.uploadCount += 1
                let name = "upload & \(state.uploadCount)"
                state.uploads[name] = [:]
                return Answer(body: Array("<R><UploadId>upload &amp; \(state.uploadCount)</UploadId></R>".utf8))
            }
            guard let name = request.query["uploadId"], let parts = state.uploads.removeValue(forKey: name) else {
                return RemoteServer.error(404, "NoSuchUpload")
            }
            state.files[path] = parts.sorted { $0.key < $1.key }.flatMap(\.value)
            return Answer(body: Array("<CompleteMultipartUploadResult></CompleteMultipartUploadResult>".utf8))
        }
    }

    /// Uploads that nobody has ended.
    package var uploadCount: Int { state.withLock { $0.uploads.count } }

    private func list(_ request: Request) -> Answer {
        let query = request.query
        let bucket = request.path.hasSuffix("/") ? request.path : request.path + "/"
        let prefix = query["prefix"] ?? ""
        let names = state.withLock { state in
            (state.listed.map { Array($0) } ?? Array(state.files.keys)).filter { $0.hasPrefix(bucket + prefix) }.map {
                String($0.dropFirst(bucket.count))
            }
            .sorted()
        }
        let start = query["continuation-token"].flatMap { token in names.firstIndex { $0 > token } } ?? 0
        // Few at a time, so that every list has several pages.
        let page = names[start...].prefix(3)
        let keys = page.map { "<Contents><Key>\($0.replacing("&", with: "&amp;"))</Key></Contents>" }.joined()
        let isLast = start + page.count == names.count
        let next = isLast ? "" : "<NextContinuationToken>\((page.last ?? "").replacing("&", with: "&amp;"))</NextContinuationToken>"
        return Answer(
            body: Array("<ListBucketResult><IsTruncated>\(!isLast)</IsTruncated>\(next)\(keys)</ListBucketResult>".utf8))
    }
}
