// How many there must be.

/// A range of numbers: `{atLeast, atMost}` or `{exactly}`.
package struct Count: Sendable, Equatable {
    package var atLeast: Int?
    package var atMost: Int?

    package init(atLeast: Int? = nil, atMost: Int? = nil) {
        self.atLeast = atLeast
        self.atMost = atMost
    }

    package static let atLeastOne = Count(atLeast: 1)

    package func contains(_ number: Int) -> Bool {
        number >= atLeast ?? 0 && number <= atMost ?? .max
    }
}

extension Count: CustomStringConvertible {
    /// Words for "expected": `at least 1`, `exactly 2`, `no`, `1 to 3`.
    package var description: String {
        switch (atLeast, atMost) {
        case (_, 0): "no"
        case (.some(let low), .some(let high)) where low == high: "exactly \(low)"
        case (.some(let low), .some(let high)): "\(low) to \(high)"
        case (.some(let low), nil): "at least \(low)"
        case (nil, .some(let high)): "at most \(high)"
        case (nil, nil): "any number of"
        }
    }
}
