import Platform

extension Environment {
    /// File systems on which another machine may change the file behind the map's back.
    static func refuseNetworkFileSystem(_ path: String) throws(LMDBError) {
        if FileSystem.isOnNetwork(path) { throw LMDBError(code: .networkFileSystem, operation: "open", path: path) }
    }
}
