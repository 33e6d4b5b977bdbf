import DelimitedText

/// The names that data sets have for the columns of users and items, without regard to case and punctuation.
enum ColumnNames {
    static let user: Set<String> = [
        "uid", "userid", "user", "username", "usr", "reviewerid", "reviewer", "customerid", "customer", "memberid", "accountid",
        "visitorid", "personid", "profileid", "readerid", "listenerid", "playerid", "steamid", "subscriberid", "clientid", "buyerid",
    ]
    static let item: Set<String> = [
        "mid", "itemid", "item", "movieid", "movie", "isbn", "asin", "artistid", "artist", "businessid", "productid", "product",
        "bookid", "book", "songid", "trackid", "modelid", "articleid", "gameid", "appid", "videoid", "animeid", "recipeid", "venueid",
        "poiid", "beerid", "jokeid", "listingid", "newsid", "postid", "restaurantid", "hotelid", "contentid", "showid", "albumid",
    ]

    /// The name in lower case, letters and digits alone.
    static func folded(_ name: String) -> String {
        String(name.lowercased().unicodeScalars.filter { $0.properties.isAlphabetic || $0.properties.numericType != nil })
    }

    /// The columns of `header` that have such a name; the first of all is the seed's own, if it is there exactly.
    static func places(of names: Set<String>, first: String, in header: Header) -> [Int] {
        let exact = header.names.indices.filter { header.names[$0] == first }
        if !exact.isEmpty { return exact }
        return header.names.indices.filter { names.contains(folded(header.names[$0])) }
    }
}
