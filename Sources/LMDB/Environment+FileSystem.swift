import CLMDB

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Environment {
    /// File systems on which another machine may change the file behind the map's back.
    static func refuseNetworkFileSystem(_ path: String) throws(LMDBError) {
        var status = statfs()
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let known = unsafe statfs(path, &status) == 0 || statfs(folder.isEmpty ? "." : folder, &status) == 0
        guard known else { return }
        #if os(Linux)
            let type = UInt32(truncatingIfNeeded: status.f_type)
            let network: Set<UInt32> = [0x6969, 0x517B, 0xFF53_4D42, 0xFE53_4D42, 0x5346_414F, 0x73757245, 0x00C3_6400]
            if network.contains(type) {
                throw LMDBError(code: .networkFileSystem, operation: "open", path: path)
            }
        #elseif canImport(Darwin)
            if status.f_flags & UInt32(MNT_LOCAL) == 0 {
                throw LMDBError(code: .networkFileSystem, operation: "open", path: path)
            }
        #endif
    }
}
