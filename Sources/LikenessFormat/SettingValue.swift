/// The value of one setting: a number, or a name such as `tfidf`.
public enum SettingValue: Sendable, Hashable, Codable, CustomStringConvertible {
    /// A finite number.
    case number(Double)
    /// A name of at most ``nameLimit`` bytes.
    case name(String)

    /// Bytes that a name may have.
    package static let nameLimit = 100

    /// A number, or else a name: as a command line has it.
    public init(_ text: some StringProtocol) {
        let text = String(text)
        if let number = Double(text), number.isFinite { self = .number(number) } else { self = .name(text) }
    }

    /// Reads a JSON number or string.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else {
            self = .name(try container.decode(String.self))
        }
    }

    /// Writes a JSON number or string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .number(let number): try container.encode(number)
        case .name(let name): try container.encode(name)
        }
    }

    /// The number; nil for a name.
    public var number: Double? {
        if case .number(let number) = self { number } else { nil }
    }

    /// The value as a command line takes it: whole numbers have no point.
    public var description: String {
        switch self {
        case .number(let number):
            if let whole = Int64(exactly: number) { "\(whole)" } else { "\(number)" }
        case .name(let name): name
        }
    }

    /// Whether a record may hold the value.
    var isSound: Bool {
        switch self {
        case .number(let number): number.isFinite
        case .name(let name): (1...SettingValue.nameLimit).contains(name.utf8.count)
        }
    }
}

/// What one training is told by a search: the loss, and settings by the names that the command line has for them.
public struct TrialSettings: Sendable, Hashable, Codable {
    /// What training makes smaller, such as `als`.
    public var loss: String
    /// The settings by name, such as `components`; those that are not named have their defaults.
    public var values: [String: SettingValue]

    /// Settings of a loss.
    public init(loss: String, values: [String: SettingValue] = [:]) {
        self.loss = loss
        self.values = values
    }

    /// Settings that a record may have.
    static let countLimit = 64

    var isSound: Bool {
        SettingValue.name(loss).isSound && values.count <= TrialSettings.countLimit
            && values.allSatisfy { SettingValue.name($0.key).isSound && $0.value.isSound }
    }
}
