public import ArgumentParser
public import Refrain

extension ProductKernel: ExpressibleByArgument {}

/// The flag that chooses which code computes products.
struct ProductsFlag: ParsableArguments {
  @Option(
    name: .customLong("products"), parsing: .unconditional,
    help: ArgumentHelp(
      """
      The code for matrix products of few rows: packed (Refrain's kernel, on weights laid out beforehand) or openblas. Results differ in \
      their last digits (default: packed; a resumed run keeps its kernel).
      """,
      valueName: "kernel"))
  var given: ProductKernel?
}
