import CCurl
import Platform
import Synchronization

/// One request of a web server.
struct HTTPRequest: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case put = "PUT"
        case post = "POST"
        case delete = "DELETE"
    }

    var method = Method.get
    var url: String
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    var followsRedirects = false
    /// How long all of it may take; nil for as long as bytes move.
    var totalLimit: Duration?
}

/// What a server answers before the body.
struct HTTPHead: Sendable {
    var status = 0
    /// By name in lower case.
    var headers: [String: String] = [:]

    var isSuccess: Bool { (200..<300).contains(status) }

    /// Takes a line as it comes. After a redirect there is another head, which takes the place of the first.
    mutating func take(_ line: String) {
        if line.hasPrefix("HTTP/") {
            let words = line.split(separator: " ")
            self = HTTPHead(status: words.count > 1 ? Int(words[1]) ?? 0 : 0)
        } else if let colon = line.firstIndex(of: ":") {
            headers[line[..<colon].lowercased()] = HTTPHead.trimmed(line[line.index(after: colon)...])
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text.drop { $0.isWhitespace })
    }
}

/// How one request ended that got no whole answer.
enum HTTPFailure: Error {
    case failed(TransferError)
    /// Whoever takes the body had enough.
    case ended(HTTPHead)
    case refused(TransferError)
}

/// Connections to web servers, kept open from one request to the next. Several threads may ask at once.
final class HTTPClient: Sendable {
    private let idle = Mutex<[Connection]>([])
    private let connectLimit: Duration
    private let stallLimit: Duration

    /// - Parameter stallLimit: how long to wait for a connection, and for bytes on it.
    init(stallLimit: Duration) {
        self.stallLimit = stallLimit
        connectLimit = min(stallLimit, .seconds(10))
    }

    deinit {
        idle.withLock { connections in
            for connection in connections { unsafe curl_connection_close(connection.pointer) }
        }
    }

    /// Asks once.
    ///
    /// - Parameter receive: takes the body as it comes, with the head; false ends the request.
    func send(
        _ request: HTTPRequest, receive: @escaping (HTTPHead, RawSpan) -> Bool
    ) throws(HTTPFailure) -> HTTPHead {
        var connection = idle.withLock { $0.popLast() }
        if connection == nil, let pointer = unsafe curl_connection_open() { connection = unsafe Connection(pointer: pointer) }
        guard let connection else { throw .refused(.noLibrary) }
        defer { idle.withLock { $0.append(connection) } }
        let exchange = Exchange(receive)
        let (outcome, reason) = perform(request, exchange, connection)
        switch outcome {
        case curl_connection_done: return exchange.head
        case curl_connection_ended: throw Interruption.caught == nil ? .ended(exchange.head) : .refused(.interrupted)
        case curl_connection_failed: throw .failed(TransferError(.unreachable, "\(reason). Check the address, and that the server runs"))
        default: throw .refused(TransferError(.refused, "\(reason). Check the address"))
        }
    }

    private func perform(
        _ request: HTTPRequest, _ exchange: Exchange, _ connection: Connection
    ) -> (curl_connection_outcome, String) {
        // One header after the other in one piece of memory, each with its zero.
        var text: [CChar] = []
        var starts: [Int] = []
        for line in request.headers.map({ "\($0.name): \($0.value)" }) + ["Expect:"] {
            starts.append(text.count)
            text += line.utf8.map { CChar(bitPattern: $0) } + [0]
        }
        var reason = [CChar](repeating: 0, count: 512)
        let outcome = unsafe text.withUnsafeBufferPointer { text in
            let headers = unsafe starts.map { start in unsafe text.baseAddress.map { unsafe $0 + start } }
            return unsafe headers.withUnsafeBufferPointer { headers in
                unsafe perform(request, headers, exchange, connection, &reason)
            }
        }
        let end = reason.firstIndex(of: 0) ?? reason.endIndex
        return (outcome, String(decoding: reason[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }

    @unsafe private func perform(
        _ request: HTTPRequest, _ headers: UnsafeBufferPointer<UnsafePointer<CChar>?>, _ exchange: Exchange, _ connection: Connection,
        _ reason: inout [CChar]
    ) -> curl_connection_outcome {
        unsafe request.method.rawValue.withCString { method in
            unsafe request.url.withCString { url in
                unsafe request.body.withUnsafeBufferPointer { body in
                    var asked = unsafe curl_connection_request(
                        method: method, url: url, headers: headers.baseAddress, header_count: headers.count, body: body.baseAddress,
                        body_count: body.count, connect_limit: connectLimit.wholeMilliseconds, stall_limit: stallLimit.wholeMilliseconds,
                        total_limit: request.totalLimit?.wholeMilliseconds ?? 0, follows_redirects: request.followsRedirects,
                        context: Unmanaged.passUnretained(exchange).toOpaque(),
                        take_header: { context, line, count in
                            guard let context = unsafe context, let line = unsafe line else { return }
                            let bytes = unsafe UnsafeRawBufferPointer(start: line, count: count)
                            unsafe Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue().head
                                .take(String(decoding: bytes, as: UTF8.self))
                        },
                        take_body: { context, bytes, count in
                            guard let context = unsafe context else { return false }
                            let exchange = unsafe Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
                            return unsafe exchange.receive(exchange.head, UnsafeRawBufferPointer(start: bytes, count: count).bytes)
                        },
                        is_cancelled: { _ in Interruption.caught != nil })
                    let size = reason.count
                    return unsafe curl_connection_perform(connection.pointer, &asked, &reason, size)
                }
            }
        }
    }

    /// A connection that nobody else has.
    @safe private struct Connection: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    /// What comes back of one request.
    private final class Exchange {
        var head = HTTPHead()
        let receive: (HTTPHead, RawSpan) -> Bool

        init(_ receive: @escaping (HTTPHead, RawSpan) -> Bool) {
            self.receive = receive
        }
    }
}

extension Duration {
    /// Milliseconds, at least one.
    fileprivate var wholeMilliseconds: Int {
        max(1, Int(self / .milliseconds(1)))
    }
}
