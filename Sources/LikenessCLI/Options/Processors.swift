#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The machine's processors.
enum Processors {
    /// How many of them this process may use.
    static let count = ProcessInfo.processInfo.activeProcessorCount
}
