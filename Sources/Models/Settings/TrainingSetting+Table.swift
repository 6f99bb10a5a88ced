internal import LanguageModel

extension TrainingSetting {
  /// The settings in the order of their keys in the documentation. A list of hidden sizes sets the number of layers too, so that `hidden`
  /// stands before `layers`. In the same way `optimizer` stands before the settings of optimizers.
  package static let all: [TrainingSetting] = sizes + run + rates + regularization + reports

  private static let sizes = [
    TrainingSetting("embedding", \.embeddingSize, .atLeast(1), .model, "E: the length of a token's embedding."),
    TrainingSetting(
      "hidden", \.hiddenSizesAndLayers, .units, .model, "H: the units of every layer, or of each layer, as in 400,300.",
      valueName: "number,..."),
    TrainingSetting(
      "layers", \.layerCount, .from(1, to: ModelConfiguration.mostLayers), .model,
      "L: the number of layers. A list of hidden sizes sets it too."),
    TrainingSetting("cell", \.cell, .names, .model, "The cells of the layers. rnn is the plain recurrent cell."),
    TrainingSetting(
      "learned_state", \.isInitialStateLearned, .any("true, false"), .model, "Train the state that a text starts from, instead of zeros."),
    TrainingSetting(
      "layer_norm", \.isNormalized, .any("true, false"), .model,
      "Normalize the products of the layers, and the cell states of an LSTM, over their units."),
    TrainingSetting(
      "capped_input", \.isInputCapped, .any("true, false"), .model,
      "Cap the input gate of an LSTM at 1 minus the forget gate, so that a cell takes in no more than it forgets."),
    TrainingSetting(
      "output_sum", \.sumsOutputs, .any("true, false"), .model,
      "Give the decoder the sum of all layers' outputs instead of the last layer's output. The layers must have the same size."),
    TrainingSetting(
      "tied", \.isTied, .any("true, false"), .model,
      "Use the embedding as the decoder's weight, after a projection from H to E if they differ."),
    TrainingSetting(
      "condition", \.condition, .columns, .model,
      "Condition each song on its values in these columns, as in artist,genre. The model reads the values and does not predict them.",
      unset: "nothing", valueName: "column,..."),
  ]

  private static let run = [
    TrainingSetting("batch", \.batchSize, .atLeast(1), .run, "B: the lanes of a minibatch."),
    TrainingSetting("window", \.windowLength, .atLeast(1), .run, "T: the time steps of a window."),
    TrainingSetting(
      "random_windows", \.hasRandomWindows, .any("true, false"), .run,
      """
      Draw the length of each window at random around T (around T/2 for one window in twenty), at most T + 20, as in AWD-LSTM. A step's \
      learning rate is multiplied by the length over T.
      """),
    TrainingSetting(
      "shards", \.shards, .atLeast(1), .run,
      "S: the parts of a minibatch. It divides the batch and is part of the result; a saved model has the number that was used.",
      unset: "the largest power of two that leaves each at least 8 lanes"),
    TrainingSetting(
      "groups", \.groups, .atLeast(1), .run,
      "G: the groups of shards, each of which computes its decoder together: a power of two that divides the shards, part of the result."),
    TrainingSetting("epochs", \.epochs, .atLeast(1), .changeable, "The number of passes over the corpus."),
    TrainingSetting(
      "steps", \.steps, .atLeast(1), .changeable, "The number of minibatches to train on, whatever the number of epochs.",
      unset: "as many as the epochs take"),
    TrainingSetting(
      "seed", \.seed, .any("from 0 to 2^64 - 1"), .run, "Seeds the weights and the samples. The same seed gives the same model."),
    TrainingSetting("forget_bias", \.forgetBias, .finite, .run, "The initial bias of the forget gate of an LSTM."),
    TrainingSetting(
      "init_range", \.initialRange, .positive(atMost: 1_000), .run,
      "The bound of the initial weights, which lie between it and its negative.", unset: "1/√H, for the embedding 0.1",
      valueName: "bound"),
    TrainingSetting(
      "unigram_bias", \.startsFromFrequencies, .any("true, false"), .run,
      "Start the decoder's bias from the logarithms of the tokens' frequencies."),
  ]

  private static let rates = [
    TrainingSetting(
      "optimizer", \.chosenOptimizer, .names, .run,
      """
      The optimizer. Choosing another one gives its settings their defaults: an epsilon of 1e-10 for adagrad and 1e-8 for the others, and \
      a learning rate of 3 for sgd and 0.05 for adagrad.
      """, valueName: "name"),
    TrainingSetting(
      "learning_rate", \.optimizer.learningRate, .positive, .changeable, "The learning rate: the factor of the optimizer's steps."),
    TrainingSetting("rms_decay", \.optimizer.rmsDecay, .lessThanOne, .run, "The share of RMSProp's running squares that a step keeps."),
    TrainingSetting(
      "epsilon", \.optimizer.epsilon, .positive, .run,
      "The number that keeps the divisor of an update from 0. It is inside the root with rmsprop, and outside with adam and adagrad."),
    TrainingSetting(
      "bias_correction", \.optimizer.correctsBias, .any("true, false"), .run,
      "Correct RMSProp's running squares for their start from 0, as Adam does. The first steps are then no larger than the others."),
    TrainingSetting("beta1", \.optimizer.beta1, .lessThanOne, .run, "The share of Adam's running mean of the gradient that a step keeps."),
    TrainingSetting("beta2", \.optimizer.beta2, .lessThanOne, .run, "The share of Adam's running squares that a step keeps."),
    TrainingSetting(
      "momentum", \.optimizer.momentum, .lessThanOne, .run,
      "The share of the last update that is added to the next one, with rmsprop and sgd."),
    TrainingSetting(
      "centered", \.optimizer.isCentered, .any("true, false"), .run,
      "Divide by the root of the gradient's running variance instead of its running square, with rmsprop."),
    TrainingSetting(
      "average_decay", \.optimizer.averageDecay, .zeroToOne, .run,
      "Evaluate and save an exponential moving average of the weights with this decay (0: off, 1: plain mean)."),
    TrainingSetting(
      "average_patience", \.averagePatience, .atLeast(1), .run,
      "Begin the average after this many validations in a row without a new best one.", unset: "with the first step",
      valueName: "validations"),
    TrainingSetting(
      "average_start", \.averageStart, .atLeast(1), .run, "Begin the average at this step at the latest.",
      unset: "with the first step, or as average_patience says", valueName: "step"),
    TrainingSetting(
      "clip_norm", \.optimizer.clipNorm, .positive, .changeable, "The largest global norm of the gradient.", unset: "no limit"),
    TrainingSetting(
      "clip_value", \.optimizer.clipValue, .positive, .changeable, "The largest magnitude of an element of the gradient.",
      unset: "no limit"),
    TrainingSetting(
      "schedule", \.schedule.kind, .names, .changeable,
      "How the learning rate changes during the run."),
    TrainingSetting(
      "warmup_steps", \.schedule.warmupSteps, .atLeast(0), .changeable, "The steps in which the learning rate rises to its full size."),
    TrainingSetting(
      "decay", \.schedule.decay, .factor, .changeable, "The factor of one decay of the learning rate.",
      unset: "0.5 for step and plateau, 0.97 for exponential"),
    TrainingSetting(
      "decay_after", \.schedule.decayAfter, .atLeast(0), .changeable,
      "The epochs before decays begin. With the schedule step, the first decay comes one interval later.",
      unset: "10 for exponential, 0 for step"),
    TrainingSetting("decay_every", \.schedule.decayEvery, .atLeast(1), .changeable, "The epochs between two decays of the schedule step."),
    TrainingSetting(
      "patience", \.patienceOrZero, SettingRange("at least 1, or 0 for none") { $0 >= 1 }, .changeable,
      "Stop after this many validations in a row without a new best one, and keep the best model. 0: train to the end and keep the last "
        + "model.",
      unset: "train to the end", valueName: "validations"),
    TrainingSetting(
      "validate_every", \.validateEvery, .atLeast(1), .changeable,
      "The steps between two validations, besides the one after the last step.", unset: "one at the end of each epoch",
      valueName: "steps"),
    TrainingSetting(
      "spike_deviations", \.spikeDeviations, .notNegative, .changeable,
      "Skip a minibatch if the norm of its gradient is this many standard deviations above the usual norm (0: never).",
      valueName: "deviations"),
  ]

  private static let regularization = [
    TrainingSetting(
      "weight_decay", \.optimizer.weightDecay, .notNegative, .changeable,
      "The share of each weight that a step subtracts, times the learning rate."),
    TrainingSetting(
      "dropout", \.regularization.layerDropout, .lessThanOne, .changeable,
      "The dropout probability between layers and before the decoder, with one mask for each window."),
    TrainingSetting(
      "dropout_output", \.regularization.outputDropout, .lessThanOne, .changeable, "The dropout probability before the decoder only.",
      unset: "the same as between layers"),
    TrainingSetting(
      "dropout_input", \.regularization.inputDropout, .lessThanOne, .changeable,
      "The dropout probability of the first layer's input, with one mask for each window."),
    TrainingSetting(
      "dropout_embedding", \.regularization.embeddingDropout, .lessThanOne, .changeable,
      "The probability that a word of the vocabulary is dropped from a window."),
    TrainingSetting("weight_drop", \.regularization.weightDrop, .lessThanOne, .run, "The dropout probability of recurrent weights."),
    TrainingSetting(
      "state_reset", \.regularization.stateReset, .lessThanOne, .changeable,
      "The probability that a lane starts a window from the initial state instead of the carried one."),
    TrainingSetting(
      "activation_penalty", \.regularization.activationPenalty, .notNegative, .changeable,
      "The factor of the mean square of the last layer's output, or of the sum of outputs, in the loss."),
    TrainingSetting(
      "temporal_penalty", \.regularization.temporalPenalty, .notNegative, .changeable,
      "The factor of the mean square of the output's change between time steps in the loss."),
  ]

  private static let reports = [
    TrainingSetting(
      "log_every", \.logEvery, .atLeast(1), .changeable, "The steps between two lines of metrics.",
      unset: "a hundredth of the run, from 1 to 100"),
    TrainingSetting("sample_every", \.sampleEvery, .atLeast(1), .changeable, "The steps between two samples.", unset: "no samples"),
    TrainingSetting("sample_length", \.sampleLength, .atLeast(1), .changeable, "The largest number of tokens of a sample."),
    TrainingSetting(
      "sample_below_loss", \.sampleBelowLoss, .positive, .changeable,
      "Write one sample once the running loss is below this value, in nats per token.", unset: "no such sample", valueName: "nats"),
    TrainingSetting(
      "checkpoint_every", \.checkpointEvery, .atLeast(1), .changeable, "The steps between two checkpoints.",
      unset: "every few minutes, depending on the model's size"),
    TrainingSetting(
      "keep_checkpoints", \.keepCheckpoints, .atLeast(1), .changeable,
      """
      How many of the newest checkpoints are kept, besides the best one.
      """),
  ]
}

extension TrainingConfiguration {
  /// The units of the layers. A list sets the number of layers too.
  fileprivate var hiddenSizesAndLayers: HiddenSizes {
    get { hiddenSizes }
    set {
      hiddenSizes = newValue
      if case .each(let sizes) = newValue { layerCount = sizes.count }
    }
  }

  /// The optimizer. Another one gets its own defaults for the settings that belong to optimizers.
  fileprivate var chosenOptimizer: OptimizerConfiguration.Kind {
    get { optimizer.kind }
    set { optimizer.choose(newValue) }
  }

  /// The patience, where 0 is none.
  fileprivate var patienceOrZero: Int? {
    get { patience }
    set { patience = newValue == 0 ? nil : newValue }
  }
}
