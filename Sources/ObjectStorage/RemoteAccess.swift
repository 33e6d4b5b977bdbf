/// How a remote over the network is reached.
///
/// ```swift
/// var access = RemoteAccess()
/// access.endpoint = "http://127.0.0.1:8333"
/// try store.publish(to: "s3://models/likeness", access: access)
/// ```
public struct RemoteAccess: Sendable, Equatable {
    /// How the name of a bucket is told to its server.
    public enum Addressing: String, Sendable, CaseIterable {
        /// In the path, such as `https://host/bucket/key`.
        case path
        /// In the host's name, such as `https://bucket.host/key`.
        case host
    }

    /// Where the object store is, such as `http://127.0.0.1:8333`; nil for AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, and else AWS itself.
    public var endpoint: String?
    /// The bucket's region; nil for AWS_REGION, AWS_DEFAULT_REGION or the profile's, and else `us-east-1`.
    public var region: String?
    /// Nil for the path with an endpoint, and the host's name with AWS itself.
    public var addressing: Addressing?
    /// Seconds to wait for a connection, or for bytes on one, before another try.
    public var patience = 30.0
    /// How often a request is tried that may be tried again.
    public var attempts = 5
    /// Files, or parts of files, that are moved at the same time.
    public var transfers = 4
    /// Bytes in a second that are moved at the most; nil for any number.
    public var rate: Int?

    /// The defaults.
    public init() {}
}
