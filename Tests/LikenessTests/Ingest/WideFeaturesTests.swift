import Foundation
import LikenessStore
import Testing

@testable import Interchange

/// A folder, for tests that need one more.
enum Folders {
    static func make(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
}

@Suite struct WideFeaturesTests {
    private func ingest(
        _ text: String, _ name: String, _ change: (inout FeaturesColumns, inout IngestOptions) -> Void
    ) throws -> (report: IngestReport, features: [String: [String: Float]]) {
        let folder = try IngestFolder()
        var (columns, options) = (FeaturesColumns(), IngestOptions())
        change(&columns, &options)
        let report = try folder.store.ingestFeatures(from: try folder.file(text, name), columns: columns, options: options)
        return (report, try folder.features())
    }

    @Test func `genres of MovieLens are several values of one type`() throws {
        let text = "movieId,title,genres\n1,Toy Story (1995),Adventure|Animation|Children's\n2,Empty,\n3,Twice,Drama|Drama|\n"
        let found = try ingest(text, "movies.csv") { (columns, options) in
            columns.wide = ["genres"]
            options.valueSeparator = "|"
        }
        #expect(
            found.features == [
                "1": ["genres:adventure": 1, "genres:animation": 1, "genres:children's": 1], "3": ["genres:drama": 1],
            ])
        #expect(found.report.read == 6 && found.report.accepted == 4 && found.report.duplicates == 1 && found.report.passedOver == 1)
    }

    @Test func `each column of a wide file is a type`() throws {
        let found = try ingest("1::Toy Story: x::Comedy::1995\n", "movies.dat") { (columns, options) in
            options.hasHeader = false
            (columns.id, columns.wide) = ("1", ["3", "4"])
        }
        #expect(found.features == ["1": ["3:comedy": 1, "4:1995": 1]])
        let named = try ingest("mid,Genre,year\na,Pop,1999\nb,,2000\n", "x.csv") { (columns, _) in columns.wide = ["Genre", "3"] }
        #expect(named.features == ["a": ["genre:pop": 1, "year:1999": 1], "b": ["year:2000": 1]])
    }

    @Test func `a type may be the same for all values`() throws {
        let found = try ingest("asin,genre\na,Pop\n", "x.csv") { (columns, _) in (columns.typeValue, columns.value) = ("Genre", "genre") }
        #expect(found.features == ["a": ["genre:pop": 1]])
    }

    @Test func `lists of JSON are several values`() throws {
        let text =
            #"{"id":"a","tags":["x","Low Poly"],"by":{"name":"Ann"}}"# + "\n" + #"{"id":"b","tags":[]}"# + "\n"
            + #"{"id":"c","tags":"one"}"#
        let found = try ingest(text, "x.jsonl") { (columns, _) in (columns.id, columns.wide) = ("id", ["tags", "by.name"]) }
        #expect(
            found.features == ["a": ["tags:x": 1, "tags:low poly": 1, "by.name:ann": 1], "c": ["tags:one": 1]])
        #expect(found.report.rows == [5, 4, 0, 0] && found.report.passedOver == 1)
    }

    @Test func `types that cannot be are refused before a row is read`() throws {
        for type in ["a b", "a:b", "item", ""] {
            #expect(throws: IngestError.self) { _ = try ingest("mid,value\na,x\n", "x.csv") { (columns, _) in columns.typeValue = type } }
        }
    }
}
