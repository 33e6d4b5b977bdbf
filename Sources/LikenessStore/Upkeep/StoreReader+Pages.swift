import LMDB

extension StoreReader {
    /// Checks the pages of a store's file before anything follows them: kinds, bounds, order, counts, and that each is reached once.
    ///
    /// Opening a file whose pages are damaged can end the process. This checks every number before it uses it, and does not open the file. Use it
    /// for files that come from elsewhere, and ``verify(_:progress:)`` after it for what the pages hold.
    /// ```swift
    /// try StoreReader.checkPages(at: "copy.likeness")
    /// let store = try StoreReader.open(at: "copy.likeness")
    /// ```
    /// - Returns: false if a writer committed all the while, so that nothing can be said.
    /// - Throws: `StoreError`: no store there, no rights, or a page that is wrong, by its number.
    /// - Complexity: O(pages). Of a long value only the first page is read.
    @discardableResult
    public static func checkPages(at path: String) throws(StoreError) -> Bool {
        let file = try dataFile(at: path)
        do throws(PageFault) {
            return try PageWalker.check(file) != nil
        } catch {
            switch error {
            case .unreadable: throw .file(path: file, reason: error.description)
            case .notLMDB:
                // A pack has hashes in place of pages, which are checked when it is opened.
                if PackFile.isPack(file) { return true }
                throw .notAStore(path: file, reason: error.description)
            case .damaged: throw .damagedPages(path: file, reason: error.description)
            }
        }
    }
}
