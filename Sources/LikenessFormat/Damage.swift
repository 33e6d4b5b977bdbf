/// Why bytes are not the record that they must be. Who reads the record knows its table and key, and adds them.
package struct Damage: Error, Equatable, Sendable {
    /// What is wrong, in words that follow "table …, key …: ".
    package let reason: String

    /// Damage for a reason.
    package init(_ reason: String) {
        self.reason = reason
    }
}
