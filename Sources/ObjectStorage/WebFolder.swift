import Platform

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Files under one address: a folder of a web server, which can be read, or a prefix of an S3 bucket, which can be written and listed too.
///
/// What may be tried again is: connections that fail or break, and the statuses 429, 500, 502, 503 and 504, after a growing pause that is not
/// the same for all. A file that comes in pieces goes on where it broke.
package final class WebFolder: Sendable {
    /// As users name it, such as `s3://bucket/prefix`.
    package let name: String
    /// Whether it can be written and listed.
    package var isBucket: Bool { bucket != nil }
    package let access: RemoteAccess
    let address: WebAddress
    /// What comes before the names in a bucket: a prefix with its slash, or nothing.
    let bucket: (prefix: String, keys: AWSCredentialSource, region: String)?
    private let client: HTTPClient
    private let rate: TransferRate?

    /// - Parameter chosen: where AWS's variables are; nil for those of the process.
    /// - Throws: the address makes no sense.
    package init(
        _ name: String, _ access: RemoteAccess, environment chosen: [String: String]? = nil
    ) throws(TransferError) {
        let environment = chosen ?? ProcessInfo.processInfo.environment
        (self.name, self.access) = (name, access)
        if name.lowercased().hasPrefix("s3://") {
            let place = try S3Place(name, access, environment)
            address = place.address
            bucket = (place.prefix, AWSCredentialSource(environment: environment), place.region)
        } else {
            address = try WebAddress(name)
            bucket = nil
        }
        client = HTTPClient(stallLimit: .seconds(access.patience))
        rate = access.rate.map { TransferRate(bytesPerSecond: $0) }
    }

    /// A file, as messages name it.
    package func place(of file: String) -> String {
        name.hasSuffix("/") ? name + file : "\(name)/\(file)"
    }

    /// How one try ended.
    enum Attempt<Value> {
        case done(Value)
        case again(TransferError, pause: Duration? = nil)
    }

    /// Tries until it is done, or has been tried often enough.
    ///
    /// - Parameter body: gets the number of the try, from 0. Trying stops when it throws.
    func trying<Value>(_ body: (Int) throws(TransferError) -> Attempt<Value>) throws(TransferError) -> Value {
        var number = 0
        while true {
            switch try body(number) {
            case .done(let value): return value
            case .again(let error, let pause):
                number += 1
                if number >= max(access.attempts, 1) { throw error }
                try wait(pause ?? .milliseconds(100) * (1 << min(number, 7)) * Double.random(in: 0.5...1))
            }
        }
    }

    private func wait(_ pause: Duration) throws(TransferError) {
        let end = ContinuousClock.now + min(pause, .seconds(30))
        while ContinuousClock.now < end {
            if Interruption.caught != nil { throw .interrupted }
            let left = (end - ContinuousClock.now) / .microseconds(1)
            SystemThread.pause(microseconds: UInt32(max(1, min(left, 50_000))))
        }
    }

    /// A request for a file, signed if the folder is a bucket.
    ///
    /// - Parameter file: nil for the bucket itself.
    func request(
        _ method: HTTPRequest.Method, _ file: String?, query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], body: [UInt8] = [], now: Int64 = WallClock.milliseconds
    ) throws(TransferError) -> HTTPRequest {
        var request = HTTPRequest(method: method, url: "", headers: headers, body: body)
        guard let bucket else {
            request.url = address.url(of: file ?? "")
            request.followsRedirects = true
            return request
        }
        let path =
            address.path
            + (file.map { "/" + PercentEncoding.encode(bucket.prefix + $0, keeping: "/") } ?? (address.path.isEmpty ? "/" : ""))
        let text = SignatureV4.text(of: query)
        request.url = "\(address.origin)\(path)" + (text.isEmpty ? "" : "?\(text)")
        let signature = SignatureV4(credentials: try bucket.keys.credentials(now: now), region: bucket.region)
        request.headers = signature.sign(
            method.rawValue, path: path, query: query, headers: headers + [("host", address.host)], bodyHash: Hashes.sha256(body), time: now
        )
        return request
    }

    /// Sends a request until it is answered, and gives head and body of a success.
    ///
    /// - Parameters:
    ///   - limit: bytes that the body may have.
    ///   - accepted: what to make of a status that is no success; nil to throw.
    func send(
        _ method: HTTPRequest.Method, _ file: String?, query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], body: [UInt8] = [], limit: Int = 16 << 20,
        accepting accepted: Set<Int> = []
    ) throws(TransferError) -> (head: HTTPHead, body: [UInt8]) {
        try trying { _ throws(TransferError) in
            var request = try request(method, file, query: query, headers: headers, body: body)
            // Moving the body may take its time.
            request.totalLimit = .seconds(2 * access.patience) + .seconds(Double(body.count) / Double(access.rate ?? 100_000))
            let answer = Bytes()
            let head: HTTPHead
            do throws(HTTPFailure) {
                head = try client.send(request) { _, bytes in
                    answer.append(bytes)
                    return answer.bytes.count <= limit
                }
            } catch {
                switch error {
                case .failed(let error): return .again(error)
                case .refused(let error): throw error
                case .ended: throw TransferError(.senseless, "the answer has more than \(limit) bytes. Check the address")
                }
            }
            rate?.take(body.count)
            return try settle(head, answer.bytes, accepted)
        }
    }

    /// What an answer that came whole means.
    private func settle(
        _ head: HTTPHead, _ body: [UInt8], _ accepted: Set<Int>
    ) throws(TransferError) -> Attempt<(head: HTTPHead, body: [UInt8])> {
        if head.isSuccess || accepted.contains(head.status) { return .done((head, body)) }
        let error = TransferError(status: head.status, body: body, isSigned: isBucket)
        guard error.kind == .unreachable else { throw error }
        return .again(error, pause: head.headers["retry-after"].flatMap { Double($0) }.map { .seconds(max(0, $0)) })
    }

    /// The bytes of a small file, and what tells them from others; nil if there is none.
    ///
    /// - Parameter limit: more bytes are an error.
    package func read(_ file: String, limit: Int) throws(TransferError) -> (bytes: [UInt8], tag: String?)? {
        let (head, body) = try send(.get, file, limit: limit, accepting: [404])
        if head.status == 404 {
            if XMLText.first("Code", in: body) == "NoSuchBucket" { throw TransferError(status: 404, body: body, isSigned: isBucket) }
            return nil
        }
        if let length = head.headers["content-length"], Int(length) != body.count, head.headers["content-encoding"] == nil {
            throw TransferError(.senseless, "\(body.count) bytes of \(length) came. Try again")
        }
        return (body, head.headers["etag"])
    }

    /// Reads a part of a file.
    ///
    /// - Parameters:
    ///   - range: the part; it may end after the file.
    ///   - receive: takes bytes, and where they begin in the file, ascending and without gaps; false to stop. It may get more than was asked for from
    ///     a server that knows no parts.
    /// - Returns: bytes of the whole file, and whether the server gives all of it at once only; nil if there is no such file.
    package func read(
        _ file: String, _ range: Range<Int>, receive: @escaping (Int, RawSpan) -> Bool
    ) throws(TransferError) -> (byteCount: Int, isWhole: Bool)? {
        let reading = PartialReading(range, rate, receive)
        var lastPlace = -1
        while true {
            do throws(TransferError) {
                return try trying { _ throws(TransferError) in
                    let headers = [(name: "Range", value: "bytes=\(reading.place)-\(range.upperBound - 1)")]
                    let request = try request(.get, file, headers: headers)
                    reading.begin()
                    do throws(HTTPFailure) {
                        let head = try client.send(request) { head, bytes in reading.take(head, bytes) }
                        if head.status == 404 {
                            _ = try settleHTTP(head, reading.errorBody, [404])
                            return .done(nil)
                        }
                        if !head.isSuccess { return .again(try settleError(head, reading.errorBody)) }
                    } catch {
                        switch error {
                        // All that was asked for may have come before the connection broke.
                        case .failed(let error): if !reading.isDone || reading.byteCount == nil { return .again(error) }
                        case .refused(let error): throw error
                        case .ended: break
                        }
                    }
                    if let problem = reading.problem { throw problem }
                    guard let byteCount = reading.byteCount else {
                        return .again(TransferError(.senseless, "the answer has no length. Try again"))
                    }
                    if reading.isDone { return .done((byteCount, reading.isWhole)) }
                    return .again(
                        TransferError(
                            .unreachable, "the connection was cut after \(reading.place - range.lowerBound) bytes. Try again later"))
                }
            } catch {
                // What moves on, however slowly, is not given up.
                guard error.kind == .unreachable, reading.place > max(lastPlace, range.lowerBound) else { throw error }
                lastPlace = reading.place
            }
        }
    }

    /// The bytes of a part of a file, fewer at its end; nil if there is no such file.
    package func bytes(of file: String, _ range: Range<Int>) throws(TransferError) -> [UInt8]? {
        let bytes = Bytes(capacity: range.count)
        let found = try read(file, range) { place, part in
            bytes.append(part.extracting(0..<min(part.byteCount, range.upperBound - place)))
            // A server that knows no parts goes on to the end of the file.
            return place + part.byteCount <= range.upperBound
        }
        return found == nil ? nil : bytes.bytes
    }

    private func settleHTTP(_ head: HTTPHead, _ body: [UInt8], _ accepted: Set<Int>) throws(HTTPFailure) -> HTTPHead {
        if XMLText.first("Code", in: body) == "NoSuchBucket" { throw .refused(TransferError(status: 404, body: body, isSigned: isBucket)) }
        return head
    }

    private func settleError(_ head: HTTPHead, _ body: [UInt8]) throws(HTTPFailure) -> TransferError {
        let error = TransferError(status: head.status, body: body, isSigned: isBucket)
        if error.kind != .unreachable { throw .refused(error) }
        return error
    }
}

/// A part of a file on its way, through several answers if need be.
private final class PartialReading {
    private let range: Range<Int>
    private let receive: (Int, RawSpan) -> Bool
    private let rate: TransferRate?
    /// Where the next byte goes.
    private(set) var place: Int
    /// Bytes of the whole file, once they are known.
    private(set) var byteCount: Int?
    private(set) var isWhole = false
    private(set) var problem: TransferError?
    private let error = Bytes()
    /// The body of an answer that is no success.
    var errorBody: [UInt8] { error.bytes }
    /// Bytes of this answer that come before `place`.
    private var skipped = 0
    private var hasHead = false

    init(_ range: Range<Int>, _ rate: TransferRate?, _ receive: @escaping (Int, RawSpan) -> Bool) {
        (self.range, self.rate, self.receive, place) = (range, rate, receive, range.lowerBound)
    }

    var isDone: Bool { place >= min(isWhole ? .max : range.upperBound, byteCount ?? .max) || wasStopped }
    private var wasStopped = false

    func begin() {
        (hasHead, skipped) = (false, 0)
        error.clear()
    }

    func take(_ head: HTTPHead, _ bytes: RawSpan) -> Bool {
        guard head.isSuccess else {
            error.append(bytes)
            return error.bytes.count < 16_384
        }
        if !hasHead {
            hasHead = true
            problem = takeHead(head)
            if problem != nil { return false }
        }
        let rest = bytes.extracting(min(skipped, bytes.byteCount)..<bytes.byteCount)
        skipped -= bytes.byteCount - rest.byteCount
        if rest.isEmpty { return true }
        if let byteCount, place + rest.byteCount > byteCount {
            problem = TransferError(.senseless, "more bytes came than its \(byteCount). Check the server")
            return false
        }
        rate?.take(rest.byteCount)
        let goesOn = receive(place, rest)
        place += rest.byteCount
        if !goesOn { wasStopped = true }
        return goesOn
    }

    /// What the head says of the bytes after it.
    private func takeHead(_ head: HTTPHead) -> TransferError? {
        var total: Int?
        if head.status == 206 {
            // bytes 0-863/1200
            let words = head.headers["content-range"]?.split { $0 == " " || $0 == "-" || $0 == "/" } ?? []
            guard words.count == 4, words[0] == "bytes", let first = Int(words[1]), let last = Int(words[2]), let all = Int(words[3]),
                first == place, last < all, last < range.upperBound
            else { return TransferError(.senseless, "the server gives another part than was asked for. Check the server") }
            total = all
        } else {
            (isWhole, skipped) = (true, place)
            total = head.headers["content-length"].flatMap { Int($0) }
            guard total != nil else { return TransferError(.senseless, "the server does not say how long the file is. Use another server") }
        }
        if let byteCount, byteCount != total {
            return TransferError(.senseless, "the file had \(byteCount) bytes and has \(total ?? 0) now. Try again")
        }
        byteCount = total
        return nil
    }
}
