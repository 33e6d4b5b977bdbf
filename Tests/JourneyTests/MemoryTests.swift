#if os(Linux)
    import Foundation
    import Testing

    @Suite struct MemoryTests {
        private let arguments = [
            "fit", "--loss", "warp", "--components", "128", "--epochs", "2", "--threads", "2", "--features", "none", "--min-user-likes",
            "1",
            "--min-item-likes", "1",
        ]

        private func makeStore(_ workspace: Workspace) throws {
            let (users, items) = (20_000, 5_000)
            let rows = (0..<users * 10).map { "i\(($0 * 7_919) % items)|u\($0 % users)\n" }
            try workspace.write("mid|uid\n" + rows.joined(), to: "likes.psv")
            try workspace.likeness.succeed("init")
            try workspace.likeness.succeed("ingest", "likes", "likes.psv")
        }

        /// What the program says that it needs, in MiB, as soon as its address space leaves too little.
        private func saidNeed(_ workspace: Workspace, _ arguments: [String]) throws -> Double {
            for mebibytes in stride(from: 64, through: 512, by: 16) {
                let shell = ["-c", "ulimit -v \(mebibytes << 10); exec \"$0\" \"$@\"", LikenessProcess.executable]
                let result = try workspace.likeness.start(shell + arguments, executable: "/bin/sh").wait()
                guard let words = result.errors.firstRange(of: "the fit needs about ") else { continue }
                #expect(result.status == 1)
                return try #require(Double(result.errors[words.upperBound...].prefix { $0.isNumber }))
            }
            throw LikenessProcess.Unexpected("no limit made the program say what it needs")
        }

        /// The peak of what the program has in memory of its own, in MiB.
        private func measuredPeak(_ workspace: Workspace, _ arguments: [String]) throws -> Double {
            let process = try workspace.likeness.start(arguments)
            var peak = 0.0
            // A process that has ended has no line about its memory any more.
            while let line = (try? String(contentsOfFile: "/proc/\(process.identifier)/status", encoding: .utf8))?
                .split(separator: "\n").first(where: { $0.hasPrefix("RssAnon:") })
            {
                peak = max(peak, (Double(line.split(whereSeparator: \.isWhitespace)[1]) ?? 0) / 1_024)
            }
            let result = try process.wait()
            #expect(result.status == 0, "\(result)")
            return peak
        }

        @Test("What a fit says beforehand that it needs is what it takes, and a fit that cannot have it publishes nothing")
        func fit() throws {
            let workspace = try Workspace()
            try makeStore(workspace)
            let said = try saidNeed(workspace, arguments)
            #expect(try workspace.likeness.succeed("versions", "list", "--json").lines.isEmpty)
            let peak = try measuredPeak(workspace, arguments)
            // Parameters and optimiser state alone are 25,000 × 129 × 8 bytes.
            #expect(peak > 24 && peak < said + 4 && said < 2 * 24.6, "it said \(said) MiB and took \(peak) MiB")
        }

        @Test("So it is with a continuation by least squares")
        func leastSquares() throws {
            let workspace = try Workspace()
            try makeStore(workspace)
            try workspace.likeness.succeed(
                "fit", "--components", "128", "--epochs", "2", "--min-user-likes", "1", "--min-item-likes", "1")
            let more = (0..<2_000).map { "i\($0)|u\($0 * 3)\nnew\($0 % 9)|u\($0)\n" }
            try workspace.write("mid|uid\n" + more.joined(), to: "more.psv")
            try workspace.likeness.succeed("ingest", "likes", "more.psv")
            let said = try saidNeed(workspace, ["fit-partial", "--threads", "2"])
            let peak = try measuredPeak(workspace, ["fit-partial", "--threads", "2"])
            #expect(peak < said + 4 && said < 2 * peak, "it said \(said) MiB and took \(peak) MiB")
        }

        @Test("So it is with a continuation, which holds one model and not its parent's too")
        func continuation() throws {
            let workspace = try Workspace()
            try makeStore(workspace)
            #expect(try workspace.likeness.run(arguments).status == 0)
            let more = (0..<2_000).map { "i\($0)|u\($0 * 3)\nnew\($0 % 9)|u\($0)\n" }
            try workspace.write("mid|uid\n" + more.joined(), to: "more.psv")
            try workspace.likeness.succeed("ingest", "likes", "more.psv")
            let cut = try saidNeed(workspace, ["fit-partial", "--threads", "2"])
            let cutPeak = try measuredPeak(workspace, ["fit-partial", "--threads", "2", "--no-alias"])
            #expect(cutPeak < cut + 4, "it said \(cut) MiB and took \(cutPeak) MiB")
            let said = try saidNeed(workspace, ["fit-partial", "--threads", "2", "--tags", "train"])
            let peak = try measuredPeak(workspace, ["fit-partial", "--threads", "2", "--tags", "train"])
            #expect(peak > 24 && peak < said + 4 && said < 2 * 24.6, "it said \(said) MiB and took \(peak) MiB")
        }
    }
#endif
