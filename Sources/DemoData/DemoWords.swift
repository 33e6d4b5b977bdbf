/// The words that names and tags are made of.
enum DemoWords {
    /// Subjects: what a theme's items show, their category, and what they are called.
    static let subjects: [(tag: String, category: String, nouns: [String])] = [
        ("characters", "characters", ["Hero", "Monk", "Elf", "Mage", "Queen"]),
        ("foxes", "animals", ["Fox", "Vixen", "Cub", "Fennec"]),
        ("dragons", "fantasy", ["Dragon", "Wyrm", "Drake", "Hydra"]),
        ("cars", "vehicles", ["Car", "Coupe", "Taxi", "Van", "Racer"]),
        ("robots", "science", ["Robot", "Mech", "Droid", "Bot"]),
        ("castles", "architecture", ["Castle", "Keep", "Tower", "Gate"]),
        ("swords", "weapons", ["Sword", "Sabre", "Blade", "Dagger"]),
        ("spaceships", "vehicles", ["Ship", "Probe", "Cruiser", "Pod"]),
        ("birds", "animals", ["Owl", "Crow", "Eagle", "Wren", "Heron"]),
        ("statues", "culture", ["Bust", "Venus", "Relief", "Torso"]),
        ("food", "food", ["Cake", "Ramen", "Pie", "Donut", "Pear"]),
        ("trees", "nature", ["Oak", "Pine", "Palm", "Bonsai"]),
        ("skulls", "science", ["Skull", "Femur", "Jaw", "Spine"]),
        ("chairs", "furniture", ["Chair", "Stool", "Sofa", "Bench"]),
        ("guns", "weapons", ["Rifle", "Pistol", "Musket", "Cannon"]),
        ("islands", "places", ["Island", "Lagoon", "Reef", "Cove"]),
        ("dinosaurs", "animals", ["Rex", "Raptor", "Saurus", "Ankylo"]),
        ("sneakers", "fashion", ["Sneaker", "Boot", "Loafer", "Heel"]),
        ("planes", "vehicles", ["Plane", "Jet", "Glider", "Biplane"]),
        ("zombies", "characters", ["Zombie", "Ghoul", "Mummy", "Lich"]),
        ("cats", "animals", ["Cat", "Tabby", "Lynx", "Kitten"]),
        ("houses", "architecture", ["House", "Cabin", "Hut", "Villa"]),
        ("drones", "electronics", ["Drone", "Copter", "Rover", "Radio"]),
        ("mushrooms", "nature", ["Morel", "Truffle", "Shroom", "Amanita"]),
    ]

    /// Styles: how a theme's items are made.
    static let styles = [
        "lowpoly", "tiltbrush", "anime", "handpainted", "photogrammetry", "voxel", "pbr", "zbrush", "stylized",
        "steampunk",
        "cyberpunk", "cartoon", "realistic", "blender", "substance", "medieval", "scifi", "fanart", "gameready",
        "sculpt",
    ]

    /// What stands before a noun, in names and in tags.
    static let adjectives = [
        "Red", "Old", "Tiny", "Iron", "Wild", "Dark", "Neon", "Gold", "Blue", "Lost", "Ice", "Big", "Sad", "Lazy",
        "Rusty",
        "Baby", "Mini", "Ruby", "Jade", "Grey", "Fire", "Moss", "Sky", "Sea", "Toy", "Mad", "Wee", "Odd", "Shy", "Hot",
    ]

    /// `count` different tags: subjects and styles first, then readable ones made of the other words.
    static func tags(_ count: Int, subjects subjectCount: Int, styles styleCount: Int) -> [String] {
        var tags = subjects.prefix(subjectCount).map(\.tag) + styles.prefix(styleCount)
        var round = 0
        while tags.count < count {
            // Neighbouring tags belong to neighbouring themes, whose subjects go round; so do the nouns.
            let subject = subjects[round % subjectCount]
            let noun = subject.nouns[round / subjectCount % 4].lowercased()
            let turn = round / subjectCount / 4
            let adjective = adjectives[turn % adjectives.count].lowercased()
            let copy = turn / adjectives.count
            tags.append("\(adjective)-\(noun)" + (copy == 0 ? "" : "-\(copy + 1)"))
            round += 1
        }
        return Array(tags.prefix(count))
    }
}
