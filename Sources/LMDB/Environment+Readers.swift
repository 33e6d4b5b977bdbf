import CLMDB

extension Environment {
    /// A reader of the file, in this process or another.
    package struct Reader: Sendable, Equatable {
        /// The system's number of its process.
        package let process: Int
        /// The last commit that it sees.
        package let transaction: UInt64
    }

    /// Who reads the file now, but for readers without a lock file on read-only media. Those that have died are cleared first.
    package var readers: [Reader] {
        var lines: [String] = []
        // One line a reader: process, thread in hexadecimal, and commit, or "-" between two transactions. The first has headings.
        unsafe file.withMap { handle in
            unsafe mdb_reader_check(handle, nil)
            unsafe withUnsafeMutablePointer(to: &lines) { lines in
                _ = unsafe mdb_reader_list(
                    handle,
                    { text, context in
                        if let text = unsafe text, let context = unsafe context {
                            unsafe context.assumingMemoryBound(to: [String].self).pointee.append(String(cString: text))
                        }
                        return 0
                    }, lines)
            }
        }
        return lines.compactMap { line in
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count == 3, let process = Int(words[0]), let transaction = UInt64(words[2]) else { return nil }
            return Reader(process: process, transaction: transaction)
        }
    }

    /// The number of the last commit.
    package var lastTransaction: UInt64 {
        unsafe file.withMap { handle in
            var info = unsafe MDB_envinfo()
            unsafe mdb_env_info(handle, &info)
            return unsafe UInt64(info.me_last_txnid)
        }
    }
}
