import Foundation
import RemoteServer
import Testing

@testable import ObjectStorage

/// Addresses and keys: where they are looked for, and what is refused.
struct AddressTests {
    private func access(_ endpoint: String? = nil, _ addressing: RemoteAccess.Addressing? = nil) -> RemoteAccess {
        var access = RemoteAccess()
        (access.endpoint, access.addressing) = (endpoint, addressing)
        return access
    }

    @Test func `A bucket's name goes into the path or the host, and its prefix before the names`() throws {
        for (text, options, variables, url, prefix) in [
            ("s3://models/a/b", access(), [:], "https://models.s3.us-east-1.amazonaws.com", "a/b/"),
            ("s3://models", access(), ["AWS_REGION": "eu-west-1"], "https://models.s3.eu-west-1.amazonaws.com", ""),
            ("s3://my.models/x", access(), [:], "https://s3.us-east-1.amazonaws.com/my.models", "x/"),
            ("s3://models/x", access("http://127.0.0.1:8333"), [:], "http://127.0.0.1:8333/models", "x/"),
            ("s3://models/x", access("http://127.0.0.1:8333/s3/", .path), [:], "http://127.0.0.1:8333/s3/models", "x/"),
            ("s3://models/x", access("http://localhost:8333", .host), [:], "http://models.localhost:8333", "x/"),
            ("S3://models//a b/ü%/", access(), ["AWS_ENDPOINT_URL": "https://h"], "https://h/models", "a b/ü%/"),
        ] as [(String, RemoteAccess, [String: String], String, String)] {
            let place = try S3Place(text, options, variables)
            #expect(place.address.origin + place.address.path == url && place.prefix == prefix, "\(text): \(place)")
        }
    }

    @Test func `Addresses that make no sense are refused with words`() {
        for text in [
            "s3://", "s3://a", "s3://models/../x", "s3://mod els/x", "s3://.models", "http://", "https:///x", "http://user:password@host/x",
            "http://host/x?y", "http://host/#x", "http://ho st/x", "ftp://host/x",
        ] {
            #expect(throws: TransferError.self, "\(text)") { try WebFolder(text, RemoteAccess(), environment: [:]) }
        }
        #expect(throws: TransferError.self) { try WebFolder("s3://models/x", access("nonsense"), environment: [:]) }
    }

    @Test func `Keys come from variables, then profiles, then endpoints of containers and machines`() throws {
        let folder = NSTemporaryDirectory() + "likeness-keys-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func write(_ text: String, _ name: String) throws -> String {
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
            return "\(folder)/\(name)"
        }
        let credentials = try write(
            "# comment\n[default]\naws_access_key_id = D\naws_secret_access_key=d/+=\n\n[ other ]\naws_access_key_id=O\r\n"
                + "aws_secret_access_key = o\naws_session_token = t\n[half]\naws_access_key_id = H\n", "credentials")
        let config = try write(
            "[default]\nregion = eu-north-1\n[profile third]\naws_access_key_id=T\naws_secret_access_key=s\nregion = ap-south-1\n", "config"
        )
        let files = ["AWS_SHARED_CREDENTIALS_FILE": credentials, "AWS_CONFIG_FILE": config, "AWS_EC2_METADATA_DISABLED": "true"]
        func keys(_ more: [String: String]) throws -> AWSCredentials {
            try AWSCredentialSource(environment: files.merging(more) { $1 }).credentials(now: 0)
        }
        #expect(try keys(["AWS_ACCESS_KEY_ID": "E", "AWS_SECRET_ACCESS_KEY": "e"]) == AWSCredentials(key: "E", secret: "e"))
        #expect(try keys([:]) == AWSCredentials(key: "D", secret: "d/+="))
        #expect(try keys(["AWS_PROFILE": "other"]) == AWSCredentials(key: "O", secret: "o", token: "t"))
        #expect(try keys(["AWS_PROFILE": "third"]) == AWSCredentials(key: "T", secret: "s"))
        #expect(AWSProfile(environment: files).setting("region") == "eu-north-1")
        for wrong in [["AWS_PROFILE": "half"], ["AWS_PROFILE": "nobody"], ["AWS_ACCESS_KEY_ID": "E"]] {
            #expect(throws: TransferError.self, "\(wrong)") { try keys(wrong) }
        }
        let server = try RemoteServer()
        defer { server.stop() }
        let answer = #"{"AccessKeyId": "M", "SecretAccessKey": "m", "Token": "n", "Expiration": "2030-01-01T00:00:00Z"}"#
        server.files = [
            "/latest/meta-data/iam/security-credentials/": Array("role\n".utf8),
            "/latest/meta-data/iam/security-credentials/role": Array(answer.utf8), "/container": Array(answer.utf8),
        ]
        let expected = AWSCredentials(key: "M", secret: "m", token: "n", expires: 1_893_456_000_000)
        let machine = ["AWS_EC2_METADATA_DISABLED": "", "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url, "AWS_PROFILE": "nobody"]
        let source = AWSCredentialSource(environment: files.merging(machine) { $1 })
        #expect(try source.credentials(now: 0) == expected)
        let asked = server.requests.count
        #expect(try source.credentials(now: 0) == expected && server.requests.count == asked)
        // Keys that end soon are asked for again.
        #expect(try source.credentials(now: 1_893_456_000_000 - 1_000) == expected && server.requests.count > asked)
        #expect(try keys(["AWS_PROFILE": "nobody", "AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url + "/container"]) == expected)
        #expect(throws: TransferError.self) {
            try keys(["AWS_PROFILE": "nobody", "AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url + "/elsewhere"])
        }
    }
}
