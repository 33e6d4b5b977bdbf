import Platform

/// The address of a folder on the web, in its parts.
struct WebAddress: Sendable, Equatable {
    /// Such as `https://host:8333`.
    let origin: String
    /// Such as `host:8333`.
    let host: String
    /// Percent-encoded, with a slash at its beginning and none at its end; may be empty.
    let path: String

    /// Reads an address such as `https://host/folder`.
    init(_ text: String) throws(TransferError) {
        let (scheme, rest): (String, Substring)
        if text.lowercased().hasPrefix("https://") {
            (scheme, rest) = ("https", text.dropFirst(8))
        } else if text.lowercased().hasPrefix("http://") {
            (scheme, rest) = ("http", text.dropFirst(7))
        } else {
            throw TransferError(.local, "an address begins with http:// or https://")
        }
        let host = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "\\") }) else {
            throw TransferError(.local, "the address has no name of a host. Write it as https://host/folder")
        }
        if host.contains("@") { throw TransferError(.local, "name and password do not go into an address. Put them into ~/.netrc") }
        let path = rest.dropFirst(host.count)
        if path.contains("?") || path.contains("#") {
            throw TransferError(.local, "the address is not that of a folder: it has a '?' or a '#'. Write it as https://host/folder")
        }
        var encoded = PercentEncoding.encode(String(path), keeping: "/%!$&'()*+,;=:@")
        while encoded.hasSuffix("/") { encoded.removeLast() }
        (origin, self.host, self.path) = ("\(scheme)://\(host)", String(host), encoded)
    }

    init(origin: String, host: String, path: String) {
        (self.origin, self.host, self.path) = (origin, host, path)
    }

    func url(of file: String) -> String {
        "\(origin)\(path)/\(PercentEncoding.encode(file, keeping: "/"))"
    }
}

/// A place in an S3 bucket, and the server that has it.
struct S3Place {
    let address: WebAddress
    let prefix: String
    let region: String

    /// Reads `s3://bucket/prefix`.
    init(_ text: String, _ access: RemoteAccess, _ environment: [String: String]) throws(TransferError) {
        let parts = text.dropFirst("s3://".count).split(separator: "/", omittingEmptySubsequences: true).map(String.init)
        guard let bucket = parts.first, (3...255).contains(bucket.utf8.count), !bucket.hasPrefix("."), !bucket.hasSuffix("."),
            bucket.utf8.allSatisfy({ S3Place.isAllowed($0) })
        else { throw TransferError(.local, "that is no name of a bucket. Write the remote as s3://bucket/prefix") }
        if parts.contains("..") || parts.contains(".") {
            throw TransferError(.local, "a prefix in a bucket has no '.' or '..'. Write the remote as s3://bucket/prefix")
        }
        prefix = parts.dropFirst().map { $0 + "/" }.joined()
        let profile = AWSProfile(environment: environment)
        func first(_ names: String...) -> String? { names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty } }
        region = access.region ?? first("AWS_REGION", "AWS_DEFAULT_REGION") ?? profile.setting("region") ?? "us-east-1"
        let endpoint = access.endpoint ?? first("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL") ?? profile.setting("endpoint_url")
        let server: WebAddress
        do throws(TransferError) { server = try WebAddress(endpoint ?? "https://s3.\(region).amazonaws.com") } catch {
            throw TransferError(.local, "the endpoint '\(endpoint ?? "")' cannot be used: \(error)")
        }
        // Certificates for all names of one level do not cover a bucket's name with a dot.
        let addressing = access.addressing ?? (endpoint != nil || bucket.contains(".") ? .path : .host)
        switch addressing {
        case .path: address = WebAddress(origin: server.origin, host: server.host, path: "\(server.path)/\(bucket)")
        case .host:
            let scheme = server.origin.prefix { $0 != ":" }
            address = WebAddress(origin: "\(scheme)://\(bucket).\(server.host)", host: "\(bucket).\(server.host)", path: server.path)
        }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
