import LMDB
import LikenessFormat
import LikenessStore

extension StoreReader {
    /// The id of a row, or its number where the store does not tell.
    func name(of row: Int, _ kind: RowKind) -> String {
        let id = try? environment.read { (transaction: borrowing Reading) throws(StoreError) in
            try Vocabulary(kind, in: tables).id(at: UInt32(row), in: transaction)
        }
        return (id ?? nil) ?? "row \(row)"
    }
}
