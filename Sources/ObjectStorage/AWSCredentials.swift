import Platform
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Keys that an object store knows.
struct AWSCredentials: Sendable, Equatable {
    var key: String
    var secret: String
    /// Goes with keys that do not last.
    var token: String?
    /// When they end, in milliseconds since 1970-01-01 UTC; nil for never.
    var expires: Int64?
}

/// Finds keys where AWS's own tools look for them: the environment, the profile in the credentials file, the container's endpoint, the
/// machine's. Those that end are asked for anew in time.
final class AWSCredentialSource: Sendable {
    private let environment: [String: String]
    private let known = Mutex<AWSCredentials?>(nil)
    /// Keys that end sooner are replaced.
    private static let margin: Int64 = 300_000

    init(environment: [String: String]) {
        self.environment = environment
    }

    /// The keys as of now.
    func credentials(now: Int64) throws(TransferError) -> AWSCredentials {
        let before = known.withLock { $0 }
        if let before, before.expires.map({ $0 - now > AWSCredentialSource.margin }) ?? true { return before }
        let found = try find()
        known.withLock { $0 = found }
        return found
    }

    private func find() throws(TransferError) -> AWSCredentials {
        if let key = value("AWS_ACCESS_KEY_ID") {
            guard let secret = value("AWS_SECRET_ACCESS_KEY") else {
                throw TransferError(.local, "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not. Set both")
            }
            return AWSCredentials(key: key, secret: secret, token: value("AWS_SESSION_TOKEN"))
        }
        if let found = try AWSProfile(environment: environment).credentials() { return found }
        if let found = try askContainer() { return found }
        if let found = try askMachine() { return found }
        throw TransferError(
            .local,
            "there are no keys: AWS_ACCESS_KEY_ID is not set, ~/.aws/credentials has no profile '\(AWSProfile(environment: environment).name)', and "
                + "this machine has no role. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE")
    }

    private func value(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What an endpoint of credentials answers.
    private struct Answer: Decodable {
        let AccessKeyId: String
        let SecretAccessKey: String
        let Token: String?
        let Expiration: String?
    }

    private func askContainer() throws(TransferError) -> AWSCredentials? {
        let url: String
        if let path = value("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            url = "http://169.254.170.2\(path)"
        } else if let full = value("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
            url = full
        } else {
            return nil
        }
        var headers: [(name: String, value: String)] = []
        if let token = value("AWS_CONTAINER_AUTHORIZATION_TOKEN") { headers.append(("Authorization", token)) }
        guard let answer = try ask(HTTPRequest(url: url, headers: headers), limit: .seconds(5)) else {
            throw TransferError(.local, "the container's endpoint for keys, \(url), does not answer")
        }
        return try parse(answer, from: url)
    }

    /// The role of a machine in AWS's cloud. Elsewhere nobody answers, which is found out within a second.
    private func askMachine() throws(TransferError) -> AWSCredentials? {
        if value("AWS_EC2_METADATA_DISABLED")?.lowercased() == "true" { return nil }
        let base = value("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? "http://169.254.169.254"
        let root = base.hasSuffix("/") ? String(base.dropLast()) : base
        let session = HTTPRequest(
            method: .put, url: "\(root)/latest/api/token", headers: [("X-aws-ec2-metadata-token-ttl-seconds", "21600")])
        guard let token = try ask(session, limit: .seconds(1)) else { return nil }
        let headers = [(name: "X-aws-ec2-metadata-token", value: AWSCredentialSource.line(token))]
        let roles = "\(root)/latest/meta-data/iam/security-credentials/"
        guard let role = try ask(HTTPRequest(url: roles, headers: headers), limit: .seconds(5)), !role.isEmpty else { return nil }
        let url = roles + PercentEncoding.encode(AWSCredentialSource.line(role))
        guard let answer = try ask(HTTPRequest(url: url, headers: headers), limit: .seconds(5)) else { return nil }
        return try parse(answer, from: url)
    }

    private static func line(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.prefix { $0 > 32 && $0 < 127 }, as: UTF8.self)
    }

    private func parse(_ bytes: [UInt8], from url: String) throws(TransferError) -> AWSCredentials {
        do {
            let answer = try JSONDecoder().decode(Answer.self, from: Data(bytes))
            let expires = try answer.Expiration.map { try Date($0, strategy: .iso8601) }
            return AWSCredentials(
                key: answer.AccessKeyId, secret: answer.SecretAccessKey, token: answer.Token,
                expires: expires.map { Int64($0.timeIntervalSince1970 * 1_000) })
        } catch {
            throw TransferError(.senseless, "\(url) gives no keys")
        }
    }

    /// The body of a successful answer; nil if there is none.
    private func ask(_ request: HTTPRequest, limit: Duration) throws(TransferError) -> [UInt8]? {
        var request = request
        request.totalLimit = limit
        let body = Bytes()
        do throws(HTTPFailure) {
            let head = try HTTPClient(stallLimit: limit).send(request) { _, bytes in
                body.append(bytes)
                return body.bytes.count < 65_536
            }
            return head.isSuccess ? body.bytes : nil
        } catch .refused(let error) where error.kind == .local || error.kind == .interrupted {
            throw error
        } catch {
            return nil
        }
    }
}

/// Bytes that come bit by bit.
final class Bytes {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    func append(_ more: RawSpan) {
        unsafe more.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }

    func clear() {
        bytes = []
    }
}

/// The profile that AWS_PROFILE names, in the files of AWS's own tools.
struct AWSProfile {
    private let environment: [String: String]

    init(environment: [String: String]) {
        self.environment = environment
    }

    var name: String {
        ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? "default"
    }

    private func path(_ variable: String, _ name: String) -> String? {
        if let path = environment[variable], !path.isEmpty { return path }
        return environment["HOME"].map { "\($0)/.aws/\(name)" }
    }

    /// The profile's keys; nil if there is no such profile.
    func credentials() throws(TransferError) -> AWSCredentials? {
        let files = [
            (path("AWS_SHARED_CREDENTIALS_FILE", "credentials"), name), (path("AWS_CONFIG_FILE", "config"), configName),
        ]
        for (path, section) in files {
            guard let path, let values = AWSProfile.values(of: section, in: path), let key = values["aws_access_key_id"] else { continue }
            guard let secret = values["aws_secret_access_key"] else {
                throw TransferError(.local, "the profile '\(name)' in \(path) has aws_access_key_id and no aws_secret_access_key. Add it")
            }
            return AWSCredentials(key: key, secret: secret, token: values["aws_session_token"])
        }
        return nil
    }

    private var configName: String { name == "default" ? name : "profile \(name)" }

    /// A setting of the profile, such as `region`.
    func setting(_ key: String) -> String? {
        path("AWS_CONFIG_FILE", "config").flatMap { AWSProfile.values(of: configName, in: $0)?[key] }
    }

    /// The values of a section of a file; nil if there is none.
    private static func values(of section: String, in path: String) -> [String: String]? {
        guard let file = try? FileDescriptor(path, for: .reading), let count = try? file.byteCount,
            let bytes = try? file.read(min(count, 1 << 20), at: 0)
        else { return nil }
        var values: [String: String]?
        var isInside = false
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let line = line.drop { $0.isWhitespace }
            if line.hasPrefix("#") || line.hasPrefix(";") { continue }
            if line.hasPrefix("[") {
                let name = line.dropFirst().prefix { $0 != "]" }.split(separator: " ").joined(separator: " ")
                isInside = name == section
                if isInside { values = values ?? [:] }
            } else if isInside, let equals = line.firstIndex(of: "=") {
                let key = line[..<equals].split(separator: " ").joined()
                var value = line[line.index(after: equals)...].drop { $0.isWhitespace }
                while value.last?.isWhitespace == true { value.removeLast() }
                values?[key.lowercased()] = String(value)
            }
        }
        return values
    }
}
