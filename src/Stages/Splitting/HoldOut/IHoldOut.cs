namespace Pipeline.Stages.Splitting.HoldOut;

/// <summary>The specification of a choice of test samples.</summary>
public interface IHoldOut
{
    /// <summary>The choice with every parameter that matters, such as <c>kennard-stone(25 %)</c>.</summary>
    string Notation { get; }

    /// <summary>What the choice means for the test error, in one sentence for people.</summary>
    string Meaning { get; }

    /// <summary>Chooses the test samples; a group stays on one side, and ties go by the groups' names.</summary>
    /// <param name="samples">All samples with their groups.</param>
    /// <returns>For every point whether its samples are test samples; some are, and some are not.</returns>
    /// <exception cref="Engine.StageException">There are too few points, too many, or none is left on one side.</exception>
    bool[] IsTest(HoldOutSamples samples);
}
