/// A strict parser (RFC 8259) of one object at a time, which keeps the values that paths name.
@safe struct JSONLineParser: ~Copyable {
    /// A key of a path: what follows it, and the field that it is the end of.
    struct Node {
        var children: [(key: [UInt8], node: Int)] = []
        var slot: Int?
    }

    private var nodes = [Node()]
    /// Where each field's value lies in `text`; its length is −1 until there is one.
    private var slots: [(start: Int, count: Int)] = []
    var text: UnsafeMutablePointer<UInt8>
    private var textCapacity = 0
    private var textCount = 0
    /// Whether the paths of all values are wanted, not the values.
    var collects = false
    private(set) var found: [String] = []
    private var prefix: [String] = []

    private var base: UnsafeRawPointer?
    var here = 0
    var end = 0
    private static let deepest = 64

    init() { unsafe text = .allocate(capacity: 0) }

    deinit { unsafe text.deallocate() }

    mutating func add(_ path: String) {
        let slot = slots.count
        slots.append((0, -1))
        let keys = path.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Array.init)
        var node = 0
        for key in keys { node = child(of: node, key) }
        nodes[node].slot = slot
        // A key may hold a dot itself.
        if keys.count > 1 { nodes[child(of: 0, Array(path.utf8))].slot = slot }
    }

    private mutating func child(of node: Int, _ key: [UInt8]) -> Int {
        if let place = nodes[node].children.first(where: { $0.key == key }) { return place.node }
        nodes.append(Node())
        nodes[node].children.append((key, nodes.count - 1))
        return nodes.count - 1
    }

    /// Reads an object and nothing after it.
    mutating func parse(_ line: UnsafeRawBufferPointer) throws(JSONFault) {
        unsafe base = line.baseAddress
        (here, end) = (0, line.count)
        textCount = 0
        for slot in slots.indices { slots[slot] = (0, -1) }
        if textCapacity < line.count + 64 {
            textCapacity = 2 * line.count + 64
            unsafe text.deallocate()
            unsafe text = .allocate(capacity: textCapacity)
        }
        if let fault = TextFault.first(in: unsafe RawSpan(_unsafeBytes: line)) {
            switch fault {
            case .notUTF8(let position): throw JSONFault(reason: "it is not UTF-8", position: position)
            case .nul(let position): throw JSONFault(reason: "there is a NUL byte", position: position)
            }
        }
        passSpace()
        guard byte == UInt8(ascii: "{") else { throw fault("there is no '{'") }
        try object(0, depth: 1, inList: false)
        passSpace()
        if here < end { throw fault("something follows the object") }
    }

    /// Hands out the values of the object that was read.
    func give(_ fields: UnsafeMutablePointer<UnsafeRawBufferPointer>) {
        for (place, slot) in slots.enumerated() {
            unsafe (fields + place).initialize(
                to: UnsafeRawBufferPointer(start: UnsafeRawPointer(text + slot.start), count: max(0, slot.count)))
        }
    }

    /// The byte at hand, or 0 at the end.
    @inline(__always)
    var byte: UInt8 {
        guard here < end, let base = unsafe base else { return 0 }
        return unsafe base.load(fromByteOffset: here, as: UInt8.self)
    }

    func fault(_ reason: String) -> JSONFault {
        JSONFault(reason: here < end ? reason : "it ends in the middle", position: here)
    }

    @inline(__always)
    private mutating func passSpace() {
        while byte == 0x20 || byte == 0x09 || byte == 0x0D { here += 1 }
    }

    private mutating func object(_ node: Int?, depth: Int, inList: Bool) throws(JSONFault) {
        if depth > JSONLineParser.deepest { throw fault("it is nested too deeply") }
        here += 1
        passSpace()
        if byte == UInt8(ascii: "}") {
            here += 1
            return
        }
        while true {
            guard byte == UInt8(ascii: "\"") else { throw fault("there is no key") }
            // Keys are decoded behind the values and dropped again.
            let start = textCount
            try string()
            let keyCount = textCount - start
            textCount = start
            if collects { prefix.append(unsafe String(decoding: UnsafeBufferPointer(start: text + start, count: keyCount), as: UTF8.self)) }
            let next = node.flatMap { match($0, start, keyCount) }
            passSpace()
            guard byte == UInt8(ascii: ":") else { throw fault("there is no ':' after a key") }
            here += 1
            try value(next, depth: depth, inList: inList)
            if collects { prefix.removeLast() }
            passSpace()
            if byte == UInt8(ascii: ",") {
                here += 1
                passSpace()
                continue
            }
            guard byte == UInt8(ascii: "}") else { throw fault("there is neither ',' nor '}'") }
            here += 1
            return
        }
    }

    private func match(_ node: Int, _ start: Int, _ count: Int) -> Int? {
        let key = unsafe UnsafeBufferPointer(start: text + start, count: count)
        for child in nodes[node].children where child.key.count == count {
            if unsafe child.key.elementsEqual(key) { return child.node }
        }
        return nil
    }

    private mutating func value(_ node: Int?, depth: Int, inList: Bool) throws(JSONFault) {
        passSpace()
        let slot = node.flatMap { nodes[$0].slot }
        switch byte {
        case UInt8(ascii: "{"):
            if slot != nil, let node, nodes[node].children.isEmpty { throw fault("an object stands where a value is asked for") }
            try object(node, depth: depth + 1, inList: inList)
            return
        case UInt8(ascii: "["):
            if collects, !inList, found.last != prefix.joined(separator: ".") { found.append(prefix.joined(separator: ".")) }
            if let slot, !inList { slots[slot] = (textCount, 0) }
            try list(node, depth: depth + 1, inList: inList)
            return
        default: break
        }
        if collects, !inList { found.append(prefix.joined(separator: ".")) }
        var start = textCount
        if let slot, inList, slots[slot].count > 0, slots[slot].start + slots[slot].count != textCount {
            // The values of a list lie together: those before move to the end.
            let before = slots[slot]
            reserve(before.count)
            unsafe (text + textCount).update(from: text + before.start, count: before.count)
            slots[slot] = (textCount, before.count)
            textCount += before.count
            start = textCount
        }
        var isNull = false
        if byte == UInt8(ascii: "\"") {
            try string()
        } else {
            let first = here
            isNull = byte == UInt8(ascii: "n")
            try literal()
            if slot != nil, !isNull { copy(first, here) }
        }
        guard let slot else {
            textCount = start
            return
        }
        if !inList {
            slots[slot] = isNull ? (0, -1) : (start, textCount - start)
        } else if !isNull {
            reserve(1)
            unsafe text[textCount] = JSONLinesReader.listEnd
            textCount += 1
            let before = slots[slot]
            slots[slot] = before.count > 0 ? (before.start, textCount - before.start) : (start, textCount - start)
        }
    }

    private mutating func list(_ node: Int?, depth: Int, inList: Bool) throws(JSONFault) {
        if depth > JSONLineParser.deepest { throw fault("it is nested too deeply") }
        if inList, let node, nodes[node].slot != nil { throw fault("a list stands in a list") }
        here += 1
        passSpace()
        if byte == UInt8(ascii: "]") {
            here += 1
            return
        }
        while true {
            try value(node, depth: depth, inList: true)
            passSpace()
            if byte == UInt8(ascii: ",") {
                here += 1
                continue
            }
            guard byte == UInt8(ascii: "]") else { throw fault("there is neither ',' nor ']'") }
            here += 1
            return
        }
    }

    private mutating func reserve(_ count: Int) {
        if textCount + count <= textCapacity { return }
        textCapacity = 2 * (textCount + count)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: textCapacity)
        unsafe larger.update(from: text, count: textCount)
        unsafe text.deallocate()
        unsafe text = larger
    }

    private mutating func copy(_ from: Int, _ to: Int) {
        guard to > from, let base = unsafe base else { return }
        reserve(to - from)
        unsafe UnsafeMutableRawPointer(text + textCount).copyMemory(from: base + from, byteCount: to - from)
        textCount += to - from
    }

    /// A string, its escapes resolved, behind what `text` holds.
    private mutating func string() throws(JSONFault) {
        here += 1
        var start = here
        while true {
            guard here < end else { throw fault("") }
            let byte = byte
            if byte == UInt8(ascii: "\"") {
                copy(start, here)
                here += 1
                return
            }
            if byte < 0x20 { throw fault("there is a control character in a string") }
            here += 1
            if byte != UInt8(ascii: "\\") { continue }
            copy(start, here - 1)
            try escape()
            start = here
        }
    }

    private mutating func escape() throws(JSONFault) {
        let letter = byte
        var scalar: UInt32
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): scalar = UInt32(letter)
        case UInt8(ascii: "b"): scalar = 8
        case UInt8(ascii: "f"): scalar = 12
        case UInt8(ascii: "n"): scalar = 10
        case UInt8(ascii: "r"): scalar = 13
        case UInt8(ascii: "t"): scalar = 9
        case UInt8(ascii: "u"):
            here += 1
            scalar = try hexadecimal()
            if 0xD800..<0xDC00 ~= scalar {
                guard byte == UInt8(ascii: "\\") else { throw fault("half of a surrogate pair stands alone") }
                here += 1
                guard byte == UInt8(ascii: "u") else { throw fault("half of a surrogate pair stands alone") }
                here += 1
                let low = try hexadecimal()
                guard 0xDC00..<0xE000 ~= low else { throw fault("half of a surrogate pair stands alone") }
                scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
            } else if 0xDC00..<0xE000 ~= scalar {
                throw fault("half of a surrogate pair stands alone")
            }
            here -= 1
        default: throw fault("there is no such escape")
        }
        here += 1
        reserve(4)
        for unit in String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8 {
            unsafe text[textCount] = unit
            textCount += 1
        }
    }

    private mutating func hexadecimal() throws(JSONFault) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
            default: throw fault("there are no four digits after \\u")
            }
            here += 1
        }
        return value
    }

    /// A number, `true`, `false` or `null`.
    private mutating func literal() throws(JSONFault) {
        switch byte {
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        default: throw fault("there is no value")
        }
    }

    private mutating func word(_ letters: StaticString) throws(JSONFault) {
        for index in 0..<letters.utf8CodeUnitCount {
            guard byte == (unsafe letters.utf8Start[index]) else { throw fault("there is no value") }
            here += 1
        }
    }

    private mutating func number() throws(JSONFault) {
        if byte == UInt8(ascii: "-") { here += 1 }
        if byte == UInt8(ascii: "0") { here += 1 } else { try digits() }
        if byte == UInt8(ascii: ".") {
            here += 1
            try digits()
        }
        if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            here += 1
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { here += 1 }
            try digits()
        }
    }

    private mutating func digits() throws(JSONFault) {
        let first = here
        while UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { here += 1 }
        if here == first { throw fault("there is no number") }
    }
}
