import Foundation
import Testing

/// The layouts of files that are taken in.
struct DialectTests {
    @Test("Bars, backslashes and line breaks inside quoted names are part of the name")
    func quotedNames() throws {
        let workspace = try Workspace()
        try workspace.write(
            "modelname|mid|uid\r\n\\a|bar\\|i1|u1\r\n\\a\\\\slash\\|i2|u1\r\n\\two\nlines\\|i3|u1\r\nplain|i4|u1\r\n"
                + "\\a|bar\\|i1|u2\r\nx|i2|u2\r\nx|i3|u2\r\nx|i4|u2\r\n", to: "likes.psv")
        let likeness = workspace.likeness
        try likeness.succeed("init")
        let report = try likeness.succeed("ingest", "likes", "likes.psv", "--json").object
        #expect(report["accepted"]?.integer == 8 && report["rejected"]?.integer == 0)
    }

    @Test(
        "The names of the Sketchfab models are read as they were written",
        .enabled(if: SharedData.sketchfab != nil, "LIKENESS_DATA names no folder with sketchfab-format-sample"))
    func sketchfabSample() throws {
        let workspace = try Workspace()
        let likeness = workspace.likeness
        try likeness.succeed("init")
        // The sample has no users: each model likes itself here.
        let arguments = [
            "ingest", "likes", try #require(SharedData.sketchfab), "--user", "mid", "--name", "name", "--json",
        ]
        let report = try likeness.run(arguments).object
        #expect(report["read"]?.integer == 28_824)
        #expect(report["rejected"]?.integer == 0)
        let statistics = try likeness.succeed("stats", "--json").object
        #expect(statistics["items"]?.integer == report["accepted"]?.integer)
    }

    @Test(
        "Last.fm goes through ingest, a short fit and tag suggestions",
        .enabled(if: SharedData.lastfmLikes != nil, "LIKENESS_DATA names no folder with hetrec2011-lastfm-2k"))
    func lastfm() throws {
        let workspace = try Workspace()
        let likeness = workspace.likeness
        try likeness.succeed("init")
        let likes = try likeness.succeed("ingest", "likes", try #require(SharedData.lastfmLikes), "--json").object
        #expect(likes["read"]?.integer == 92_834 && likes["rejected"]?.integer == 0)
        let features = try likeness.run(["ingest", "features", try #require(SharedData.lastfmFeatures), "--json"])
            .object
        #expect(features["read"]?.integer == 108_437)
        try likeness.succeed("fit", "--components", "16", "--epochs", "2")
        let found = try likeness.succeed("nearest", "items", "--to", "tag:metal", "-k", "5", "--json").object
        #expect(found["results"]?.array?.count == 5)
        #expect(found["results"]?.array?.allSatisfy { $0["name"]?.string?.isEmpty == false } == true)
    }

    @Test(
        "CSV and TSV, with columns of other names in another order, hold the same likes",
        arguments: [
            ("likes.csv", "book,reader,extra\nb1,r1,x\n\"b,2\",r1,\"say \"\"x\"\"\"\nb1,r2,\n"),
            ("likes.tsv", "extra\treader\tbook\nx\tr1\tb1\n\"q\tr1\tb,2\n\tr2\tb1\n"),
            ("likes.psv", "book|extra|reader\nb1|x|r1\nb,2||r1\nb1|y|r2\n"),
        ])
    func otherFormats(name: String, text: String) throws {
        let workspace = try Workspace()
        try workspace.write(text, to: name)
        let likeness = workspace.likeness
        try likeness.succeed("init")
        let report = try likeness.succeed(
            "ingest", "likes", name, "--user", "reader", "--item", "book", "--json"
        ).object
        #expect(report["accepted"]?.integer == 3)
        let statistics = try likeness.succeed("stats", "--json").object
        #expect(statistics["users"]?.integer == 2 && statistics["items"]?.integer == 2)
    }

    @Test("Standard input is a file like any other")
    func standardInput() throws {
        let workspace = try Workspace()
        let likeness = workspace.likeness
        try likeness.succeed("init")
        let text = "uid,mid\nu1,i1\nu2,i1\n"
        let report = try likeness.succeed("ingest", "likes", "-", "--format", "csv", "--json", input: text).object
        #expect(report["accepted"]?.integer == 2)
    }

    @Test("Values of features are in lower case and carry their type")
    func featureLabels() throws {
        let workspace = try Workspace()
        try workspace.makeData()
        let item = try workspace.someItem()
        try workspace.write("mid|type|value\n\(item)|Look|Shiny Gold\n", to: "more.psv")
        let likeness = workspace.likeness
        try likeness.succeed("init")
        try likeness.succeed("ingest", "likes", "data/likes.psv")
        try likeness.succeed("ingest", "features", "more.psv")
        try likeness.succeed("fit", "--components", "8", "--epochs", "1")
        let found = try workspace.identifiers(of: ["nearest", "items", "--to", "Look:shiny gold", "-k", "1"])
        #expect(found.count == 1)
    }
}
