import Foundation
import Likeness

/// A folder of its own, removed with the value's last use.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "likeness-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Writes a file and gives its path.
    func write(_ text: String, to name: String) throws -> String {
        let file = path + "/" + name
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        return file
    }

    /// A store with likes of two tastes: even users like even items, odd users odd ones; item i has the tag of its taste.
    func plantedStore(users: Int = 60, items: Int = 40, likesPerUser: Int = 12) throws -> Store {
        let store = try Store.create(at: path + "/store")
        var likes = "modelname|mid|uid\n"
        for user in 0..<users {
            for step in 0..<likesPerUser {
                let item = (user * 3 + step) % (items / 2) * 2 + user % 2
                likes += "Item \(item)|i\(item)|u\(user)\n"
            }
        }
        var features = "mid|type|value\n"
        for item in 0..<items { features += "i\(item)|tag|\(item % 2 == 0 ? "Even" : "Odd")\ni\(item)|category|Things\n" }
        try store.ingestLikes(from: write(likes, to: "likes.psv"))
        try store.ingestFeatures(from: write(features, to: "feats.psv"))
        return store
    }
}
