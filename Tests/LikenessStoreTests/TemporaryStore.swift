import Foundation
import LMDB
import LikenessFormat
import Testing

@testable import LikenessStore

/// A store in a folder of its own, removed with the value's last use.
final class TemporaryStore {
    let folder: String
    let store: Store

    init() throws {
        folder = NSTemporaryDirectory() + "likeness-test-" + UUID().uuidString
        store = try Store.create(at: folder)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    var dataFile: String {
        folder + "/data.mdb"
    }

    func read<R>(_ body: (borrowing Reading) throws(StoreError) -> R) throws -> R {
        try store.environment.read(body)
    }

    func write<R>(_ body: (inout Writing) throws(StoreError) -> R) throws -> R {
        try store.environment.write(body)
    }

    /// Writes a matrix of `Float32` rows whose elements `value` gives.
    func writeMatrix(
        _ name: String = "items.representations", rows: Int, columns: Int = 16, pages: Int = 1,
        value: (Int, Int) -> Float
    ) throws -> (matrix: MatrixDescriptor, bytesWritten: Int) {
        let layout = MatrixLayout(name: name, element: .float32, columns: columns, alignment: 64, pages: pages)
        var writer = BlockTreeWriter(store)
        let matrix = try writer.write(layout, rows: rows) { range, memory in
            for (place, row) in range.enumerated() {
                for column in 0..<columns {
                    memory.storeBytes(
                        of: value(row, column), toByteOffset: place * layout.rowByteCount + 4 * column, as: Float.self)
                }
            }
        }
        try writer.finish()
        return (matrix, writer.bytesWritten)
    }

    /// Publishes a version with some matrices.
    @discardableResult
    func publish(_ matrices: [MatrixDescriptor], alias: String? = "production") throws -> Catalog.Publication {
        let draft = Manifest(
            version: Version(rawValue: 1), parent: nil, created: 0, creator: "test", watermark: .zero, likes: 0,
            trainedLikes: 0, vocabularies: .init(users: 0, items: matrices.first?.rows ?? 0, itemFeatures: 0, userFeatures: 0),
            components: 16,
            epochs: 1, featureWeighting: "none", hyperparameters: .null, randomState: .null, metrics: [:],
            matrices: matrices)
        return try store.catalog.publish(draft, blockBytes: 0, alias: alias, note: nil, by: "test")
    }
}
