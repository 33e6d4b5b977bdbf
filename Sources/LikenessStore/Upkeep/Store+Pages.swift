import LMDB

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Store {
    /// Checks the pages of a store's file before anything follows them: kinds, bounds, order, counts, and that each is reached once.
    ///
    /// Opening a file whose pages are damaged can end the process; this reads it with every number checked, without opening it. Use it for files
    /// that come from elsewhere, and ``verify(progress:)`` after it for what the pages hold.
    /// ```swift
    /// try Store.checkPages(at: "copy.likeness")
    /// let store = try Store.open(at: "copy.likeness", forReading: true)
    /// ```
    /// - Throws: `StoreError`: no store there, or a page that is wrong, by its number.
    /// - Complexity: O(pages), but for those of long values.
    public static func checkPages(at path: String) throws(StoreError) {
        var isFolder: Bool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { throw .notFound(path: path) }
        let file = isFolder ? path + "/data.mdb" : path
        guard FileManager.default.fileExists(atPath: file) else { throw .notFound(path: path) }
        do { try PageWalker.check(file) } catch {
            throw .damagedPages(path: file, reason: error.description)
        }
    }
}
