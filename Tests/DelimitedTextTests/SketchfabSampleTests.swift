import DelimitedText
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The folder of shared data sets, which are not part of the project.
private let dataFolder: String? = unsafe getenv("LIKENESS_DATA").map { unsafe String(cString: $0) }

@Suite(.enabled(if: dataFolder != nil, "set LIKENESS_DATA to the folder of the shared data sets"))
struct SketchfabSampleTests {
    @Test func `the names of the sample are read as they were written`() throws {
        let path = try #require(dataFolder) + "/sketchfab-format-sample/model_urls.psv"
        let records = try readAll(path, .psv)
        #expect(records.first?.text == ["name", "mid"])
        let names = records.dropFirst().map { $0.text[0] }
        #expect(records.count - 1 == 28_824)
        #expect(records.allSatisfy { $0.fields.count == 2 && $0.problem == nil })
        #expect(names.count { $0.contains("|") } == 81)
        #expect(names.count { $0.contains("\\") } == 3)
        #expect(names.filter { $0.contains("\n") } == ["\nHedgehog"])

        let copy = TemporaryFile()
        var writer = try DelimitedWriter(path: copy.path, dialect: .psv, overwriting: true)
        for record in records { try writer.write(record.text) }
        try writer.finish()
        #expect(copy.bytes == TemporaryFile(at: path).bytes)
    }
}
