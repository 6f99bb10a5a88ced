public import ArgumentParser
public import Refrain

extension ProductKernel: ExpressibleByArgument {}

/// The flag that chooses which code computes products.
struct ProductsFlag: ParsableArguments {
  @Option(
    name: .customLong("products"), parsing: .unconditional,
    help: ArgumentHelp(
      """
      What computes the matrix products of a time step: packed, Refrain's kernel with weights laid out once a step, or openblas. Results \
      differ in their last digits (default: packed; a resumed run keeps its own).
      """,
      valueName: "kernel"))
  var given: ProductKernel?
}
