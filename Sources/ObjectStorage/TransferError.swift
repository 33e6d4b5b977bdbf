/// Why a file of a web server or a bucket could not be read or written. The text says what happened and what to do; it does not name the file.
package struct TransferError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    package enum Kind: Sendable, Equatable {
        /// The server cannot be reached, ends connections, is too slow, or says again and again that it is busy.
        case unreachable
        /// The server refuses.
        case refused
        /// A condition does not hold: another process has written the file.
        case changed
        /// The server does not know conditions.
        case unconditional
        /// The answer makes no sense.
        case senseless
        /// A signal came.
        case interrupted
        /// Nothing was asked: something is missing on this machine.
        case local
    }

    package let kind: Kind
    package let description: String
    /// The file, where several are moved at a time.
    package var place: String?

    package init(_ kind: Kind, _ description: String) {
        (self.kind, self.description) = (kind, description)
    }

    /// libcurl is not there.
    static let noLibrary = TransferError(
        .local, "the library libcurl is not on this machine. Install it (Debian: libcurl4) and run the command again")
    static let interrupted = TransferError(.interrupted, "it was interrupted. Run the command again: it goes on where it was")

    /// What a status says that is no success.
    ///
    /// - Parameters:
    ///   - body: the start of the answer's body.
    ///   - isSigned: whether the server is an object store that we have proved to who we are.
    init(status: Int, body: [UInt8], isSigned: Bool) {
        let code = XMLText.first("Code", in: body) ?? ""
        var message = XMLText.first("Message", in: body) ?? ""
        while message.hasSuffix(".") { message.removeLast() }
        let said =
            code.isEmpty ? "the server answers \(status)" : "the server answers \(status) \(code)" + (message.isEmpty ? "" : ", \(message)")
        let advice: String
        switch (status, code) {
        case (_, "RequestTimeTooSkewed"): advice = "Set this machine's clock right"
        case (_, "ExpiredToken"), (_, "TokenRefreshRequired"): advice = "The keys have expired: get new ones"
        case (_, "InvalidAccessKeyId"), (_, "SignatureDoesNotMatch"), (_, "InvalidToken"):
            advice = "Check the keys (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, or the profile in ~/.aws/credentials)"
        case (_, "NoSuchBucket"): advice = "Check the bucket's name and --endpoint, or make the bucket"
        case (301, _), (307, _), (_, "AuthorizationHeaderMalformed"), (_, "PermanentRedirect"):
            advice = "The bucket is elsewhere: check --region and --endpoint"
        case (401, _): advice = "The server wants to know who asks: put name and password into ~/.netrc"
        case (403, _):
            advice = isSigned ? "Check that these keys may read and write there" : "Check that the server lets this machine read there"
        case (412, _), (409, _): advice = "Another process has written it meanwhile: run the command again"
        case (429, _), (500..., _): advice = "Try again later"
        default: advice = "Check the address"
        }
        let kind: Kind =
            switch status {
            case 412, 409: .changed
            case 501: .unconditional
            case 429, 500, 502, 503, 504: .unreachable
            default: .refused
            }
        self.init(kind, "\(said). \(advice)")
    }
}

/// The few words of XML that object stores answer with.
enum XMLText {
    /// The text of each element of a name, without the elements inside it.
    static func values(of name: String, in bytes: [UInt8]) -> [String] {
        let text = String(decoding: bytes, as: UTF8.self)
        var values: [String] = []
        var rest = text[...]
        while let start = rest.firstRange(of: "<\(name)>") {
            rest = rest[start.upperBound...]
            guard let end = rest.firstRange(of: "</\(name)>") else { break }
            values.append(unescaped(String(rest[..<end.lowerBound])))
            rest = rest[end.upperBound...]
        }
        return values
    }

    /// The text of the first element of a name, if there is one; only letters, digits and signs of ASCII are kept.
    static func first(_ name: String, in bytes: [UInt8]) -> String? {
        guard let value = values(of: name, in: Array(bytes.prefix(16_384))).first else { return nil }
        return String(String.UnicodeScalarView(value.unicodeScalars.filter { (32..<127).contains($0.value) }.prefix(300)))
    }

    static func unescaped(_ text: String) -> String {
        if !text.utf8.contains(UInt8(ascii: "&")) { return text }
        var unescaped = text
        for (name, character) in [
            ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#34;", "\""), ("&#39;", "'"), ("&amp;", "&"),
        ] {
            unescaped = unescaped.replacing(name, with: character)
        }
        return unescaped
    }
}
