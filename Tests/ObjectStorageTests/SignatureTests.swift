import Testing

@testable import ObjectStorage

/// Signatures beside those of AWS's own documentation, and those that botocore 1.43 makes.
struct SignatureTests {
    private static let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    private struct Case {
        let method: String
        let path: String
        var query: [(name: String, value: String)] = []
        let headers: [(name: String, value: String)]
        var bodyHash = SignatureTests.empty
        let signature: String
    }

    private func signature(_ signer: SignatureV4, _ sample: Case, _ time: Int64) -> String {
        let headers = signer.sign(
            sample.method, path: sample.path, query: sample.query, headers: sample.headers, bodyHash: sample.bodyHash, time: time)
        return headers.first { $0.name == "Authorization" }?.value.split(separator: "=").last.map(String.init) ?? ""
    }

    @Test func `The examples of AWS's documentation of S3 are signed as it says`() {
        let host = (name: "Host", value: "examplebucket.s3.amazonaws.com")
        let signer = SignatureV4(
            credentials: AWSCredentials(key: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            region: "us-east-1")
        for sample in [
            Case(
                method: "GET", path: "/test.txt", headers: [host, ("Range", "bytes=0-9")],
                signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
            Case(
                method: "PUT", path: "/test%24file.text",
                headers: [host, ("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
                bodyHash: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
                signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
            Case(
                method: "GET", path: "/", query: [("lifecycle", "")], headers: [host],
                signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
            Case(
                method: "GET", path: "/", query: [("max-keys", "2"), ("prefix", "J")], headers: [host],
                signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
        ] {
            #expect(signature(signer, sample, 1_369_353_600_000) == sample.signature, "\(sample.path)")
        }
    }

    @Test func `The first vector of AWS's test suite is signed as it says`() {
        let signer = SignatureV4(
            credentials: AWSCredentials(key: "AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), region: "us-east-1",
            service: "service")
        let sample = Case(
            method: "GET", path: "/", headers: [("Host", "example.amazonaws.com")],
            signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")
        #expect(signature(signer, sample, 1_440_938_160_000) == sample.signature)
    }

    @Test func `Odd names, conditions and keys with a token are signed as botocore signs them`() {
        let time: Int64 = 1_709_251_198_000
        #expect(SignatureV4.stamp(time) == "20240229T235958Z")
        func signer(_ region: String, token: String? = nil) -> SignatureV4 {
            SignatureV4(credentials: AWSCredentials(key: "AKIDTEST", secret: "sec/ret+key", token: token), region: region)
        }
        let odd = Case(
            method: "GET", path: "/bucket/" + PercentEncoding.encode("a b/ü%25/x.pack", keeping: "/"),
            headers: [("Range", "bytes=0-99"), ("host", "127.0.0.1:8333")],
            signature: "b2c8e4e9a1effb98c6114ae842e33d4b7311eb34998a4acd4e7196808e5dab16")
        #expect(signature(signer("eu-central-1"), odd, time) == odd.signature)
        let conditional = Case(
            method: "PUT", path: "/p/aliases/production.pointer",
            headers: [("If-Match", "\"abc\""), ("host", "bucket.s3.eu-west-1.amazonaws.com")], bodyHash: Hashes.sha256(Array("hello".utf8)),
            signature: "a148aca80750079ce4313750800f86dbbbea570a26546ea5a16418aaa8d3f899")
        #expect(signature(signer("eu-west-1", token: "tok/en=="), conditional, time) == conditional.signature)
        let list = Case(
            method: "GET", path: "/bucket", query: [("list-type", "2"), ("prefix", "a b/packs/"), ("continuation-token", "x+&=")],
            headers: [("host", "127.0.0.1:8333")], signature: "065f4524ca9b47928316e96213e9573689c93f4fb3e301f53685ca28472e5b4a")
        #expect(signature(signer("us-east-1"), list, time) == list.signature)
    }

    @Test func `Times are those of the calendar`() {
        for (time, stamp) in [
            (0, "19700101T000000Z"), (951_782_399_000, "20000228T235959Z"), (951_782_400_000, "20000229T000000Z"),
            (4_107_542_400_000, "21000301T000000Z"), (1_735_689_599_999, "20241231T235959Z"),
        ] as [(Int64, String)] {
            #expect(SignatureV4.stamp(time) == stamp)
        }
    }
}
