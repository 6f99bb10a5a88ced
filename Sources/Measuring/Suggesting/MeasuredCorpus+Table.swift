internal import Corpora

extension MeasuredCorpus {
  /// The corpora and runs that `Benchmarks/sizes` measured; it writes this file.
  public static let all: [MeasuredCorpus] = [
    MeasuredCorpus(
      title: "1,340 public-domain songs", tokenization: .word, trainingTokens: 119_860,
      ngramLossNats: 4.6066,
      runs: [
        MeasuredRun(hidden: 128, embedding: 100, steps: 500, lossNats: 4.2966, dropout: 0.35, dropoutInput: 0.1, dropoutEmbedding: 0.05),
        MeasuredRun(
          hidden: 128, embedding: 100, steps: 1_000, lossNats: 4.2687, dropout: 0.45, dropoutInput: 0.2, dropoutEmbedding: 0.1,
          weightDrop: 0.2),
        MeasuredRun(hidden: 256, embedding: 128, steps: 500, lossNats: 4.2620, dropout: 0.35, dropoutInput: 0.1, dropoutEmbedding: 0.05),
        MeasuredRun(
          hidden: 256, embedding: 128, steps: 1_000, lossNats: 4.2300, dropout: 0.45, dropoutInput: 0.2, dropoutEmbedding: 0.1,
          weightDrop: 0.2),
        MeasuredRun(
          hidden: 256, embedding: 128, steps: 3_700, lossNats: 4.2177, dropout: 0.5, dropoutInput: 0.3, dropoutEmbedding: 0.1,
          weightDrop: 0.3),
        MeasuredRun(hidden: 512, embedding: 256, steps: 400, lossNats: 4.4037, dropout: 0.35, dropoutInput: 0.1, dropoutEmbedding: 0.05),
        MeasuredRun(
          hidden: 512, embedding: 256, steps: 1_340, lossNats: 4.2348, dropout: 0.45, dropoutInput: 0.2, dropoutEmbedding: 0.1,
          weightDrop: 0.2),
      ]),
    MeasuredCorpus(
      title: "1,340 public-domain songs", tokenization: .bpe, trainingTokens: 175_185,
      ngramLossNats: 4.5709,
      runs: [
        MeasuredRun(hidden: 128, embedding: 100, steps: 500, lossNats: 4.6572, dropout: 0.2, dropoutEmbedding: 0.05),
        MeasuredRun(hidden: 256, embedding: 128, steps: 500, lossNats: 4.6245, dropout: 0.2, dropoutEmbedding: 0.05),
        MeasuredRun(hidden: 256, embedding: 128, steps: 1_000, lossNats: 4.4603, dropout: 0.35, dropoutInput: 0.1, dropoutEmbedding: 0.05),
        MeasuredRun(hidden: 512, embedding: 256, steps: 400, lossNats: 4.8663, dropout: 0.2, dropoutEmbedding: 0.05),
      ]),
    MeasuredCorpus(
      title: "1,340 public-domain songs", tokenization: .char, trainingTokens: 477_838,
      ngramLossNats: 1.6995,
      runs: [
        MeasuredRun(hidden: 256, embedding: 64, steps: 2_000, lossNats: 1.6793, dropout: 0.1),
        MeasuredRun(hidden: 512, embedding: 64, steps: 1_800, lossNats: 1.6178, dropout: 0.1),
      ]),
    MeasuredCorpus(
      title: "Penn Treebank", tokenization: .word, trainingTokens: 929_589,
      ngramLossNats: 5.0622,
      runs: [
        MeasuredRun(hidden: 128, embedding: 100, steps: 3_600, lossNats: 4.8046, dropout: 0.35, dropoutInput: 0.1, dropoutEmbedding: 0.05),
        MeasuredRun(hidden: 256, embedding: 128, steps: 2_500, lossNats: 4.6664, dropout: 0.2, dropoutEmbedding: 0.05),
        MeasuredRun(hidden: 512, embedding: 256, steps: 1_300, lossNats: 4.6819, dropout: 0.2, dropoutEmbedding: 0.05),
        MeasuredRun(
          hidden: 512, embedding: 256, steps: 13_000, lossNats: 4.4668, dropout: 0.5, dropoutInput: 0.3, dropoutEmbedding: 0.1,
          weightDrop: 0.3),
      ]),
    MeasuredCorpus(
      title: "tiny-shakespeare", tokenization: .char, trainingTokens: 1_003_850,
      ngramLossNats: 1.5233,
      runs: [
        MeasuredRun(hidden: 256, embedding: 64, steps: 4_000, lossNats: 1.4874, dropout: 0.1),
        MeasuredRun(hidden: 256, embedding: 64, steps: 13_300, lossNats: 1.5050, dropout: 0.3, weightDrop: 0.3),
        MeasuredRun(hidden: 512, embedding: 64, steps: 3_780, lossNats: 1.4364, dropout: 0.1),
      ]),
    MeasuredCorpus(
      title: "1,579 ballads and hymns", tokenization: .word, trainingTokens: 364_493,
      ngramLossNats: 4.6010,
      runs: [
        MeasuredRun(hidden: 128, embedding: 100, steps: 1_000, lossNats: 4.2120, dropout: 0.2, dropoutEmbedding: 0.05),
        MeasuredRun(hidden: 256, embedding: 128, steps: 1_000, lossNats: 4.1212, dropout: 0.2, dropoutEmbedding: 0.05),
        MeasuredRun(hidden: 256, embedding: 128, steps: 2_000, lossNats: 4.0472, dropout: 0.35, dropoutInput: 0.1, dropoutEmbedding: 0.05),
        MeasuredRun(hidden: 512, embedding: 256, steps: 700, lossNats: 4.1111, dropout: 0.2, dropoutEmbedding: 0.05),
      ]),
    MeasuredCorpus(
      title: "4,778 poems", tokenization: .word, trainingTokens: 2_696_193,
      ngramLossNats: 3.9511,
      runs: [
        MeasuredRun(hidden: 128, embedding: 100, steps: 3_600, lossNats: 3.5784, dropout: 0.1),
        MeasuredRun(hidden: 256, embedding: 128, steps: 2_500, lossNats: 3.5712, dropout: 0.1),
      ]),
    MeasuredCorpus(
      title: "4,778 poems", tokenization: .bpe, trainingTokens: 2_784_517,
      ngramLossNats: 4.5907,
      runs: [
        MeasuredRun(hidden: 128, embedding: 100, steps: 4_400, lossNats: 4.5612, dropout: 0.2, dropoutEmbedding: 0.05),
        MeasuredRun(hidden: 256, embedding: 128, steps: 2_640, lossNats: 4.5144, dropout: 0.1),
      ]),
  ]
}
