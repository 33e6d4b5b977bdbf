import LikenessTraining

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Says before a fit begins if memory will not suffice.
enum MemoryNeed {
    /// - Throws: `FitError.notEnoughMemory`.
    static func check(_ run: FitRun) throws(FitError) {
        let lengths = run.data.lengths
        let needed = Trainer.memoryNeeded(
            users: lengths.users, items: lengths.items, userFeatures: lengths.userFeatures,
            itemFeatures: lengths.itemFeatures, entries: run.data.opinions.count,
            featureEntries: (run.itemFeatures?.columns.count ?? 0) + (run.userFeatures?.columns.count ?? 0),
            hasWeights: run.data.opinions.weights != nil, hyperparameters: run.hyperparameters)
        guard let available, needed > available else { return }
        throw .notEnoughMemory(needed: needed, available: available)
    }

    /// Bytes that Linux says can be used without swapping; nil where it does not say.
    private static var available: Int? {
        guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
    }
}
