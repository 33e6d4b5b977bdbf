import Platform

/// Signs requests as AWS's Signature Version 4 says: the server finds out who asks, and that nobody has changed the request.
///
/// signature = HMAC(HMAC(HMAC(HMAC(HMAC("AWS4" + secret, day), region), service), "aws4_request"), text to sign), where the text has the time, the
/// scope and the hash of the request in a canonical form.
struct SignatureV4: Sendable {
    var credentials: AWSCredentials
    var region: String
    var service = "s3"

    /// The headers of a request with those that sign it.
    ///
    /// - Parameters:
    ///   - path: as it is sent, percent-encoded.
    ///   - query: names and values as they are meant.
    ///   - headers: those that are sent; all are signed. `host` must be among them.
    ///   - bodyHash: the SHA-256 of the body, in hexadecimal digits.
    ///   - time: milliseconds since 1970-01-01 UTC.
    func sign(
        _ method: String, path: String, query: [(name: String, value: String)], headers: [(name: String, value: String)], bodyHash: String,
        time: Int64
    ) -> [(name: String, value: String)] {
        let stamp = SignatureV4.stamp(time)
        var headers = headers + [("x-amz-date", stamp)]
        if service == "s3" { headers.append(("x-amz-content-sha256", bodyHash)) }
        if let token = credentials.token { headers.append(("x-amz-security-token", token)) }
        let canonical = headers.map { (name: $0.name.lowercased(), value: SignatureV4.trimmed($0.value)) }
            .sorted { ($0.name, $0.value) < ($1.name, $1.value) }
        let names = canonical.map(\.name).joined(separator: ";")
        let request = [
            method, path, SignatureV4.text(of: query), canonical.map { "\($0.name):\($0.value)\n" }.joined(), names, bodyHash,
        ].joined(separator: "\n")
        let day = String(stamp.prefix(8))
        let scope = "\(day)/\(region)/\(service)/aws4_request"
        let text = "AWS4-HMAC-SHA256\n\(stamp)\n\(scope)\n\(Hashes.sha256(Array(request.utf8)))"
        var key = Array("AWS4\(credentials.secret)".utf8)
        for part in [day, region, service, "aws4_request"] { key = Hashes.hmac(part, key: key) }
        let signature = Hashes.hexadecimal(Hashes.hmac(text, key: key))
        return headers + [
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=\(credentials.key)/\(scope), SignedHeaders=\(names), Signature=\(signature)"
            )
        ]
    }

    /// A query as it is signed, and sent.
    static func text(of query: [(name: String, value: String)]) -> String {
        query.map { (PercentEncoding.encode($0.name), PercentEncoding.encode($0.value)) }.sorted { $0 < $1 }.map { "\($0)=\($1)" }
            .joined(separator: "&")
    }

    /// Without spaces at both ends, and one for several inside.
    private static func trimmed(_ value: String) -> String {
        value.split(separator: " ").joined(separator: " ")
    }

    /// A time such as 20130524T000000Z.
    static func stamp(_ time: Int64) -> String {
        let time = WallClock.calendar(time)
        func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(time.year)\(padded(time.month))\(padded(time.day))T\(padded(time.hour))\(padded(time.minute))\(padded(time.second))Z"
    }
}
