import CLMDB
import Platform

extension Environment {
    /// Overwrites with zeros what the file keeps of records that are gone: the space between entries, behind long values, and free pages.
    ///
    /// LMDB leaves the bytes of what was deleted or replaced where they are. No reader looks at them, so that they can be overwritten in place, under
    /// the writer's lock. Pages that a reader may still see are left as they are. A process that goes on writing may bring such bytes back: LMDB
    /// writes pages from memory that it has used before. So this comes last.
    /// - Returns: false if free pages were left because somebody reads the store as it was.
    /// - Throws: `LMDBError`: damaged pages, or the file cannot be written.
    /// - Complexity: O(pages of trees + free pages).
    package func clearUnusedSpace() throws(LMDBError) -> Bool {
        // Only while nobody else can commit are the pages those of the newest commit.
        let transaction = try WriteTransaction<LMDBError>(self)
        let newest = lastTransaction
        // Who reads a commit may be led to pages that later ones freed.
        let oldest = readers.map(\.transaction).filter { $0 < newest }.min() ?? newest + 1
        let ranges: [Range<Int>]
        do throws(PageFault) {
            ranges = try PageWalker.unusedSpaces(path, freedBefore: oldest)
        } catch {
            throw LMDBError(code: .corrupted, operation: "clear the unused space of", path: path)
        }
        do throws(SystemError) {
            let file = try FileDescriptor(path, for: .writing)
            let zeros = [UInt8](repeating: 0, count: 1 << 16)
            for range in ranges {
                var start = range.lowerBound
                while start < range.upperBound {
                    let count = min(zeros.count, range.upperBound - start)
                    start += try file.write(zeros[..<count], at: start)
                }
            }
            try file.sync()
        } catch {
            throw LMDBError(code: .init(rawValue: error.rawValue), operation: "clear the unused space of", path: path)
        }
        _ = consume transaction
        return oldest > newest
    }
}
