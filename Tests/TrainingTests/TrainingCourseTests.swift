import Corpora
import Models
import Testing
import Training

/// What steps and validations decide, without a single tensor.
@Suite("The course of a run") struct TrainingCourseTests {
  /// A run of 1,000 steps in epochs of ten, which saves every five steps.
  private func course(_ change: (inout TrainingConfiguration) -> Void = { _ in }) -> TrainingCourse {
    var configuration = TrainingConfiguration()
    change(&configuration)
    return TrainingCourse(configuration: configuration, totalSteps: 1_000, checkpointEvery: 5)
  }

  private func take(_ course: inout TrainingCourse, steps: Int = 1, norm: Double? = 1, isApplied: Bool = true) {
    for _ in 0..<steps {
      var following = course.progress.position
      following.window += 1
      if following.window == 10 {
        following.window = 0
        following.epoch += 1
      }
      course.addStep(epoch: course.progress.position.epoch, gradientNorm: norm, isApplied: isApplied, following: following)
    }
  }

  @Test("minibatches in a row that were left out end in going back, or in giving up", arguments: [(true, 8), (false, 20)])
  func skipping(canGoBack: Bool, most: Int) {
    var course = course()
    take(&course, steps: 3)
    for round in 1...most {
      #expect(!course.hasDiverged(canGoBack: canGoBack))
      take(&course, isApplied: false)
      #expect(course.progress.skippedInARow == round)
    }
    #expect(course.hasDiverged(canGoBack: canGoBack) && course.progress.step == 3 + most)
    take(&course)
    #expect(!course.hasDiverged(canGoBack: canGoBack) && course.progress.skippedInARow == 0)
  }

  @Test func `a run goes back three times, each time with half the rate, and keeps what it learned of the failure`() {
    var course = course { $0.optimizer.learningRate = 0.008 }
    take(&course, steps: 7)
    #expect(!course.isCheckpointDue(isBest: false) && course.progress.rollBackStep == 0)
    var earlier = course.progress
    earlier.step = 5
    for round in 1...3 {
      take(&course, steps: 8, isApplied: false)
      course.progress.tally.skipped += 8
      course.progress.tally.seconds = Double(10 * round)
      #expect(course.faultOfGoingBack(canGoBack: true) == nil)
      course.goBack(to: earlier)
      #expect(course.progress.step == 5 && course.progress.rollBacks == round && course.progress.skippedInARow == 0)
      #expect(course.progress.tally.skipped == 8 * round && course.progress.tally.seconds == Double(10 * round))
      #expect(course.optimizer.learningRate == 0.008 / Float(1 << round))
    }
    take(&course, steps: 8, isApplied: false)
    let expected = TrainingError.diverged(step: 13, skipped: 8, rollBacks: 3, learningRate: 0.001)
    #expect(course.faultOfGoingBack(canGoBack: true) == expected)
  }

  @Test func `without a checkpoint, or if nothing was ever applied, there is no way back`() {
    var course = course { $0.initialRange = 9 }
    take(&course, steps: 20, norm: nil, isApplied: false)
    let start = TrainingError.startsBeyondBounds(step: 20, settings: [.init(key: "init_range", value: 9)])
    #expect(course.faultOfGoingBack(canGoBack: true) == start && course.faultOfGoingBack(canGoBack: false) == start)
    course = self.course()
    take(&course)
    take(&course, steps: 20, norm: .nan, isApplied: false)
    #expect(course.faultOfGoingBack(canGoBack: true) == nil)
    let rate = course.optimizer.learningRate
    #expect(course.faultOfGoingBack(canGoBack: false) == .diverged(step: 21, skipped: 20, rollBacks: 0, learningRate: rate))
  }

  @Test("the place to go back to is the last regular save with good steps before it")
  func places() {
    var course = course()
    take(&course, steps: 5)
    #expect(course.isCheckpointDue(isBest: false) && course.progress.rollBackStep == 5)
    take(&course, steps: 5, isApplied: false)
    #expect(course.isCheckpointDue(isBest: false) && course.progress.rollBackStep == 5)
    take(&course)
    #expect(!course.isCheckpointDue(isBest: false) && course.isCheckpointDue(isBest: true) && course.progress.rollBackStep == 5)
    take(&course, steps: 989)
    // The command saves the last step itself.
    #expect(course.isOver && !course.isCheckpointDue(isBest: true) && course.progress.rollBackStep == 1_000)
  }

  @Test func `a validation is due at the end of an epoch and after the last step, with what the step had`() {
    var course = course { $0.schedule.warmupSteps = 100 }
    take(&course, steps: 9)
    #expect(course.progress.validationDue == nil)
    let rate = course.optimizer.learningRate
    take(&course)
    #expect(course.progress.validationDue?.epoch == 0 && course.progress.validationDue?.learningRate == rate)
    // That of the tenth of a hundred steps of warm-up.
    #expect(abs(rate - course.configuration.optimizer.learningRate * 0.1) < 1e-9)
    course.progress.validationDue = nil
    course.progress.position.window = 3
    course.progress.step = 999
    take(&course)
    #expect(course.progress.validationDue?.epoch == 1)
  }

  @Test("patience ends a run", arguments: [1, 3])
  func patience(patience: Int) {
    var course = course { $0.patience = patience }
    let losses = [3.0, 2.5, 2.5, 2.7, .infinity]
    for (round, loss) in losses.enumerated() where !course.isOver {
      take(&course, steps: 10)
      #expect(course.addValidation(.init(lossNats: loss, tokens: 9)) == (round < 2))
      #expect(course.progress.bestValidation?.evaluation.lossNats == min(loss, round == 0 ? 3 : 2.5))
      #expect(course.isStoppedEarly == (round >= 1 + patience))
    }
    #expect(course.isOver && course.progress.step == 10 * (2 + patience) && course.progress.bestValidation?.step == 20)
  }

  @Test func `the average begins once validations have got no better`() {
    var course = course {
      $0.averagePatience = 2
      $0.optimizer.averageDecay = 0.99
    }
    for (loss, decay) in [(3.0, 0.0), (3.1, 0), (2.9, 0), (2.9, 0), (2.95, 0.99), (2.0, 0.99)] as [(Double, Float)] {
      _ = course.addValidation(.init(lossNats: loss, tokens: 9))
      #expect(course.optimizer.averageDecay == decay)
    }
  }

  @Test func `the average begins at the step that was set at the latest`() {
    for (patience, begin) in [(nil, 12), (1, 7)] as [(Int?, Int)] {
      var course = course {
        $0.averagePatience = patience
        $0.averageStart = 12
        $0.optimizer.averageDecay = 0.99
      }
      for step in 1...20 {
        #expect(course.optimizer.averageDecay == (step < begin ? 0 : 0.99), "step \(step)")
        take(&course)
        // The second validation is no better.
        if step.isMultiple(of: 3) { _ = course.addValidation(.init(lossNats: 3, tokens: 9)) }
      }
    }
  }

  @Test func `validations may come every so many steps instead of at the end of an epoch`() {
    var course = course { $0.validateEvery = 4 }
    var due: [Int] = []
    for step in 1...24 {
      take(&course)
      if course.progress.validationDue != nil { due.append(step) }
      course.progress.validationDue = nil
    }
    #expect(due == [4, 8, 12, 16, 20, 24])
    course.progress.step = 998
    take(&course, steps: 2)
    #expect(course.progress.validationDue != nil, "after the last step too")
  }

  @Test func `the rate of a step is multiplied by the length of a random window`() {
    #expect(course().optimizer(windowOf: 9).learningRate == 0.002)
    let random = course {
      $0.windowLength = 20
      $0.hasRandomWindows = true
      $0.schedule.warmupSteps = 2
    }
    #expect(random.optimizer(windowOf: 20).learningRate == 0.001 && random.optimizer(windowOf: 5).learningRate == 0.00025)
    #expect(random.optimizer(windowOf: 40).learningRate == 0.002 && random.optimizer.learningRate == 0.001)
  }

  @Test("a norm far outside is not applied, but what clipping leaves alone is", arguments: [nil, 5, 500] as [Float?])
  func norms(clipNorm: Float?) {
    var course = course {
      $0.optimizer.clipNorm = clipNorm
      $0.spikeDeviations = 4
    }
    #expect(course.largestAppliedNorm == TrainingCourse.largestNorm)
    for step in 0..<200 { take(&course, norm: step.isMultiple(of: 2) ? 0.9 : 1.1) }
    // Four times the least deviation of the logarithm, 0.25, above a mean of about 1.
    #expect(abs(course.largestAppliedNorm - max(2.71, Double(clipNorm ?? 0))) < 0.05)
    let before = course.largestAppliedNorm
    for norm in [Double.nan, .infinity, 1e30] { take(&course, norm: norm, isApplied: false) }
    #expect(course.largestAppliedNorm == before)
  }

  @Test func `a result that predicts nothing is an error, once the run is over`() {
    var course = course()
    take(&course, steps: 10)
    #expect(course.faultOfResult(lastLoss: .infinity) == nil)
    course.progress.step = 999
    take(&course)
    #expect(course.faultOfResult(lastLoss: .infinity) == nil)
    course.progress.validationDue = nil
    let rate = course.optimizer.learningRate
    #expect(course.faultOfResult(lastLoss: 800) == .predictsNothing(step: 1_000, learningRate: rate))
    #expect(course.faultOfResult(lastLoss: 699) == nil)
    _ = course.addValidation(.init(lossNats: .nan, tokens: 9))
    #expect(course.faultOfResult(lastLoss: 1) == .predictsNothing(step: 1_000, learningRate: rate))
  }
}
