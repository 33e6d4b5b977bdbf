import ArgumentParser
import Likeness

/// How a remote over the network is reached.
struct RemoteOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The server of an s3:// remote, such as http://127.0.0.1:8333. Without it AWS_ENDPOINT_URL, and else AWS.", valueName: "url"))
    var endpoint: String?

    @Option(
        help: ArgumentHelp("The region of an s3:// remote. Without it AWS_REGION or the profile's, and else us-east-1.", valueName: "name"))
    var region: String?

    @Option(
        help: ArgumentHelp(
            "Where the name of a bucket goes: into the path of an address, or into the host's name. Without it path with --endpoint.",
            valueName: "path|host"))
    var addressing: RemoteAccess.Addressing?

    @Option(help: ArgumentHelp("Bytes in a second that are moved at the most, such as 500k or 20M.", valueName: "bytes"))
    var rate: Bytes?

    @Option(name: .customLong("time-out"), help: ArgumentHelp("How long to wait for a remote that does not answer.", valueName: "seconds"))
    var patience = RemoteAccess().patience

    @Option(help: ArgumentHelp("How often a request is tried that may be tried again.", valueName: "n"))
    var attempts = RemoteAccess().attempts

    func validate() throws {
        if !(0.1...3_600).contains(patience) {
            throw ValidationError("--time-out is \(patience), but it must be from 0.1 seconds to 3600, an hour.")
        }
        if !(1...100).contains(attempts) { throw ValidationError("--attempts is \(attempts), but it must be from 1 to 100.") }
    }

    var access: RemoteAccess {
        var access = RemoteAccess()
        (access.endpoint, access.region, access.addressing) = (endpoint, region, addressing)
        (access.rate, access.patience, access.attempts) = (rate?.count, patience, attempts)
        return access
    }
}

/// A number of bytes as users write it: 1500, 500k, 20M, 1.5G.
struct Bytes: ExpressibleByArgument {
    let count: Int

    init?(argument: String) {
        let units: [Character: Double] = ["k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12]
        var text = argument.lowercased()
        if text.hasSuffix("b") { text.removeLast() }
        let unit = text.last.flatMap { units[$0] }
        if unit != nil { text.removeLast() }
        guard let number = Double(text), number * (unit ?? 1) >= 1, number * (unit ?? 1) < 1e18 else { return nil }
        count = Int(number * (unit ?? 1))
    }
}
