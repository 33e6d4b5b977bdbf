import LikenessFormat
import LikenessStore
import Testing

@testable import Interchange

/// How the files of public data sets are laid out, and what is said of it.
@Suite struct LayoutIngestTests {
    private func ingest(
        _ folder: IngestFolder, _ text: String, _ name: String = "likes.csv",
        _ change: (inout LikesColumns, inout IngestOptions) -> Void = { _, _ in }
    ) throws -> IngestReport {
        var (columns, options) = (LikesColumns(), IngestOptions())
        change(&columns, &options)
        return try folder.store.ingestLikes(from: try folder.file(text, name), columns: columns, options: options)
    }

    private func refusal(
        _ text: String, _ name: String = "likes.csv", _ change: (inout LikesColumns, inout IngestOptions) -> Void = { _, _ in }
    ) throws -> String {
        let folder = try IngestFolder()
        do {
            _ = try ingest(folder, text, name, change)
            return ""
        } catch {
            #expect(try folder.store.statistics().likes == 0)
            return "\(error)"
        }
    }

    private let bookCrossing =
        "\"User-ID\";\"ISBN\";\"Book-Rating\"\r\n\"276725\";\"034545104X\";\"0\"\r\n\"276726\";\"a \\\"b\\\"; c\";\"5\"\r\n"

    @Test func `semicolons, quoted names and escaped quotes are found by themselves, and said`() throws {
        let folder = try IngestFolder()
        let report = try ingest(folder, bookCrossing)
        #expect(report.rows == [2, 2, 0, 0])
        #expect(try folder.likes() == [Like(user: "276725", item: "034545104X"), Like(user: "276726", item: "a \"b\"; c")])
        let notices = report.notices.joined(separator: "\n")
        for words in ["';'", "--user is the column 'User-ID'", "--item is the column 'ISBN'", "backslash"] {
            #expect(notices.contains(words), "\(notices)")
        }
    }

    @Test(arguments: [";", "\\t", "::", "!"]) func `a delimiter can be named`(delimiter: String) throws {
        let folder = try IngestFolder()
        let byte = delimiter == "\\t" ? "\t" : delimiter
        let report = try ingest(folder, "uid\(byte)mid\nu,1|x\(byte)i:1\n") { $1.delimiter = delimiter }
        #expect(report.rows == [1, 1, 0, 0] && report.notices.isEmpty)
        #expect(try folder.likes() == [Like(user: "u,1|x", item: "i:1")])
    }

    @Test(arguments: ["", "ab", "é", "\n", "\\"]) func `what cannot divide fields is refused`(delimiter: String) throws {
        let words = try refusal("uid,mid\nu,i\n", "likes.psv") { (_, options) in
            options.delimiter = delimiter
            options.format = .psv
        }
        #expect(words.contains("delimiter"), "\(words)")
    }

    @Test(arguments: [
        ("u.data", "196\t242\t3\t881250949\n186\t302\t3\t891717742\n"), ("ratings.dat", "196::242::3::881250949\n186::302::3::891717742\n"),
    ])
    func `files without a header have columns by number`(name: String, text: String) throws {
        let folder = try IngestFolder()
        let report = try ingest(folder, text, name) { (columns, options) in
            options.hasHeader = false
            (columns.user, columns.item, columns.time) = ("1", "2", "4")
        }
        #expect(report.rows == [2, 2, 0, 0])
        #expect(
            try folder.likes() == [
                Like(user: "196", item: "242", time: 881_250_949_000), Like(user: "186", item: "302", time: 891_717_742_000),
            ])
    }

    @Test func `numbers name columns with a header too, and names that are numbers come first`() throws {
        let folder = try IngestFolder()
        _ = try ingest(folder, "who,what\nu,i\n") { (columns, _) in (columns.user, columns.item) = ("1", "2") }
        _ = try ingest(folder, "2,1\nv,j\n", "other.csv") { (columns, _) in (columns.user, columns.item) = ("2", "1") }
        #expect(try folder.likes() == [Like(user: "u", item: "i"), Like(user: "v", item: "j")])
        for (column, words) in [("3", "1 to 2"), ("0", "1 to 2")] {
            #expect(try refusal("who,what\nu,i\n") { (columns, _) in (columns.user, columns.item) = ("1", column) }.contains(words))
        }
        #expect(try refusal("196\t242\n", "u.tsv").contains("--no-header"))
        #expect(try refusal("196\t242\n", "u.tsv") { $1.hasHeader = false }.contains("number"))
    }

    @Test(
        arguments: [
            ("user_id", "item_id"), ("userId", "movieId"), ("User-ID", "ISBN"), ("reviewerID", "asin"), ("userID", "artistID"),
            ("user id", "business_id"), ("\u{FEFF}uid", "mid"),
        ]) func `the names that data sets use are found`(user: String, item: String) throws
    {
        let folder = try IngestFolder()
        #expect(try ingest(folder, "\(user),x,\(item)\nu,1,i\n").rows == [1, 1, 0, 0])
        #expect(try folder.likes() == [Like(user: "u", item: "i")])
    }

    @Test func `nothing is guessed between two columns, and one column is not both`() throws {
        let two = try refusal("user_id,asin,product_id\nu,a,p\n")
        #expect(two.contains("\"asin\" and \"product_id\"") && two.contains("--item"), "\(two)")
        #expect(try refusal("uid,mid\nu,i\n") { (columns, _) in (columns.user, columns.item) = ("mid", "mid") }.contains("same column"))
        #expect(try refusal("uid,mid\nu,i\n") { (columns, _) in (columns.user, columns.item) = ("2", "mid") }.contains("same column"))
        let report = try ingest(try IngestFolder(), "uid,mid\nu,i\n") { (columns, _) in columns.user = "mid" }
        #expect(report.notices.contains { $0.contains("same column") })
    }

    @Test func `ratings are likes, dislikes or neither, and the three are counted apart`() throws {
        let folder = try IngestFolder()
        let text = "userId,movieId,rating\nu,a,5\nu,b,4\nu,c,3.5\nu,d,3\nu,e,2.5\nu,f,\nu,g,many\nu,a,1\nu,a,4.5\n"
        let report = try ingest(folder, text) { (columns, options) in
            columns.rating = "rating"
            options.minRating = 4
            options.dislikeBelow = 3
        }
        #expect(report.read == 9 && report.accepted == 5 && report.dislikes == 2 && report.passedOver == 3 && report.rejected == 1)
        #expect(report.read == report.accepted + report.duplicates + report.rejected + report.passedOver)
        // The last row on a pair holds, although one batch has both.
        let statistics = try folder.store.statistics()
        #expect(statistics.likes == 2, "\(statistics)")
    }

    @Test func `a preview gives rows and counts, and writes nothing`() throws {
        let folder = try IngestFolder()
        let before = try folder.dump()
        var (columns, options) = (LikesColumns(), IngestOptions())
        (columns.rating, columns.time) = ("rating", "at")
        (options.minRating, options.dislikeBelow, options.trims) = (4, 3, true)
        let file = try folder.file("userId,movieId,rating,at\n u ,a,5,1700000000\nu,b,1,\nu,,1,\n", "likes.csv")
        let report = try folder.store.previewLikes(from: [file], columns: columns, options: options)
        #expect(report.accepted == 2 && report.dislikes == 1 && report.rejected == 1)
        #expect(
            report.sample == [
                ["line", "user", "item", "name", "kind", "weight", "time"], ["2", "u", "a", "", "like", "1.0", "2023-11-14 22:13:20 UTC"],
                ["3", "u", "b", "", "dislike", "1.0", ""],
            ])
        #expect(try folder.dump() == before)
    }

    @Test func `a stray quote loses no row without a count`() throws {
        let folder = try IngestFolder()
        let text = "mid,x,uid\na,1,u1\nb,\"5 inch disc,u2\nc,2,u3\nd,\"fine, really\",u4\ne,3,u5\nf,4,u6\ng,5,u7\n"
        let report = try ingest(folder, text)
        #expect(report.rows == [7, 6, 0, 1] && report.linesInQuotes == 0)
        let long = "mid,x,uid\nb,\"5 inch,u2\n" + (0..<1_097).map { "i\($0),x,u\n" }.joined()
        #expect(try ingest(try IngestFolder(), long).rows == [1_098, 1_097, 0, 1])
        let psv = "modelname|mid|uid\n\\m/|1|u\nx|2|u\n\\m/|3|u\ny|4|u\n"
        #expect(try ingest(try IngestFolder(), psv, "likes.psv").rows == [4, 2, 0, 2])
    }

    @Test func `lines inside quotes are counted, and many of them are pointed out`() throws {
        let report = try ingest(try IngestFolder(), "modelname,mid,uid\n\"a\nb\",1,u\n\"c\n\n\n\n\nd\",2,u\n")
        #expect(report.rows == [2, 2, 0, 0] && report.linesInQuotes == 6)
        #expect(report.notices.contains { $0.contains("lines 4 to 9") })
    }

    @Test func `bytes of another encoding are pointed out once, and read when it is named`() throws {
        let folder = try IngestFolder()
        let bytes = Array("uid,mid\nM".utf8) + [0xFC] + Array(",i\nx,y\nJ".utf8) + [0xE9] + Array(",i\n".utf8)
        let path = try folder.file(bytes, "likes.csv")
        let report = try folder.store.ingestLikes(from: path)
        #expect(report.rows == [3, 1, 0, 2])
        #expect(report.notices.filter { $0.contains("--encoding") }.count == 1)
        var options = IngestOptions()
        options.encoding = .latin1
        #expect(try folder.store.ingestLikes(from: path, options: options).rows == [3, 2, 1, 0])
        #expect(try folder.likes().map(\.user) == ["x", "Mü", "Jé"])
    }

    @Test func `preambles are passed over and said, and lines keep their numbers`() throws {
        let folder = try IngestFolder()
        let report = try ingest(folder, "sep=;\n# exported\nuid;mid\nu;i\nv\n", "export.csv")
        #expect(report.rows == [2, 1, 0, 1])
        #expect(report.notices.contains { $0.hasPrefix("2 lines before the header") })
        #expect(report.firstRejects.first?.hasPrefix("line 5") == true)
    }

    @Test func `a header with control characters is shown without them`() throws {
        let words = try refusal("a\u{1B}[31m,b\u{202E}\nx,y\n")
        #expect(words.contains("u{1B}") && words.contains("u{202E}") && !words.contains("\u{1B}"))
        #expect(try refusal("a\u{0}b\nx\n").contains("no text"))
    }

    @Test func `an id that looks like another is pointed out once, and trimmed if asked`() throws {
        let folder = try IngestFolder()
        let report = try ingest(folder, "uid,mid\nu\u{1B},i\nv ,i\n")
        #expect(report.notices.filter { $0.contains("the id 'u\\u{1B}'") }.count == 1 && report.notices.count == 1)
        _ = try ingest(folder, "uid,mid\n v\t,\u{20}i \n", "more.csv") { $1.trims = true }
        #expect(try folder.likes().map(\.user) == ["u\u{1B}", "v ", "v"])
    }

    @Test func `lines of JSON are likes by the paths of their keys`() throws {
        let folder = try IngestFolder()
        let text = """
            {"user_id":"u1","track":{"id":"t1","name":"One"},"plays":2,"at":"2019-04-15 12:58:35 +00:00"}
            {"track":{"id":7},"user_id":"u2"}
            {"user_id":["a","b"],"track":{"id":1}}
            {"user_id":"u3","track":{}}
            {broken
            """
        let report = try ingest(folder, text, "plays.jsonl") { (columns, _) in
            (columns.item, columns.name, columns.weight, columns.time) = ("track.id", "track.name", "plays", "at")
        }
        #expect(report.rows == [5, 2, 0, 3])
        #expect(
            try folder.likes() == [
                Like(user: "u1", item: "t1", weight: 2, time: 1_555_333_115_000), Like(user: "u2", item: "7", time: LikeColumns.noTime),
            ])
        #expect(try folder.names() == ["t1": "One"])
        #expect(report.firstRejects.map { $0.prefix(6) } == ["line 3", "line 4", "line 5"])
        #expect(try ingest(try IngestFolder(), text, "plays") { (columns, _) in columns.item = "track.id" }.accepted == 2)
        #expect(try refusal("[{\"uid\":1}]", "a.jsonl").contains("jq"))
    }

    @Test func `several files and folders are taken in order, with one report`() throws {
        let folder = try IngestFolder()
        let first = try folder.file("uid,mid\nu1,i\nbad\n", "b.csv")
        try Folders.make(folder.path + "/parts")
        _ = try folder.file("uid,mid\nu3,i\nu1,i\n", "parts/2.csv")
        _ = try folder.file("uid|mid\nu2|i\n", "parts/1.psv")
        _ = try folder.file("not likes", "parts/README.md")
        var options = IngestOptions()
        options.rejects = folder.path + "/rejects.csv"
        var last: IngestProgress?
        let report = try folder.store.ingestLikes(from: [first, folder.path + "/parts"], options: options) {
            last = $0
            return true
        }
        #expect(report.rows == [5, 3, 1, 1])
        #expect(try folder.likes().map(\.user) == ["u1", "u2", "u3"])
        #expect(folder.text("rejects.csv")?.contains("b.csv,3,") == true)
        #expect(last?.bytesRead == last?.totalBytes)
        #expect(last?.rows == 5)
    }
}
